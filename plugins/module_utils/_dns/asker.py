# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks authoritative servers what they serve, compares, and waits until they agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from .. import _parallel
from .._deadline import Deadline
from . import comparison, wire
from .comparison import DIFFERENT, SILENT, Expectation, Finding
from .nameservers import Server
from .replies import Reply
from .replies import reply as read_reply
from .wire import Question, Resolver

#: Seconds between two rounds of asking: quick at first, since most changes are served at once. Each is so much longer
#: than the one before that no more than a fifth of the whole wait is lost.
_FIRST_PAUSE = 0.05
_SLOWER = 1.2
_LONGEST_PAUSE = 1.0

#: Seconds after which an answer that may still be settling is believed.
_SETTLED = 2.0

_ADDRESSES = ("A", "AAAA")


@dataclass(frozen=True)
class View:
    """The addresses of a name. own: whether they come from the server itself.

    Those of a name outside the zone come from the resolver. A name server that answers by location may give the server,
    which flattens a CNAME, other addresses of the same name.
    """

    addresses: frozenset[str] = frozenset()
    own: bool = True


@dataclass(frozen=True)
class Asker:
    """One server, asked within a deadline. zone: the zone it serves, without a trailing dot."""

    server: Server
    zone: str
    resolver: Resolver
    deadline: Deadline

    def replies(self, questions: Sequence[Question]) -> dict[Question, Reply]:
        """The server's replies, over one TCP connection."""
        answers = wire.ask(self.server.endpoint, questions, self.deadline)
        return {question: _reply(answer, question) for question, answer in answers.items()}

    def addresses(self, names: Sequence[str]) -> dict[str, set[str]]:
        """The addresses of each absolute name: as this server answers for its own zone, else as the resolver does."""
        return {name: set(view.addresses) for name, view in self.views(names).items()}

    def views(self, names: Sequence[str]) -> dict[str, View]:
        """The same as `addresses`, with where each comes from."""
        own = [name for name in names if self.is_own(name)]
        replies = self.replies([(name, rdtype) for name in own for rdtype in _ADDRESSES])
        return {
            name: self._view([replies[name, rdtype] for rdtype in _ADDRESSES])
            if name in own
            else View(frozenset(self.resolver.addresses(name)), own=False)
            for name in names
        }

    def _view(self, replies: Sequence[Reply]) -> View:
        """The addresses in replies; where a CNAME chain leaves the zone, those that the resolver finds at its end."""
        own = {value.text for got in replies for value in got.values}
        ends = {got.cnames[-1] for got in replies if got.cnames and not got.values and not self.is_own(got.cnames[-1])}
        return View(frozenset(own.union(*map(self.resolver.addresses, ends))), own=not ends)

    def is_own(self, name: str) -> bool:
        """Whether the absolute name is the zone's or below it."""
        return name == f"{self.zone}." or name.endswith(f".{self.zone}.")

    def findings(self, expectations: Sequence[Expectation]) -> list[Finding]:
        """How what the server serves compares with each expectation."""
        asked = [(expected.name, comparison.question_type(expected)) for expected in expectations]
        replies = self.replies(asked)
        label = self.server.label
        found = [
            comparison.compare(label, expected, replies[question])
            for expected, question in zip(expectations, asked, strict=True)
        ]
        flattened = [index for index, finding in enumerate(found) if _may_be_flattened(finding, replies[asked[index]])]
        if flattened:
            self._compare_flattened(found, flattened)
        return found

    def _compare_flattened(self, found: list[Finding], indexes: Sequence[int]) -> None:
        targets = {index: found[index].expectation.record_set.values[0].text.lower() for index in indexes}
        names = [found[index].expectation.name for index in indexes]
        views = self.views(list(dict.fromkeys([*names, *targets.values()])))
        for index in indexes:
            served = views[found[index].expectation.name].addresses
            target = views[targets[index]]
            found[index] = comparison.compare_flattened(found[index], served, target.addresses, target.own)


def _may_be_flattened(finding: Finding, got: Reply) -> bool:
    """Whether a CNAME was expected and its name is there without one; a name that does not exist is not flattened."""
    expected = finding.expectation
    is_cname = expected.record_set.type == "CNAME" and expected.flattens and not expected.absent
    return is_cname and finding.state == DIFFERENT and not got.cnames and got.rcode == "NOERROR"


@lru_cache(maxsize=wire.REMEMBERED)
def _reply(answer: bytes | str, question: Question) -> Reply:
    return read_reply(answer if isinstance(answer, str) else wire.message(answer), *question)


def _is_open(finding: Finding, settled: bool) -> bool:
    return finding.state in (DIFFERENT, SILENT) or (finding.settling and not settled)


def find(askers: Sequence[Asker], expectations: Sequence[Expectation], seconds: float) -> list[Finding]:
    """Ask every server until it serves all that its provider should serve, or the time is over; the last findings.

    seconds: how long to go on asking; 0 asks once.
    """
    patience = Deadline(seconds)

    def wait_for(asker: Asker) -> list[Finding]:
        mine = [expected for expected in expectations if expected.provider == asker.server.provider]
        final: dict[int, Finding] = {}

        def ask(indexes: Sequence[int]) -> None:
            found = asker.findings([mine[index] for index in indexes]) if indexes else []
            final.update(zip(indexes, found, strict=True))

        def is_open(index: int) -> bool:
            return _is_open(final[index], patience.elapsed() > _SETTLED)

        pending, pause, in_time = list(range(len(mine))), _FIRST_PAUSE, True
        while pending and in_time:
            # One stands for all until it is served: what is written together arrives together, and to ask for a whole
            # zone again and again would burden the servers.
            *others, sample = pending
            ask([sample])
            while is_open(sample) and (in_time := patience.sleep(pause)):
                pause = min(_SLOWER * pause, _LONGEST_PAUSE)
                ask([sample])
            if final[sample].state == SILENT:
                final.update({index: replace(final[sample], expectation=mine[index]) for index in others})
            else:
                ask(others)
            pending = [index for index in pending if is_open(index)]
            in_time = in_time and bool(pending) and patience.sleep(pause)
        return [final[index] for index in sorted(final)]

    # `ask` is bounded by itself: a silent server costs a few seconds more than the patience.
    by_server = _parallel.run({asker.server: partial(wait_for, asker) for asker in askers})
    return [finding for asker in askers for finding in by_server[asker.server]]
