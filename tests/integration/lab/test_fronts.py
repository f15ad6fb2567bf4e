# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fronts answer for the lab's names under their own certificates, and fail as asked."""

from __future__ import annotations

import datetime
import http.client
import socket
import ssl
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._probes.observe import observe
from ansible_collections.twinzone.edge.plugins.module_utils._probes.options import read_fronts
from support.lab_api import ZONE, CloudflareCaller
from twinzone_lab.client import LabClient

HOST = f"www.{ZONE}"


class Probe(http.client.HTTPSConnection):
    """Connects to one address under another name."""

    def __init__(self, lab: LabClient, address: str, host: str | None = HOST, timeout: float = 5) -> None:
        self.tls = ssl.create_default_context(cafile=lab.info["ca"])
        self.tls.check_hostname = host is not None
        self.front = (address, lab.info["front_port"])
        super().__init__(host or address, lab.info["front_port"], timeout=timeout, context=self.tls)
        self.sni = host

    def connect(self) -> None:
        plain = socket.create_connection(self.front, timeout=self.timeout)
        self.sock = self.tls.wrap_socket(plain, server_hostname=self.sni)

    def fetch(self, path: str = "/health", **headers: str) -> http.client.HTTPResponse:
        self.request("GET", path, headers=headers)
        return self.getresponse()


def front(lab: LabClient, name: str, number: int = 0) -> str:
    """One address of a front."""
    return str(lab.info["fronts"][name][number])


@pytest.mark.parametrize(
    ("name", "number", "server"),
    [("cloudflare", 0, "cloudflare"), ("cloudflare", 1, "cloudflare"), ("bunny", 0, "BunnyCDN-LAB")],
)
@pytest.mark.parametrize("host", [HOST, ZONE])
def test_fronts_are_healthy_and_tell_who_they_are(
    lab: LabClient, name: str, number: int, server: str, host: str
) -> None:
    response = Probe(lab, front(lab, name, number), host).fetch()
    assert (response.status, response.read(), response.headers["server"]) == (200, b"ok\n", server)
    assert ("cf-ray" in response.headers) is (name == "cloudflare")


@pytest.mark.parametrize("host", ["www.example.org", f"a.b.{ZONE}", None])
def test_unknown_names_get_no_handshake(lab: LabClient, host: str | None) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
        Probe(lab, front(lab, "bunny"), host).fetch()


def test_a_host_that_was_not_asked_for_is_misdirected(lab: LabClient) -> None:
    assert Probe(lab, front(lab, "cloudflare")).fetch(Host="www.example.org").status == 421


def test_zones_that_are_added_have_certificates(lab: LabClient) -> None:
    lab.add_zone("example.net")
    assert Probe(lab, front(lab, "bunny"), "www.example.net").fetch().status == 200


def test_the_names_of_the_second_cdn_itself(lab: LabClient) -> None:
    assert Probe(lab, front(lab, "bunny"), "example.b-cdn.net").fetch().status == 200


@pytest.mark.parametrize("part", ["front_bunny", "front_cloudflare"])
@pytest.mark.parametrize(
    ("fault", "options", "status", "body"),
    [
        ("status", {"code": 403}, 403, None),
        ("wrong_body", {}, 200, b"parked"),
        ("redirect", {"to": "https://a.example/"}, 302, None),
    ],
)
def test_wrong_answers(
    lab: LabClient, part: str, fault: str, options: dict[str, float | str], status: int, body: bytes | None
) -> None:
    lab.break_(part, fault, **options)
    response = Probe(lab, front(lab, part.removeprefix("front_"))).fetch()
    assert response.status == status
    assert (body or b"") in response.read()
    assert response.headers.get("location") == options.get("to")
    lab.repair(part)
    assert Probe(lab, front(lab, part.removeprefix("front_"))).fetch().status == 200


def test_one_address_of_a_front(lab: LabClient) -> None:
    second = front(lab, "cloudflare", 1)
    for part in ("front_cloudflare/2", f"front_cloudflare/{second}"):
        lab.break_(part, "refuse")
        assert Probe(lab, front(lab, "cloudflare", 0)).fetch().status == 200
        with pytest.raises(ConnectionRefusedError):
            Probe(lab, second).fetch()
        lab.repair(part)
    assert Probe(lab, second).fetch().status == 200


def test_every_second_request(lab: LabClient) -> None:
    lab.break_("front_bunny", "half")
    assert [Probe(lab, front(lab, "bunny")).fetch().status for _unused in range(4)] in (
        [503, 200, 503, 200],
        [200, 503, 200, 503],
    )


@pytest.mark.parametrize(
    ("fault", "words"),
    [("bad_certificate", "Hostname mismatch"), ("untrusted_certificate", "local issuer"),
     ("expired_certificate", "expired")],
)  # fmt: skip
def test_bad_certificates(lab: LabClient, fault: str, words: str) -> None:
    lab.break_("front_cloudflare/1", fault)
    with pytest.raises(ssl.SSLCertVerificationError, match=words):
        Probe(lab, front(lab, "cloudflare")).fetch()
    lab.repair()
    assert Probe(lab, front(lab, "cloudflare")).fetch().status == 200


def test_a_certificate_with_few_days_left(lab: LabClient) -> None:
    lab.break_("front_bunny", "expiring_certificate", days=5)
    probe = Probe(lab, front(lab, "bunny"))
    assert probe.fetch().status == 200
    ends = ssl.cert_time_to_seconds(str(probe.sock.getpeercert()["notAfter"]))  # type: ignore[index]
    left = datetime.datetime.fromtimestamp(ends, datetime.UTC) - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(days=4) < left < datetime.timedelta(days=6)


@pytest.mark.parametrize(
    ("fault", "options", "status", "header"),
    [
        ("challenge", {}, 403, ("cf-mitigated", "challenge")),
        ("challenge", {"product": "aws"}, 202, ("x-amzn-waf-action", "challenge")),
        ("edge_error", {"code": 1016}, 530, ("server", "cloudflare")),
        ("cached", {"age": 9}, 200, ("age", "9")),
        ("compressed", {"encoding": "br"}, 200, ("content-encoding", "br")),
    ],
)
def test_answers_that_need_a_second_look(
    lab: LabClient, fault: str, options: dict[str, float | str], status: int, header: tuple[str, str]
) -> None:
    lab.break_("front_bunny", fault, **options)
    response = Probe(lab, front(lab, "bunny")).fetch()
    assert response.status == status
    assert response.headers[header[0]] == header[1]


def health(lab: LabClient, **check: Any) -> dict[str, Any]:
    """What a probe of the second CDN finds at its address."""
    place = f"{front(lab, 'bunny')}:{lab.info['front_port']}"
    check = {"url": f"https://{HOST}/health", "ca_path": lab.info["ca"], "timeout": 10.0, **check}
    fronts = [{"name": "bunny", "connect_to": [place], "check": check}]
    params = {"check": {}, "controls": [], "probes": 1, "interval": 0.0, "tolerate": None, "down_at": None}
    result = observe(read_fronts({**params, "fronts": fronts}, lambda key, spec, value: value), None)
    address: dict[str, Any] = result["fronts"][0]["addresses"][0]
    return address


@pytest.mark.parametrize(
    ("fault", "options", "check"),
    [
        ("early_hints", {}, {}),
        ("many_headers", {}, {"contains": "ok"}),
        ("compressed", {"encoding": "gzip"}, {"contains": ["^ok", "k"]}),
    ],
)
def test_what_a_browser_accepts_is_healthy(
    lab: LabClient, fault: str, options: dict[str, float | str], check: dict[str, Any]
) -> None:
    lab.break_("front_bunny", fault, **options)
    assert health(lab, **check)["detail"] == ""


@pytest.mark.parametrize(
    ("fault", "options", "check", "cause", "words"),
    [
        ("challenge", {}, {}, "challenge", "status 403, expected 200: the bot protection of Cloudflare (cf-mitigated"),
        ("challenge", {"product": "aws"}, {}, "challenge", "the bot protection of AWS WAF"),
        ("challenge", {"product": "akamai"}, {}, "challenge", "the bot protection of Akamai"),
        ("edge_error", {"code": 1033}, {}, "edge", "Cloudflare error 1033: the tunnel to the origin is not connected"),
        ("redirect", {"to": "https://a.example/"}, {}, "redirect", "redirects to https://a.example/, which is not"),
        ("compressed", {"encoding": "br"}, {"contains": "ok"}, "body", "compressed with 'br'"),
        ("expiring_issuer", {"days": 5}, {"certificate_days": 9}, "certificate", "issuer Intermediate of the lab"),
        ("common_name_only", {}, {}, "certificate", "no subject alternative name"),
        ("untrusted_certificate", {}, {}, "trust", "not trusted"),
    ],
)
def test_what_is_wrong_is_named(
    lab: LabClient, fault: str, options: dict[str, float | str], check: dict[str, Any], cause: str, words: str
) -> None:
    lab.break_("front_bunny", fault, **options)
    found = health(lab, **check)
    assert found["cause"] == cause
    assert words in found["detail"]


def test_a_cached_answer_is_shown_and_a_unique_query_passes_it_by(lab: LabClient) -> None:
    lab.break_("front_bunny", "cached", age=30)
    found = health(lab)
    assert (found["cached"], found["cache"], found["clean"]) == (True, "age: 30, x-cache: HIT", True)
    fresh = health(lab, url=f"https://{HOST}/health?unique=1")
    assert (fresh["cached"], fresh["cache"]) == (False, "x-cache: MISS")


@pytest.mark.parametrize(("fault", "options"), [("hang", {}), ("hang_tls", {}), ("slow", {"seconds": 3}),
                                                ("drip", {"of": "head"})])  # fmt: skip
def test_fronts_that_take_too_long(lab: LabClient, fault: str, options: dict[str, float | str]) -> None:
    lab.break_("front_cloudflare", fault, **options)
    with pytest.raises(TimeoutError):
        Probe(lab, front(lab, "cloudflare"), timeout=0.2).fetch()
    assert Probe(lab, front(lab, "bunny")).fetch().status == 200


def test_the_control_and_a_vantage_without_network(lab: LabClient) -> None:
    address = lab.info["independent"].removeprefix("https://").partition(":")[0]
    assert Probe(lab, address, address).fetch("/").status == 200
    lab.break_("front_bunny", "status", code=500)
    lab.break_("vantage", "offline")
    for anyone in (front(lab, "cloudflare"), front(lab, "bunny"), address):
        with pytest.raises(ConnectionRefusedError):
            Probe(lab, anyone).fetch()
    lab.repair("vantage")
    assert Probe(lab, address, address).fetch("/").status == 200
    assert Probe(lab, front(lab, "bunny")).fetch().status == 500, "what was broken before still is"


def test_an_edge_that_insists_on_proxied_names(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    lab.break_("front_cloudflare", "proxied_only")
    cloudflare.create("www", "CNAME", f"web-router.{ZONE}")
    assert Probe(lab, front(lab, "cloudflare")).fetch().status == 409
    assert Probe(lab, front(lab, "cloudflare"), ZONE).fetch().status == 200, "the apex is proxied"
