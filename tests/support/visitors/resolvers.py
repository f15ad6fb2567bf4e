# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resolvers of the visitors: which name server each asks, and how long it keeps what it was answered.

Measured with 9,000 probes (Müller, Moura, de O. Schmidt, Heidemann, "Recursives in the Wild", IMC 2017): up to 69 % of
the resolvers send most of their questions to the server that answers fastest, and every server gets some. The others
choose evenly here, as Unbound does among servers that are about as near.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .authority import Said, Servers

#: The share of the resolvers that prefer the nearest provider, of their questions that go there, and of those resolvers
#: to whom the first provider is the nearest: the larger anycast network. The latter two are assumed.
PREFERRING, LOYALTY, NEAR_THE_FIRST = 0.69, 0.95, 0.7

#: The share of the resolvers that serve what has expired while no name server answers (RFC 8767), assumed; and the
#: seconds for which they do so at once, and for which others remember the failure.
STALE, STALE_SECONDS, FAILURE_SECONDS = 0.3, 30.0, 5.0
#: How long what has expired may still be served.
_LONGEST_STALE = 86400.0


@dataclass(frozen=True)
class Resolver:
    """One resolver, busy enough to ask as soon as something expires. phase: the second of its first question.

    loyalty: the share of its questions that go to the favourite.
    """

    favourite: str
    loyalty: float
    stale: bool
    phase: float
    seed: int


def population(count: int, providers: Sequence[str], seed: int) -> list[Resolver]:
    """So many resolvers, the same for the same seed."""
    source = random.Random(seed)
    found = []
    for number in range(count):
        nearest = providers[0] if source.random() < NEAR_THE_FIRST else providers[-1]
        loyalty = LOYALTY if source.random() < PREFERRING else 1 / len(providers)
        found.append(Resolver(nearest, loyalty, source.random() < STALE, source.random(), seed * 100_003 + number))
    return found


def timeline(resolver: Resolver, servers: Mapping[str, Servers], end: float) -> list[tuple[float, str | None]]:
    """From when on the resolver leads its visitors to which front, until a second; None where to nowhere."""
    found: list[tuple[float, str | None]] = []
    for when, front in _answers(resolver, servers, end):
        if not found or found[-1][1] != front:
            found.append((when, front))
    return found


def _answers(resolver: Resolver, servers: Mapping[str, Servers], end: float) -> Iterator[tuple[float, str | None]]:
    source = random.Random(resolver.seed)
    changes = sorted(change for one in servers.values() for change in one.changes)
    when, known, expired = 0.0, Said(None, 0.0), -_LONGEST_STALE
    while when < end:
        said = _ask(resolver, servers, when, source)
        if said is not None:
            known, expired = said, when + said.seconds
            yield when, said.front
            # The first answer is of some age already.
            kept = said.seconds * (resolver.phase if when == 0.0 else 1.0) or 1.0
            when = _skipped(servers, changes, when + kept, said, end)
        elif resolver.stale and when < expired + _LONGEST_STALE:
            yield when, known.front
            when += STALE_SECONDS
        else:
            yield when, None
            when += FAILURE_SECONDS


def _skipped(servers: Mapping[str, Servers], changes: Sequence[float], when: float, said: Said, end: float) -> float:
    """The next second at which it matters what is asked: while all servers say the same, it does not."""
    if any(one.silent for one in servers.values()):
        return when
    here = {one.said(number, when) for one in servers.values() for number in range(len(one.lags))}
    if here != {said}:
        return when
    until = min((change for change in changes if change > when), default=end)
    return when + said.seconds * max(0.0, (until - when) // said.seconds)


def _ask(resolver: Resolver, servers: Mapping[str, Servers], when: float, source: random.Random) -> Said | None:
    """What the resolver is answered: by its favourite mostly, else by another one; None where nobody answers."""
    names = list(servers)
    others = [name for name in names if name != resolver.favourite]
    loyal = source.random() < resolver.loyalty or not others
    first = resolver.favourite if loyal else others[int(source.random() * len(others))]
    number = source.random()
    for name in [first, *(name for name in names if name != first)]:
        one = servers[name]
        said = one.said(int(number * len(one.lags)), when)
        if said is not None:
            return said
    return None
