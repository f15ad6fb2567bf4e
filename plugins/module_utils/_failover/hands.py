# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose hand left a provider's router as it is: ours, late, or somebody else's. Pure.

A provider gets router and marker in one atomic request, and its marker says which front its router was given. So where
the router is still that front, the provider has only missed the writes since. Where it is something else, somebody has
changed it after us. Where the marker is written before the router, in a request of its own, that can also be a write of
ours that arrived by half; it is led back like a change, and nobody's intent is taken from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from . import confirmation
from .confirmation import Holding
from .marker import Marker
from .router import MISSING, OTHER

IN_LINE, LACKS, LAGS, CHANGED, FOREIGN, UNKNOWN = "in line", "missing", "lags", "changed", "foreign", "unknown"

#: Seconds for which somebody who changes the router at one provider may be on the way to the next one.
ON_THE_WAY = 300


@dataclass(frozen=True)
class Hands:
    """The class of every provider, with respect to the front that is meant.

    at: what the router of each provider is. changed: when, as its API says; 0 where it is not known.
    """

    classes: Mapping[str, str]
    at: Mapping[str, str]
    changed: Mapping[str, int]

    def being(self, *classes: str) -> list[str]:
        """The providers of these classes."""
        return [name for name, one in self.classes.items() if one in classes]

    def led_to(self) -> list[str]:
        """The fronts to which somebody changed a router."""
        return list(dict.fromkeys(self.at[name] for name in self.being(CHANGED)))

    def recent(self, now: int) -> list[str]:
        """The providers that were changed a moment ago: whoever did it may be at the next provider."""
        return [name for name in self.being(CHANGED) if now - self.changed[name] < ON_THE_WAY]


def seen(holdings: Mapping[str, Holding], newest: Marker | None, front: str) -> Hands:
    """The class of every provider. newest: what all confirmed markers say. front: the one that is meant."""
    return Hands(
        {name: _class(holding, newest, front) for name, holding in holdings.items()},
        {name: holding.router for name, holding in holdings.items()},
        {name: holding.changed for name, holding in holdings.items()},
    )


def _class(holding: Holding, newest: Marker | None, front: str) -> str:
    """The first that fits."""
    by_api = holding.api is not None
    if not holding.known or (not by_api and _is_in_doubt(holding, newest)):
        return UNKNOWN
    if holding.router == MISSING:
        return LACKS
    if holding.router == front:
        return IN_LINE
    if holding.router == OTHER:
        return LAGS if by_api and _before_the_request(holding, newest) else FOREIGN
    given = given_to(holding, newest)
    if given is None or holding.router == given:
        return LAGS
    return CHANGED if by_api else UNKNOWN


def _is_in_doubt(holding: Holding, newest: Marker | None) -> bool:
    """Of a provider whose API cannot be asked: whether its servers differ, or show something newer."""
    return holding.differs or any(confirmation.is_newer(claim, newest) for claim in holding.claims)


def _before_the_request(holding: Holding, newest: Marker | None) -> bool:
    """Whether somebody changed the router before a person asked us for something, which counts more."""
    asked = newest.asked if newest is not None else None
    return asked is not None and holding.changed < asked


def given_to(holding: Holding, newest: Marker | None) -> str | None:
    """The front that the provider's router was last given by us; None where that is not known.

    An older version does not write it. Its newest marker went with its front.
    """
    marker = holding.marker
    if marker is None:
        return None
    if marker.given is not None:
        return marker.given
    return marker.front if newest is not None and marker.seq == newest.seq else None
