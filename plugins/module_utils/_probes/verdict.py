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

from .certificates import Certificate
from .evidence import Seen
from .thresholds import DEGRADED, DOWN, UNKNOWN, UP, Thresholds

#: The seconds that every try reports; None for a phase that it did not reach.
TIMED = ("resolve", "connect", "tls", "first_byte", "total")


class Try(NamedTuple):
    """What one try of one address found."""

    phase: str = ""
    """Where it failed: resolve, connect, tls, status, header, body, certificate or slow. Empty for a good try."""
    detail: str = ""
    """What went wrong there, in plain words."""
    cause: str = ""
    """Of what kind the fault is, finer than the phase: see the documentation of the module cdn_health."""
    status: int | None = None
    certificate: Certificate | None = None
    seen: Seen | None = None
    """What the answer shows besides its health, if there was one."""
    seconds: Mapping[str, float | None] = dict.fromkeys(TIMED)

    @property
    def bad(self) -> bool:
        return bool(self.phase)

    @property
    def is_server_error(self) -> bool:
        """Whether the front itself has answered that it is ill: by its status, over TLS and as who it is. No loss on
        the way looks like that. What bot protection answers is about this host rather than about the front."""
        answered = self.certificate is not None and self.status is not None and self.status >= 500
        return answered and self.phase == "status" and self.cause != "challenge"


class Address(NamedTuple):
    """The verdict on one address, with its evidence."""

    verdict: str
    tries: int
    bad: int
    server_errors: int
    """How many of the bad tries were server errors."""
    evidence: Try
    """The most telling try: of the phase that failed most often the latest one; the last try if none was bad."""
    last: Try

    @property
    def clean(self) -> bool:
        return self.verdict == UP and not self.bad


def judge(tries: Sequence[Try], thresholds: Thresholds) -> Address:
    """The verdict on an address after these tries, of which there is at least one."""
    failures = [one for one in tries if one.bad]
    phases = Counter(one.phase for one in failures)
    evidence = max(reversed(failures), key=lambda one: phases[one.phase], default=tries[-1])
    errors = sum(one.is_server_error for one in failures)
    return Address(thresholds.verdict(len(failures)), len(tries), len(failures), errors, evidence, tries[-1])


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
    cached = _cached([one.evidence.seen for one in addresses if one.evidence.seen is not None])
    if all(one.verdict == UP for one in addresses):
        return _counted(addresses) + _bad_tries([one for one in addresses if one.bad]) + cached
    faults = _listed([one.evidence.detail for one in addresses if one.verdict != UP])
    offline = "" if reaches_a_control else "none of the controls can be reached from here either; "
    return f"{offline}{_counted(addresses)}: {faults}{cached}"


def _counted(addresses: Sequence[Address]) -> str:
    """How many of the addresses have which verdict, the worst first."""
    counts = Counter(one.verdict for one in addresses)
    worst, *others = [verdict for verdict in (DOWN, DEGRADED, UP) if counts[verdict]]
    noun = "address" if len(addresses) == 1 else "addresses"
    return f"{counts[worst]} of {len(addresses)} {noun} {worst}" + "".join(f", {counts[one]} {one}" for one in others)


def _bad_tries(shaky: Sequence[Address]) -> str:
    """What was bad at addresses that are up nevertheless."""
    if not shaky:
        return ""
    bad, tries = sum(one.bad for one in shaky), sum(one.tries for one in shaky)
    return f", with {bad} of {tries} tries bad: {_listed([one.evidence.detail for one in shaky])}"


def _cached(answers: Sequence[Seen]) -> str:
    """That caches gave answers, which say little about the origin behind them."""
    caches = [one.cache for one in answers if one.cached]
    return f"; from a cache: {_listed(caches)}" if caches else ""


def _listed(details: Sequence[str]) -> str:
    """The commonest two of these, and how many others there are."""
    ranked = [detail for detail, count in Counter(details).most_common()]
    more = f"; and {len(ranked) - 2} more" if len(ranked) > 2 else ""
    return "; ".join(ranked[:2]) + more
