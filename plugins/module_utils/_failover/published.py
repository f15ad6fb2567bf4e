# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fronts that publish record sets at the public name itself, each provider its own. Pure.

A front becomes a mapping of provider, type and what stands there: `values`, `ttl` (seconds) and `attributes`. Where the
addresses of a proxy are copied there are no values yet: they are what the proxy's servers answer for the canary, a name
that stays proxied when the public name has left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from .._errors import BadInput
from .._zone import names
from .._zone.entries import Context, parse_declared
from .._zone.record_sets import Declared, RecordSet

#: What can stand at a name that is steered.
ADDRESS_TYPES = ("A", "AAAA")
TYPES = ("CNAME", *ADDRESS_TYPES)

#: Stand for addresses that are known only when they are copied, so that an entry is checked like any other.
_PLACEHOLDERS = {"A": "192.0.2.1", "AAAA": "2001:db8::1"}

Data = Mapping[str, Any]
Published = Mapping[str, Mapping[str, Data]]


class Kind(Protocol):
    """What must be known of a type of provider."""

    attributes: ClassVar[frozenset[str]]
    atomic_type_change: ClassVar[bool]

    @classmethod
    def audit(cls, record_set: RecordSet) -> list[str]:
        """Why this provider cannot hold the set."""


def read(
    entries: Sequence[Any], zone: str, router: str, ttl: int, kinds: Mapping[str, type[Kind] | None]
) -> tuple[dict[str, dict[str, Any]], str]:
    """What the entries of a front publish, and the canary that they copy from, relative to the zone; empty without.

    kinds: of every provider, by its name. Raises BadInput with every problem.
    """
    problems: list[str] = []
    checked: list[dict[str, Any]] = []
    copied: list[int] = []
    canaries: set[str] = set()
    for index, entry in enumerate(entries):
        if not isinstance(entry, Mapping):
            problems.append(f"publish[{index}]: is not a mapping with type and values")
        elif "copy_from" in entry:
            problems += _read_copy(index, entry, zone, router, canaries)
            for rdtype in [entry["type"]] if entry.get("type") else ADDRESS_TYPES:
                copied.append(len(checked))
                rest = {key: value for key, value in entry.items() if key != "copy_from"}
                placeholder = _PLACEHOLDERS.get(str(rdtype).upper(), "")
                checked.append({"name": router, **rest, "type": rdtype, "values": placeholder})
        else:
            checked.append({"name": router, **entry})
    if len(canaries) > 1:
        problems.append(f"publish: copies from several names ({', '.join(sorted(canaries))}); name one canary")
    if problems:
        raise BadInput(problems)
    attributes = {name: kind.attributes if kind else frozenset() for name, kind in kinds.items()}
    try:
        declared = parse_declared(checked, Context(zone, attributes, ttl))
    except BadInput as error:
        raise BadInput([problem.replace("records[", "publish[") for problem in error.problems]) from None
    found: dict[str, dict[str, Any]] = {}
    for provider, kind in kinds.items():
        here = [(entry, number in copied) for number, entry in enumerate(declared) if entry.concerns(provider)]
        problems += _cannot(provider, [entry for entry, _copy in here], router, kind)
        found[provider] = {entry.key[1]: _set(entry.at(provider), is_copy) for entry, is_copy in here}
    canary = next(iter(canaries), "")
    if canary and not any(_is_proxied(sets) for sets in found.values()):
        problems.append(f"publish: copies from {canary}, but this front is proxied nowhere; whose addresses are they?")
    if problems:
        raise BadInput(list(dict.fromkeys(problems)))
    return found, canary


def _read_copy(index: int, entry: Data, zone: str, router: str, canaries: set[str]) -> Iterator[str]:
    where = f"publish[{index}]: copy_from"
    if entry.get("values") is not None or entry.get("at") is not None:
        yield f"{where}: takes the addresses of another name; drop `values` and `at`"
    if entry.get("type") is not None and str(entry["type"]).upper() not in ADDRESS_TYPES:
        yield f"{where}: copies A and AAAA sets; {entry['type']} is neither"
    try:
        canary = names.relative(str(entry["copy_from"] or ""), zone)
    except ValueError as error:
        yield f"{where}: {error}"
        return
    if not entry["copy_from"] or canary in ("@", router):
        yield f"{where}: {canary} cannot be the canary; name another one of the zone, that stays proxied for good"
    canaries.add(canary)


def _cannot(provider: str, here: Sequence[Declared], router: str, kind: type[Kind] | None) -> Iterator[str]:
    """Why the entries cannot stand at the provider."""
    if not here:
        yield f"publish: has nothing for {provider}; each provider must lead somewhere"
    for entry in here:
        label = entry.label.replace("records[", "publish[")
        name, rdtype = entry.key
        if name != router:
            yield f"{label}: name: is not {router}, failover_router; a site steers one name, so make a site of each"
        if rdtype not in TYPES:
            yield f"{label}: type: {rdtype} cannot be steered, only {', '.join(TYPES)}"
        if entry.absent:
            yield f"{label}: state: what the other fronts publish is taken away by itself; leave this entry out"
        else:
            yield from (f"{label}: {reason}" for reason in (kind.audit(entry.at(provider)) if kind else ()))
    if len(here) > 1 and any(entry.key[1] == "CNAME" for entry in here):
        yield f"publish: a CNAME cannot stand beside addresses at {provider}; use `only` to say what stands where"


def _set(record_set: RecordSet, is_copy: bool) -> dict[str, Any]:
    values = [] if is_copy else [value.text for value in record_set.values]
    return {"ttl": record_set.ttl, "values": values, "attributes": dict(record_set.attributes)}


def _is_proxied(sets: Mapping[str, Data]) -> bool:
    return any(one["attributes"].get("proxied") for one in sets.values())


def unproxied(fronts: Sequence[Mapping[str, Any]], kinds: Mapping[str, type[Kind] | None]) -> None:
    """Say `proxied: false` wherever a front says nothing: what is not said would stay as the front before left it."""
    for front in fronts:
        for provider, sets in front["published"].items():
            kind = kinds[provider]
            for one in sets.values() if kind and "proxied" in kind.attributes else ():
                one["attributes"].setdefault("proxied", False)


def type_changes(fronts: Sequence[Data], kinds: Mapping[str, type[Kind] | None]) -> Iterator[str]:
    """Why a switch between the fronts could leave a gap: a change of type that is not atomic at a provider."""
    for provider, kind in kinds.items():
        if kind is None or kind.atomic_type_change:
            continue
        shapes = {", ".join(sorted(front["published"].get(provider, ()))) for front in fronts}
        if len(shapes) > 1:
            yield (
                f"publish sets of different types at {provider} ({' / '.join(sorted(shapes))}), which cannot be "
                "exchanged at one moment there; publish the same type with every front, best a CNAME"
            )


def proxies(front: Data) -> list[str]:
    """The providers that proxy the front."""
    return [provider for provider, sets in front["published"].items() if _is_proxied(sets)]


def seen_as(front: Data, zone: str) -> list[str]:
    """The host names and addresses by which the front is recognised in a server's answer."""
    found: list[str] = [names.owner(front["canary"], zone)] if front["canary"] else []
    found += [front["target"]] if front["target"] else []
    for sets in front["published"].values():
        found += [value for one in sets.values() if not _is_proxied(sets) for value in one["values"]]
    return list(dict.fromkeys(found))


def origins(front: Data) -> list[str]:
    """What lies behind the proxy: host names and addresses that must not be published elsewhere."""
    return list(
        dict.fromkeys(
            value
            for sets in front["published"].values()
            if _is_proxied(sets)
            for one in sets.values()
            for value in one["values"]
        )
    )


def records(site: Data, front: Data, provider: str, copies: Sequence[str]) -> list[dict[str, Any]]:
    """The entries with which the provider comes to publish the front, as zone_records takes them.

    copies: the addresses to copy. What other fronts publish there goes in the same write.
    """
    base = {"name": site["router"], "only": [provider]}
    sets = front["published"].get(provider) or {"CNAME": {"values": [front["target"]], "ttl": site["ttl"]}}
    found = []
    for rdtype, one in sets.items():
        values = one["values"] or [text for text in copies if (":" in text) == (rdtype == "AAAA")]
        if values:
            entry = {**base, "type": rdtype, "ttl": one["ttl"], "values": values}
            found.append({**entry, "at": {provider: one["attributes"]}} if one.get("attributes") else entry)
    stands = {entry["type"] for entry in found}
    others = {rdtype for other in site["fronts"] for rdtype in other["published"].get(provider, ())}
    return found + [{**base, "type": rdtype, "state": "absent"} for rdtype in sorted(others - stands)]


def shape(front: Data, provider: str, copies: Collection[str]) -> dict[str, set[str]]:
    """By type, the values that the front publishes at the provider; none for addresses to copy that are not known."""
    if not front["published"]:
        return {"CNAME": {front["target"].lower()}}
    sets = front["published"][provider]
    return {rdtype: {value.lower() for value in one["values"] or copies} for rdtype, one in sets.items()}


def is_copied(front: Data, provider: str) -> bool:
    """Whether the front is published at the provider by addresses that are copied from its proxy."""
    return any(not one["values"] for one in front["published"].get(provider, {}).values())
