# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can take which name down: now, after a failover, and when somebody else is down already. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from .facts import Facts, Front, Site
from .graph import (
    build,
    chain,
    front_service,
    leads_through,
    path_service,
    renewal_service,
    switch_service,
    write_service,
)
from .logic import Run, Service, Value, evaluate
from .operators import Directory

#: What becomes of a name when an operator fails.
STAYS, SPLIT, RETURNS, LOST = "stays up", "stays up, cannot be moved", "down until the failover", "down"


#: Why a failover moves a name nowhere, beside the product that it needs.
NO_SITE, PAST_THE_ROUTER, ONE_FRONT = "belongs to no site", "does not lead through the router", "has one front only"


@dataclass(frozen=True)
class Fate:
    """One public name when some operators fail. now: without a failover. after: with it. switch: can it be made?"""

    now: Value
    after: Value
    switch: Value

    @property
    def word(self) -> str:
        """The fate in words; what could not be seen makes it possible, never certain."""
        best = max(self.now, self.after)
        certain = "" if Value.POSSIBLE not in (self.now, best) else "possibly "
        if self.now != Value.DOWN:
            return certain + (STAYS if self.switch != Value.DOWN else SPLIT)
        return certain + (RETURNS if best != Value.DOWN else LOST)


@dataclass(frozen=True)
class PublicName:
    """A name that visitors use. way_out: a failover moves it; why_not: what prevents that, empty where nothing does."""

    name: str
    site: Site
    why_not: str = ""

    @property
    def way_out(self) -> bool:
        return not self.why_not


class World:
    """The services of some facts, and every answer about them."""

    def __init__(self, facts: Facts, known: Directory) -> None:
        self.facts = facts
        self.known = known
        self.services: Mapping[str, Service] = build(facts, known)
        self._values: dict[frozenset[str], dict[str, Value]] = {}

    @cached_property
    def operators(self) -> list[str]:
        """Everybody on whom some service depends, by name."""
        return sorted({service.operator for service in self.services.values() if isinstance(service, Run)})

    @cached_property
    def public_names(self) -> list[PublicName]:
        """Every public name of every site, in the order of the facts."""
        return [
            PublicName(name, site, self._why_not(name, site)) for site in self.facts.sites for name in site.public_names
        ]

    def _why_not(self, name: str, site: Site) -> str:
        locked = [self.facts.names[link].locked_to for link in chain(name, self.facts) if link in self.facts.names]
        if any(locked):
            return next(filter(None, locked))
        if not site.router:
            return NO_SITE
        if not leads_through(name, site, self.facts):
            return PAST_THE_ROUTER
        return "" if len(site.fronts) > 1 else ONE_FRONT

    def values(self, failed: Collection[str]) -> Mapping[str, Value]:
        """Every service's value when these operators fail."""
        key = frozenset(failed)
        if key not in self._values:
            self._values[key] = evaluate(self.services, key)
        return self._values[key]

    def fate(self, name: PublicName, failed: Collection[str] = ()) -> Fate:
        """What becomes of a public name when these operators fail."""
        values, site = self.values(failed), name.site
        path = values[path_service(site.name, name.name)]
        fronts = {one.name: min(path, values[front_service(site.name, one.name)]) for one in site.fronts}
        through = leads_through(name.name, site, self.facts)
        now = fronts.get(site.active, Value.POSSIBLE) if through else path
        switch = values[switch_service(site.name)]
        moved = min(switch, max(fronts.values())) if name.way_out else Value.DOWN
        return Fate(now, max(now, moved), switch)

    def writable(self, site: Site, failed: Collection[str]) -> list[str]:
        """The DNS providers of a site that answer and can be written when these operators fail."""
        return self.writes(site, failed) if self.can_switch(site, failed) else []

    def writes(self, site: Site, failed: Collection[str]) -> list[str]:
        """The DNS providers that can be written when these operators fail, if somebody is left to write them."""
        values = self.values(failed)
        return [one.name for one in site.providers if values[write_service(site.name, one.name)] != Value.DOWN]

    def can_switch(self, site: Site, failed: Collection[str]) -> Value:
        """Whether a failover of a site can be written when these operators fail."""
        return self.values(failed)[switch_service(site.name)]

    def single_points(self, name: PublicName, failed: Collection[str] = (), *, after: bool) -> dict[str, Value]:
        """The operators whose failure alone takes the name down, or possibly does, when others have failed already.

        after: a failover is made. Empty where the name is down anyway.
        """

        def value(operators: Collection[str]) -> Value:
            fate = self.fate(name, operators)
            return fate.after if after else fate.now

        before = value(failed)
        found = {one: value({*failed, one}) for one in self.operators if one not in failed}
        return {one: then for one, then in found.items() if then < before}

    def needed_to_renew(self, site: Site, front: Front) -> dict[str, Value]:
        """The operators whose failure alone prevents that the front's certificate is renewed, or possibly does."""
        name = renewal_service(site.name, front.name)
        before = self.values(())[name]
        found = {one: self.values({one})[name] for one in self.operators}
        return {one: then for one, then in found.items() if then < before}


def stays(world: World, failed: Collection[str], *, after: bool) -> tuple[int, int]:
    """How many public names certainly stay up, and of how many."""
    fates = [world.fate(name, failed) for name in world.public_names]
    return sum((fate.after if after else fate.now) == Value.UP for fate in fates), len(fates)
