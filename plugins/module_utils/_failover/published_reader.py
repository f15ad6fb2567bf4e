# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what the fronts of a site publish at the public name itself. Pure.

Where the addresses of a proxy are copied there are no values yet: they are what the proxy's servers answer for the
canary, a name that stays proxied when the public name has left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

from .._errors import BadInput
from .._zone import names
from .._zone.entries import Context, parse_declared
from .._zone.origins import ADDRESS_TYPES
from .._zone.record_sets import Declared, RecordSet
from .._zone.undotted import Undotted, undotted
from .data.site import Front, PublishedSet
from .published import TYPES, is_proxied

#: Stand for addresses that are known only when they are copied, so that an entry is checked like any other.
_PLACEHOLDERS = {"A": "192.0.2.1", "AAAA": "2001:db8::1"}


class Kind(Protocol):
    """What must be known of a type of provider."""

    attributes: ClassVar[frozenset[str]]
    flattens_apex: ClassVar[bool]
    atomic_type_change: ClassVar[bool]
    atomic_writes: ClassVar[bool]
    proxy_networks: ClassVar[tuple[str, ...]]
    daily_writes: ClassVar[int | None]

    @classmethod
    def audit(cls, record_set: RecordSet) -> list[str]:
        """Why this provider cannot hold the set."""


Kinds = Mapping[str, "type[Kind] | None"]
"""By the name of a provider, what must be known of its type."""


@dataclass(frozen=True)
class Name:
    """The public name that is steered. ttl: seconds, for sets that have none of their own."""

    zone: str
    router: str
    ttl: int


@dataclass(frozen=True)
class _Entries:
    """The entries of a front in a form in which all are read alike.

    plain: as in a zone file, with placeholders for what is copied; copied: the numbers of those; canaries: the names
    that they copy from.
    """

    plain: tuple[Mapping[str, Any], ...] = ()
    copied: frozenset[int] = frozenset()
    canaries: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()

    def __add__(self, other: _Entries) -> _Entries:
        return _Entries(
            (*self.plain, *other.plain),
            self.copied | {len(self.plain) + number for number in other.copied},
            self.canaries | other.canaries,
            (*self.problems, *other.problems),
        )


def read(
    entries: Sequence[Any], name: Name, kinds: Kinds, target: str = ""
) -> tuple[dict[str, dict[str, PublishedSet]], str, list[Undotted]]:
    """What the entries of a front publish, the canary that they copy from, relative to the zone, empty without, and the
    targets that lack their trailing dot.

    target: an absolute name, in place of entries: a CNAME to it, where one can stand.
    Raises BadInput with every problem.
    """
    given = _of_target(target, name, kinds) if target else _Entries()
    for index, entry in enumerate(entries):
        given += _entry(index, entry, name)
    if len(given.canaries) > 1:
        several = f"publish: copies from several names ({', '.join(sorted(given.canaries))}); name one canary"
        given += _Entries(problems=(several,))
    if given.problems:
        raise BadInput(given.problems)
    attributes = {provider: kind.attributes if kind else frozenset() for provider, kind in kinds.items()}
    try:
        declared = parse_declared(given.plain, Context(name.zone, attributes, name.ttl))
    except BadInput as error:
        raise BadInput([problem.replace("records[", "publish[") for problem in error.problems]) from None
    slips = [replace(one, label=one.label.replace("records[", "publish[")) for one in undotted(declared, name.zone)]
    return _at_providers(declared, given, name, kinds), next(iter(given.canaries), ""), slips


def _of_target(target: str, name: Name, kinds: Kinds) -> _Entries:
    """A CNAME to the target. Where none can stand at the apex, the target's addresses, which are not known yet."""
    cname = {"name": name.router, "type": "CNAME", "values": [target]}
    if name.router != names.APEX:
        return _Entries((cname,))
    led = [provider for provider, kind in kinds.items() if kind and kind.flattens_apex]
    rest = [provider for provider in kinds if provider not in led]
    found = _Entries(({**cname, "only": led},)) if led else _Entries()
    if not rest:
        return found
    addresses = tuple(
        {"name": name.router, "type": rdtype, "values": text, "only": rest} for rdtype, text in _PLACEHOLDERS.items()
    )
    return found + _Entries(addresses, frozenset(range(len(addresses))))


def proxy_networks(sets: Mapping[str, Mapping[str, PublishedSet]], kinds: Kinds) -> list[str]:
    """The published networks of the proxies that publish a front."""
    proxying = [kinds[provider] for provider, at_provider in sets.items() if is_proxied(at_provider)]
    return sorted({network for kind in proxying if kind for network in kind.proxy_networks})


def _entry(index: int, entry: Any, name: Name) -> _Entries:
    if not isinstance(entry, Mapping):
        return _Entries(problems=(f"publish[{index}]: is not a mapping with type and values",))
    if "copy_from" not in entry:
        return _Entries(({"name": name.router, **entry},))
    rest = {key: value for key, value in entry.items() if key != "copy_from"}
    plain = tuple(
        {"name": name.router, **rest, "type": rdtype, "values": _PLACEHOLDERS.get(str(rdtype).upper(), "")}
        for rdtype in ([entry["type"]] if entry.get("type") else ADDRESS_TYPES)
    )
    canary, problems = _canary(index, entry, name)
    return _Entries(plain, frozenset(range(len(plain))), canary, problems)


def _canary(index: int, entry: Mapping[str, Any], name: Name) -> tuple[frozenset[str], tuple[str, ...]]:
    """The name that an entry copies from, and what is wrong with the entry."""
    where, problems = f"publish[{index}]: copy_from", []
    if entry.get("values") is not None or entry.get("at") is not None:
        problems.append(f"{where}: takes the addresses of another name; drop `values` and `at`")
    if entry.get("type") is not None and str(entry["type"]).upper() not in ADDRESS_TYPES:
        problems.append(f"{where}: copies A and AAAA sets; {entry['type']} is neither")
    try:
        canary = names.relative(str(entry["copy_from"] or ""), name.zone)
    except ValueError as error:
        return frozenset(), (*problems, f"{where}: {error}")
    if not entry["copy_from"] or canary in ("@", name.router):
        problems.append(
            f"{where}: {canary} cannot be the canary; name another one of the zone, that stays proxied for good"
        )
    return frozenset({canary}), tuple(problems)


def _at_providers(
    declared: Sequence[Declared], given: _Entries, name: Name, kinds: Kinds
) -> dict[str, dict[str, PublishedSet]]:
    """What stands at each provider, by type. Raises BadInput with every problem."""
    found: dict[str, dict[str, PublishedSet]] = {}
    problems: list[str] = []
    for provider, kind in kinds.items():
        here = [(entry, number in given.copied) for number, entry in enumerate(declared) if entry.concerns(provider)]
        problems += _cannot(provider, [entry for entry, _copied in here], name.router, kind)
        found[provider] = {entry.key[1]: _set(entry.at(provider), copied) for entry, copied in here}
    for canary in given.canaries:
        if not any(map(is_proxied, found.values())):
            problems.append(
                f"publish: copies from {canary}, but this front is proxied nowhere; whose addresses are they?"
            )
    if problems:
        raise BadInput(list(dict.fromkeys(problems)))
    return found


def _cannot(provider: str, here: Sequence[Declared], router: str, kind: type[Kind] | None) -> Iterator[str]:
    """Why the entries cannot stand at the provider."""
    if not here:
        yield f"publish: has nothing for {provider}; each provider must lead somewhere"
    for entry in here:
        yield from _cannot_stand(entry, provider, router, kind)
    if len(here) > 1 and any(entry.key[1] == "CNAME" for entry in here):
        yield f"publish: a CNAME cannot stand beside addresses at {provider}; use `only` to say what stands where"


def _cannot_stand(entry: Declared, provider: str, router: str, kind: type[Kind] | None) -> Iterator[str]:
    label = entry.label.replace("records[", "publish[")
    name, rdtype = entry.key
    if name != router:
        yield f"{label}: name: is not {router}, failover_router; a site steers one name, so make a site of each"
    if rdtype not in TYPES:
        yield f"{label}: type: {rdtype} cannot be steered, only {', '.join(TYPES)}"
    if entry.absent:
        yield f"{label}: state: what the other fronts publish is taken away by itself; leave this entry out"
    elif kind:
        yield from (f"{label}: {reason}" for reason in kind.audit(entry.at(provider)))


def _set(record_set: RecordSet, copied: bool) -> PublishedSet:
    values = [] if copied else [value.text for value in record_set.values]
    return PublishedSet(ttl=record_set.ttl, values=values, attributes=dict(record_set.attributes), copied=copied)


def proxying(kinds: Kinds) -> list[str]:
    """The providers that can proxy a record."""
    return [name for name, kind in kinds.items() if kind is not None and "proxied" in kind.attributes]


def unproxied(front: Front, kinds: Kinds) -> Front:
    """The front, with `proxied: false` wherever it says nothing: what is not said would stay as another one left it."""
    published = {
        provider: {rdtype: _said(one, kinds[provider]) for rdtype, one in sets.items()}
        for provider, sets in front["published"].items()
    }
    return {**front, "published": published}


def _said(one: PublishedSet, kind: type[Kind] | None) -> PublishedSet:
    if kind is None or "proxied" not in kind.attributes:
        return one
    return {**one, "attributes": {"proxied": False, **one["attributes"]}}


def type_changes(fronts: Sequence[Front], kinds: Kinds) -> Iterator[str]:
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
