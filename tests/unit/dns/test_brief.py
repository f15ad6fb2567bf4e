# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A silent resolver costs its silence once, however many questions there are."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import dns.message
import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.measure import Surveyor
from ansible_collections.twinzone.edge.plugins.module_utils._dns import single
from ansible_collections.twinzone.edge.plugins.module_utils._dns.brief import BriefResolver

#: Datagrams of one verdict.
TRIES = 2


class Place:
    """A socket where a resolver should be. Counts what it gets; answers with refusals where it answers."""

    def __init__(self, *, answers: bool) -> None:
        self.got: list[str] = []
        self._answers = answers
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.name = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                wire, sender = self._socket.recvfrom(4096)
            except OSError:
                return
            if not wire:
                return
            query = dns.message.from_wire(wire)
            self.got.append(query.question[0].name.to_text())
            if self._answers:
                reply: Any = dns.message.make_response(query)
                reply.set_rcode(dns.rcode.REFUSED)
                self._socket.sendto(reply.to_wire(), sender)

    def close(self) -> None:
        # Wakes the thread, which waits for a datagram.
        self._socket.sendto(b"", self._socket.getsockname())


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(single, "SILENCE", 0.05)
    place = Place(answers=False)
    yield place
    place.close()


@pytest.fixture
def refusing() -> Iterator[Place]:
    place = Place(answers=True)
    yield place
    place.close()


def test_a_silent_resolver_is_asked_once_for_all_questions(silent: Place) -> None:
    resolver = BriefResolver(Deadline(60), silent.name)
    assert resolver.is_silent
    assert [resolver.look_up(f"n{number}.example.", "A") for number in range(200)] == [None] * 200
    assert silent.got == ["."] * TRIES


def test_threads_share_the_verdict(silent: Place) -> None:
    resolver = BriefResolver(Deadline(60), silent.name)
    threads = [threading.Thread(target=resolver.addresses, args=(f"n{number}.example.",)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert silent.got == ["."] * TRIES


def test_a_survey_of_many_names_ends_with_the_verdict(silent: Place) -> None:
    deadline = Deadline(60)
    seen = Surveyor(BriefResolver(deadline, silent.name), deadline).survey([f"www.n{n}.example." for n in range(100)])
    assert len(seen.names) == 100
    assert silent.got == ["."] * TRIES


def test_whoever_refuses_is_not_silent_and_is_asked(refusing: Place) -> None:
    resolver = BriefResolver(Deadline(60), refusing.name)
    assert not resolver.is_silent
    resolver.look_up("www.example.", "A")
    assert "www.example." in refusing.got
