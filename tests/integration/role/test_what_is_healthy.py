# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a front answers decides whether its site moves, and the report says why. A probe judges as a browser does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._modules.packing import unpacked
from support.lab_playbooks import SITE, ZONE, Playbooks
from support.pythons import find_python
from twinzone_lab.client import LabClient
from twinzone_lab.faults import FaultBox, make_fault
from twinzone_lab.web.api import Request, Response
from twinzone_lab.web.ca import CertificateAuthority
from twinzone_lab.web.faults import FRONT_KINDS, front_spoilers
from twinzone_lab.web.fronts import Certificates, cloudflare_headers, front_handler
from twinzone_lab.web.server import WebServer

_TEXT = "tschüß"


@dataclass(frozen=True)
class State:
    """A front in one state. fault: of the lab, with its options. body, charset: what it answers instead of `ok`.

    check: what the site asks for besides. words: those of the report on a front that is down; empty if it is up.
    """

    fault: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    charset: str = ""
    check: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""
    lacks: tuple[str, ...] = ()
    """What its certificate lacks."""


_TEXT_IS_THERE = {"contains": ["^tschüß$", "ü"]}

STATES = {
    "hints": State("early_hints"),
    "headers": State("many_headers", check={"contains": "^ok"}),
    "gzip": State("compressed", {"encoding": "gzip"}, check={"contains": ["^ok", "k"]}),
    "utf16": State(body=_TEXT.encode("utf-16"), check=_TEXT_IS_THERE),
    "latin1": State(body=_TEXT.encode("latin-1"), charset="ISO-8859-1", check=_TEXT_IS_THERE),
    "bom": State(body=_TEXT.encode("utf-8-sig"), check=_TEXT_IS_THERE),
    "cached": State("cached", {"age": "30"}),
    "br": State("compressed", {"encoding": "br"}, check={"contains": "ok"}, words="compressed with 'br'"),
    "one-missing": State(check={"contains": ["^ok", "[xy]z"]}, words="of the body matches '[xy]z'"),
    "common-name": State("common_name_only", words="no subject alternative name, only the common name www.example.com"),
    "issuer": State(
        "expiring_issuer",
        {"days": "4.5"},
        check={"certificate_days": 9},
        words="certificate's issuer Intermediate of the lab expires in 4 days, expected at least 9",
    ),
    "cloudflare": State("challenge", words="status 403, expected 200: the bot protection of Cloudflare (cf-mitigated"),
    "aws": State("challenge", {"product": "aws"}, words="the bot protection of AWS WAF"),
    "akamai": State("challenge", {"product": "akamai"}, words="the bot protection of Akamai"),
    "redirect": State("redirect", {"to": "https://a.example/"}, words="redirects to https://a.example/, which is not"),
    "edge": State(
        "edge_error",
        {"code": "1033"},
        words="status 530, expected 200 (Cloudflare error 1033: the tunnel to the origin is not connected)",
    ),
}

#: The site whose first front answers from its cache.
CACHED = f"cached.{ZONE}"

#: What no check can mean, and what the role says about it.
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "true": ({"contains": True}, "contains: True is not text; put it into quotes"),
    "null": ({"headers": {"server": None}}, "headers: server: None is not text; put it into quotes"),
}


class Fronts:
    """Fronts like the lab's first one, a server for each state. ca_path: the authorities of the lab and of these."""

    def __init__(self, lab: LabClient, folder: Path) -> None:
        authority = CertificateAuthority("Authority of the fronts")
        self._authority = authority
        self._certificates = Certificates(authority, CertificateAuthority("Nobody's"))
        self.ca_path = folder / "authorities.pem"
        self.ca_path.write_bytes(Path(lab.info["ca"]).read_bytes() + authority.pem)
        self._servers: list[WebServer] = []

    def start(self, state: State) -> str:
        """Where a front in this state listens."""
        usual = front_handler(cloudflare_headers, lambda host: (host,))

        def handle(request: Request) -> Response:
            answer = usual(request)
            if not state.body:
                return answer
            charset = f"; charset={state.charset}" if state.charset else ""
            return replace(answer, body=state.body, content_type=f"text/plain{charset}")

        box = FaultBox(FRONT_KINDS)
        tls = self._certificates.by_server_name(lambda host: (host,))
        if state.lacks:
            context = self._authority.server_context([SITE], without=state.lacks)
            return self._serve(WebServer(("127.0.0.1", 0), handle, tls=lambda _fault: context))
        server = WebServer(("127.0.0.1", 0), handle, tls=tls, boxes=[box], spoilers=front_spoilers())
        if state.fault:
            box.set(make_fault(FRONT_KINDS, state.fault, state.options))
        return self._serve(server)

    def _serve(self, server: WebServer) -> str:
        self._servers.append(server)
        return server.place

    def close(self) -> None:
        for server in self._servers:
            server.close()


@pytest.fixture
def fronts(lab: LabClient, tmp_path: Path) -> Iterator[Fronts]:
    """No front yet."""
    found = Fronts(lab, tmp_path)
    yield found
    found.close()


def describe(playbooks: Playbooks, fronts: Fronts, checks: Mapping[str, tuple[State, Mapping[str, Any]]]) -> None:
    """A site for each state and check of its first front, to which its router leads."""
    records = yaml.safe_load((playbooks.directory / "zones" / f"{ZONE}.yml").read_text())["records"]
    usual = playbooks.sites[SITE]
    first, second = usual["failover_fronts"]
    usual["failover_check"]["ca_path"] = str(fronts.ca_path)
    for name, (state, check) in checks.items():
        records.append({"name": f"router-{name}", "type": "CNAME", "ttl": 60, "values": ["cf-front"]})
        front = {**first, "connect_to": [fronts.start(state)], "check": {**first["check"], **check}}
        playbooks.add_site(f"{name}.{ZONE}", router=f"router-{name}", fronts=[front, second])
    playbooks.zone_file(records)
    playbooks.create_zone()


def test_a_front_is_judged_as_a_browser_would(playbooks: Playbooks, fronts: Fronts) -> None:
    """Sites whose front a browser accepts stay, the others move, and a check that can mean nothing is refused."""
    checks = {name: (state, state.check) for name, state in STATES.items()}
    describe(playbooks, fronts, checks | {name: (State(), check) for name, (check, _words) in REFUSED.items()})
    run = playbooks.failover("-v").failed()
    for name, state in STATES.items():
        result = run.results[f"{name}.{ZONE}"]
        front = result["fronts"]["cloudflare"]
        if state.words:
            assert (result["outcome"], result["rule"], front["verdict"]) == ("switched", "active_down", "down"), name
            assert state.words in front["evidence"], name
            assert state.words in result["reason"], name
            assert any(state.words in line for line in result["summary"]), name
            assert playbooks.visitors(f"router-{name}.{ZONE}") == {"cloudflare": ["bunny"] * 2, "desec": ["bunny"] * 2}
        else:
            assert (result["outcome"], front["verdict"], front["clean"]) == ("unchanged", "up", True), (name, front)
            assert set(playbooks.routers(f"router-{name}").values()) == {f"cf-front.{ZONE}"}
    for name, (_check, words) in REFUSED.items():
        refused = run.results[f"{name}.{ZONE}"]
        assert (refused["outcome"], refused["rule"]) == ("refused", "misdescribed"), name
        assert words in "\n".join(refused["summary"]), refused
        assert words in run.output, name
    fronts_seen = unpacked(run.task("Probe from here")["fronts"])
    (address,) = next(one["addresses"] for one in fronts_seen if (one["site"], one["name"]) == (CACHED, "cloudflare"))
    assert (address["cached"], address["cache"]) == (True, "age: 30, x-cache: HIT")
    evidence = run.results[CACHED]["fronts"]["cloudflare"]["evidence"]
    assert evidence == "1 of 1 address up; from a cache: age: 30, x-cache: HIT"
    preflight = playbooks.run("preflight", "--limit", CACHED)
    assert "a cache answered (age: 30, x-cache: HIT), so the check says nothing about the origin" in preflight.output


def test_vantages_with_different_pythons_agree(playbooks: Playbooks, fronts: Fronts, tmp_path: Path) -> None:
    """The newest Python refuses certificates that browsers accept; the oldest cannot tell what a chain consists of."""
    pythons = [python for minor in range(9, 14) if (python := find_python(f"3.{minor}"))]
    if len(pythons) < 2:
        pytest.skip("there is but one Python on this machine")
    vantages = {
        f"v{number}": {
            "ansible_connection": "local",
            "ansible_python_interpreter": python,
            "ansible_async_dir": str(tmp_path / f"jobs{number}"),
        }
        for number, python in enumerate((pythons[0], pythons[-1]))
    }
    playbooks.inventory["all"]["children"]["vantages"] = {"hosts": vantages}
    playbooks.sites[SITE]["failover_vantages"] = list(vantages)
    states = {
        "no-authority-key": State(lacks=("authority_key",)),
        "common-name": STATES["common-name"],
        "hints": STATES["hints"],
    }
    describe(playbooks, fronts, {name: (state, state.check) for name, state in states.items()})
    run = playbooks.failover().ok()
    for name, state in states.items():
        front = run.results[f"{name}.{ZONE}"]["fronts"]["cloudflare"]
        assert front["verdict"] == ("down" if state.words else "up"), name
        assert front["evidence"].startswith("2 of 2 vantages: 1 of 1 address "), name
        assert state.words in front["evidence"], name
