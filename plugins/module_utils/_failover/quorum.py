# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what several vantages saw to one verdict on each front. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

UP, DOWN, DEGRADED, UNKNOWN = "up", "down", "degraded", "unknown"


@dataclass(frozen=True)
class Health:
    """The verdict on a front. clean: fit to become the target. reason: one plain line.

    bad: of a vote, the bad tries of the address with the fewest, times the number of addresses; of the verdict of all,
    what a quorum of at least two vantages has seen of these together.
    errors: the same of server errors alone, which the front itself has answered; of the verdict of all, what each vote
    of a quorum has seen of them, be it a single one.
    """

    verdict: str
    clean: bool = False
    reason: str = ""
    bad: int = 0
    errors: int = 0


def count(votes: Sequence[Health], quorum: int | None) -> Health:
    """One verdict from the votes of all vantages; one that saw nothing is an UNKNOWN vote.

    quorum: how many known votes decide; None for the majority of the known ones. Fewer known votes decide nothing.
    A front is clean when a quorum of votes is clean and no known vote is against it.
    """
    known = [vote for vote in votes if vote.verdict != UNKNOWN]
    needed = len(known) // 2 + 1 if quorum is None else quorum
    if not known:
        return Health(UNKNOWN, reason=_first_reason(votes) or "no vantage could tell")
    if len(known) < needed:
        return Health(UNKNOWN, reason=f"{len(known)} of {len(votes)} vantages could tell, and the quorum is {needed}")
    return _decided(known, needed, votes)


def _decided(known: Sequence[Health], needed: int, votes: Sequence[Health]) -> Health:
    """The verdict of enough votes that know something. needed: how many decide; votes: all, for the reason."""
    down = [vote for vote in known if vote.verdict == DOWN]
    if len(down) >= needed:
        return Health(DOWN, reason=_tally(down, votes))
    up = [vote for vote in known if vote.verdict == UP]
    if len(up) >= needed:
        clean = up == known and sum(vote.clean for vote in known) >= needed
        return Health(UP, clean, _tally(up, votes))
    ill = [vote for vote in known if vote.verdict != UP]
    # Where a single vote decides, bad tries may be due to the network of that vantage; server errors are not.
    bad = needed * _seen_by([vote.bad for vote in ill], needed) if needed > 1 else 0
    return Health(DEGRADED, False, _tally(ill or known, votes), bad, _seen_by([vote.errors for vote in ill], needed))


def _seen_by(tries: Sequence[int], needed: int) -> int:
    """How many of the tries so many votes have seen, each of them: so what one sees alone adds nothing to others."""
    return sorted(tries, reverse=True)[needed - 1] if len(tries) >= needed else 0


def _first_reason(votes: Sequence[Health]) -> str:
    return next((vote.reason for vote in votes if vote.reason), "")


def _tally(agreeing: Sequence[Health], votes: Sequence[Health]) -> str:
    reason = _first_reason(agreeing)
    return reason if len(votes) == 1 else f"{len(agreeing)} of {len(votes)} vantages: {reason}"


def by_front(votes: Sequence[Mapping[str, Health]], fronts: Sequence[str], quorum: int | None) -> dict[str, Health]:
    """The verdict on each front. votes: of each vantage, by front; a front that it does not name is UNKNOWN to it."""
    return {front: count([vote.get(front, Health(UNKNOWN)) for vote in votes], quorum) for front in fronts}
