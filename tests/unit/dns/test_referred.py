# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that send visitors of a name to other servers: each referral is followed by itself, and judged by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dns.message
import dns.name
import dns.rcode
import dns.rdataset
import dns.rdatatype
import dns.rrset
import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._dns import follow, nameservers, wire
from ansible_collections.twinzone.edge.plugins.module_utils._dns.nameservers import Server, Source
from ansible_collections.twinzone.edge.plugins.module_utils._dns.wire import Endpoint, Question
from ansible_collections.twinzone.edge.plugins.module_utils._dns.zones import Zones
from twinzone_lab.dns.messages import Question as LabQuestion
from twinzone_lab.dns.messages import read_query, render_answer
from twinzone_lab.dns.served import Answer, ServedZone

WWW, ROUTER = "www.example.com.", "web-router.example.com."
ROUTED = f"www CNAME {ROUTER}"

#: What every zone of this name has as well.
FURTHER = ("web-router CNAME cdn.example.net.",)

#: By host name: two servers of each provider, and others that a zone may be delegated to.
ADDRESSES = {
    "ada.ns.cloudflare.com.": "192.0.2.1",
    "bob.ns.cloudflare.com.": "192.0.2.2",
    "ns1.desec.io.": "192.0.2.3",
    "ns2.desec.org.": "192.0.2.4",
    "ns1.elsewhere.example.": "192.0.2.5",
    "ns2.elsewhere.example.": "192.0.2.6",
}
OF_PROVIDERS = tuple(ADDRESSES)[:4]
HERE, THERE = OF_PROVIDERS[:2], OF_PROVIDERS[2:]
ELSEWHERE = "ns1.elsewhere.example."
SILENT = "silent"


@dataclass
class World:
    """Name servers by their address, with the zones that each has; and a resolver.

    unsaid: host names of which the resolver says nothing. delegations: what it finds by asking for NS sets.
    """

    zones: Mapping[str, Mapping[str, ServedZone] | str]
    unsaid: Collection[str] = ()
    delegations: Collection[str] = ("example.com.",)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def ask(self, endpoint: Endpoint, questions: Sequence[Question], deadline: Deadline) -> dict[Question, bytes | str]:
        return {question: self._answer(endpoint.address, *question) for question in questions}

    def _answer(self, address: str, name: str, rdtype: str) -> bytes | str:
        zones = self.zones[address]
        if isinstance(zones, str):
            return zones
        self.asked.append((address, name))
        question = read_query(dns.message.make_query(name, rdtype, id=0).to_wire())
        assert isinstance(question, LabQuestion)
        owner = dns.name.from_text(name)
        found = [zone for origin, zone in zones.items() if owner.is_subdomain(dns.name.from_text(origin))]
        closest = max(found, key=lambda zone: len(zone.origin), default=None)
        refused = Answer(dns.rcode.REFUSED, authoritative=False)
        answer = closest.snapshot.answer(owner, dns.rdatatype.from_text(rdtype)) if closest else refused
        return render_answer(question, answer, tcp=True)

    def must_validate(self, name: str) -> bool:
        return False

    def addresses(self, name: str) -> list[str]:
        return [] if name in self.unsaid else [ADDRESSES[name]] if name in ADDRESSES else []

    def values(self, name: str, rdtype: str) -> list[str]:
        return []

    def look_up(self, name: str, rdtype: str) -> dns.message.Message | None:
        if name in self.unsaid:
            return None
        message = dns.message.make_response(dns.message.make_query(name, rdtype))
        if name in self.delegations:
            message.answer.append(dns.rrset.from_text(name, 60, "IN", "NS", *OF_PROVIDERS))
        return message


def served(origin: str, *records: str) -> ServedZone:
    """A zone with these records, as in a zone file; several of one name and type are one set."""
    name = dns.name.from_text(origin)
    zone = ServedZone(name, name, name)
    records = (*records, *FURTHER) if origin == "example.com." else records
    sets: dict[Any, list[str]] = {}
    for record in records:
        owner, rdtype, data = record.split(maxsplit=2)
        key = dns.name.from_text(owner, name), dns.rdatatype.from_text(rdtype)
        sets.setdefault(key, []).append(data)
    zone.publish({key: dns.rdataset.from_text_list("IN", key[1], 60, texts) for key, texts in sets.items()})
    return zone


def steps(world: World, monkeypatch: pytest.MonkeyPatch, name: str = WWW, home: str = "example.com") -> set[Any]:
    """What was found, as server and status."""
    monkeypatch.setattr(wire, "ask", world.ask)
    servers = [
        Server("cloudflare" if host in HERE else "desec", host.rstrip("."), Endpoint(ADDRESSES[host]))
        for host in OF_PROVIDERS
    ]
    sources = [Source("cloudflare", suffixes=(".ns.cloudflare.com.",)), Source("desec", suffixes=(".desec.io.",))]
    resolver: Any = world
    zones = Zones(home, servers, sources, resolver, Deadline(10))
    return {(step.server, step.status) for step in follow.follow([name], {ROUTER}, zones)}


def found(**by_status: Collection[str]) -> set[tuple[str, str]]:
    return {(host.rstrip("."), status) for status, hosts in by_status.items() for host in hosts}


AWAY = f"www NS {ELSEWHERE}"
CHILD = {ELSEWHERE: {WWW: served(WWW, f"{WWW} A 203.0.113.9")}}
LOST = found(cname=HERE, delegated=THERE)

#: What deSEC's servers have at www, while Cloudflare's lead through the router; what others have; what is found.
ONE_PROVIDER: dict[str, tuple[Sequence[str], Mapping[str, Any], set[tuple[str, str]]]] = {
    "to servers that nobody has": (["www NS ns1.nowhere.example."], {}, LOST),
    "to itself": (["www NS ns1.desec.io."], {}, LOST),
    "to both of its own servers": (["www NS ns1.desec.io.", "www NS ns2.desec.org."], {}, LOST),
    # They serve the zone above it, and answer for the name anyway.
    "to a server of the other provider": (["www NS ada.ns.cloudflare.com."], {}, found(cname=HERE)),
    "to servers that refuse": ([AWAY], {}, LOST),
    "to servers that refer back": ([AWAY], {ELSEWHERE: {"example.com.": served("example.com.", AWAY)}}, LOST),
    "to servers that refer to the zone above": ([AWAY], {ELSEWHERE: {".": served(".", "com. NS a.nic.")}}, LOST),
    "to servers that serve it": ([AWAY], CHILD, found(cname=HERE, addresses=[ELSEWHERE])),
    "to servers without such a name": (
        [AWAY],
        {ELSEWHERE: {"example.com.": served("example.com.", "a A 203.0.113.9")}},
        found(cname=HERE, missing=[ELSEWHERE]),
    ),
    "to servers that have other records": (
        [AWAY],
        {ELSEWHERE: {WWW: served(WWW, f"{WWW} MX 1 mx")}},
        found(cname=HERE, missing=[ELSEWHERE]),
    ),
    "to servers of which one serves it": (
        [AWAY, "www NS ns1.desec.io."],
        CHILD,
        found(cname=HERE, addresses=[ELSEWHERE], silent=["ns1.desec.io."]),
    ),
    "to servers of which one may serve it": (
        [AWAY, "www NS ns1.nowhere.example.", "www NS ns1.desec.io."],
        {ELSEWHERE: SILENT},
        found(cname=HERE, silent=[ELSEWHERE, "ns1.desec.io."]),
    ),
    "to servers that cannot be reached": ([AWAY], {ELSEWHERE: SILENT}, found(cname=HERE, silent=[ELSEWHERE])),
    "to servers of which nobody tells": (["www NS un.said.example."], {}, found(cname=HERE, silent=THERE)),
    "to a server below, with its address": (
        ["www NS ns.www.example.com.", f"ns.www A {ADDRESSES[ELSEWHERE]}"],
        CHILD,
        found(cname=HERE, addresses=["ns.www.example.com."]),
    ),
    # Who asks the other provider may learn it; who is referred without it does not.
    "to a server below, without its address": (["www NS ns.www.example.com."], CHILD, LOST),
    "not at all, by a DS record alone": ([ROUTED, "www DS 1 8 2 " + 64 * "0"], {}, found(cname=OF_PROVIDERS)),
}


def world(at: Mapping[str, Sequence[str]], others: Mapping[str, Any] | None = None) -> World:
    """at: by server of a provider, the records of its zone example.com. others: the zones of further servers."""
    own = {ADDRESSES[host]: {"example.com.": served("example.com.", *records)} for host, records in at.items()}
    rest: dict[str, Any] = {ADDRESSES[host]: (others or {}).get(host, {}) for host in ADDRESSES if host not in at}
    return World({**rest, **own}, unsaid=("un.said.example.",))


def same(hosts: Sequence[str], *records: str) -> dict[str, Sequence[str]]:
    return dict.fromkeys(hosts, records)


@pytest.mark.parametrize("case", ONE_PROVIDER)
def test_a_name_that_one_provider_alone_delegates(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks its servers is sent on, and loses what the servers of the other provider would have answered."""
    records, others, expected = ONE_PROVIDER[case]
    assert steps(world({**same(HERE, ROUTED), **same(THERE, *records)}, others), monkeypatch) == expected


def test_one_server_of_four_that_delegates_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by a transfer that one of them missed."""
    at = {**same(OF_PROVIDERS, ROUTED), "bob.ns.cloudflare.com.": ["www NS ns1.nowhere.example."]}
    lost = ["bob.ns.cloudflare.com."]
    assert steps(world(at), monkeypatch) == found(cname=set(OF_PROVIDERS) - set(lost), delegated=lost)


@pytest.mark.parametrize(
    ("hosts", "others", "expected"),
    [
        (["ns1.nowhere.example."], {}, found(delegated=OF_PROVIDERS)),
        (["ns1.desec.io.", "ada.ns.cloudflare.com."], {}, found(delegated=OF_PROVIDERS)),
        ([ELSEWHERE], {}, found(delegated=OF_PROVIDERS)),
        ([ELSEWHERE], CHILD, found(addresses=[ELSEWHERE])),
        ([ELSEWHERE], {ELSEWHERE: SILENT}, found(silent=[ELSEWHERE])),
        ([ELSEWHERE, "ns1.nowhere.example."], CHILD, found(addresses=[ELSEWHERE])),
        (["un.said.example."], {}, found(silent=OF_PROVIDERS)),
    ],
)
def test_a_name_that_both_providers_delegate(
    hosts: Sequence[str], others: Mapping[str, Any], expected: set[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody serves it, nobody finds it: that is certain, however many servers say so."""
    at = same(OF_PROVIDERS, *(f"www NS {host}" for host in hosts))
    assert steps(world(at, others), monkeypatch) == expected


def test_a_delegation_below_a_delegation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers of both zones serve what is theirs; who is sent on twice finds nobody."""
    name, zone = "a.b.example.com.", "b.example.com."
    at = {**same(HERE, f"a.b CNAME {ROUTER}"), **same(THERE, f"b NS {ELSEWHERE}")}
    others = {ELSEWHERE: {zone: served(zone, f"{name} NS ns1.nowhere.example.")}}
    assert steps(world(at, others), monkeypatch, name) == found(cname=HERE, delegated=[ELSEWHERE])


def test_each_provider_delegates_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the servers of one lead to does not excuse those of the other, whichever answers first."""
    for first, second in ((HERE, THERE), (THERE, HERE)):
        at = {**same(first, AWAY), **same(second, "www NS ns2.elsewhere.example.")}
        assert steps(world(at, CHILD), monkeypatch) == found(addresses=[ELSEWHERE], delegated=second)


def test_why_nobody_serves_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each server that was named, with what it said, and the record that names them."""
    monkeypatch.setattr(wire, "ask", (here := world(same(OF_PROVIDERS, AWAY, "www NS ns1.nowhere.example."))).ask)
    resolver: Any = here
    server = Server("desec", "ns1.desec.io", Endpoint("192.0.2.3"))
    (step,) = follow.follow([WWW], {ROUTER}, Zones("example.com", [server], [], resolver, Deadline(10)))
    assert step.error == "ns1.elsewhere.example: REFUSED; ns1.nowhere.example has no address"
    assert step.delegation == f"{WWW} NS {ELSEWHERE}, ns1.nowhere.example."
    assert (step.provider, step.zone) == ("desec", "example.com")


@pytest.mark.parametrize(
    ("delegations", "expected"),
    [
        # The resolver finds the zone above, or the one below, by the server that it happens to ask.
        (["example.com."], LOST),
        (["example.com.", WWW], LOST),
    ],
)
def test_a_name_in_a_zone_that_is_not_the_routers(
    delegations: Sequence[str], expected: set[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = world({**same(HERE, ROUTED), **same(THERE, "www NS ns1.nowhere.example.")})
    here.delegations = delegations
    delegated = list(OF_PROVIDERS)
    monkeypatch.setattr(nameservers, "delegated", lambda zone, *_rest: delegated)
    assert steps(here, monkeypatch, home="example.net") == expected


def test_a_zone_that_none_of_its_servers_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """In words of their own, as no record set at the name is in the way. One server that is silent may serve it."""
    here = world({})
    assert steps(here, monkeypatch) == found(delegated=OF_PROVIDERS)
    here.zones = {**here.zones, "192.0.2.3": SILENT}
    assert steps(here, monkeypatch) == found(silent=OF_PROVIDERS)
    here.zones = {**here.zones, "192.0.2.4": {"example.com.": served("example.com.", ROUTED)}}
    assert steps(here, monkeypatch) == found(silent=OF_PROVIDERS[:3], cname=OF_PROVIDERS[3:])
