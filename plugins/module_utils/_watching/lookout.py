# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From looks at sites to what is reported of them: suspicion, recovery, and that the watcher lives. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

SUSPICION = "suspicion"
RECOVERY = "recovery"
BEAT = "beat"

#: The least seconds between two reports of trouble at a site, and how many may follow each other so.
SOON, AT_ONCE = 15.0, 3

Event = dict[str, Any]
"""What the watcher reports: `kind`, and what belongs to it."""


class Trouble(NamedTuple):
    """A front that failed at two looks in a row."""

    front: str
    cause: str
    reason: str
    """One plain line."""


class Look(NamedTuple):
    """What one look at a site has found."""

    site: str
    at: float
    """When it began, Unix seconds."""
    troubles: Sequence[Trouble] = ()
    blind: bool = False
    """Whether it proves nothing, as this host reaches no control either."""


class _Site:
    """What is known of a site."""

    def __init__(self) -> None:
        self.troubles: dict[str, Trouble] = {}
        self.since: dict[str, float] = {}
        """By front in trouble, when the first look began that saw it."""
        self.reported = float("-inf")
        """When it was last reported."""
        self.used = float("-inf")
        """Until when its reports so far would last, at one every `again` seconds."""
        self.owed = False
        """Whether what was reported last is no longer true."""

    def take(self, look: Look) -> None:
        before = set(self.troubles)
        self.troubles = {one.front: one for one in look.troubles}
        self.since = {front: self.since.get(front, look.at) for front in self.troubles}
        self.owed = self.owed or set(self.troubles) != before

    def due(self, now: float, again: float) -> bool:
        """That it is well again is in no hurry. Trouble is reported soon once more: one run may not be sure of it."""
        if not self.troubles:
            return self.owed and now - self.reported >= again
        return now - self.reported >= min(SOON, again) and self.used - now <= (AT_ONCE - 1) * again

    def report(self, now: float, again: float) -> None:
        self.reported, self.owed = now, False
        self.used = max(self.used, now) + again


class Lookout:
    """Decides what is reported when.

    A site is reported when it comes into trouble and when that ends; what lasts is reported again. In the long run no
    site is reported more often than every `again` seconds, however much its fronts fluctuate; after a quiet time,
    trouble is reported `AT_ONCE` times, each `SOON` after the other. What is held back for that is not lost.
    Every `now` is of a clock that nobody sets.
    """

    def __init__(self, sites: Sequence[str], again: float, patience: float, now: float) -> None:
        """patience: seconds after which a site that was not looked at keeps the watcher from saying that it lives."""
        self._again = again
        self._patience = patience
        self._sites = {name: _Site() for name in sites}
        self._looked = dict.fromkeys(sites, now)
        self._blind: set[str] = set()

    def take(self, look: Look, now: float) -> None:
        """Take in a look. A blind one changes nothing."""
        self._looked[look.site] = now
        self._blind.discard(look.site)
        if look.blind:
            self._blind.add(look.site)
        else:
            self._sites[look.site].take(look)

    def due(self, now: float) -> bool:
        """Whether something is to be reported."""
        return any(site.due(now, self._again) for site in self._sites.values())

    def events(self, now: float) -> list[Event]:
        """What is to be reported now, for all sites together: one run can look after all of them."""
        due = {name: site for name, site in self._sites.items() if site.due(now, self._again)}
        for site in due.values():
            site.report(now, self._again)
        suspected = {name: site for name, site in due.items() if site.troubles}
        recovered = [name for name, site in due.items() if not site.troubles]
        found: list[Event] = []
        if suspected:
            fronts = [_shown(name, site, one) for name, site in suspected.items() for one in site.troubles.values()]
            found.append({"kind": SUSPICION, "sites": list(suspected), "fronts": fronts})
        if recovered:
            found.append({"kind": RECOVERY, "sites": recovered, "fronts": []})
        return found

    def beat(self, now: float) -> Event | None:
        """That the watcher lives; None if some site has not been looked at for too long."""
        if self._looked and now - min(self._looked.values()) > self._patience:
            return None
        suspected = sum(len(site.troubles) for site in self._sites.values())
        return {
            "kind": BEAT,
            "sites": len(self._sites),
            "suspected_fronts": suspected,
            "blind_sites": len(self._blind),
        }


def _shown(name: str, site: _Site, one: Trouble) -> dict[str, Any]:
    return {"site": name, **one._asdict(), "since": site.since[one.front]}
