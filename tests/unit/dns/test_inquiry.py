# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a thorough look sees of name servers and a resolver, by real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset
import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._dns import inquiry
from ansible_collections.twinzone.edge.plugins.module_utils._dns.looks import ServerLook
from ansible_collections.twinzone.edge.plugins.module_utils._dns.nameservers import Server
from ansible_collections.twinzone.edge.plugins.module_utils._dns.wire import Endpoint, Resolver
from support.tiny_name_server import NameServer

ZONE = "example.com"
SOA = f"{ZONE}. 3600 IN SOA ns1.{ZONE}. hostmaster.{ZONE}. 1 86400 3600 2419200 300"
SIGNATURE = f"{ZONE}. 3600 IN RRSIG SOA 13 2 3600 20270115080000 20270101000000 1 {ZONE}. AAAA"
RECORDS = {
    (f"{ZONE}.", "SOA"): [SOA, SIGNATURE],
    (f"{ZONE}.", "CDS"): [f"{ZONE}. 3600 IN CDS 1 13 2 {'ab' * 32}"],
    (f"{ZONE}.", "CAA"): [f'{ZONE}. 60 IN CAA 0 issue "ca.example"'],
    (f"www.{ZONE}.", "CAA"): [f"www.{ZONE}. 60 IN CNAME edge.{ZONE}."],
    (f"shop.{ZONE}.", "CAA"): [
        f"shop.{ZONE}. 60 IN CNAME edge2.{ZONE}.",
        f'edge2.{ZONE}. 60 IN CAA 0 issue "other.example"',
    ],
    (f"far.{ZONE}.", "CAA"): [f"far.{ZONE}. 60 IN CNAME cdn.example."],
    ("cdn.example.", "CAA"): ['cdn.example. 60 IN CAA 0 issue "cdn-ca.example"'],
    (f"loop.{ZONE}.", "CAA"): [f"loop.{ZONE}. 60 IN CNAME loop.{ZONE}."],
}


@contextmanager
def serving(udp: bool = True, tcp: bool = True, authoritative: bool = True, lies: bool = False) -> Iterator[Endpoint]:
    """A name server with these records."""

    def reply(query: dns.message.Message, over_tcp: bool) -> bytes | None:
        if not (tcp if over_tcp else udp):
            return None
        question = query.question[0]
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.AA if authoritative else 0
        key = (question.name.to_text(), dns.rdatatype.to_text(question.rdtype))
        texts = RECORDS.get(key, [])
        if lies and key[0].endswith(".invalid."):
            texts = [f"{key[0]} 60 IN A 198.51.100.66"]
        for text in texts:
            name, ttl, _class, rdtype, rdata = text.split(" ", 4)
            if rdtype != "RRSIG" or query.ednsflags & dns.flags.DO:
                answer.answer.append(dns.rrset.from_text(name, int(ttl), "IN", rdtype, rdata))
        wire = answer.to_wire()
        return len(wire).to_bytes(2, "big") + wire if over_tcp else wire

    server = NameServer(reply)
    try:
        yield Endpoint(*server.address)
    finally:
        server.close()


def resolver(endpoint: Endpoint) -> Resolver:
    return Resolver(Deadline(5), str(endpoint))


def look(endpoint: Endpoint, seconds: float = 5) -> ServerLook:
    (found,) = inquiry.servers(ZONE, [Server("desec", "ns1", endpoint)], resolver(endpoint), Deadline(seconds))
    return found


def test_a_server_in_good_order() -> None:
    with serving() as endpoint:
        found = look(endpoint)
    assert (found["udp"], found["tcp"], found["ipv6"], found["authoritative"]) == ("", "", None, True)
    assert (found["signed_until"], found["negative_ttl"]) == (1_800_000_000, 300)
    assert found["cds"] == [f"1 13 2 {'ab' * 32}"]


@pytest.mark.parametrize(("udp", "tcp"), [(False, True), (True, False), (False, False)])
def test_a_server_that_is_silent_over_one_of_them(udp: bool, tcp: bool) -> None:
    with serving(udp=udp, tcp=tcp) as endpoint:
        found = look(endpoint, 10)
    assert (found["udp"] == "", found["tcp"] == "") == (udp, tcp)
    assert found["authoritative"] is (True if udp or tcp else None)


def test_a_server_that_only_knows_it_from_others() -> None:
    with serving(authoritative=False) as endpoint:
        assert look(endpoint)["authoritative"] is False


@pytest.mark.parametrize(
    ("name", "at", "values"),
    [
        (f"www.{ZONE}.", f"{ZONE}.", ['0 issue "ca.example"']),
        (f"shop.{ZONE}.", f"shop.{ZONE}.", ['0 issue "other.example"']),
        (f"far.{ZONE}.", f"far.{ZONE}.", ['0 issue "cdn-ca.example"']),
        (f"loop.{ZONE}.", f"{ZONE}.", ['0 issue "ca.example"']),
        (f"{ZONE}.", f"{ZONE}.", ['0 issue "ca.example"']),
    ],
)
def test_the_caa_in_force_is_at_the_end_of_the_chain_or_above(name: str, at: str, values: list[str]) -> None:
    with serving() as endpoint:
        servers = [Server("desec", "ns1", endpoint)]
        (found,) = inquiry.caa(ZONE, [name], servers, resolver(endpoint), Deadline(5))
    assert found == {"provider": "desec", "name": name, "at": at, "values": values}


def test_a_provider_whose_servers_are_silent_says_nothing_about_caa() -> None:
    with serving(tcp=False) as endpoint:
        servers = [Server("desec", "ns1", endpoint)]
        assert inquiry.caa(ZONE, [f"www.{ZONE}."], servers, resolver(endpoint), Deadline(0.5)) == []


@pytest.mark.parametrize(("tcp", "lies"), [(True, False), (False, False), (True, True)])
def test_a_resolver(tcp: bool, lies: bool) -> None:
    with serving(tcp=tcp, lies=lies) as endpoint:
        found = inquiry.look_at_resolver(resolver(endpoint), Deadline(1.5), f"{ZONE}.")
    assert (found["address"], found["udp"], found["tcp"] == "") == (str(endpoint), "", tcp)
    assert found["rewrites"] == (["198.51.100.66"] if lies else [])
