# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module dependencies: options in, facts measured, pages out."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .._deadline import Deadline
from .._dependencies import declared, irn, irn_page
from .._dependencies.answers import Answers, answers
from .._dependencies.declared import Declared
from .._dependencies.exports import changes, to_csv, to_json, to_mermaid
from .._dependencies.facts import Facts, Front, Locked, Name, Provider, Server, Site
from .._dependencies.irn import LevelData
from .._dependencies.measure import Seen, Surveyor
from .._dependencies.operators import directory
from .._dependencies.page import to_html
from .._dependencies.verdicts import World
from .._dependencies.zone_records import LEADING
from .._dns.brief import BriefResolver
from .._dns.wire import DNS_PORT
from .._errors import BadInput
from .._providers.registry import PROVIDERS
from .._reports import files as reports_files
from .._timestamps import timestamp
from .._variables import refuse_nearly
from .._zone import names
from .module import checked, fail, make_module

#: Roles whose hosts the inventory names.
PARTIES = ("resolver", "controls", "vantages", "webhooks")

#: Everything that a user may set.
_VARIABLES = ("dependencies_report_dir", "dependency_declared", "dependency_irn", "dependency_operators")

_PAGE = "dependencies"
_MODE = 0o640

_FRONT = {
    "name": {"type": "str", "required": True},
    "target": {"type": "str", "required": True},
    "operator": {"type": "str", "default": ""},
    "issuer": {"type": "str", "default": ""},
    "ends": {"type": "int", "default": 0},
}
_LOCKED = {key: {"type": "str", "required": True} for key in ("name", "type", "product", "provider")}
_PROVIDER = {
    "name": {"type": "str", "required": True},
    "type": {"type": "str", "required": True},
    "api_url": {"type": "str", "default": ""},
    "server": {"type": "str", "default": ""},
    "nameservers": {"type": "list", "elements": "str", "default": []},
}
_SITE = {
    "site": {"type": "str", "required": True},
    "zone": {"type": "str", "required": True},
    "names": {"type": "list", "elements": "str", "required": True},
    "router": {"type": "str", "default": ""},
    "fronts": {"type": "list", "elements": "dict", "options": _FRONT, "default": []},
    "providers": {"type": "list", "elements": "dict", "options": _PROVIDER, "default": []},
}
SPEC: dict[str, Any] = {
    "sites": {"type": "list", "elements": "dict", "options": _SITE, "required": True},
    "parties": {"type": "dict", "default": {}},
    "declared": {"type": "dict", "default": {}},
    "locked": {"type": "list", "elements": "dict", "options": _LOCKED, "default": []},
    "unread": {"type": "list", "elements": "str", "default": []},
    "irn": {"type": "dict", "default": {}},
    "operators": {"type": "list", "elements": "dict", "default": []},
    "variables": {"type": "list", "elements": "str", "default": []},
    "directory": {"type": "path"},
    "dns_resolver": {"type": "str"},
    "dns_port": {"type": "int", "default": DNS_PORT},
    "deadline": {"type": "float", "default": 60},
}


def main() -> None:
    module = make_module(SPEC)
    params = module.params
    known = checked(module, lambda: directory(params["operators"]))
    checked(module, lambda: _check_types(params["sites"]))
    checked(module, lambda: refuse_nearly(params["variables"], _VARIABLES))
    levels = checked(module, lambda: irn.read_levels(params["irn"]))
    said = checked(module, lambda: declared.read(params["declared"]))
    facts = measure(params, said)
    found = answers(World(facts, known))
    place = Path(params["directory"]) if params["directory"] else None
    before = _before(place)
    # Without a page before this one, all would be new.
    changed = changes(before, found) if before else []
    files: list[str] = []
    if place and not module.check_mode:
        try:
            files = _write(place, _texts_of(found, changed, levels))
        except OSError as error:
            raise fail(module, f"{error.filename} could not be written: {error.strerror}") from None
    module.exit_json(
        changed=False, headline=found["headline"], lines=lines(found), differences=changed, answers=found, files=files
    )


def _check_types(sites: Sequence[Mapping[str, Any]]) -> None:
    """Raise BadInput for a type of provider that does not exist."""
    unknown = [
        f"site {site['site']}: provider {one['name']}: type: {one['type']!r} is not one of {', '.join(PROVIDERS)}"
        for site in sites
        for one in site["providers"]
        if one["type"] not in PROVIDERS
    ]
    if unknown:
        raise BadInput(unknown)


def measure(params: Mapping[str, Any], said: Declared) -> Facts:
    """The facts for the sites of these options, seen within the deadline."""
    deadline = Deadline(params["deadline"])
    surveyor = Surveyor(BriefResolver(deadline, params["dns_resolver"]), deadline, params["dns_port"])
    sites = [_site(site) for site in params["sites"]]
    parties = {role: tuple(map(_host, _texts(params["parties"].get(role)))) for role in PARTIES}
    parties |= {role: tuple(map(_host, places)) for role, places in said.places.items()}
    locked = tuple(Locked(**one) for one in params["locked"])
    seen = surveyor.survey([*_hosts(sites), *(host for hosts in parties.values() for host in hosts)])
    return Facts(
        taken=timestamp(int(time.time())),
        zones=dict(sorted(seen.zones.items())),
        names=dict(sorted(_with_locks(seen.names, locked).items())),
        sites=tuple(_as_seen(site, seen) for site in sites),
        parties={role: hosts for role, hosts in parties.items() if hosts},
        declared={role: operators for role, operators in said.operators.items() if operators},
        locked=locked,
        unread=tuple(params["unread"]),
    )


def _with_locks(seen: Mapping[str, Name], locked: Sequence[Locked]) -> dict[str, Name]:
    """The names, with what their provider's API says of those that a proxy hides."""
    products = {one.name: one.product for one in locked if one.type in LEADING}
    return {host: replace(name, locked_to=name.locked_to or products.get(host, "")) for host, name in seen.items()}


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []


def _host(text: str) -> str:
    """The host of a URL, of `host:port` or of a bare host, with a trailing dot."""
    host = urlsplit(text if "//" in text else f"//{text}").hostname or text
    return f"{host.rstrip('.').lower()}."


def _site(data: Mapping[str, Any]) -> Site:
    zone = _host(data["zone"])
    providers = (
        Provider(one["name"], one["type"], _api_host(one), tuple(map(_host, one["nameservers"])))
        for one in data["providers"]
    )
    return Site(
        name=data["site"],
        zone=zone,
        public_names=tuple(f"{name.rstrip('.').lower()}." for name in data["names"]),
        router=names.absolute(data["router"], data["zone"]) if data["router"] else "",
        fronts=tuple(
            Front(one["name"], names.absolute(one["target"], data["zone"]), one["issuer"], one["operator"], one["ends"])
            for one in data["fronts"]
        ),
        providers=tuple(providers),
    )


def _api_host(entry: Mapping[str, Any]) -> str:
    return _host(PROVIDERS[entry["type"]].written_at(entry))


def _hosts(sites: Sequence[Site]) -> Iterator[str]:
    for site in sites:
        yield from (site.zone, *site.public_names, site.router)
        yield from (front.target for front in site.fronts)
        yield from (provider.api_host for provider in site.providers)


def _as_seen(site: Site, seen: Seen) -> Site:
    """The site with the front that the router leads to, and with the name servers of its providers."""
    led: list[str] = []
    current = site.router
    while current and current not in led:
        led.append(current)
        current = seen.names[current].target if current in seen.names else ""
    standing = site.fronts if not site.router else [front for front in site.fronts if front.target in led]
    active = next((front.name for front in standing), "")
    zone = seen.zones.get(site.zone)
    listed = zone.servers if zone else ()
    providers = tuple(replace(one, servers=_own(one, listed)) for one in site.providers)
    return replace(site, active=active, providers=providers)


def _own(provider: Provider, listed: Sequence[Server]) -> tuple[str, ...]:
    """Which of the zone's servers are the provider's: as configured, by name or address, else by their names."""
    if provider.servers:
        return tuple(one.name for one in listed if {one.name, *map(_host, one.addresses)} & set(provider.servers))
    suffixes = PROVIDERS[provider.type].nameserver_suffixes
    return tuple(one.name for one in listed if suffixes and one.name.endswith(suffixes))


def _before(place: Path | None) -> Mapping[str, Any]:
    """The answers of the last time; empty where there are none that can be read."""
    try:
        found = json.loads((place / f"{_PAGE}.json").read_text(encoding="utf-8")) if place else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("names"), list) else {}


def _texts_of(found: Answers, changed: Sequence[str], levels: Mapping[str, LevelData]) -> dict[str, str]:
    """The content of every file, by its name."""
    sheet = irn.sheet(found, levels)
    return {
        f"{_PAGE}.csv": to_csv(found),
        f"{_PAGE}.html": to_html(found, changed),
        f"{_PAGE}-irn.html": irn_page.to_html(found["taken"], sheet, levels),
        f"{_PAGE}.mmd": to_mermaid(found),
        # Last: the next run compares with it.
        f"{_PAGE}.json": to_json(found, sheet),
    }


def _write(place: Path, texts: Mapping[str, str]) -> list[str]:
    for name, text in texts.items():
        reports_files.write(place / name, text, reports_files.masked(_MODE))
    return sorted(str(place / name) for name in texts)


def lines(found: Answers) -> list[str]:
    """The answers on one screen: the first sentence of the page, what to change, and who can take which name down."""
    shown = [found["headline"]]
    if found["advice"]:
        shown += ["change first:", *(f"  {number}. {line}" for number, line in enumerate(found["advice"], 1))]
    return [*shown, *_of_names(found), *_of_certificates(found), *_of_zones(found)]


def _of_names(found: Answers) -> Iterator[str]:
    for name in found["names"]:
        host, points = name["name"].rstrip("."), name["single_points"]
        for when, words in (("now", "now"), ("after", "even after a failover")):
            yield f"  {host} is taken down {words} by {_whom(points[when])}"
        if name["why_not"]:
            yield f"  {host} has no way out: {name['why_not']}"


def _whom(points: Mapping[str, str]) -> str:
    """Who can, certainly or possibly."""
    certain = [operator for operator, value in points.items() if value == "down"]
    possible = [operator for operator, value in points.items() if value != "down"]
    parts = [", ".join(certain), f"possibly by {', '.join(possible)}" if possible else ""]
    return "; ".join(filter(None, parts)) or "nobody alone"


def _of_certificates(found: Answers) -> Iterator[str]:
    for one in (one for one in found["certificates"] if one["authority"]):
        until = f" until {one['ends']}" if one["ends"] else ""
        yield f"  {one['site']}: {one['authority']} signs the certificate of {one['front']}{until}"


def _of_zones(found: Answers) -> Iterator[str]:
    for one in found["locked"]:
        yield f"  cannot leave {one['provider']}: {one['name'].rstrip('.')} {one['type']} ({one['product']})"
    yield from (f"  not read: {one}" for one in found["unread"])
