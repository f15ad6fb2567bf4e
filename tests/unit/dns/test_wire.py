# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers count only for the question that was asked, with the id that was sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dns.message
import dns.name
import dns.rrset
import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._dns import wire
from ansible_collections.twinzone.edge.plugins.module_utils._dns.wire import Endpoint
from hypothesis import given
from hypothesis import strategies as st
from support.tls_fronts import Server

NAME = "www.example.com."
QUESTIONS = [(NAME, "A"), (NAME, "AAAA"), ("mail.example.com.", "MX")]


@contextmanager
def server(answer: Callable[[bytes], bytes], asked: list[bytes]) -> Iterator[Endpoint]:
    """A name server over TCP that answers what `answer` makes of each question."""

    def serve(connection: object, number: int) -> None:
        stream = connection.makefile("rwb")  # type: ignore[attr-defined]
        while head := stream.read(2):
            asked.append(stream.read(int.from_bytes(head, "big")))
            message = answer(asked[-1])
            stream.write(len(message).to_bytes(2, "big") + message)
            stream.flush()

    made = Server(serve)
    try:
        yield Endpoint(made.address, made.port)
    finally:
        made.close()


def response(query: bytes) -> dns.message.Message:
    made = dns.message.make_response(dns.message.from_wire(query))
    made.answer.append(dns.rrset.from_text(NAME, 60, "IN", "A", "192.0.2.1"))
    return made


def other_id(query: bytes) -> bytes:
    made = response(query)
    made.id = (made.id + 1) % 65536
    return made.to_wire()


def other_question(query: bytes) -> bytes:
    made = response(query)
    made.question[0].name = dns.name.from_text("evil.example.com.")
    return made.to_wire()


def no_question(query: bytes) -> bytes:
    made = response(query)
    made.question.clear()
    return made.to_wire()


def test_an_answer_with_its_id_and_question_counts() -> None:
    asked: list[bytes] = []
    with server(lambda query: response(query).to_wire(), asked) as endpoint:
        answers = wire.ask(endpoint, QUESTIONS, Deadline(5))
    assert all(isinstance(answer, bytes) for answer in answers.values())


@pytest.mark.parametrize(
    "forge", [other_id, other_question, no_question, lambda query: query, lambda query: query[:11], lambda query: b""]
)
def test_an_answer_to_another_question_is_none(forge: Callable[[bytes], bytes]) -> None:
    with server(forge, []) as endpoint:
        answers = wire.ask(endpoint, QUESTIONS[:1], Deadline(5))
    assert isinstance(answers[QUESTIONS[0]], str)


@given(st.binary(max_size=200))
def test_no_answer_breaks_the_one_who_asks(noise: bytes) -> None:
    for forge in (
        lambda query: noise,
        lambda query: query[:2] + noise,
        lambda query: response(query).to_wire() + noise,
    ):
        with server(forge, []) as endpoint:
            assert set(wire.ask(endpoint, QUESTIONS[:1], Deadline(5))) == {QUESTIONS[0]}


def test_ids_cannot_be_guessed() -> None:
    asked: list[bytes] = []
    with server(lambda query: response(query).to_wire(), asked) as endpoint:
        for _time in range(8):
            wire.ask(endpoint, QUESTIONS, Deadline(5))
    ids = [int.from_bytes(query[:2], "big") for query in asked]
    assert len(set(ids)) > 20
    assert max(ids) - min(ids) > 1000
