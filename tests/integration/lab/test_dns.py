# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's name servers answer as those of the providers do, over real sockets."""

from __future__ import annotations

import socket
import struct
import time

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode
import pytest
from support.lab_api import ZONE, CloudflareCaller, DesecCaller
from support.lab_dns import ask, servers, soon, texts
from twinzone_lab.client import LabClient

BUNNY = "example.b-cdn.net."


def edge(lab: LabClient) -> list[str]:
    """What a proxied name is answered with."""
    return [f"A {address}" for address in lab.info["fronts"]["cloudflare"]]


def bunny(lab: LabClient) -> list[str]:
    """What the second CDN's names are answered with."""
    return [f"A {address}" for address in lab.info["fronts"]["bunny"]]


def cloudflare_answers(lab: LabClient, name: str, rdtype: str = "A") -> list[str]:
    return texts(ask(lab, servers(lab, "cloudflare")[0], name, rdtype))


def desec_answers(lab: LabClient, name: str, rdtype: str = "A") -> list[str]:
    return texts(ask(lab, servers(lab, "desec")[1], name, rdtype))


# --- Transport ---


@pytest.mark.parametrize("udp", [True, False])
@pytest.mark.parametrize("with_edns", [True, False])
def test_udp_and_tcp_with_and_without_edns(lab: LabClient, udp: bool, with_edns: bool) -> None:
    for address in servers(lab, "cloudflare") + servers(lab, "desec"):
        answer = ask(lab, address, ZONE, udp=udp, edns=with_edns)
        assert texts(answer) == edge(lab)
        assert answer.flags & dns.flags.AA
        assert answer.edns == (0 if with_edns else -1)


def test_a_query_like_that_of_dig(lab: LabClient) -> None:
    """dig sends a cookie and the AD flag."""
    cookie = dns.edns.GenericOption(dns.edns.OptionType.COOKIE, b"12345678")
    query = dns.message.make_query(ZONE, "A", use_edns=0, payload=1232, options=[cookie])
    query.flags |= dns.flags.AD
    answer = dns.query.udp(query, servers(lab, "desec")[0], timeout=5, port=lab.info["dns_port"])
    assert texts(answer) == edge(lab)


def test_a_long_answer_is_truncated_over_udp(lab: LabClient, desec: DesecCaller) -> None:
    desec.put("long", "TXT", *(f'"{number:0200}"' for number in range(20)))
    soon(lambda: len(desec_answers(lab, f"long.{ZONE}", "TXT")), 20)
    answer = ask(lab, servers(lab, "desec")[0], f"long.{ZONE}", "TXT", udp=True)
    assert answer.flags & dns.flags.TC
    assert not answer.answer


def test_many_queries_over_one_connection(lab: LabClient) -> None:
    """All are sent before the first answer is read, and in pieces that cut through messages."""
    queries = [dns.message.make_query(f"n{number}.{ZONE}", "A") for number in range(500)]
    stream = b"".join(struct.pack("!H", len(wire)) + wire for wire in (query.to_wire() for query in queries))
    with socket.create_connection((servers(lab, "cloudflare")[0], lab.info["dns_port"]), timeout=10) as connection:
        for start in range(0, len(stream), 7001):
            connection.sendall(stream[start : start + 7001])
            time.sleep(0.02)  # or the kernel puts the pieces together again
        with connection.makefile("rb") as answers:
            for query in queries:
                (length,) = struct.unpack("!H", answers.read(2))
                answer = dns.message.from_wire(answers.read(length))
                assert query.is_response(answer)
                assert answer.rcode() == dns.rcode.NXDOMAIN


def test_what_is_not_a_question(lab: LabClient) -> None:
    address, port = servers(lab, "desec")[0], lab.info["dns_port"]
    assert ask(lab, address, "example.org").rcode() == dns.rcode.REFUSED
    assert ask(lab, address, ZONE, "AXFR").rcode() == dns.rcode.REFUSED
    notify = dns.message.make_query(ZONE, "SOA")
    notify.set_opcode(dns.opcode.NOTIFY)
    assert dns.query.tcp(notify, address, timeout=5, port=port).rcode() == dns.rcode.NOTIMP
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
        raw.sendto(b"nonsense", (address, port))
        query = dns.message.make_query(ZONE, "A").to_wire()
        raw.settimeout(5)
        raw.sendto(query, (address, port))
        assert raw.recv(512)[:2] == query[:2], "nonsense is not answered, and the next query is"


def test_a_change_is_not_hidden_by_the_cache(lab: LabClient, desec: DesecCaller) -> None:
    for number in range(3):
        desec.put("x", "A", f"192.0.2.{number}")
        soon(lambda: desec_answers(lab, f"x.{ZONE}"), [f"A 192.0.2.{number}"])


# --- What both have in common ---


def test_denials(lab: LabClient, desec: DesecCaller) -> None:
    desec.put("a.b", "A", "192.0.2.1")
    soon(lambda: desec_answers(lab, f"a.b.{ZONE}"), ["A 192.0.2.1"])
    for name, rcode in ((f"b.{ZONE}", dns.rcode.NOERROR), (f"c.b.{ZONE}", dns.rcode.NXDOMAIN)):
        answer = ask(lab, servers(lab, "desec")[0], name)
        assert (answer.rcode(), answer.answer) == (rcode, [])
        assert [rrset.rdtype.name for rrset in answer.authority] == ["SOA"]


def test_the_serial_grows_with_every_change(lab: LabClient, desec: DesecCaller) -> None:
    def serial() -> int:
        (rrset,) = ask(lab, servers(lab, "desec")[0], ZONE, "SOA").answer
        return int(rrset[0].serial)

    before = serial()
    desec.put("x", "A", "192.0.2.1")
    soon(lambda: serial() > before, True)


@pytest.mark.parametrize("provider", ["cloudflare", "desec"])
def test_wildcards(lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller, provider: str) -> None:
    if provider == "cloudflare":
        cloudflare.create("*.w", "A", "192.0.2.1")
        cloudflare.create("b.w", "TXT", "here")
    else:
        desec.put("*.w", "A", "192.0.2.1")
        desec.put("b.w", "TXT", '"here"')
    address = servers(lab, provider)[0]
    soon(lambda: texts(ask(lab, address, f"b.w.{ZONE}", "TXT")), ['TXT "here"'])
    assert texts(ask(lab, address, f"any.w.{ZONE}")) == ["A 192.0.2.1"]
    assert texts(ask(lab, address, f"deep.any.w.{ZONE}")) == ["A 192.0.2.1"]
    assert ask(lab, address, f"b.w.{ZONE}").rcode() == dns.rcode.NOERROR
    assert texts(ask(lab, address, f"b.w.{ZONE}")) == [], "a name that exists is not matched by the wildcard"
    assert ask(lab, address, f"x.b.w.{ZONE}").rcode() == dns.rcode.NXDOMAIN


@pytest.mark.parametrize("provider", ["cloudflare", "desec"])
def test_referrals(lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller, provider: str) -> None:
    if provider == "cloudflare":
        cloudflare.create("sub", "NS", f"ns.sub.{ZONE}")
        cloudflare.create("ns.sub", "A", "192.0.2.53")
    else:
        desec.put("sub", "NS", f"ns.sub.{ZONE}.")
        desec.put("ns.sub", "A", "192.0.2.53")
    address = servers(lab, provider)[0]

    def referral() -> tuple[object, ...]:
        answer = ask(lab, address, f"deep.sub.{ZONE}")
        sections = [
            [rrset.rdtype.name for rrset in part] for part in (answer.answer, answer.authority, answer.additional)
        ]
        return bool(answer.flags & dns.flags.AA), *sections

    soon(referral, (False, [], ["NS"], ["A"]))


# --- Cloudflare ---


def test_names_of_the_zone_are_flattened(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    cloudflare.create("www", "CNAME", f"web-router.{ZONE}")
    cloudflare.create("web-router", "CNAME", f"cf-front.{ZONE}")
    cloudflare.create("cf-front", "CNAME", ZONE)
    cloudflare.create("cdn2-front", "CNAME", BUNNY)
    soon(lambda: cloudflare_answers(lab, f"cdn2-front.{ZONE}"), [f"CNAME {BUNNY}"])  # outside names stay CNAMEs
    assert cloudflare_answers(lab, f"www.{ZONE}") == edge(lab)
    answer = ask(lab, servers(lab, "cloudflare")[1], f"www.{ZONE}")
    assert answer.answer[0].ttl == 60, "the smallest of the chain"
    assert answer.answer[0].name.to_text() == f"www.{ZONE}."
    assert cloudflare_answers(lab, f"www.{ZONE}", "CNAME") == []
    (router,) = cloudflare.ok("GET", f"dns_records?name=web-router.{ZONE}")
    cloudflare.ok("PATCH", f"dns_records/{router['id']}", {"content": f"cdn2-front.{ZONE}"})
    soon(lambda: cloudflare_answers(lab, f"www.{ZONE}"), bunny(lab))
    assert cloudflare.ok("GET", f"dns_records/{router['id']}")["type"] == "CNAME", "the API still shows the CNAME"


def test_a_flattened_name_that_leads_nowhere_exists(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    cloudflare.create("lost", "CNAME", f"nothing.{ZONE}")
    cloudflare.create("loop", "CNAME", f"loop2.{ZONE}")
    cloudflare.create("loop2", "CNAME", f"loop.{ZONE}")
    soon(lambda: ask(lab, servers(lab, "cloudflare")[0], f"loop2.{ZONE}").rcode(), dns.rcode.NOERROR)
    for name in ("lost", "loop"):
        answer = ask(lab, servers(lab, "cloudflare")[0], f"{name}.{ZONE}")
        assert (answer.rcode(), answer.answer) == (dns.rcode.NOERROR, [])


def test_a_name_flattened_into_another_zone_follows_it(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    """Whatever was asked before that zone had the name."""
    lab.add_zone("edge.example")
    lab.delegate("edge.example", "cloudflare")
    cloudflare.create("www", "CNAME", f"web-router.{ZONE}")
    cloudflare.create("web-router", "CNAME", "front.edge.example")
    soon(lambda: cloudflare_answers(lab, f"web-router.{ZONE}"), ["CNAME front.edge.example."])
    assert cloudflare_answers(lab, f"www.{ZONE}") == []
    other = CloudflareCaller(lab, "edge.example")
    front = other.create("front", "A", "192.0.2.7")
    soon(lambda: cloudflare_answers(lab, f"www.{ZONE}"), ["A 192.0.2.7"])
    other.ok("DELETE", f"dns_records/{front['id']}")
    soon(lambda: cloudflare_answers(lab, f"www.{ZONE}"), [])


def test_flattening_through_a_wildcard(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    cloudflare.create("*.w", "A", "192.0.2.7")
    cloudflare.create("x", "CNAME", f"any.w.{ZONE}")
    soon(lambda: cloudflare_answers(lab, f"x.{ZONE}"), ["A 192.0.2.7"])


def test_flattening_on_demand(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    cloudflare.create("one", "CNAME", BUNNY, settings={"flatten_cname": True})
    cloudflare.create("two", "CNAME", BUNNY)
    soon(lambda: cloudflare_answers(lab, f"two.{ZONE}"), [f"CNAME {BUNNY}"])
    assert cloudflare_answers(lab, f"one.{ZONE}") == bunny(lab)
    cloudflare.ok("PATCH", "dns_settings", {"flatten_all_cnames": True})
    soon(lambda: cloudflare_answers(lab, f"two.{ZONE}"), bunny(lab))


def test_a_cname_at_the_apex(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    (apex,) = cloudflare.ok("GET", "dns_records")
    body = {"name": "@", "type": "CNAME", "content": BUNNY, "ttl": 120, "proxied": False}
    # The type of a record cannot be changed.
    cloudflare.ok("POST", "dns_records/batch", {"deletes": [{"id": apex["id"]}], "posts": [body]})
    cloudflare.create("@", "TXT", "beside")
    soon(lambda: cloudflare_answers(lab, ZONE, "TXT"), ['TXT "beside"'])
    assert cloudflare_answers(lab, ZONE) == bunny(lab)


def test_proxied_names(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    cloudflare.create("p", "CNAME", "origin.example.net", proxied=True)
    cloudflare.create("q", "A", "192.0.2.1")
    cloudflare.create("q", "A", "192.0.2.2", proxied=True)
    cloudflare.create("q", "MX", "mail.example.net", priority=1)
    soon(lambda: cloudflare_answers(lab, f"q.{ZONE}", "MX"), ["MX 1 mail.example.net."])
    for name in ("p", "q"):
        answer = ask(lab, servers(lab, "cloudflare")[0], f"{name}.{ZONE}")
        assert (texts(answer), answer.answer[0].ttl) == (edge(lab), 300)
    assert "alpn" in cloudflare_answers(lab, f"p.{ZONE}", "HTTPS")[0]


@pytest.mark.parametrize("values", [{"paused": "true"}, {"status": "pending"}], ids=lambda values: next(iter(values)))
def test_a_zone_that_is_not_active_shows_the_origin(
    lab: LabClient, cloudflare: CloudflareCaller, values: dict[str, str]
) -> None:
    cloudflare.create("p", "CNAME", "origin.example.net", proxied=True)
    lab.adjust(ZONE, **values)
    assert cloudflare_answers(lab, ZONE) == ["A 203.0.113.10"]
    assert cloudflare_answers(lab, f"p.{ZONE}") == ["CNAME origin.example.net."]


def test_the_break_glass_of_the_account(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    account = cloudflare.ok("GET", f"/zones/{cloudflare.zone}")["account"]["id"]
    path = f"/accounts/{account}/dns_settings"
    assert cloudflare.ok("PATCH", path, {"enforce_dns_only": True})["enforce_dns_only"] is True
    soon(lambda: cloudflare_answers(lab, ZONE), ["A 203.0.113.10"])


def test_apex_ns_count_only_in_a_multi_provider_zone(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    own = ["NS amir.ns.cloudflare.com.", "NS lola.ns.cloudflare.com."]
    lab.adjust(ZONE, multi_provider="false")
    cloudflare.create("@", "NS", "ns1.desec.io")
    cloudflare.create("last", "TXT", "x")
    soon(lambda: cloudflare_answers(lab, f"last.{ZONE}", "TXT"), ['TXT "x"'])
    assert cloudflare_answers(lab, ZONE, "NS") == own
    cloudflare.ok("PATCH", "dns_settings", {"multi_provider": True})
    soon(lambda: cloudflare_answers(lab, ZONE, "NS"), [*own, "NS ns1.desec.io."])


def test_caa_grows_on_the_way_to_the_servers(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    data = {"flags": 0, "tag": "issue", "value": "ca.example.net"}
    cloudflare.ok("POST", "dns_records", {"name": "@", "type": "CAA", "ttl": 60, "data": data})
    soon(lambda: 'CAA 0 issue "ca.example.net"' in cloudflare_answers(lab, ZONE, "CAA"), True)
    assert 'CAA 0 issuewild "letsencrypt.org"' in cloudflare_answers(lab, ZONE, "CAA")
    assert len(cloudflare.ok("GET", "dns_records?type=CAA")) == 1


def test_an_automatic_ttl_is_served_as_300(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    cloudflare.create("auto", "A", "192.0.2.1", ttl=1)
    soon(lambda: cloudflare_answers(lab, f"auto.{ZONE}"), ["A 192.0.2.1"])
    assert ask(lab, servers(lab, "cloudflare")[0], f"auto.{ZONE}").answer[0].ttl == 300


# --- deSEC ---


def test_desec_answers_cnames_with_what_they_lead_to(lab: LabClient, desec: DesecCaller) -> None:
    desec.put("www", "CNAME", f"web-router.{ZONE}.")
    desec.put("web-router", "CNAME", f"{ZONE}.")
    desec.put("away", "CNAME", BUNNY)
    soon(lambda: desec_answers(lab, f"away.{ZONE}"), [f"CNAME {BUNNY}"])
    assert desec_answers(lab, f"www.{ZONE}") == [*edge(lab), f"CNAME {ZONE}.", f"CNAME web-router.{ZONE}."]
    assert desec_answers(lab, f"www.{ZONE}", "CNAME") == [f"CNAME web-router.{ZONE}."]


def test_a_cname_to_a_name_that_does_not_exist(lab: LabClient, desec: DesecCaller) -> None:
    desec.put("lost", "CNAME", f"nothing.{ZONE}.")
    soon(lambda: desec_answers(lab, f"lost.{ZONE}"), [f"CNAME nothing.{ZONE}."])
    assert ask(lab, servers(lab, "desec")[0], f"lost.{ZONE}").rcode() == dns.rcode.NXDOMAIN


def test_an_empty_apex_ns_set(lab: LabClient, desec: DesecCaller) -> None:
    assert desec_answers(lab, ZONE, "NS") == ["NS ns1.desec.io.", "NS ns2.desec.org."]
    desec.put("", "NS")
    soon(lambda: desec_answers(lab, ZONE, "NS"), [])


# --- Resolver and parent ---


def test_the_way_from_the_parent_to_the_servers(lab: LabClient) -> None:
    """As a client finds them: NS of the parent zone, its address, then a referral from there."""
    resolver = lab.info["resolver"]
    (parent,) = texts(ask(lab, resolver, "com", "NS"))
    (address,) = texts(ask(lab, resolver, parent.removeprefix("NS ")))
    assert address == f"A {lab.info['parent'].partition(':')[0]}"
    referral = ask(lab, address.removeprefix("A "), ZONE, "NS")
    assert not referral.answer
    assert not referral.flags & dns.flags.AA
    names = {rdata.to_text() for rdata in referral.authority[0]}
    assert len(names) == 4
    glue = {rrset.name.to_text() for rrset in referral.additional}
    assert glue == {"amir.ns.cloudflare.com.", "lola.ns.cloudflare.com."}, "only of names below com"
    found = {texts(ask(lab, resolver, name))[0].removeprefix("A ") for name in names}
    assert found == set(servers(lab, "cloudflare") + servers(lab, "desec"))


def test_delegation_to_one_provider_only(lab: LabClient) -> None:
    lab.delegate(ZONE, "desec")
    referral = ask(lab, lab.info["parent"], ZONE, "NS")
    assert {rdata.to_text() for rdata in referral.authority[0]} == {"ns1.desec.io.", "ns2.desec.org."}
    lab.reset()
    assert len(ask(lab, lab.info["parent"], ZONE, "NS").authority[0]) == 4


def test_the_resolver_follows_names_to_other_zones(lab: LabClient, desec: DesecCaller) -> None:
    lab.delegate(ZONE, "desec")
    desec.put("www", "CNAME", BUNNY)
    soon(lambda: texts(ask(lab, lab.info["resolver"], f"www.{ZONE}")), [*bunny(lab), f"CNAME {BUNNY}"])
    answer = ask(lab, lab.info["resolver"], f"www.{ZONE}")
    assert answer.flags & dns.flags.RA
    assert not answer.flags & dns.flags.AA
    assert ask(lab, lab.info["resolver"], "nowhere.example.invalid").rcode() == dns.rcode.NXDOMAIN


def test_the_resolver_asks_all_providers(lab: LabClient, desec: DesecCaller) -> None:
    desec.put("half", "A", "192.0.2.1")
    soon(lambda: desec_answers(lab, f"half.{ZONE}"), ["A 192.0.2.1"])
    seen = {ask(lab, lab.info["resolver"], f"half.{ZONE}").rcode() for _unused in range(60)}
    assert seen == {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}, "it lies with chance whom it asks"


def test_zones_that_the_api_creates(lab: LabClient, desec: DesecCaller) -> None:
    base = lab.info["providers"]["desec"]["api_url"]
    assert desec.session.post(f"{base}/domains/", json={"name": f"child.{ZONE}"}, timeout=10).status_code == 201
    soon(lambda: desec_answers(lab, f"child.{ZONE}", "NS"), ["NS ns1.desec.io.", "NS ns2.desec.org."])
    assert texts(ask(lab, lab.info["resolver"], f"child.{ZONE}", "NS")) == ["NS ns1.desec.io.", "NS ns2.desec.org."]


# --- Faults ---


@pytest.mark.parametrize(("fault", "rcode"), [("refused", dns.rcode.REFUSED), ("servfail", dns.rcode.SERVFAIL)])
def test_a_server_that_answers_nothing_useful(lab: LabClient, fault: str, rcode: dns.rcode.Rcode) -> None:
    first, second = servers(lab, "desec")
    ask(lab, first, ZONE)
    lab.break_("desec_ns/1", fault)
    assert ask(lab, first, ZONE).rcode() == rcode
    assert texts(ask(lab, second, ZONE)) == edge(lab)
    assert lab.repair("desec_ns") == [f"desec_ns/{first}"]
    assert texts(ask(lab, first, ZONE)) == edge(lab)


@pytest.mark.parametrize("udp", [True, False])
def test_a_silent_server(lab: LabClient, udp: bool) -> None:
    lab.break_("cloudflare_ns", "silent")
    for address in servers(lab, "cloudflare"):
        with pytest.raises(dns.exception.Timeout):
            ask(lab, address, ZONE, udp=udp, timeout=0.2)
    lab.break_("cloudflare_ns", "silent", count=1)
    assert texts(ask(lab, lab.info["resolver"], ZONE)) == edge(lab), "the resolver asks another"


def test_a_stale_server(lab: LabClient, desec: DesecCaller) -> None:
    lab.break_("desec_ns/2", "stale")
    desec.put("x", "A", "192.0.2.1")
    first, second = servers(lab, "desec")
    soon(lambda: texts(ask(lab, first, f"x.{ZONE}")), ["A 192.0.2.1"])
    assert ask(lab, second, f"x.{ZONE}").rcode() == dns.rcode.NXDOMAIN
    lab.repair("desec_ns/2")
    assert texts(ask(lab, second, f"x.{ZONE}")) == ["A 192.0.2.1"]


@pytest.mark.parametrize("udp", [True, False])
def test_a_slow_server(lab: LabClient, udp: bool) -> None:
    lab.break_("desec_ns/1", "slow", seconds=0.4)
    with pytest.raises(dns.exception.Timeout):
        ask(lab, servers(lab, "desec")[0], ZONE, udp=udp, timeout=0.1)
    assert texts(ask(lab, servers(lab, "desec")[0], ZONE, udp=udp)) == edge(lab)


def test_a_broken_resolver(lab: LabClient) -> None:
    lab.break_("resolver", "servfail")
    assert ask(lab, lab.info["resolver"], ZONE).rcode() == dns.rcode.SERVFAIL
    lab.break_("resolver", "silent", count=1)
    with pytest.raises(dns.exception.Timeout):
        ask(lab, lab.info["resolver"], ZONE, timeout=0.2)
    assert texts(ask(lab, lab.info["resolver"], ZONE)) == edge(lab)


def test_without_any_server_the_resolver_fails(lab: LabClient) -> None:
    lab.break_("cloudflare_ns", "servfail")
    lab.break_("desec_ns", "silent")
    assert ask(lab, lab.info["resolver"], ZONE).rcode() == dns.rcode.SERVFAIL
