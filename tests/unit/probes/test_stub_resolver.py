# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stub resolver against messages made by dnspython, against garbage, and against real name servers on loopback."""

from __future__ import annotations

import itertools
import socket
import struct
import time
from collections.abc import Callable, Iterator

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._probes import stub_resolver
from ansible_collections.twinzone.edge.plugins.module_utils._probes.stub_resolver import (
    TYPES,
    Answer,
    look_up,
    query,
    read_answer,
)
from hypothesis import example, given
from hypothesis import strategies as st
from support.tiny_name_server import NameServer, Reply, with_address

HOST = "front.example.net"
V4, V6 = socket.AF_INET, socket.AF_INET6
families = st.sampled_from([V4, V6])
labels = st.text("abcXYZ019-_", min_size=1, max_size=12)
names = st.lists(labels, min_size=1, max_size=6).map(".".join)


def addresses_of(family: socket.AddressFamily) -> st.SearchStrategy[str]:
    """Addresses in the spelling of the C library: ::ffff:192.0.2.1."""
    packed = st.ip_addresses(v=4 if family == V4 else 6).map(lambda address: address.packed)
    return packed.map(lambda octets: socket.inet_ntop(family, octets))


@given(names, families)
def test_a_query_is_what_dnspython_reads_as_one(name: str, family: socket.AddressFamily) -> None:
    message = dns.message.from_wire(query(name, family))
    (question,) = message.question
    assert question.name == dns.name.from_text(name + ".")
    assert question.rdtype == TYPES[family]
    assert message.flags == dns.flags.RD
    assert message.edns == -1


def test_queries_cannot_be_foreseen() -> None:
    assert len({query(HOST, V4)[:2] for _time in range(50)}) > 40


@pytest.mark.parametrize("name", ["", "a..b", "x" * 64, ".".join(["x" * 63] * 4), "dürer.example"])
def test_what_is_no_host_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        query(name, V4)


@st.composite
def replies(draw: st.DrawFn) -> tuple[bytes, dns.message.Message, tuple[str, ...]]:
    """A question, an answer to it as a name server would build it, and the addresses that it holds.

    The chain of CNAMEs may lead to the addresses, or nowhere; records of other names and types lie between.
    """
    family = draw(families)
    chain = draw(st.lists(names, min_size=1, max_size=6, unique_by=str.lower))
    question = query(chain[0], family)
    reply = dns.message.make_response(dns.message.from_wire(question))
    for alias, target in itertools.pairwise(chain):
        reply.answer.append(dns.rrset.from_text(alias + ".", 60, "IN", "CNAME", target + "."))
    addresses = draw(st.lists(addresses_of(family), max_size=5, unique=True))
    kind = dns.rdatatype.to_text(dns.rdatatype.RdataType.make(TYPES[family]))
    if addresses:
        reply.answer.append(dns.rrset.from_text(chain[-1] + ".", 60, "IN", kind, *addresses))
    reply.answer.append(dns.rrset.from_text("stranger.invalid.", 60, "IN", kind, draw(addresses_of(family))))
    reply.answer.append(dns.rrset.from_text(chain[-1] + ".", 60, "IN", "TXT", '"something else"'))
    reply.answer = draw(st.permutations(reply.answer))
    return question, reply, tuple(addresses)


@given(replies())
def test_addresses_are_found_along_the_chain_of_aliases(
    reply: tuple[bytes, dns.message.Message, tuple[str, ...]],
) -> None:
    question, answering, addresses = reply
    answer = read_answer(answering.to_wire(), question)
    assert set(answer.addresses) == set(addresses)
    assert not answer.failure


@given(replies(), st.data())
def test_damaged_answers_neither_crash_nor_loop(
    reply: tuple[bytes, dns.message.Message, tuple[str, ...]], data: st.DataObject
) -> None:
    question, answering, _unused = reply
    message = answering.to_wire()
    damaged = bytearray(message[: data.draw(st.integers(12, len(message)))])
    for _time in range(data.draw(st.integers(0, 8))):
        damaged[data.draw(st.integers(2, len(damaged) - 1))] = data.draw(st.sampled_from([0, 1, 12, 64, 192, 255]))
    survive(bytes(damaged), question)


@given(st.binary(max_size=300), st.integers(0, 65535))
@example(b"", 0)
def test_garbage_neither_crashes_nor_loops(garbage: bytes, records: int) -> None:
    question = query(HOST, V4)
    survive(garbage, question)
    survive(header(question, records) + garbage, question)


def survive(message: bytes, question: bytes) -> None:
    try:
        answer = read_answer(message, question)
    except ValueError:
        return
    assert not (answer.addresses and answer.failure)


def header(question: bytes, records: int) -> bytes:
    """The start of an answer that announces so many records."""
    return question[:2] + struct.pack("!5H", 0x8180, 1, records, 0, 0) + question[12:]


@pytest.mark.parametrize(
    "owner",
    [
        pytest.param(lambda at: struct.pack("!H", 0xC000 | at), id="to itself"),
        pytest.param(lambda at: struct.pack("!H", 0xC000 | at + 2), id="forward"),
        pytest.param(lambda at: b"\1a" + struct.pack("!H", 0xC000 | at), id="to the start of its own name"),
        pytest.param(lambda at: b"\77" + b"a" * 63 + struct.pack("!H", 0xC000 | at), id="ever longer"),
        pytest.param(lambda at: (b"\77" + b"a" * 63) * 4 + b"\0", id="too long"),
        pytest.param(lambda at: b"\x80a\0", id="a reserved label type"),
    ],
)
def test_names_that_never_end_are_refused(owner: Callable[[int], bytes]) -> None:
    question = query(HOST, V4)
    head = header(question, 1)
    record = struct.pack("!HHIH", 1, 1, 60, 4) + b"\x7f\0\0\1"
    with pytest.raises(ValueError):
        read_answer(head + owner(len(head)) + record, question)
    pointer_to_the_question = b"\xc0\x0c"
    assert read_answer(head + pointer_to_the_question + record, question).addresses == ("127.0.0.1",)


def test_aliases_that_lead_in_a_circle_give_no_address() -> None:
    question = query(HOST, V4)
    reply = dns.message.make_response(dns.message.from_wire(question))
    reply.answer.append(dns.rrset.from_text(HOST + ".", 60, "IN", "CNAME", "other.example.net."))
    reply.answer.append(dns.rrset.from_text("other.example.net.", 60, "IN", "CNAME", HOST + "."))
    assert read_answer(reply.to_wire(), question) == Answer(())


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., NameServer]]:
    monkeypatch.setattr(stub_resolver, "_REPEAT", 0.1)
    servers: list[NameServer] = []

    def start(reply: Reply, host: str = "127.0.0.1") -> NameServer:
        servers.append(NameServer(reply, host))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def cut_short(question: dns.message.Message) -> bytes:
    reply = dns.message.make_response(question)
    reply.flags |= dns.flags.TC
    return reply.to_wire()


Start = Callable[..., NameServer]


def test_it_asks_over_udp(name_server: Start) -> None:
    server = name_server(lambda question, tcp: with_address(question).to_wire())
    assert look_up(HOST + ".", V4, server.address, Deadline(10)) == Answer(("192.0.2.1",))
    assert [over_tcp for message, over_tcp in server.asked] == [False]


def test_it_asks_an_ipv6_server_for_ipv6_addresses(name_server: Start) -> None:
    try:
        server = name_server(lambda question, tcp: with_address(question, "2001:db8::1").to_wire(), "::1")
    except OSError as error:
        pytest.skip(f"no IPv6 on loopback: {error}")
    assert look_up(HOST, V6, server.address, Deadline(10)).addresses == ("2001:db8::1",)


def test_a_truncated_answer_is_asked_for_again_over_tcp(name_server: Start) -> None:
    def reply(question: dns.message.Message, over_tcp: bool) -> bytes:
        whole = with_address(question).to_wire()
        return struct.pack("!H", len(whole)) + whole if over_tcp else cut_short(question)

    server = name_server(reply)
    assert look_up(HOST, V4, server.address, Deadline(10)).addresses == ("192.0.2.1",)
    assert [over_tcp for message, over_tcp in server.asked] == [False, True]


def test_every_transport_has_an_id_of_its_own(name_server: Start) -> None:
    """Who saw the question over UDP cannot answer the one over TCP; twice equal by chance is rare."""

    def reply(question: dns.message.Message, over_tcp: bool) -> bytes:
        whole = with_address(question).to_wire()
        return struct.pack("!H", len(whole)) + whole if over_tcp else cut_short(question)

    server = name_server(reply)
    for _time in range(2):
        look_up(HOST, V4, server.address, Deadline(10))
    over_udp, over_tcp = ([message.id for message, tcp in server.asked if tcp == wanted] for wanted in (False, True))
    assert over_udp != over_tcp


@pytest.mark.parametrize("rcode", ["SERVFAIL", "NXDOMAIN", "REFUSED"])
def test_the_servers_own_word_for_a_failure_is_reported(name_server: Start, rcode: str) -> None:
    def reply(question: dns.message.Message, over_tcp: bool) -> bytes:
        answer = dns.message.make_response(question)
        answer.set_rcode(dns.rcode.from_text(rcode))
        return answer.to_wire()

    assert look_up(HOST, V4, name_server(reply).address, Deadline(10)) == Answer((), rcode)


def test_a_question_that_got_lost_is_asked_again(name_server: Start) -> None:
    questions: list[dns.message.Message] = []

    def reply(question: dns.message.Message, over_tcp: bool) -> bytes | None:
        questions.append(question)
        return with_address(question).to_wire() if len(questions) > 1 else None

    server = name_server(reply)
    assert look_up(HOST, V4, server.address, Deadline(10)).addresses
    assert len(questions) == 2


@pytest.mark.parametrize("forgery", ["id", "name", "not an answer", "garbage", "failure without a question"])
def test_an_answer_to_another_question_is_not_believed(name_server: Start, forgery: str) -> None:
    def reply(question: dns.message.Message, over_tcp: bool) -> bytes:
        if len(server.asked) > 1:
            return with_address(question).to_wire()
        if forgery == "garbage":
            return b"\xff" * 40
        if forgery == "name":
            question = dns.message.make_query("other.example.", "A", id=question.id)
        forged = with_address(question, "203.0.113.66")
        if forgery == "failure without a question":
            forged.set_rcode(dns.rcode.NXDOMAIN)
            forged.question.clear()
            forged.answer.clear()
        if forgery == "id":
            forged.id ^= 1
        if forgery == "not an answer":
            forged.flags &= ~dns.flags.QR
        return forged.to_wire()

    server = name_server(reply)
    assert look_up(HOST, V4, server.address, Deadline(10)).addresses == ("192.0.2.1",)


def test_a_silent_server_costs_no_more_than_the_deadline(name_server: Start) -> None:
    server = name_server(lambda question, tcp: None)
    begun = time.monotonic()
    with pytest.raises(OSError, match="no answer in time"):
        look_up(HOST, V4, server.address, Deadline(0.3))
    assert time.monotonic() - begun < 5


def test_a_server_that_is_not_there_is_an_error() -> None:
    with socket.socket(V4, socket.SOCK_DGRAM) as unused:
        unused.bind(("127.0.0.1", 0))
        address = unused.getsockname()
    with pytest.raises(ConnectionRefusedError):
        look_up(HOST, V4, address, Deadline(10))


@pytest.mark.parametrize("over_tcp", [b"", b"\0", b"\0\x20" + b"\xff" * 32, b"\xff\xff" + b"x" * 9])
def test_nonsense_over_tcp_is_an_error(name_server: Start, over_tcp: bytes) -> None:
    server = name_server(lambda question, tcp: over_tcp if tcp else cut_short(question))
    with pytest.raises(OSError):
        look_up(HOST, V4, server.address, Deadline(10))
    assert [tcp for message, tcp in server.asked] == [False, True]
