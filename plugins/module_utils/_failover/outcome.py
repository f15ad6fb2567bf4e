# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of a run, judged by the state at its end. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import placing
from .decision import GO, HOLD, Decision
from .router import UNCLEAR, Served

UNCHANGED, SWITCHED, CONVERGED = "unchanged", "switched", "converged"
PARTIAL, UNVERIFIED, HELD, REFUSED, FAILED = "partial", "unverified", "held", "refused", "failed"
UNREADY, ADVISED = "unready", "advised"

#: Outcomes with which the play goes on, and those that count as changed.
GOOD = (UNCHANGED, SWITCHED, CONVERGED)
CHANGED = (SWITCHED, CONVERGED)


def judge(
    decision: Decision,
    accepted: Mapping[str, bool],
    after: Mapping[str, Served],
    unready: Sequence[str] = (),
    unmoved: Sequence[str] = (),
) -> str:
    """The outcome, by the state at the end.

    accepted: of each provider that was written, whether it took the write. after: what is served. unready: why the next
    failover would not work. unmoved: why visitors may not be where the name servers lead them.
    """
    if decision.kind != GO:
        return HELD if decision.kind == HOLD else REFUSED
    behind = [
        provider
        for provider, served in after.items()
        if served.front != decision.front and not (is_unclear(served, decision) and provider not in accepted)
    ]
    if behind:
        return _behind(behind, accepted, after)
    if not decision.writes:
        # What somebody else has moved, and what stays there, is a switch too.
        fine = SWITCHED if decision.rule == placing.ADOPTED else UNCHANGED
        return UNREADY if unready or unmoved else fine
    if unmoved or not _seen(decision, after):
        return UNVERIFIED
    return SWITCHED if decision.switches else CONVERGED


def is_unclear(served: Served, decision: Decision) -> bool:
    """Whether what is served may be the chosen front, for all that is known: nothing is claimed that was not seen."""
    return not served.front and decision.front in served.maybe


def _behind(behind: Sequence[str], accepted: Mapping[str, bool], after: Mapping[str, Served]) -> str:
    """The outcome where some providers do not serve the chosen front."""
    if all(accepted.get(provider) for provider in behind):
        return UNVERIFIED
    on_front = len(behind) < len(after) or any(accepted.values())
    return PARTIAL if on_front else FAILED


def _seen(decision: Decision, after: Mapping[str, Served]) -> bool:
    """Whether every server of the providers that were written was seen to serve the chosen front.

    A silent server does not hide what its provider serves, but what it serves itself was not seen.
    """
    written = [after[name].servers.values() for name in decision.writes if name in after]
    # Where the answers of servers fit no front but may still mean one, the API has settled it.
    return all(what in (decision.front, UNCLEAR) for servers in written for what in servers)


def predicted(
    decision: Decision,
    accepted: Mapping[str, bool],
    before: Mapping[str, Served],
    unready: Sequence[str] = (),
    unmoved: Sequence[str] = (),
) -> str:
    """The outcome that a run in check mode would have. accepted: of each provider that is due, whether it can be read.

    before: what is served now; the servers are expected to follow.
    """
    front = decision.front or ""
    after = {
        name: Served("front", front, dict.fromkeys(served.servers, front)) if accepted.get(name) else served
        for name, served in before.items()
    }
    return judge(decision, accepted, after, unready, unmoved)


def changed(outcome: str, accepted: Mapping[str, bool]) -> bool:
    """Whether something was written, whatever the outcome."""
    return outcome in CHANGED or any(accepted.values())
