# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a vantage reports becomes a vote, or a vote for unknown; nothing else of it goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover import observation, votes
from ansible_collections.twinzone.edge.plugins.module_utils._failover.quorum import Health
from ansible_collections.twinzone.edge.plugins.module_utils._probes.certificates import Certificate, Link
from ansible_collections.twinzone.edge.plugins.module_utils._probes.check import Check
from ansible_collections.twinzone.edge.plugins.module_utils._probes.check import Front as ProbedFront
from ansible_collections.twinzone.edge.plugins.module_utils._probes.places import Url
from ansible_collections.twinzone.edge.plugins.module_utils._probes.result import front_result
from ansible_collections.twinzone.edge.plugins.module_utils._probes.thresholds import thresholds
from ansible_collections.twinzone.edge.plugins.module_utils._probes.verdict import Try
from hypothesis import given
from hypothesis import strategies as st
from support.paths import SHARED

FRONT: dict[str, Any] = {
    "site": "www",
    "name": "bunny",
    "verdict": "up",
    "clean": True,
    "reason": "",
    "addresses": [{"address": "192.0.2.1", "certificate_days": 30}],
    "left_out": [],
}
LINK = {"subject": "www", "issuer": "R11", "not_before": 1, "not_after": 2}
CERTIFICATE = {
    "names": ["www"],
    "issuer": "R11",
    "not_before": 1,
    "not_after": 2,
    "lifetime_left": 0.5,
    "sha256": "00",
    "chain_known": True,
    "chain": [LINK],
}
SITE: Any = {"site": "www", "fronts": [{"name": "bunny"}, {"name": "cloudflare"}]}


def test_only_known_keys_go_on() -> None:
    reported = {"fronts": [{**FRONT, "extra": 1}], "ansible_facts": {"dns_providers": []}, "vantage": "somebody else"}
    known = {"site": "www", "name": "bunny", "verdict": "up", "clean": True, "cause": "", "reason": ""}
    fronts = [{**known, "addresses": [{"address": "192.0.2.1", "certificate_days": 30}]}]
    assert votes.read("paris", reported) == {"vantage": "paris", "msg": "", "fronts": fronts, "controls": []}


HOSTILE = SHARED / "cases" / "adversaries" / "vantage-down-with-facts.json"


@pytest.mark.skipif(not HOSTILE.is_file(), reason="the cases that are kept beside the project are missing")
def test_of_a_hostile_vantage_only_its_verdicts_go_on() -> None:
    vote = votes.read("paris", json.loads(HOSTILE.read_text()))
    assert vote.keys() == {"vantage", "msg", "fronts", "controls"}
    assert (vote["vantage"], vote["msg"]) == ("paris", "")
    assert {front["name"]: front["verdict"] for front in vote["fronts"]} == {"cloudflare": "down", "bunny": "up"}
    assert "127.0.0.1:8999" not in json.dumps(vote)


def test_the_time_at_a_control_goes_on() -> None:
    dated = {
        "control": "https://192.0.2.9/",
        "date": 1_800_000_000,
        "age": None,
        "received": 1_800_000_001,
        "cached": False,
    }
    reported = {"fronts": [FRONT], "controls": [{**dated, "reachable": True, "detail": "", "extra": 1}]}
    assert votes.read("paris", reported)["controls"] == [dated]


@pytest.mark.parametrize(
    "controls", [5, [5], [{}], [{"control": 1}], [{"control": "c", "date": "now"}], [{"control": "c"}] * 9999]
)
def test_controls_of_another_shape_are_no_vote(controls: Any) -> None:
    assert votes.read("paris", {"fronts": [FRONT], "controls": controls})["msg"] == votes.MALFORMED


def test_the_evidence_of_an_address_goes_on() -> None:
    evidence = {
        "address": "192.0.2.1",
        "cause": "",
        "detail": "",
        "status": 200,
        "certificate_days": 30,
        "certificate": CERTIFICATE,
        "date": 1_800_000_000,
        "age": None,
        "received": 1_800_000_000,
        "cached": False,
        "cache": "",
        "identity": {"server": "cloudflare"},
    }
    reported = {"fronts": [{**FRONT, "addresses": [{**evidence, "extra": 1}]}]}
    (front,) = votes.read("paris", reported)["fronts"]
    assert front["addresses"] == [evidence]


@pytest.mark.parametrize(
    "fronts",
    [
        5,
        None,
        "up",
        {},
        [{}],
        [5],
        [{**FRONT, "reason": "x" * 1_000_000}],
        [{**FRONT, "clean": "yes"}],
        [{**FRONT, "verdict": "splendid"}],
        [{**FRONT, "verdict": "down"}],
        [{**FRONT, "site": ["www"]}],
        [{**FRONT, "addresses": "none"}],
        [{**FRONT, "addresses": [None]}],
        [{**FRONT, "addresses": [{"certificate_days": "soon"}]}],
        [{**FRONT, "addresses": [{"certificate_days": True}]}],
        [{**FRONT, "addresses": [{"date": 10**15}]}],
        [{**FRONT, "addresses": [{"certificate": {"names": []}}]}],
        [{**FRONT, "addresses": [{"certificate": {**CERTIFICATE, "names": ["a"] * 5000}}]}],
        [{**FRONT, "addresses": [{"certificate": {**CERTIFICATE, "chain": [{"subject": "x"}]}}]}],
        [{**FRONT, "addresses": [{"identity": {"server": ["cloudflare"]}}]}],
        [{**FRONT, "addresses": [{"identity": dict.fromkeys(map(str, range(999)), "x")}]}],
        [{**FRONT, "cause": ["trust"]}],
        [{**FRONT, "addresses": [{}] * 100_000}],
        [FRONT, {**FRONT, "verdict": "down", "clean": False}],
        [FRONT] * 10_000,
    ],
)
def test_another_shape_is_a_vote_for_unknown_and_harms_no_other(fronts: Any) -> None:
    well = votes.read("london", {"fronts": [FRONT]})
    both = votes.collected([{"vantage": "paris", "vote": {"fronts": fronts}}, {"vantage": "london", "vote": well}])
    assert both == [{"vantage": "paris", "msg": votes.MALFORMED, "fronts": []}, well]
    assert observation.vote(SITE, "paris", both)["bunny"] == Health("unknown", reason=f"paris: {votes.MALFORMED}")
    assert observation.vote(SITE, "london", both)["bunny"] == Health("up", True, "")


def test_one_vantage_votes_once_and_for_nobody_else() -> None:
    """Neither a second vote nor another name in the result counts."""
    lies = {"vantage": "london", "fronts": [{**FRONT, "verdict": "down", "clean": False}]}
    first = {"vantage": "paris", "vote": {"vantage": "london", "fronts": [FRONT]}}
    found = votes.collected([first, {"vantage": "paris", "vote": lies}])
    assert [(one["vantage"], one["fronts"][0]["verdict"]) for one in found] == [("paris", "up")]


@pytest.mark.parametrize(
    ("bad", "together"), [((2, 3), 4), ((0, 5), 0), ((3,), 3), ((1, 2, 4), 3), ((), 0), ((-9, 9), 0)]
)
def test_what_fails_at_every_address_counts_once_for_each(bad: tuple[int, ...], together: int) -> None:
    """One dead address is no fault of the whole front: browsers try another one by themselves."""
    ill = {**FRONT, "verdict": "degraded", "clean": False, "addresses": [{"bad": one} for one in bad]}
    seen = observation.vote(SITE, "paris", [votes.read("paris", {"fronts": [ill]})])
    assert seen["bunny"] == Health("degraded", False, "", together)
    ill["addresses"] = [{"bad": 5, "server_errors": one} for one in bad]
    seen = observation.vote(SITE, "paris", [votes.read("paris", {"fronts": [ill]})])
    assert (seen["bunny"].bad, seen["bunny"].errors) == (5 * len(bad), together)


def test_the_bad_tries_that_a_vantage_reports_arrive() -> None:
    """From what cdn_health found, by way of JSON."""
    trusted = Certificate(names=(), sha256="", chain=(Link("", "", 0, 0),), chain_known=True)
    good, bad, error = Try(), Try("connect", "refused"), Try("status", "answered 503", "status", 503, trusted)
    check = Check(Url(True, "www.example.com", 443, "www.example.com", "/"))
    probed = ProbedFront("www", "bunny", (), check, thresholds(), ())
    tries = {("192.0.2.1", 443): [error, good, bad, good, good], ("192.0.2.2", 443): [error, error, good, bad, good]}
    reported = json.loads(json.dumps({"fronts": [front_result(probed, tries, [], True, 1_800_000_000.0)]}))
    seen = observation.vote(SITE, "paris", [votes.read("paris", reported)])
    assert (seen["bunny"].verdict, seen["bunny"].bad, seen["bunny"].errors) == ("degraded", 4, 2)


def test_a_front_without_a_verdict_is_unknown() -> None:
    seen = observation.vote(SITE, "paris", [votes.read("paris", {"fronts": [FRONT]})])
    assert seen["cloudflare"] == Health("unknown", reason="paris: no verdict")


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (None, "no verdict"),
        (["a list"], "no verdict"),
        ("one\n two\r\n", "one; two"),
        ("\x1b[2Jok=1 changed=0", "\\x1b[2Jok=1 changed=0"),
    ],
)
def test_a_message_is_one_harmless_line(message: Any, shown: str) -> None:
    assert votes.read("paris", {"msg": message})["msg"] == shown


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FRONT, "fronts", "msg"]), inner),
    max_leaves=20,
)


@given(ANYTHING)
def test_whatever_comes_a_vote_can_be_read_again_as_itself(reported: Any) -> None:
    found = votes.read("paris", reported)
    assert found["vantage"] == "paris"
    assert observation.vote(SITE, "paris", [found]).keys() == {"bunny", "cloudflare"}
    assert votes.read("paris", found) == found
