# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From tries to the verdict on an address, from addresses to the verdict on a front. Pure: no I/O, no clock.

Runs on every inventory host that probes: nothing newer than Python 3.8, nothing but its standard library.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

UP = "up"
DEGRADED = "degraded"
DOWN = "down"
UNKNOWN = "unknown"

#: The seconds that every try reports; None for a phase that it did not reach.
TIMED = ("resolve", "connect", "tls", "first_byte", "total")


class Policy(NamedTuple):
    """How often an address is tried, and how many bad tries make which verdict."""

    probes: int
    interval: float
    """Seconds from the start of one try to the start of the next."""
    tolerate: int
    """With at most so many bad tries an address is up."""
    down_at: int
    """With at least so many bad tries it is down."""


def policy(probes: int = 5, interval: float = 3.0, tolerate: int | None = None, down_at: int | None = None) -> Policy:
    """The policy that these options mean.

    Defaults follow the other numbers, so that a user who sets one of them need not set the rest: `down_at` is 4, or
    `probes` if that is less, or one more than a given `tolerate` if that is more; `tolerate` is 1, or one less than
    `down_at` if that is less. Raises ValueError saying what does not fit.
    """
    if down_at is None:
        down_at = max(min(4, probes), 0 if tolerate is None else tolerate + 1)
    if tolerate is None:
        tolerate = min(1, down_at - 1)
    if probes < 1:
        raise ValueError(f"probes is {probes}; at least one is needed")
    if not 0 <= interval < float("inf"):
        raise ValueError(f"interval is {interval:g}; it must be a number of seconds, 0 or more")
    if not 0 <= tolerate < down_at <= probes:
        raise ValueError(
            f"tolerate is {tolerate}, down_at {down_at}, probes {probes}; needed is 0 <= tolerate < down_at <= probes"
        )
    return Policy(probes, interval, tolerate, down_at)


class Try(NamedTuple):
    """What one try of one address found."""

    phase: str = ""
    """Where it failed: resolve, connect, tls, status, header, body, certificate or slow. Empty for a good try."""
    detail: str = ""
    """What went wrong there, in plain words."""
    status: int | None = None
    certificate_days: int | None = None
    """Whole days that the certificate stays valid; negative when it has expired."""
    seconds: Mapping[str, float | None] = dict.fromkeys(TIMED)

    @property
    def bad(self) -> bool:
        return bool(self.phase)


def address_verdict(bad: int, policy: Policy) -> str:
    """The verdict on an address of whose tries so many were bad. Never gets better when `bad` grows."""
    if bad <= policy.tolerate:
        return UP
    return DOWN if bad >= policy.down_at else DEGRADED


def settled(tries: int, bad: int, policy: Policy) -> bool:
    """Whether no outcome of the remaining tries can change the verdict.

    The verdict only worsens with the number of bad tries, so the two extremes tell.
    """
    return address_verdict(bad, policy) == address_verdict(bad + policy.probes - tries, policy)


class Address(NamedTuple):
    """The verdict on one address, with its evidence."""

    verdict: str
    tries: int
    bad: int
    evidence: Try
    """The try that tells most: of the phase that failed most often the latest one; the last try if none was bad."""
    last: Try

    @property
    def clean(self) -> bool:
        return self.verdict == UP and not self.bad


def judge(tries: Sequence[Try], policy: Policy) -> Address:
    """The verdict on an address after these tries, of which there is at least one."""
    failures = [one for one in tries if one.bad]
    phases = Counter(one.phase for one in failures)
    evidence = max(reversed(failures), key=lambda one: phases[one.phase], default=tries[-1])
    return Address(address_verdict(len(failures), policy), len(tries), len(failures), evidence, tries[-1])


def front_verdict(addresses: Sequence[str], reaches_a_control: bool) -> str:
    """The verdict on a front from those on its addresses; with none left to judge by, it is unknown."""
    if not addresses:
        return UNKNOWN
    if set(addresses) == {UP}:
        return UP
    if not reaches_a_control:
        return UNKNOWN
    return DOWN if set(addresses) == {DOWN} else DEGRADED


def reason(addresses: Sequence[Address], left_out: Sequence[str], reaches_a_control: bool) -> str:
    """One plain line that says why a front has its verdict. left_out: why addresses were not probed."""
    if not addresses:
        return "no address can be probed from here: " + _listed(left_out)
    counts = Counter(one.verdict for one in addresses)
    noun = "address" if len(addresses) == 1 else "addresses"
    verdicts = [verdict for verdict in (DOWN, DEGRADED, UP) if counts[verdict]]
    line = f"{counts[verdicts[0]]} of {len(addresses)} {noun} {verdicts[0]}"
    line += "".join(f", {counts[verdict]} {verdict}" for verdict in verdicts[1:])
    failing = [one for one in addresses if one.verdict != UP] or [one for one in addresses if one.bad]
    if verdicts == [UP] and failing:
        line += f", with {sum(one.bad for one in failing)} of {sum(one.tries for one in failing)} tries bad"
    if failing:
        line += ": " + _listed([one.evidence.detail for one in failing])
    if verdicts != [UP] and not reaches_a_control:
        line = "none of the controls can be reached from here either; " + line
    return line


def _listed(details: Sequence[str]) -> str:
    """The commonest two of these, and how many others there are."""
    ranked = [detail for detail, count in Counter(details).most_common()]
    more = f"; and {len(ranked) - 2} more" if len(ranked) > 2 else ""
    return "; ".join(ranked[:2]) + more
