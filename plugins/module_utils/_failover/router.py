# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the providers serve for a router, from the answers of their servers and, where needed, of their APIs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from .data.observed import Answer, Record
from .given_addresses import given_front
from .marker import Marker

#: What a provider serves that is not one of the fronts; in brackets, which no front's name may have.
OTHER, MISSING, SILENT, UNCLEAR, MIXED = "(other)", "(missing)", "(silent)", "(unclear)", "(mixed)"


#: By type, the values of a name's record sets as `in_shape` makes them; none where they are not known now.
Shape = Mapping[str, Set[str]]


@dataclass(frozen=True)
class Served:
    """What one provider serves. state: `front`, or one of the words above. servers: each server's front or word.

    outdated: whether it is the front at addresses that the front's proxy has no longer. maybe: where it is unclear, the
    fronts that it may be.
    """

    state: str
    front: str = ""
    servers: Mapping[str, str] = field(default_factory=dict)
    outdated: bool = False
    maybe: Sequence[str] = ()

    def shown(self) -> str:
        """The front's name, or what there is instead."""
        return self.front or self.state

    @property
    def known(self) -> bool:
        """Whether it is settled what is served there."""
        return self.state not in (SILENT, UNCLEAR)


def served(answers: Sequence[Answer], tie_break: str | None) -> Served:
    """What a provider serves, from the answers of its servers for the router.

    tie_break: the front that the marker names; it decides where a flattened answer fits several fronts.
    """
    servers = {answer["server"]: at_server(answer, tie_break) for answer in answers}
    heard = {what for what in servers.values() if what != SILENT}
    if not heard:
        return Served(SILENT, servers=servers)
    if len(heard) > 1:
        return Served(MIXED, servers=servers)
    (what,) = heard
    if what in (OTHER, MISSING, UNCLEAR):
        return Served(what, servers=servers, maybe=maybe(answers) if what == UNCLEAR else ())
    return Served("front", what, servers)


def maybe(answers: Sequence[Answer]) -> tuple[str, ...]:
    """The fronts that all servers which answer may mean, though their addresses are those of none."""
    heard = [answer for answer in answers if answer["status"] != "silent"]
    shared = [set(answer.get("possible", ())) for answer in heard]
    return tuple(sorted(set.intersection(*shared))) if shared else ()


def at_server(answer: Answer, tie_break: str | None) -> str:
    """What one server serves. tie_break: as in `served`.

    A flattened answer that fits no front settles nothing: a front may answer other addresses to us than to the server.
    """
    if answer["status"] in ("silent", "missing"):
        return f"({answer['status']})"
    fits = answer["leads_to"]
    if tie_break in fits:
        return str(tie_break)
    if len(fits) > 1:
        return UNCLEAR
    if not fits:
        return UNCLEAR if answer["status"] == "addresses" else OTHER
    return str(fits[0])


def held(records: Sequence[Record], shapes: Mapping[str, Shape], last: Marker | None = None) -> Served:
    """What a provider's API says that it holds for the router. shapes: what each front publishes there.

    last: the marker beside it, which shows whether an apex has the addresses that it was last given.
    """
    if not records:
        return Served(MISSING)
    if given := given_front([value for record in records for value in record["values"]], last):
        return Served("front", given)
    fronts = fitting(records, shapes)
    return Served("front", fronts[0]) if len(fronts) == 1 else Served(OTHER)


def fitting(records: Sequence[Record], shapes: Mapping[str, Shape]) -> list[str]:
    """The fronts that may have published these records of the router. shapes: what each front publishes there."""
    there = {record["type"]: _values(record) for record in records}
    return [name for name, shape in shapes.items() if there.keys() <= shape.keys() and _overlap(shape, there)]


def _values(record: Record) -> set[str]:
    """The values as they stand in a shape. record: of one provider."""
    proxied = any(attributes.get("proxied") for attributes in record.get("at", {}).values())
    return {in_shape(value, proxied) for value in record["values"]}


def in_shape(value: str, proxied: bool) -> str:
    """A value as it stands in a shape. The same record leads visitors elsewhere with a proxy than without one."""
    return value.lower() + (" (proxied)" if proxied else "")


def _overlap(shape: Shape, there: Shape) -> bool:
    return all(not shape[rdtype] or shape[rdtype] & values for rdtype, values in there.items())
