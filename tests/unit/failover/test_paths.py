# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a public name leads through the router, from what servers answer and APIs hold."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover import paths
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.observed import Held, PathAnswer, Record
from ansible_collections.twinzone.edge.plugins.module_utils._failover.paths import (
    BYPASSES,
    FOLLOWS,
    THROUGH,
    UNKNOWN,
    Finding,
    Steering,
)

NOW = 1_800_000_000
WWW, ROUTER, CF_FRONT, BUNNY = (f"{name}.example.com." for name in ("www", "web-router", "cf-front", "cdn2-front"))
EDGE, SECOND = "192.0.2.1", "198.51.100.1"
STEERING = Steering(
    ROUTER,
    "example.com",
    frozenset({CF_FRONT, "example.b-cdn.net."}),
    "cloudflare",
    NOW - 9000,
    60,
    {"ns.cf": (frozenset({"cloudflare"}), frozenset({EDGE}))},
)


def answer(server: str = "ns1", **given: Any) -> PathAnswer:
    """An answer about www: of deSEC's ns1, or of Cloudflare's ns.cf, which may hide where it leads."""
    base: PathAnswer = {
        "name": WWW,
        "router": ROUTER,
        "link": WWW,
        "zone": "example.com",
        "provider": "cloudflare" if server == "ns.cf" else "desec",
        "server": server,
        "status": "addresses" if given.get("values") else "cname",
        "cnames": [],
        "values": [],
        "leads_to": [],
        "possible": [],
        "hides": server == "ns.cf",
        "ttl": 300,
        "error": "",
    }
    return {**base, **given}  # type: ignore[typeddict-item]


def held(*records: Record, left_out: tuple[str, ...] = (), error: str = "") -> dict[str, dict[str, Held]]:
    """What Cloudflare's API shows of the zone."""
    return {
        "example.com": {
            "cloudflare": {
                "records": list(records),
                "left_out": [{"name": name, "type": "A", "reason": "managed by a Worker"} for name in left_out],
                "error": {"kind": "deadline", "message": error, "hint": ""} if error else None,
            }
        }
    }


def record(name: str, rdtype: str, value: str, proxied: bool = False) -> Record:
    made: Record = {"name": name, "type": rdtype, "values": [value]}
    return {**made, "at": {"cloudflare": {"proxied": True}}} if proxied else made


def judged(*answers: PathAnswer, read: dict[str, dict[str, Held]] | None = None, **steering: Any) -> list[Finding]:
    here = Steering(**{**STEERING.__dict__, **steering})
    return paths.judge([answers[0]["name"]], here, answers, read or {}, NOW)


ROUTED = record("www", "CNAME", ROUTER)


@pytest.mark.parametrize(
    ("one", "verdict", "reported"),
    [
        (answer(cnames=[ROUTER, CF_FRONT], values=[EDGE]), THROUGH, ""),
        (answer(cnames=[ROUTER, "example.b-cdn.net."]), THROUGH, ""),
        (answer(cnames=[CF_FRONT], values=[EDGE], leads_to=["cloudflare"]), BYPASSES, f"{WWW} CNAME {CF_FRONT}"),
        (answer(cnames=["example.b-cdn.net."]), BYPASSES, f"{WWW} CNAME example.b-cdn.net."),
        (answer(values=[EDGE], leads_to=["cloudflare"]), BYPASSES, f"{WWW} A {EDGE}"),
        (answer(values=[EDGE, "2001:db8::1"]), BYPASSES, f"{WWW} A {EDGE} and {WWW} AAAA 2001:db8::1"),
        (answer(status="missing", error="NXDOMAIN"), BYPASSES, f"nothing at {WWW}"),
        (answer(status="silent", error="connection refused"), UNKNOWN, "connection refused"),
        (
            answer(status="delegated", error="REFUSED", delegation=f"{WWW} NS ns."),
            BYPASSES,
            f"{WWW} NS ns. leads to no",
        ),
        (answer("ns.cf", status="missing"), BYPASSES, f"nothing at {WWW}"),
        (answer("ns9", provider="", hides=True, status="missing"), BYPASSES, f"nothing at {WWW}"),
        (answer("ns.cf", status="missing", error="NXDOMAIN"), BYPASSES, f"nothing at {WWW}"),
        # An API that is not asked says nothing, but the router of the same server may.
        (answer("ns.cf", values=[EDGE], leads_to=["cloudflare"]), UNKNOWN, "hide where it leads"),
        (answer("ns.cf", values=[SECOND], leads_to=["bunny"]), BYPASSES, "answers for the router"),
        (answer("ns.cf", values=["203.0.113.9"]), BYPASSES, f"{WWW} A 203.0.113.9"),
        (answer("ns.cf", values=["203.0.113.9"], possible=["bunny"]), UNKNOWN, "hide where it leads"),
    ],
)
def test_what_servers_show(one: PathAnswer, verdict: str, reported: str) -> None:
    (found,) = judged(one)
    assert found.verdict == verdict
    assert reported in f"{found.record} {found.reason}"


FLATTENED = answer("ns.cf", values=[EDGE], leads_to=["cloudflare"])


@pytest.mark.parametrize(
    ("read", "verdict", "reported"),
    [
        (held(ROUTED), THROUGH, ""),
        (held(record("www", "CNAME", ROUTER, True)), BYPASSES, f"{WWW} CNAME {ROUTER}, proxied"),
        (held(record("www", "A", "203.0.113.9", True)), BYPASSES, f"{WWW} A 203.0.113.9, proxied"),
        (
            held(record("www", "CNAME", CF_FRONT), record("cf-front", "A", "203.0.113.9", True)),
            BYPASSES,
            f"{WWW} CNAME {CF_FRONT}",
        ),
        (held(record("www", "CNAME", "w.example.com."), record("w", "CNAME", ROUTER)), THROUGH, ""),
        (held(ROUTED, record("www", "A", "203.0.113.9")), BYPASSES, f"{WWW} A 203.0.113.9"),
        (held(record("*", "CNAME", ROUTER)), THROUGH, ""),
        (held(record("*", "CNAME", ROUTER), record("www", "TXT", "there")), UNKNOWN, "no record"),
        (held(record("www", "CNAME", "example.b-cdn.net.")), BYPASSES, "CNAME example.b-cdn.net."),
        (held(record("www", "CNAME", "link.example.net.")), UNKNOWN, "link.example.net."),
        (held(record("www", "CNAME", "w.example.com."), record("w", "CNAME", WWW)), BYPASSES, "circle"),
        (held(left_out=("www",)), BYPASSES, "managed by a Worker"),
        (held(), UNKNOWN, "no record"),
        (held(error="it did not answer in time"), UNKNOWN, "it did not answer in time"),
    ],
)
def test_what_an_api_tells_of_a_flattened_name(read: dict[str, dict[str, Held]], verdict: str, reported: str) -> None:
    (found,) = judged(FLATTENED, read=read)
    assert found.verdict == verdict
    assert reported in f"{found.record} {found.reason}"


@pytest.mark.parametrize("read", [held(ROUTED), held(), held(error="it did not answer in time")])
def test_a_server_that_answers_nothing_for_a_name_that_it_flattens_leaves_visitors_behind(read: Any) -> None:
    """Whatever its API shows: the way to the router may be right, and visitors do not get the addresses behind it."""
    (found,) = judged(answer("ns.cf", status="missing"), read=read)
    assert (found.verdict, found.record) == (BYPASSES, f"nothing at {WWW}")


def test_a_name_in_another_zone_is_followed_from_link_to_link() -> None:
    """Servers of two zones decide: those of the last one."""
    first = answer(name="shop.example.net.", link="shop.example.net.", zone="example.net", cnames=["w.example.org."])
    onward = {"name": "shop.example.net.", "link": "w.example.org.", "zone": "example.org", "provider": ""}
    good = answer("a", **onward, cnames=[ROUTER])
    bad = answer("b", **onward, cnames=["example.b-cdn.net."])
    assert [(one.server, one.verdict) for one in judged(first, good, bad)] == [("a", THROUGH), ("b", BYPASSES)]
    assert [one.verdict for one in judged(first)] == [BYPASSES]
    # A front that is led to directly is known, whatever its own servers answer.
    past = answer(cnames=["example.b-cdn.net."])
    behind = answer(cnames=["edge.b-cdn.net."], leads_to=["bunny"])
    beyond = {**good, "name": WWW, "link": "edge.b-cdn.net.", "hides": True, "values": [SECOND], "cnames": []}
    assert next(one.verdict for one in judged(behind, {**beyond, "status": "addresses"})) == BYPASSES  # type: ignore[typeddict-item]
    front = {**good, "name": WWW, "link": "example.b-cdn.net.", "hides": True, "values": [SECOND], "cnames": []}
    assert next(one.verdict for one in judged(past, {**front, "status": "addresses"})) == BYPASSES  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("seconds_ago", "leads_to", "verdict"),
    [
        (100, ["cloudflare"], UNKNOWN),  # where it should, but perhaps past the router
        (100, ["bunny"], FOLLOWS),
        (290, ["bunny"], FOLLOWS),
        (400, ["bunny"], BYPASSES),
        (400, [], UNKNOWN),
        (NOW, ["bunny"], BYPASSES),  # no marker, so nobody has switched
    ],
)
def test_a_name_that_another_zone_flattens_follows_when_its_ttl_is_over(
    seconds_ago: int, leads_to: list[str], verdict: str
) -> None:
    elsewhere = {"zone": "example.net", "provider": "", "hides": True}
    (found,) = judged(answer("ns9", values=[SECOND], leads_to=leads_to, **elsewhere), since=NOW - seconds_ago)
    assert found.verdict == verdict
    if verdict == FOLLOWS:
        assert "follows by 0" in found.reason


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (answer(name=ROUTER, link=ROUTER, cnames=["example.b-cdn.net."]), THROUGH),
        (answer("ns.cf", name=ROUTER, link=ROUTER, values=[EDGE]), THROUGH),
        (answer(name=ROUTER, link=ROUTER, values=[EDGE], leads_to=["cloudflare"]), THROUGH),
        (answer(name=ROUTER, link=ROUTER, values=["192.0.2.99"]), UNKNOWN),  # copies that overlap with no canary's
    ],
)
def test_a_public_name_that_is_the_router_itself(one: PathAnswer, verdict: str) -> None:
    (found,) = judged(one)
    assert found.verdict == verdict


def test_a_server_of_a_zone_that_is_no_providers_moves_with_no_switch() -> None:
    same = answer("old", provider="", hides=True, cnames=[ROUTER, CF_FRONT], leads_to=["cloudflare"])
    other = answer("old", provider="", hides=True, cnames=[ROUTER, "example.b-cdn.net."], leads_to=["bunny"])
    assert [one.verdict for one in judged(same)] == [UNKNOWN]
    assert [one.verdict for one in judged(other)] == [BYPASSES]
    assert [one.verdict for one in judged(other, since=NOW - 100)] == [FOLLOWS]


def test_what_an_api_must_be_asked_about() -> None:
    ways = [FLATTENED, answer("ns.cf", cnames=["x.example.com."], values=[EDGE]), answer(values=[EDGE])]
    assert paths.hidden(ways, ROUTER) == {("example.com", "cloudflare"): {WWW, "x.example.com."}}
    assert not paths.hidden([answer("ns.cf", cnames=[ROUTER, CF_FRONT])], ROUTER)
    assert not paths.hidden([answer("ns.cf", name=ROUTER, link=ROUTER, values=[EDGE])], ROUTER)


def test_findings_in_words() -> None:
    """Servers that say the same are reported together, with the entry that solves it."""
    proxied = held(record("www", "CNAME", ROUTER, True))
    findings = judged(
        FLATTENED, {**FLATTENED, "server": "ns.cf2"}, answer(status="silent", error="silent"), read=proxied
    )
    assert paths.bypassed(findings) == [
        f"www.example.com bypasses the router at ns.cf, ns.cf2 of cloudflare: {WWW} CNAME {ROUTER}, proxied"
        " does not lead through the router"
    ]
    assert paths.remedy(findings, ROUTER) == [
        f"- {{name: '{WWW}', type: CNAME, values: ['{ROUTER}'], at: {{cloudflare: {{proxied: false}}}}}}"
    ]
    sent_away = judged(answer(status="delegated", error="REFUSED", delegation=f"{WWW} NS ns.elsewhere.example."))
    assert paths.remedy(sent_away, ROUTER) == [
        f"- {{name: '{WWW}', type: NS, state: absent}}",
        f"- {{name: '{WWW}', type: CNAME, values: ['{ROUTER}']}}",
    ]
    nobodys = judged(answer(status="delegated", error="REFUSED"))
    assert paths.bypassed(nobodys)[0].endswith(
        "at ns1 of desec: the delegation of example.com leads to no server that answers for it (REFUSED)"
    )
    assert not paths.remedy(nobodys, ROUTER), "no record set of the zone is in the way"
    assert paths.remarks(findings) == ["www.example.com at ns1 of desec: silent"]
