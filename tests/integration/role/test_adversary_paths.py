# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fronts, the resolver, the parent and whoever is on the way to an API, as adversaries through the playbooks."""

from __future__ import annotations

import gzip
import json
import resource
import socket
from contextlib import suppress
from typing import Any

import dns.rcode
import dns.rrset
import pytest
from support.adversaries import Collector, collector, lying_resolver, replace
from support.lab_playbooks import SITE, ZONE, Playbooks
from support.tls_fronts import Server
from twinzone_lab.client import LabClient

FORGED = b"no\r\x1b[2K\x1b]0;x\x07\xe2\x80\xae\nPLAY RECAP ****\n"

#: What a front may send in place of a page.
PAGES = {
    "endless": b"HTTP/1.1 200 OK\r\nServer: BunnyCDN\r\n\r\n" + b"x" * 65536,
    "endless header": b"HTTP/1.1 200 OK\r\n" + b"X-Y: z\r\n" * 8192,
    "bomb": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(100 << 20), 9),
    "forged": b"HTTP/1.1 200 " + FORGED + b"Server: " + FORGED + b"\r\n\r\n" + FORGED,
}


@pytest.mark.parametrize("page", PAGES)
def test_a_front_that_answers_without_end_or_sense(playbooks: Playbooks, lab: LabClient, page: str) -> None:
    """It is not fit to be the target; the other one, and the run, are what they were."""

    def front(connection: socket.socket, number: int) -> None:
        with suppress(OSError):
            connection.recv(65536)
            connection.sendall(PAGES[page])
            while page.startswith("endless"):
                connection.sendall(PAGES[page][-4096:])

    playbooks.create_zone()
    server = Server(front)
    check = {"url": f"http://{SITE}/health", "contains": "all is well", "timeout": 2}
    playbooks.sites[SITE]["failover_fronts"][1] |= {"connect_to": [server.place], "check": check}
    run = playbooks.failover("-v").ok()
    server.close()
    result = run.result("unchanged", "active_up")
    assert (result["front"], result["fronts"]["bunny"]["clean"]) == ("cloudflare", False)
    assert not playbooks.writes()
    assert not set("\x1b\x07\r\u202e") & set(run.output + json.dumps(result, ensure_ascii=False))
    assert run.output.count("\nPLAY RECAP") == 1
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert peak < 400 << 10, "KiB, of the largest process that was ever waited for"


@pytest.fixture
def evil() -> Any:
    with collector() as found:
        yield found


def test_a_resolver_that_leads_elsewhere(playbooks: Playbooks, lab: LabClient, evil: Collector) -> None:
    """It can make a front unusable; it gets no token, and no front is taken for another one."""
    playbooks.create_zone()
    host, _colon, _port = evil.url.removeprefix("http://").partition(":")

    def elsewhere(answer: Any) -> None:
        replace(answer, "example.b-cdn.net.", "A", host)
        replace(answer, f"cdn2-front.{ZONE}.", "A", host)

    with lying_resolver(playbooks.common["dns_resolver"], elsewhere) as resolver:
        playbooks.common["dns_resolver"] = resolver
        result = playbooks.failover().ok().result("unchanged", "active_up")
        assert (result["front"], result["fronts"]["bunny"]["clean"]) == ("cloudflare", False)
        lab.break_("front_cloudflare", "refuse")
        playbooks.failover().failed().result("held", "all_down")
    assert not playbooks.writes()
    assert not [request for request in evil.got if any(one.encode() in request for one in playbooks.tokens.values())]


def test_a_parent_that_delegates_elsewhere(playbooks: Playbooks, lab: LabClient, evil: Collector) -> None:
    """Its name servers are nobody's, so they are not asked; the APIs, and fixed `nameservers`, are believed."""
    playbooks.create_zone()
    for provider in playbooks.common["dns_providers"]:
        if provider["name"] == "desec":
            provider.pop("nameservers")

    def elsewhere(answer: Any) -> None:
        (question,) = answer.question
        if question.rdtype.name == "NS" and question.name.to_text() == f"{ZONE}.":
            answer.set_rcode(dns.rcode.NOERROR)
            answer.answer[:] = [dns.rrset.from_text(f"{ZONE}.", 60, "IN", "NS", "ns.evil.example.")]
        replace(answer, "ns.evil.example.", "A", "127.0.0.1")

    with lying_resolver(playbooks.common["dns_resolver"], elsewhere) as resolver:
        playbooks.common["dns_resolver"] = resolver
        lab.break_("front_cloudflare", "refuse")
        playbooks.failover(failover_verify_timeout=2)
    assert set(playbooks.routers().values()) == {f"cdn2-front.{ZONE}"}
    assert evil.got == []


def test_a_proxy_in_the_environment_gets_no_token(playbooks: Playbooks, lab: LabClient, evil: Collector) -> None:
    """For an API on this machine without TLS; what goes over TLS it could not read."""
    playbooks.create_zone()
    playbooks.environment |= dict.fromkeys(("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"), evil.url)
    for provider in playbooks.common["dns_providers"]:
        provider["api_url"] = "http://localhost:9/api"
    lab.break_("front_cloudflare", "refuse")
    playbooks.failover(failover_deadline=2).failed()
    assert not [request for request in evil.got if any(one.encode() in request for one in playbooks.tokens.values())]


@pytest.mark.parametrize("fault", ["bad_certificate", "untrusted_certificate"])
def test_who_stands_before_an_api_gets_no_token(playbooks: Playbooks, lab: LabClient, fault: str) -> None:
    """The request is never sent; the other provider is written anyway."""
    playbooks.create_zone()
    lab.log_reset()
    lab.break_("front_cloudflare", "refuse")
    lab.break_("cloudflare_api", fault)
    result = playbooks.failover(failover_deadline=4, failover_verify_timeout=2).failed().result("partial")
    assert result["providers"]["desec"]["result"] == "ok"
    assert {entry["provider"] for entry in lab.log()} == {"desec"}
