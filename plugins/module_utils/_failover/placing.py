# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which providers are written so that the chosen front is served, and whose hand is left alone. Pure.

The rules of `decision` choose the front. These here are tried in order for every provider that somebody else changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from .confirmation import Holding
from .hands import CHANGED, FOREIGN, IN_LINE, LACKS, LAGS, UNKNOWN, Hands
from .quorum import DOWN, Health
from .renewals import Renewals
from .restorations import Restorations
from .router import UNCLEAR

CONTESTED, HALF_MOVED, UNMANAGED, ADOPTED = "contested", "half_moved", "unmanaged", "adopted_by_hand"

#: Rules under which somebody else has the router in hand; where they hold, nothing is written unless a person asks.
HANDS_OFF = (CONTESTED, HALF_MOVED, UNMANAGED, ADOPTED)


@dataclass(frozen=True)
class Placing:
    """What is done at the providers.

    writes: those to write. restores: those of them that somebody else had changed. hold: the rule that keeps the run
    from writing anything, empty when none does; reason: in words.
    """

    writes: tuple[str, ...] = ()
    restores: tuple[str, ...] = ()
    hold: str = ""
    reason: str = ""


@dataclass(frozen=True)
class AtProviders:
    """What the rules look at: all providers of a site.

    front: the chosen one. daily_writes: how many each provider takes in a day, None for no limit.
    """

    front: str
    hands: Hands
    holdings: Mapping[str, Holding]
    health: Callable[[str], Health]
    restored: Restorations
    renewed: Renewals
    daily_writes: Mapping[str, int | None]
    now: int

    def moved(self) -> Placing:
        """The front before is down, or a failback is due: all but what leads to none of the fronts.

        Providers at different fronts would be held apart by the next run, so those that somebody changed move, too.
        """
        return Placing(self._due(self.holdings, {FOREIGN}))

    def asked_for(self) -> Placing:
        """A person wants it so: whatever anybody else did."""
        return Placing(self._due(self.holdings, set()))

    def pinned(self) -> Placing:
        """A pin stands, which counts more than somebody else's hand."""
        changed = self._changed()
        if late := self._out_of_budget(changed):
            return Placing(hold=CONTESTED, reason=f"{self._by_whom(changed)}; {late}")
        return self._written(changed)

    def kept(self) -> Placing:
        """The front stays."""
        changed = self._changed()
        if not changed:
            return self._written([])
        hold, reason = self._wait(changed)
        if hold:
            return Placing(hold=hold, reason=f"{self._by_whom(changed)}; {reason}")
        return self._written(changed)

    def _wait(self, changed: list[str]) -> tuple[str, str]:
        """Why a change is not undone now: a rule and a reason, or nothing."""
        clean = [name for name in changed if self._clean(name)]
        if clean and (unknown := self._may_follow()):
            return HALF_MOVED, f"whether {_listed(unknown)} was led there too cannot be seen, so nothing is written"
        if recent := [name for name in self.hands.recent(self.now) if self._verdict(name) != DOWN]:
            return HALF_MOVED, f"{_listed(recent)} less than five minutes ago, so the other provider may follow"
        if clean and self.restored.contested:
            return CONTESTED, "somebody else undoes what is written here, so it is left alone while that front is clean"
        if clean and not self.health(self.front).clean:
            return HALF_MOVED, f"that front is clean and {self.front} is not, so nothing is undone"
        if late := self._out_of_budget(changed):
            return CONTESTED, late
        return "", ""

    def _may_follow(self) -> list[str]:
        """The providers that cannot be seen, where all others are at one front."""
        unknown = self.hands.being(UNKNOWN)
        known = {self.hands.at[name] for name in self.holdings if name not in unknown}
        return unknown if len(known) == 1 else []

    def _written(self, changed: list[str]) -> Placing:
        """Everything that is ours to write. changed: the providers to lead back."""
        due = set(self.hands.being(LACKS, LAGS)) | set(changed) | set(self._to_remind())
        writes = tuple(name for name in self.holdings if name in due)
        foreign = self.hands.being(FOREIGN)
        if foreign and not writes:
            return Placing(hold=UNMANAGED, reason=leads_elsewhere(foreign))
        return Placing(writes, tuple(changed))

    def _due(self, among: Iterable[str], without: set[str]) -> tuple[str, ...]:
        reminded = self._to_remind()
        return tuple(
            name
            for name in among
            if self.hands.classes[name] not in without
            and (name in reminded or self.hands.classes[name] == UNKNOWN or self.hands.at[name] != self.front)
        )

    def _to_remind(self) -> list[str]:
        """The providers that hold the front, but whose servers do not all serve it as it is now."""
        mine = self.hands.being(IN_LINE)
        return [name for name in mine if is_behind(self.holdings[name]) or self._may_renew(name)]

    def _may_renew(self, name: str) -> bool:
        """Whether the addresses at an apex are to be exchanged for those that the front has now."""
        others = self.restored.writes(self.now)
        is_due = self.holdings[name].stale and self.health(self.front).clean
        return is_due and self.renewed.allow(self.now, self.daily_writes.get(name), others)

    def _changed(self) -> list[str]:
        return self.hands.being(CHANGED)

    def _clean(self, name: str) -> bool:
        return self.health(self.hands.at[name]).clean

    def _verdict(self, name: str) -> str:
        return self.health(self.hands.at[name]).verdict

    def _out_of_budget(self, changed: Iterable[str]) -> str:
        """Why nothing may be led back yet; empty when it may."""
        late = [name for name in changed if not self.restored.allow(self.now, self.daily_writes.get(name))]
        return f"{_listed(late)} was led back too often to do it again now" if late else ""

    def _by_whom(self, changed: Iterable[str]) -> str:
        return "; ".join(map(self._by_whom_one, changed))

    def _by_whom_one(self, name: str) -> str:
        if self.holdings[name].separate:
            return f"{name} leads to {self.hands.at[name]}: somebody else's change, or a write that arrived by half"
        return f"somebody else led {name} to {self.hands.at[name]}"


def is_behind(holding: Holding) -> bool:
    """Whether the servers of a provider do not all serve what its API shows.

    One server with another marker may lie; where all of them have another one, a write was lost on its way to them.
    """
    if holding.outdated or (holding.api is None and holding.differs):
        return True
    shown = holding.heard
    if holding.api is None or not shown:
        return False
    routers = {one.router for one in shown} - {UNCLEAR, holding.api.router}
    return bool(routers) or all(one.marker != holding.api.marker for one in shown)


def leads_elsewhere(foreign: Iterable[str]) -> str:
    """What to do about routers that lead to none of the fronts."""
    remedy = "take it back with failover_adopt=true or with failover_to=FRONT"
    return f"somebody else led the router to none of the fronts at {_listed(foreign)}; {remedy}"


def _listed(names: Iterable[str]) -> str:
    return " and ".join(names)
