# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks authoritative servers what they serve, compares, and waits until they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from .. import _parallel
from .._deadline import Deadline
from .._zone.names import is_within
from . import comparison, wire
from .comparison import DIFFERENT, SAME, SILENT, Expectation, Finding
from .confirmation import Confirmation, confirmation
from .nameservers import Server
from .replies import Reply
from .replies import reply as read_reply
from .wire import Question, Resolver

#: Seconds between two rounds of asking: quick at first, since most changes are served at once. Each is so much longer
#: than the one before that no more than a tenth of the whole wait is lost.
_FIRST_PAUSE = 0.05
_SLOWER = 1.1
_LONGEST_PAUSE = 1.0

#: Seconds after which an answer that may still be settling is believed.
_SETTLED = 2.0

_ADDRESSES = ("A", "AAAA")

#: By server, the answers by which it confirms what it should serve.
Seen = Mapping[Server, Mapping[Question, bytes]]


@dataclass(frozen=True)
class View:
    """The addresses of a name. own: whether they come from the server itself.

    Those of a name outside the zone come from the resolver. A name server that answers by location may give the server,
    which flattens a CNAME, other addresses of the same name.
    """

    addresses: frozenset[str] = frozenset()
    own: bool = True


@dataclass(frozen=True)
class Wanted:
    """What a server should serve, with what it is asked for that, and the answer that confirms it where one does."""

    expected: Expectation
    question: Question
    confirmation: Confirmation | None

    @classmethod
    def of(cls, expected: Expectation) -> Wanted:
        return cls(expected, (expected.name, comparison.question_type(expected)), confirmation(expected))

    def is_confirmed_by(self, answer: bytes | str | None) -> bool:
        """Whether it takes no parser to see that this is the answer. answer: None for none."""
        return self.confirmation is not None and isinstance(answer, bytes) and self.confirmation.is_in(answer)

    def found(self, server: str) -> Finding:
        """What a server serves that confirms it, as `comparison.compare` finds it."""
        texts = self.confirmation.texts if self.confirmation is not None else ()
        return Finding(server, self.expected, SAME, ", ".join(texts), texts)


class _Confirms:
    """Whether an answer confirms what is wanted at its question."""

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        self._by_question = {one.question: one.confirmation for one in wanted if one.confirmation is not None}

    def __call__(self, question: Question, answer: bytes) -> bool:
        found = self._by_question.get(question)
        return found is not None and found.is_in(answer)


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
        return is_within(name, self.zone)

    def findings(self, wanted: Sequence[Wanted]) -> list[Finding]:
        """How what the server serves compares with each expectation."""
        confirms = _Confirms(wanted)
        answers = wire.ask(self.server.endpoint, [one.question for one in wanted], self.deadline, confirms)
        label = self.server.label
        found: list[Finding] = []
        flattened: list[int] = []
        for index, one in enumerate(wanted):
            answer = answers[one.question]
            if one.is_confirmed_by(answer):
                found.append(one.found(label))
                continue
            reply = _reply(answer, one.question)
            found.append(comparison.compare(label, one.expected, reply))
            if _may_be_flattened(found[-1], reply):
                flattened.append(index)
        if flattened:
            self._compare_flattened(found, flattened)
        return found

    def confirmed(self, wanted: Sequence[Wanted]) -> dict[Question, bytes]:
        """The answers by which the server confirms what is wanted, as far as equal bytes tell."""
        plain = [one for one in wanted if one.confirmation is not None]
        return wire.confirmed(self.server.endpoint, [one.question for one in plain], self.deadline, _Confirms(plain))

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


def find(
    askers: Sequence[Asker], expectations: Sequence[Expectation], seconds: float, seen: Seen | None = None
) -> list[Finding]:
    """Ask every server until it serves all that its provider should serve, or the time is over; the last findings.

    seconds: how long to go on asking; 0 asks once. seen: what `ahead` found, where nothing was written since; only what
    that does not confirm is asked.
    """
    patience = Deadline(seconds)
    wanted = _by_provider(askers, expectations)

    def wait_for(asker: Asker) -> list[Finding]:
        mine, there = wanted[asker.server.provider], (seen or {}).get(asker.server, {})
        final = {
            index: one.found(asker.server.label)
            for index, one in enumerate(mine)
            if one.is_confirmed_by(there.get(one.question))
        }

        def ask(indexes: Sequence[int]) -> None:
            found = asker.findings([mine[index] for index in indexes]) if indexes else []
            final.update(zip(indexes, found, strict=True))

        def is_open(index: int) -> bool:
            return _is_open(final[index], patience.elapsed() > _SETTLED)

        pending, pause, in_time = [index for index in range(len(mine)) if index not in final], _FIRST_PAUSE, True
        while pending and in_time:
            # One stands for all until it is served: what is written together arrives together, and to ask for a whole
            # zone again and again would burden the servers.
            *others, sample = pending
            ask([sample])
            while is_open(sample) and (in_time := patience.sleep(pause)):
                pause = min(_SLOWER * pause, _LONGEST_PAUSE)
                ask([sample])
            if final[sample].state == SILENT:
                final.update({index: replace(final[sample], expectation=mine[index].expected) for index in others})
            else:
                ask(others)
            pending = [index for index in pending if is_open(index)]
            in_time = in_time and bool(pending) and patience.sleep(pause)
        return [final[index] for index in sorted(final)]

    # `ask` is bounded by itself: a silent server costs a few seconds more than the patience.
    by_server = _parallel.run({asker.server: partial(wait_for, asker) for asker in askers})
    return [finding for asker in askers for finding in by_server[asker.server]]


def ahead(askers: Sequence[Asker], expectations: Sequence[Expectation]) -> Seen:
    """What each server confirms already, for `find`."""
    wanted = _by_provider(askers, expectations)
    return _parallel.run({one.server: partial(one.confirmed, wanted[one.server.provider]) for one in askers})


def _by_provider(askers: Sequence[Asker], expectations: Sequence[Expectation]) -> dict[str, list[Wanted]]:
    """What the servers of each provider should serve; prepared once for all of them."""
    wanted: dict[str, list[Wanted]] = {asker.server.provider: [] for asker in askers}
    for expected in expectations:
        if expected.provider in wanted:
            wanted[expected.provider].append(Wanted.of(expected))
    return wanted
