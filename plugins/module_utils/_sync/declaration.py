# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone to be kept equal, as its `zone_sync_*` variables and its zone file describe it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from io import BytesIO
from typing import Any, ClassVar, Protocol

from .._errors import BadInput
from .._variables import Reader, misspelt
from .._zone import names as zone_names
from .._zone.apex_ns import CHOICES as APEX_NS_CHOICES
from .._zone.desired import COPY, PROXIED_CHOICES
from .._zone.record_sets import DEFAULT_TTL
from .data import DescribedZone, Entry, SteeredSite

with suppress(ImportError):  # comes with ansible-core, but not into the tests of imports
    import yaml

#: Every variable of the role.
VARIABLES = (
    "zone_sync_zone",
    "zone_sync_file",
    "zone_sync_records",
    "zone_sync_providers",
    "zone_sync_ttl",
    "zone_sync_ttl_floor",
    "zone_sync_prune",
    "zone_sync_keep",
    "zone_sync_limits",
    "zone_sync_force",
    "zone_sync_proxied",
    "zone_sync_source",
    "zone_sync_apex_ns",
    "zone_sync_apex_ns_extra",
    "zone_sync_strict_names",
    "zone_sync_import_from",
    "zone_sync_import_file",
    "zone_sync_format",
    "zone_sync_deadline",
    "zone_sync_verify_timeout",
)

_FILE_KEYS = ("domain", "records")


#: How the names of YAML files end, and how such a file begins.
_YAML_NAMES = (".yml", ".yaml", ".json")
_YAML_BEGINS = ("---", "domain:", "records:", "- ", "{", "[")

#: The value of zone_sync_source for a zone that its file or variable declares.
DECLARED = "records"


class Kind(Protocol):
    """What must be known of a type of provider."""

    attributes: ClassVar[frozenset[str]]
    special_ttls: ClassVar[Mapping[int, int]]


def _no_include(path: str) -> str:
    raise ValueError(f"{path} cannot be included")


def read(
    name: str,
    variables: Mapping[str, Any],
    content: str | None,
    sites: Sequence[SteeredSite],
    kinds: Mapping[str, type[Kind]],
    include: Callable[[str], str] = _no_include,
) -> DescribedZone:
    """The zone `name` from its variables.

    content: the text of the zone file; None without one. sites: what `steered_sites` found in the inventory. kinds: the
    types of the providers, by their names. include: gives the text of a file that the zone file includes, or raises
    ValueError with the reason why not.
    Raises BadInput with every problem.
    """
    reader = Reader(variables)
    reader.problems += misspelt(variables, VARIABLES)
    zone = _zone(reader, name)
    source = reader.text("zone_sync_source", DECLARED)
    if source not in (DECLARED, *kinds):
        reader.problem("zone_sync_source", f"{source!r} is neither `{DECLARED}` nor one of {', '.join(kinds)}")
    records, notes = _records(reader, zone, content, kinds, include) if source == DECLARED else ([], ())
    mine = [site for site in sites if site["zone"] == zone]
    found = DescribedZone(
        zone=zone,
        records=records,
        notes=list(notes),
        source=source,
        apex_ns=reader.choice("zone_sync_apex_ns", APEX_NS_CHOICES, "keep"),
        apex_ns_extra=[str(host) for host in reader.items("zone_sync_apex_ns_extra")],
        strict_names=reader.truth("zone_sync_strict_names"),
        ttl=reader.number("zone_sync_ttl", DEFAULT_TTL, 1),
        ttl_floor=reader.choice("zone_sync_ttl_floor", ("raise", "refuse"), "raise"),
        prune=reader.truth("zone_sync_prune"),
        force=reader.truth("zone_sync_force"),
        proxied=reader.choice("zone_sync_proxied", PROXIED_CHOICES, COPY),
        steered=sorted({site["router"] for site in mine}),
        fronts={site["router"]: site["fronts"] for site in mine},
        targets=_targets(zone, {target for site in mine for target in site["targets"]}),
    )
    if reader.problems:
        raise BadInput(reader.problems)
    return found


def _targets(zone: str, targets: set[str]) -> list[str]:
    """The fronts' targets within the zone, which its own servers must lead to an address."""
    return sorted(target for target in targets if zone_names.is_within(target, zone))


def _zone(reader: Reader, name: str) -> str:
    try:
        return zone_names.zone_name(reader.text("zone_sync_zone", name))
    except ValueError as error:
        reader.problem("zone_sync_zone", str(error))
        return ""


def _records(
    reader: Reader, zone: str, text: str | None, kinds: Mapping[str, type[Kind]], include: Callable[[str], str]
) -> tuple[list[Entry], Sequence[str]]:
    """The entries of the variable or of the file, with notes."""
    given = reader.items("zone_sync_records")
    path = reader.text("zone_sync_file")
    # Before 2.19 a template for "nothing" yields an empty text.
    if not text and not path:
        if not given:
            reader.problem(
                "zone_sync_file", "is missing, as is zone_sync_records: one of them says what the zone holds"
            )
        return given, ()
    if given:
        reader.problem("zone_sync_records", "and zone_sync_file exclude each other")
    if _is_yaml(path, text or ""):
        return _from_yaml(reader, zone, path, text or ""), ()
    from . import bind_reader  # it brings much that a YAML file does not need

    try:
        found = bind_reader.read(
            str(text),
            zone,
            include,
            [name for name, kind in kinds.items() if "proxied" in kind.attributes],
            {name: kind.special_ttls for name, kind in kinds.items()},
        )
    except BadInput as error:
        for problem in error.problems:
            reader.problem("zone_sync_file", f"{path}: {problem}")
        return [], ()
    return list(found.records), found.notes


def _is_yaml(path: str, text: str) -> bool:
    """Whether a zone file is YAML, by its name or by its first line that says something; else it is a BIND file."""
    if path.lower().endswith(_YAML_NAMES):
        return True
    lines = (
        line for line in text.removeprefix("\ufeff").splitlines() if line.strip() and not line.lstrip().startswith("#")
    )
    first = next(lines, "---")
    return first.startswith(_YAML_BEGINS)


def _yaml_loader() -> Any:
    """A safe loader that looks at each text once. A zone file repeats a few of them, and most of the time is spent on
    finding out whether one is a number, a date, and so on."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(loader):  # type: ignore[misc, valid-type]
        resolve = lru_cache(maxsize=None)(loader.resolve)

    return Loader


def _from_yaml(reader: Reader, zone: str, path: str, text: str) -> list[Entry]:
    """The entries of a YAML file: a list, or a mapping of `domain` and `records`."""
    try:
        # Ansible's own filter takes three times as long, and does not say which file it could not read. As a stream,
        # since the C library takes no subclasses of str and bytes, such as Ansible has (before 2.19 of both).
        content: Any = yaml.load(BytesIO(text.encode()), Loader=_yaml_loader())  # nosec B506
    except yaml.YAMLError as error:
        reader.problem("zone_sync_file", f"{path} is not YAML: {error}")
        return []
    if isinstance(content, Mapping):
        for key in content:
            if key not in _FILE_KEYS:
                reader.problem("zone_sync_file", f"{key!r} is not a key of a zone file: {', '.join(_FILE_KEYS)}")
        domain = str(content.get("domain", zone)).rstrip(".").lower()
        if domain != zone:
            reader.problem("zone_sync_file", f"is for the domain {domain}, not for the zone {zone}")
        content = content.get("records")
    if not isinstance(content, Sequence) or isinstance(content, str) or not content:
        reader.problem("zone_sync_file", "has no list of `records`")
        return []
    return list(content)


def steered_sites(hostvars: Mapping[str, Any], hosts: Sequence[str]) -> list[SteeredSite]:
    """The zone, router and targets of every site in the inventory, also of those outside the present run.

    A site that is not well described is left to the failover that runs for it; what it steers is not touched either.
    """
    found = []
    for host in hosts:
        variables = hostvars[host]
        try:
            zone = zone_names.zone_name(str(variables["failover_zone"]))
            router = zone_names.relative(str(variables["failover_router"]), zone)
        except (KeyError, TypeError, ValueError):
            continue
        targets: list[str] = []
        with suppress(AttributeError, LookupError, TypeError, ValueError):
            targets = [name for front in variables["failover_fronts"] for name in _leads_to(front, zone)]
        found.append(SteeredSite(zone=zone, router=router, targets=targets, fronts=_fronts(variables)))
    return found


def _fronts(variables: Mapping[str, Any]) -> dict[str, str]:
    """The target of each front by its name; none where a front has none."""
    with suppress(AttributeError, LookupError, TypeError, ValueError):
        fronts = variables["failover_fronts"]
        return {str(front["name"]): zone_names.absolute(str(front["target"])) for front in fronts}
    return {}


def _leads_to(front: Mapping[str, Any], zone: str) -> list[str]:
    """The names whose addresses a switch to the front needs."""
    copied = {str(entry["copy_from"]) for entry in front.get("publish") or () if entry.get("copy_from")}
    targets = [zone_names.absolute(str(front["target"]))] if front.get("target") else []
    return targets + [zone_names.absolute(name, f"{zone}.") for name in sorted(copied)]
