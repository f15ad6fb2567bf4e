# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an HTTPS record leads browsers past the router: by addresses of its own, or to another host. Pure.

Browsers may connect to the hints of such a record, and go on to its target (RFC 9460 sections 3 and 7.3), whatever the
addresses of the name are. Beyond the router it belongs to a front and follows; before it or at it no switch moves it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .._zone import names, service_binding
from .data.observed import Held, PathAnswer

_HINTS = re.compile(r'\bipv[46]hint="?([0-9A-Fa-f.:,]+)"?')


@dataclass(frozen=True)
class Binding:
    """One HTTPS record. target: an absolute name, empty for the owner itself. hints: addresses."""

    owner: str
    text: str
    target: str
    hints: frozenset[str]

    @classmethod
    def of(cls, owner: str, text: str) -> Binding:
        hints = (address for found in _HINTS.findall(text) for address in found.split(","))
        return cls(owner, text, service_binding.target(owner, text), frozenset(filter(None, hints)))

    @property
    def shown(self) -> str:
        return f"{self.owner} HTTPS {self.text}"


def in_the_way(
    one: PathAnswer, router: str, targets: Collection[str], known: Collection[str], held: Mapping[str, Held]
) -> tuple[Binding, str] | None:
    """The record that leads past the router, and how; None where there is none.

    targets: the absolute names to which the router may lead. known: those that are judged by themselves. held: by
    provider, in the zone of the answer.
    """
    for binding in _before(router, one):
        if one["hides"] and _is_made_up(binding, one, held):
            continue
        if binding.hints:
            return binding, "has addresses of its own, which no switch of the router moves"
        if binding.target and binding.target != router and binding.target in targets and binding.target not in known:
            return binding, "leads browsers past the router"
    return None


def _before(router: str, one: PathAnswer) -> list[Binding]:
    """The records that browsers get before they come to the router, or at it: of the name, and of its port."""
    ways: list[tuple[list[str], list[str]]] = [
        ([one["link"], *one.get("https_cnames", [])], one.get("https", [])),
        (one.get("port_way", []), one.get("port_https", [])),
    ]
    return [Binding.of(way[-1], text) for way, texts in ways if router not in way[:-1] for text in texts]


def _is_made_up(binding: Binding, one: PathAnswer, held: Mapping[str, Held]) -> bool:
    """Whether a provider that answers for its proxy made the record up: its API shows none.

    Where the API did not say, it is made up if it shares addresses with the name, as what is made up does.
    """
    read = held.get(one["provider"])
    if read is not None and not read["error"]:
        name = names.relative(binding.owner, one["zone"])
        return not any((record["name"], record["type"]) == (name, "HTTPS") for record in read["records"])
    return not binding.hints or bool(binding.hints & set(one["values"]))
