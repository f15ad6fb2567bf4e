# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module runbook: sites in, what is found out about them, pages and scripts out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from .. import _parallel
from .._deadline import Deadline
from .._dns import nameservers
from .._dns.wire import Resolver, is_address, split_port
from .._engine.job import source
from .._errors import BadInput, ProviderError
from .._failover import observation, published
from .._failover.data.observed import Answer, Record
from .._failover.data.site import Front, Site
from .._providers.base import Provider, Settings
from .._providers.registry import PROVIDERS
from .._reports import files as reports_files
from .._runbook import contacts as runbook_contacts
from .._runbook import scripts
from .._runbook.content import document
from .._runbook.facts import Facts, NameServer, Way
from .._runbook.markdown import to_markdown
from .._runbook.page import to_html
from .._timestamps import timestamp
from .._variables import refuse_nearly
from .._zone.entries import Context, parse_declared
from .._zone.names import zone_name
from .._zone.plan import Held
from . import options
from .module import checked, fail, make_module
from .zone_records_info import GRACE

#: Everything that a user may set.
_VARIABLES = ("runbook_contacts", "runbook_dir", "runbook_schedule")

_PAGE, _SCRIPT = 0o640, 0o750

_ZONE: dict[str, Any] = {"zone": {"type": "str", "required": True}, "providers": options.PROVIDERS_LIST}
SPEC: dict[str, Any] = {
    "sites": {"type": "list", "elements": "dict", "required": True},
    "zones": {"type": "list", "elements": "dict", "options": _ZONE, "required": True},
    "answers": {"type": "list", "elements": "dict", "default": []},
    "contacts": {"type": "dict", "default": {}},
    "schedules": {"type": "dict", "default": {}},
    "variables": {"type": "list", "elements": "str", "default": []},
    "directory": {"type": "path", "required": True},
    "folder": {"type": "str", "default": "."},
    "inventories": {"type": "list", "elements": "str", "default": []},
    "deadline": {"type": "float", "default": 30.0},
    **options.NETWORK,
}


@dataclass
class _Zone:
    """One zone: its providers, their name servers, and what their APIs say. problems: by provider."""

    name: str
    settings: Sequence[Settings]
    servers: dict[str, list[NameServer]] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def provider(self, settings: Settings) -> Provider:
        """A client of one of its providers."""
        return PROVIDERS[settings.type](self.name, settings, Deadline(settings.deadline))


def main() -> None:
    module = make_module(SPEC)
    params = module.params
    zones = checked(module, lambda: _zones(params["zones"], params["deadline"]))
    module.no_log_values.update(secret for zone in zones.values() for one in zone.settings for secret in one.secrets)
    checked(module, lambda: refuse_nearly(params["variables"], _VARIABLES))
    people = checked(module, lambda: _people(params))
    _look(zones, params)
    written: dict[Path, tuple[str, int]] = {}
    for site in params["sites"]:
        written |= _files(_facts(site, zones[site["zone"]], people[site["site"]], params), Path(params["directory"]))
    if not module.check_mode:
        try:
            _write(written)
        except OSError as error:
            raise fail(module, f"{error.filename} could not be written: {error.strerror}") from None
    notes = [
        f"{zone.name} at {provider}: the API could not be read, so the scripts look the ids up themselves: {why}"
        for zone in zones.values()
        for provider, why in zone.problems.items()
    ]
    module.exit_json(changed=False, files=sorted(map(str, written)), notes=notes)


def _zones(given: Sequence[Mapping[str, Any]], deadline: float) -> dict[str, _Zone]:
    """The zones by name. Raises BadInput."""
    return {one["zone"]: _Zone(zone_name(one["zone"]), options.settings(one["providers"], deadline)) for one in given}


def _people(
    params: Mapping[str, Any],
) -> dict[str, tuple[list[runbook_contacts.Contact], runbook_contacts.Schedule]]:
    """By site, whom to call and how the schedule is stopped. Raises BadInput with every problem."""
    found, problems = {}, []
    for site in params["sites"]:
        name = site["site"]
        try:
            found[name] = (
                runbook_contacts.read_contacts(params["contacts"].get(name)),
                runbook_contacts.read_schedule(params["schedules"].get(name)),
            )
        except BadInput as error:
            problems += [f"{name}: {problem}" for problem in error.problems]
    if problems:
        raise BadInput(problems)
    return found


def _look(zones: Mapping[str, _Zone], params: Mapping[str, Any]) -> None:
    """Find the name servers and read the APIs, all side by side."""
    work: dict[tuple[str, str], Any] = {}
    seconds: dict[tuple[str, str], float] = {}
    for key, zone in zones.items():
        work[key, ""] = partial(_find_servers, zone, params)
        seconds[key, ""] = params["deadline"]
        for settings in zone.settings:
            zone.problems[settings.name] = "it did not answer in time"
            work[key, settings.name] = partial(_read, zone, settings)
            seconds[key, settings.name] = settings.deadline
    _parallel.run(work, lambda key: seconds[key] + GRACE)


def _find_servers(zone: _Zone, params: Mapping[str, Any]) -> None:
    deadline = Deadline(params["deadline"])
    resolver = Resolver(deadline, params["dns_resolver"])
    sources = [source(settings) for settings in zone.settings]
    zone.servers = {settings.name: [] for settings in zone.settings}
    found = nameservers.servers(zone.name, sources, resolver, deadline, params["dns_port"])
    names: Mapping[str, str] = {}
    if any(is_address(split_port(server.label, params["dns_port"])[0]) for server in found):
        # A registrar takes names, so an address that is declared is looked for among those that the parent lists.
        names = _delegated(zone.name, resolver, deadline, params["dns_port"])
    for server in found:
        place = server.endpoint
        name = names.get(place.address, server.label)
        zone.servers[server.provider].append(NameServer(name, place.address, place.port))


def _delegated(zone: str, resolver: Resolver, deadline: Deadline, port: int) -> dict[str, str]:
    """By address, the names of the servers that the parent lists."""
    hosts = nameservers.delegated(zone, resolver, deadline, port)
    return {address: host.rstrip(".") for host in hosts for address in resolver.addresses(host)}


def _read(zone: _Zone, settings: Settings) -> None:
    """Note what the provider holds, or why that is not known."""
    provider = zone.provider(settings)
    try:
        if missing := provider.missing_credentials():
            raise missing
        zone.held[settings.name] = provider.read()
        del zone.problems[settings.name]
    except ProviderError as error:
        zone.problems[settings.name] = str(error)


def _facts(
    site: Site,
    zone: _Zone,
    people: tuple[Sequence[runbook_contacts.Contact], runbook_contacts.Schedule],
    params: Mapping[str, Any],
) -> Facts:
    ours = [entry["name"] for entry in site["providers"]]
    ways, lacking = _ways(site, zone, params["answers"])
    return Facts(
        site=site,
        made=timestamp(int(time.time())),
        folder=params["folder"],
        inventories=params["inventories"],
        scripts=str(_scripts_of(Path(params["directory"]), site["site"])),
        servers={name: zone.servers.get(name, []) for name in ours},
        ways=ways,
        lacking=lacking,
        contacts=people[0],
        schedule=people[1],
        resolver=params["dns_resolver"] or "",
    )


def _ways(site: Site, zone: _Zone, answers: Sequence[Answer]) -> tuple[list[Way], list[str]]:
    """Every way of the site, and why one is missing."""
    ways, lacking = [], []
    ours = [entry["name"] for entry in site["providers"]]
    mine = observation.about(site, answers)
    for front in site["fronts"]:
        for settings in (one for one in zone.settings if one.name in ours):
            copies, why_not = observation.copies(site, front, settings.name, mine)
            if published.is_copied(front, settings.name) and not copies:
                lacking.append(f"{settings.name} to {front['name']}: {why_not}")
            else:
                ways.append(_way(site, front, zone, settings, sorted(copies)))
    return ways, lacking


def _way(site: Site, front: Front, zone: _Zone, settings: Settings, copies: Sequence[str]) -> Way:
    entries: list[Record] = scripts.entries(site, front, settings.name, copies)
    context = Context(zone.name, {one.name: PROVIDERS[one.type].attributes for one in zone.settings})
    sets = [one.at(settings.name) for one in parse_declared(entries, context)]
    provider = zone.provider(settings)
    lines = provider.by_hand(sets, zone.held.get(settings.name))
    return Way(settings.name, front["name"], tuple(scripts.at_its_time(lines)), provider.hand_variables)


def _scripts_of(directory: Path, site: str) -> Path:
    return directory / reports_files.plain(site)


def _files(facts: Facts, directory: Path) -> dict[Path, tuple[str, int]]:
    """The content and the permissions of every file of a site."""
    made, name = document(facts), reports_files.plain(facts.site["site"])
    texts = {way.file: scripts.script(facts, way) for way in facts.ways}
    folder = _scripts_of(directory, facts.site["site"])
    return {
        **{folder / file: (text, _SCRIPT) for file, text in texts.items()},
        directory / f"{name}.md": (to_markdown(made), _PAGE),
        directory / f"{name}.html": (to_html(made, texts), _PAGE),
    }


def _write(written: Mapping[Path, tuple[str, int]]) -> None:
    """Write the files, and remove scripts of fronts and providers that are gone. Raises OSError naming the file."""
    for path, (text, mode) in written.items():
        reports_files.write(path, text, reports_files.masked(mode))
    for folder in {path.parent for path in written if path.suffix == ".sh"}:
        for path in set(folder.glob("*.sh")) - set(written):
            if f"\n{scripts.SIGNATURE}" in reports_files.content(path):
                with suppress(FileNotFoundError):
                    path.unlink()
