# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What deSEC publishes for a name that Cloudflare proxies: the proxy's addresses, and never the origin's unasked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._dns import wire
from ansible_collections.twinzone.edge.plugins.module_utils._engine.provider_report import Report
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from support.lab_jobs import ZONE, Entry, changes, held, ok, run, served, soon, values
from twinzone_lab.client import LabClient

ORIGIN, ORIGIN6, OLD = "203.0.113.77", "2001:db8::77", "203.0.113.66"
PROXIED = {"cloudflare": {"proxied": True}}
FORCE = PlanPolicy(force=True)


def www(rdtype: str = "A", value: str = ORIGIN, **more: Any) -> Entry:
    return {"name": "www", "type": rdtype, "ttl": 300, "values": value, **more}


@pytest.fixture
def edge(lab: LabClient) -> list[str]:
    """The addresses that Cloudflare's servers answer for a proxied name."""
    return sorted(lab.info["fronts"]["cloudflare"])


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Call a server silent sooner."""
    monkeypatch.setattr(wire, "SILENCE", 0.5)


@pytest.fixture
def discreet(lab: LabClient) -> Iterator[LabClient]:
    """A lab at whose deSEC no origin may ever arrive."""
    yield lab
    sent = str([request["body"] for request in lab.log("desec")])
    for origin in (ORIGIN, ORIGIN6, OLD, "origin."):
        assert origin not in sent


def proxied_at_cloudflare(lab: LabClient, *entries: Entry) -> None:
    """Have Cloudflare hold these, proxied, and its servers serve it."""
    ok(run(lab, [{**one, "at": PROXIED} for one in entries], "cloudflare"))
    edge = sorted(lab.info["fronts"]["cloudflare"])
    soon(lambda: served(lab, "cloudflare", "www", "A"), [edge] * 2)


def at_desec(lab: LabClient, rdtype: str = "A") -> list[str]:
    return values(held(lab, "desec"), "www", rdtype)


def test_a_set_that_becomes_proxied_is_copied_as_soon_as_its_proxy_answers(
    discreet: LabClient, edge: list[str]
) -> None:
    first = run(discreet, [www(at=PROXIED)])
    assert {report.result for report in first.values()} == {"ok"}
    pending = first["desec"].pending_copy
    assert at_desec(discreet) == ([] if pending else edge)
    soon(lambda: served(discreet, "cloudflare", "www", "A"), [edge] * 2)
    ok(run(discreet, [www(at=PROXIED)], verify_seconds=10))
    assert at_desec(discreet) == edge
    assert served(discreet, "desec", "www", "A") == [edge] * 2
    assert ok(run(discreet, [www(at=PROXIED)])) == []


@pytest.mark.parametrize("entry", [www(), www("CNAME", "origin.example.net.")])
def test_what_is_only_held_as_proxied_is_copied(discreet: LabClient, edge: list[str], entry: Entry) -> None:
    proxied_at_cloudflare(discreet, entry)
    reports = run(discreet, [entry], verify_seconds=10)
    assert [change for change in ok(reports) if change[0] == "cloudflare"] == [], "it stays proxied"
    assert at_desec(discreet) == edge
    assert ok(run(discreet, [entry])) == []


def test_one_proxied_address_hides_the_others_of_its_name(discreet: LabClient, edge: list[str]) -> None:
    proxied_at_cloudflare(discreet, www())
    ok(run(discreet, [www(), www("AAAA", ORIGIN6)]))
    assert at_desec(discreet) == edge
    assert at_desec(discreet, "AAAA") == []


def pending(reports: dict[str, Report]) -> str:
    """Why the copy was left out; the run itself went well and wrote nothing at deSEC."""
    assert reports["desec"].result == "ok"
    assert [change for change in changes(reports) if change[0] == "desec"] == []
    return reports["desec"].pending_copy["www"]


@pytest.mark.parametrize("values", [{"paused": "true"}, {"status": "pending"}])
def test_a_zone_whose_proxy_is_off_is_not_copied(discreet: LabClient, edge: list[str], values: dict[str, str]) -> None:
    proxied_at_cloudflare(discreet, www())
    ok(run(discreet, [www()]))
    discreet.adjust(ZONE, **values)
    soon(lambda: served(discreet, "cloudflare", "www", "A"), [[ORIGIN]] * 2)
    assert "paused or not active" in pending(run(discreet, [www()]))
    assert at_desec(discreet) == edge, "what exists stays"


@pytest.mark.usefixtures("impatient")
def test_without_an_answer_what_exists_stays_also_with_prune(discreet: LabClient, edge: list[str]) -> None:
    proxied_at_cloudflare(discreet, www())
    ok(run(discreet, [www()]))
    discreet.break_("cloudflare_ns", "silent")
    mine = PlanPolicy(prune=True, force=True)
    apex: Entry = {"name": "@", "type": "A", "values": ORIGIN, "at": {"desec": {"values": edge}}}
    assert "answer no address" in pending(run(discreet, [www(), apex], policy=mine))
    assert at_desec(discreet) == edge


def test_a_content_that_changes_while_it_becomes_proxied_is_not_copied_from_old_answers(discreet: LabClient) -> None:
    ok(run(discreet, [www(value=OLD)], "cloudflare"))
    discreet.break_("cloudflare_ns", "stale")
    reports = run(discreet, [www(at=PROXIED)])
    assert reports["cloudflare"].result == "ok"
    assert at_desec(discreet) == []
    assert "www" in reports["desec"].pending_copy


def test_with_cloudflares_api_down_its_servers_tell_what_is_proxied(discreet: LabClient, edge: list[str]) -> None:
    proxied_at_cloudflare(discreet, www())
    discreet.break_("cloudflare_api", "refuse")
    reports = run(discreet, [www()])
    assert (reports["cloudflare"].result, reports["desec"].result) == ("unreachable", "ok")
    assert at_desec(discreet) == edge


def test_with_cloudflares_api_down_what_its_servers_answer_as_declared_is_published(lab: LabClient) -> None:
    ok(run(lab, [www()], "cloudflare"))
    soon(lambda: served(lab, "cloudflare", "www", "A"), [[ORIGIN]] * 2)
    lab.break_("cloudflare_api", "refuse")
    run(lab, [www()])
    assert at_desec(lab) == [ORIGIN]


def test_a_change_that_waits_for_cloudflares_api_is_reported(lab: LabClient) -> None:
    """What its servers answer may be a proxy's; only the API, or the user, can say that a set is not proxied."""
    ok(run(lab, [www()], verify_seconds=10))
    lab.break_("cloudflare_api", "refuse")
    other = "198.51.100.9"
    reports = run(lab, [www(value=other)])
    assert at_desec(lab) == [ORIGIN]
    assert any("did not say whether it is proxied there: www;" in note for note in reports["desec"].notes)
    run(lab, [www(value=other, at={"cloudflare": {"proxied": False}})])
    assert at_desec(lab) == [other]


@pytest.mark.usefixtures("impatient")
def test_with_cloudflare_gone_altogether_nothing_that_may_be_proxied_is_published(discreet: LabClient) -> None:
    proxied_at_cloudflare(discreet, www())
    discreet.break_("cloudflare_api", "refuse")
    discreet.break_("cloudflare_ns", "silent")
    reports = run(discreet, [www(), www("TXT", "hello")])
    assert reports["desec"].result == "ok"
    assert at_desec(discreet) == []
    assert at_desec(discreet, "TXT") == ['"hello"'], "all else is"


def test_a_steered_name_that_is_proxied_is_not_copied_from_the_api(discreet: LabClient, edge: list[str]) -> None:
    proxied_at_cloudflare(discreet, www("CNAME", "origin.example.net."))
    steered = PlanPolicy(steered=frozenset({"www"}))
    ok(run(discreet, [], policy=steered))
    assert held(discreet, "desec").sets.keys() & {("www", "CNAME"), ("www", "A")} == set()
    ok(run(discreet, [www("CNAME", "origin.example.net.")], policy=steered))
    assert at_desec(discreet) == edge


def test_the_origin_is_published_when_that_is_said(lab: LabClient) -> None:
    proxied_at_cloudflare(lab, www())
    ok(run(lab, [www()], proxied="origin"))
    assert at_desec(lab) == [ORIGIN]
    ok(run(lab, [www(at={"desec": {"values": "198.51.100.1"}})]))
    assert at_desec(lab) == ["198.51.100.1"], "for one set by `at`"


def test_other_ways(discreet: LabClient) -> None:
    proxied_at_cloudflare(discreet, www())
    reports = run(discreet, [www()], proxied="skip")
    assert [change for change in ok(reports) if change[0] == "desec"] == []
    ok(run(discreet, [www()], proxied="cdn_cname"))
    assert at_desec(discreet, "CNAME") == [f"www.{ZONE}.cdn.cloudflare.net."]
    ok(run(discreet, [www()]))
    assert at_desec(discreet, "CNAME") == [], "the copy takes the place of the CNAME"
    assert len(at_desec(discreet)) == 2


def test_the_commonest_zone_reaches_both(discreet: LabClient, edge: list[str]) -> None:
    """The apex proxied, and www an alias of it, proxied too."""
    zone: list[Entry] = [
        {"name": "@", "type": "A", "values": ORIGIN, "at": PROXIED},
        www("CNAME", "@", at=PROXIED),
        {"name": "blog", "type": "CNAME", "values": "www", "at": PROXIED},
    ]
    ok(run(discreet, zone, "cloudflare", policy=FORCE))
    for name in ("@", "www", "blog"):
        soon(lambda name=name: served(discreet, "cloudflare", name, "A"), [edge] * 2)  # type: ignore[misc]
    reports = run(discreet, zone, policy=FORCE, verify_seconds=10)
    ok(reports)
    assert reports["desec"].pending_copy == {}
    assert [values(held(discreet, "desec"), name, "A") for name in ("@", "www", "blog")] == [edge] * 3
    assert ok(run(discreet, zone)) == []


@pytest.mark.parametrize("first", [["cloudflare"], []], ids=["one after the other", "both at once"])
def test_copies_give_way_when_a_name_leaves_the_proxy(lab: LabClient, edge: list[str], first: list[str]) -> None:
    """Whatever was written first, the copies that a sync made are not in the way of what is declared now."""
    zone: list[Entry] = [
        {"name": "origin", "type": "A", "values": ORIGIN, "at": PROXIED},
        {"name": "cf-front", "type": "CNAME", "values": "origin", "at": {"cloudflare": {"proxied": False}}},
    ]
    proxied_at_cloudflare(lab, www("CNAME", "origin"))
    ok(run(lab, [*zone, www("CNAME", "origin")], policy=FORCE, verify_seconds=10))
    assert at_desec(lab) == edge
    soon(lambda: served(lab, "cloudflare", "origin", "A"), [edge] * 2)
    routed = www("CNAME", "cf-front", at={"cloudflare": {"proxied": False}})
    if first:
        ok(run(lab, [routed], *first, verify_seconds=10))
    reports = run(lab, [*zone, routed], verify_seconds=10)
    ok(reports)
    assert at_desec(lab, "CNAME") == [f"cf-front.{ZONE}."]
    assert at_desec(lab) == []
    assert "www A: removed, as it was a copy from cloudflare" in reports["desec"].notes
