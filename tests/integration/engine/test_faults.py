# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever goes wrong at one provider: the other is written, the failure is named, and a later run puts it right."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._engine import engine, provider_run, verification
from ansible_collections.twinzone.edge.plugins.module_utils._engine.provider_report import Report
from ansible_collections.twinzone.edge.plugins.module_utils._providers import api
from ansible_collections.twinzone.edge.plugins.module_utils._providers.desec import provider as desec_provider
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from support import lab_dns, lab_jobs
from support.lab_jobs import BOTH, ZONE, Entry, changes, held, ok, run, served, values
from support.lab_machines import Machines
from twinzone_lab.client import LabClient

#: Seconds for all work at a provider whose time runs out, at one whose tries fail by themselves or succeed, and those
#: that a busy machine may add.
DEADLINE, PATIENT, MARGIN = 1.4, 20.0, 20.0

SWITCH = PlanPolicy(switch=True)
FORCE = PlanPolicy(force=True)

ROUTER, MARKER = "web-router", "_twinzone.web-router"
FRONTS = ("one.example.net.", "other.example.net.")


def steering(front: str, seq: int) -> list[Entry]:
    """What a switch writes: the router and its marker."""
    return [
        {"name": ROUTER, "type": "CNAME", "ttl": 3600, "values": [front]},
        {"name": MARKER, "type": "TXT", "ttl": 3600, "values": [f"v=twinzone1 seq={seq} front=x"]},
    ]


@pytest.fixture
def steered(lab: LabClient, monkeypatch: pytest.MonkeyPatch) -> LabClient:
    """A lab whose zone has a router. Tries follow each other quickly."""
    monkeypatch.setattr(provider_run, "_BACKOFF", tuple(pause / 10 for pause in provider_run._BACKOFF))
    monkeypatch.setattr(api, "_READ_BACKOFF", tuple(pause / 10 for pause in api._READ_BACKOFF))
    ok(run(lab, steering(FRONTS[0], 1), verify_seconds=10))
    return lab


def switch(lab: LabClient, broken: str, result: str = "") -> tuple[dict[str, Report], float]:
    """Switch at both providers as a failover does; the reports, and how long it took. result: what is expected of the
    provider that is broken."""
    deadline = DEADLINE if result in ("deadline", "throttled") else PATIENT
    started = time.monotonic()
    reports = run(
        lab, steering(FRONTS[1], 2), plan_first=False, policy=SWITCH, verify_seconds=10, deadlines={broken: deadline}
    )
    return reports, time.monotonic() - started


def check_survivor(lab: LabClient, broken: str, reports: dict[str, Report]) -> None:
    """The other provider took the switch and its servers serve it."""
    (other,) = set(BOTH) - {broken}
    result = reports[other].as_result()
    assert (result["result"], result["unserved"]) == ("ok", []), result
    assert [action for name, action, *_unused in changes(reports) if name == other] == ["update", "update"]
    assert served(lab, other, ROUTER, "CNAME") == [[FRONTS[1]]] * 2


def check_convergence(lab: LabClient) -> None:
    """Without the fault a later run brings both providers to the same state, with nothing twice."""
    lab.repair()
    ok(run(lab, steering(FRONTS[1], 2), plan_first=False, policy=SWITCH, verify_seconds=10))
    for provider in BOTH:
        zone = held(lab, provider)
        assert values(zone, ROUTER, "CNAME") == [FRONTS[1]]
        assert len(values(zone, MARKER, "TXT")) == 1
        assert served(lab, provider, ROUTER, "CNAME") == [[FRONTS[1]]] * 2
    assert ok(run(lab, steering(FRONTS[1], 2), plan_first=False, policy=SWITCH)) == []


#: Fault of an API with its options → the result when every request meets it, and when every write does.
FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "refuse": ({}, "unreachable", "unreachable"),
    "hang": ({}, "deadline", "deadline"),
    "drip": ({"interval": 0.01}, "deadline", "deadline"),
    "500": ({}, "unreachable", "unreachable"),
    "500_after_commit": ({}, "unreachable", "ok"),
    "502": ({}, "unreachable", "unreachable"),
    "429": ({"retry_after": 3600}, "throttled", "throttled"),
    "429_bare": ({}, "throttled", "throttled"),
    "401": ({}, "unauthorized", "unauthorized"),
    "403": ({}, "unauthorized", "unauthorized"),
    "truncated": ({}, "unreachable", "ok"),
    "wrong_json": ({}, "unreachable", "unreachable"),
    "reset": ({}, "unreachable", "unreachable"),
    "reset_after_commit": ({}, "unreachable", "ok"),
    "hang_after_commit": ({}, "deadline", "deadline"),
}
#: Those that strike before there is a request.
CONNECTION_FAULTS = {
    "hang_tls": "deadline",
    "bad_certificate": "unreachable",
    "expired_certificate": "unreachable",
    "untrusted_certificate": "unreachable",
}
#: After these nobody knows whether a write took effect.
UNKNOWN_FATE = {"hang", "drip", "hang_after_commit"}

either = pytest.mark.parametrize("broken", BOTH)


# Both providers are read by the same code: the few others show that either may be the one that fails.
@pytest.mark.parametrize(
    ("broken", "fault"),
    [("cloudflare", fault) for fault in (*FAULTS, *CONNECTION_FAULTS)]
    + [("desec", fault) for fault in ("hang", "500", "429", "401", "truncated", "bad_certificate")],
)
def test_one_api_fails_altogether(steered: LabClient, broken: str, fault: str) -> None:
    options, expected, _on_write = FAULTS.get(fault, ({}, CONNECTION_FAULTS.get(fault, ""), ""))
    steered.break_(f"{broken}_api", fault, **options)
    reports, seconds = switch(steered, broken, expected)
    assert seconds < DEADLINE + MARGIN, "whoever is well does not wait, nor does the run"
    check_survivor(steered, broken, reports)
    result = reports[broken].as_result()
    assert (result["result"], result["error"]["kind"], result["changed"]) == (expected, expected, False)
    assert result["error"]["message"]
    assert result["by_hand"], "what a person can do without us"
    check_convergence(steered)


@either
@pytest.mark.parametrize("fault", FAULTS)
def test_one_api_fails_on_writes(steered: LabClient, broken: str, fault: str) -> None:
    options, _on_read, expected = FAULTS[fault]
    steered.break_(f"{broken}_api", fault, methods="POST,PATCH", **options)
    reports, seconds = switch(steered, broken, expected)
    assert seconds < DEADLINE + MARGIN, "whoever is well does not wait, nor does the run"
    check_survivor(steered, broken, reports)
    result = reports[broken].as_result()
    assert result["result"] == expected, result
    if expected == "ok":
        assert len([one for one in changes(reports) if one[0] == broken]) == 2
        assert result["unserved"] == []
    unknown = [note for note in result["notes"] if "unknown whether it took effect" in note]
    # Only writes fail, so what took effect is read after the last try, unless it may still be on its way.
    assert bool(unknown) == (fault in UNKNOWN_FATE), result
    check_convergence(steered)


PASSING = [
    "refuse", "500", "500_after_commit", "502", "truncated", "wrong_json", "reset", "reset_after_commit",
]  # fmt: skip


@pytest.mark.parametrize("methods", ["GET", "POST,PATCH"])
@pytest.mark.parametrize("fault", PASSING)
def test_a_failure_that_passes_is_no_failure(steered: LabClient, methods: str, fault: str) -> None:
    for broken in BOTH:
        steered.break_(f"{broken}_api", fault, methods=methods, count=1)
    reports, _seconds = switch(steered, "cloudflare")
    expected = [(name, "update", *key) for name in BOTH for key in ((MARKER, "TXT"), (ROUTER, "CNAME"))]
    assert sorted(ok(reports)) == expected
    assert [report.count.retries for report in reports.values()] == [1, 1]
    check_convergence(steered)


@either
def test_a_short_throttle_is_waited_for(steered: LabClient, broken: str) -> None:
    steered.break_(f"{broken}_api", "429", retry_after=1, count=1)
    reports, seconds = switch(steered, broken)
    ok(reports)
    assert seconds >= 1
    assert reports[broken].count.retries == 1


@either
def test_creating_is_never_repeated_blindly(lab: LabClient, broken: str) -> None:
    records: list[Entry] = [{"name": f"h{n}", "type": "A", "ttl": 3600, "values": [f"192.0.2.{n}"]} for n in range(9)]
    for fault in ("500_after_commit", "reset_after_commit", "truncated"):
        lab.reset()
        lab.break_(f"{broken}_api", fault, methods="POST,PATCH", count=1)
        reports = run(lab, records, verify_seconds=10)
        assert len(ok(reports)) == 18
        assert len([one for one in lab.log(broken) if one["method"] != "GET"]) == 1, "reading showed that all was done"
        assert any("was checked" in note for note in reports[broken].notes)


@either
def test_a_sync_writes_the_other_provider_too(lab: LabClient, broken: str) -> None:
    """With plan_first the others wait for a silent provider, but not until their own time is over."""
    lab.break_(f"{broken}_api", "hang")
    record: Entry = {"name": "www", "type": "TXT", "ttl": 3600, "values": ["hello"]}
    started = time.monotonic()
    reports = run(lab, [record], verify_seconds=10, deadlines=dict.fromkeys(BOTH, 6.0))
    assert time.monotonic() - started < 6.0 + MARGIN
    (other,) = set(BOTH) - {broken}
    assert (reports[other].result, reports[broken].result) == ("ok", "deadline")
    assert served(lab, other, "www", "TXT") == [['"hello"']] * 2


def test_a_refused_plan_stops_a_sync_everywhere_and_a_failover_nowhere(lab: LabClient) -> None:
    ok(run(lab, [{"name": "www", "type": "TXT", "ttl": 3600, "values": "x"}], "desec"))
    records: list[Entry] = [{"name": "www", "type": "CNAME", "ttl": 3600, "values": "a.example.org."}]
    reports = run(lab, records)
    assert {name: report.result for name, report in reports.items()} == {"cloudflare": "rejected", "desec": "conflict"}
    assert "the plan for desec was refused" in str(reports["cloudflare"].error)
    assert changes(reports) == []
    reports = run(lab, records, plan_first=False, policy=SWITCH)
    assert {name: report.result for name, report in reports.items()} == {"cloudflare": "ok", "desec": "conflict"}


def test_a_bug_of_ours_at_one_provider_does_not_stop_the_other(lab: LabClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("surprise")

    monkeypatch.setattr(PROVIDERS["cloudflare"], "read", fail)
    reports = run(lab, [{"name": "www", "type": "A", "ttl": 3600, "values": "192.0.2.1"}])
    assert (reports["cloudflare"].result, reports["desec"].result) == ("rejected", "ok")
    assert "surprise" in str(reports["cloudflare"].error)


# --- Lost transfers ---


def many(count: int, value: str = "192.0.2.1") -> list[Entry]:
    return [{"name": f"h{number}", "type": "A", "ttl": 3600, "values": [value]} for number in range(count)]


def test_several_bulks_are_served_completely(lab: LabClient) -> None:
    records = many(1020)
    reports = run(lab, records, "desec", policy=FORCE, verify_seconds=20, deadlines={"desec": 60.0})
    assert len(ok(reports)) == 1020
    assert len([one for one in lab.log("desec") if one["method"] == "PATCH"]) == 6
    for name in [*sorted(one["name"] for one in records)[::51], "h99"]:
        assert served(lab, "desec", name, "A") == [["192.0.2.1"]] * 2


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a write for lost sooner."""
    monkeypatch.setattr(verification, "_TRANSFER_LOST", 0.7)
    monkeypatch.setattr(verification, "_REMINDER_WAIT", 2.0)


@pytest.mark.usefixtures("impatient")
def test_a_write_that_is_stored_but_not_transferred_is_repaired(lab: LabClient) -> None:
    record: Entry = {"name": "www", "type": "A", "ttl": 3600, "values": ["192.0.2.1"]}
    lab.break_("desec_api", "nsmaster_down", methods="PATCH", count=1)
    reports = run(lab, [record], "desec", verify_seconds=15)
    assert ok(reports) == [("desec", "create", "www", "A")]
    assert any("reminded" in note for note in reports["desec"].notes)
    assert served(lab, "desec", "www", "A") == [["192.0.2.1"]] * 2
    assert held(lab, "desec").sets["www", "A"].ttl == 3600


@pytest.mark.usefixtures("impatient")
def test_a_ttl_that_is_stored_but_not_transferred_is_repaired(lab: LabClient) -> None:
    """The values look as if all were well."""
    record: Entry = {"name": "www", "type": "A", "ttl": 3600, "values": ["192.0.2.1"]}
    ok(run(lab, [record], "desec", verify_seconds=10))
    lab.break_("desec_api", "nsmaster_down", methods="PATCH", count=1)
    reports = run(lab, [record | {"ttl": 7200}], "desec", verify_seconds=15)
    assert ok(reports) == [("desec", "update", "www", "A")]
    assert any("reminded" in note for note in reports["desec"].notes)
    answers = [lab_dns.ask(lab, one, f"www.{ZONE}").answer[0] for one in lab_dns.servers(lab, "desec")]
    assert [answer.ttl for answer in answers] == [7200, 7200]


@pytest.mark.usefixtures("impatient")
def test_what_an_earlier_run_left_unserved_is_repaired(lab: LabClient) -> None:
    record: Entry = {"name": "www", "type": "A", "ttl": 3600, "values": ["192.0.2.1"]}
    lab.break_("desec_api", "nsmaster_down", methods="PATCH", count=1)
    ok(run(lab, [record], "desec"))  # without a verification nobody sees it
    assert served(lab, "desec", "www", "A") == [["NXDOMAIN"]] * 2
    reports = run(lab, [record], "desec", verify_seconds=15)
    assert ok(reports) == []
    assert served(lab, "desec", "www", "A") == [["192.0.2.1"]] * 2


@pytest.mark.usefixtures("impatient")
def test_repairing_never_brings_back_what_was_deleted(lab: LabClient) -> None:
    ok(run(lab, many(3), "desec", verify_seconds=10))
    lab.break_("desec_ns", "stale")
    absent: list[Entry] = [{"name": one["name"], "type": "A", "state": "absent"} for one in many(3)]
    reports = run(lab, absent, "desec", verify_seconds=3)
    assert reports["desec"].result == "ok", "it was written"
    assert len(reports["desec"].as_result()["unserved"]) == 6, "and is not served"
    zone = held(lab, "desec")
    assert not {one["name"] for one in absent} & {name for name, _type in zone.sets}
    assert {one.ttl for one in zone.sets.values()} == {3600}, "every TTL is as before"


@pytest.mark.usefixtures("impatient")
def test_servers_that_never_serve_it_cost_no_more_than_the_time_for_verifying(steered: LabClient) -> None:
    steered.break_("desec_ns", "stale")
    started = time.monotonic()
    reports = run(
        steered, steering(FRONTS[1], 2), plan_first=False, policy=SWITCH, verify_seconds=4, deadlines={"desec": 10.0}
    )
    assert time.monotonic() - started < 10.0 + 4.0 + MARGIN
    result = reports["desec"].as_result()
    assert result["result"] == "ok", "the API took it"
    assert {one["name"] for one in result["unserved"]} == {f"{ROUTER}.{ZONE}.", f"{MARKER}.{ZONE}."}
    assert held(steered, "desec").sets[ROUTER, "CNAME"].ttl == 3600


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("servers", [("127.0.0.1:1",), ()])
def test_servers_that_cannot_be_asked_stop_no_write(
    lab: LabClient, servers: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where port 53 is closed to the runner, several writes are spaced by time."""
    monkeypatch.setattr(verification, "_UNSEEN_PAUSE", 1.0)
    monkeypatch.setattr(verification, "_BETWEEN_WRITES", 1.0)
    made = lab_jobs.job(lab, many(502), "desec", policy=FORCE)
    (settings,) = made.providers
    unreachable = lab_jobs.settings(lab, settings.name, nameservers=servers)
    if not servers:
        monkeypatch.setattr(PROVIDERS["desec"], "nameserver_suffixes", ("nowhere.invalid.",))
        monkeypatch.setattr(PROVIDERS["desec"], "default_nameservers", ())
    reports = engine.run(lab_jobs.replaced(made, providers=(unreachable,)))
    assert len(ok(reports)) == 502
    # In the order of names, which is that of the bulks, it comes last.
    lab_jobs.soon(lambda: served(lab, "desec", "h99", "A"), [["192.0.2.1"]] * 2)


# --- Two at once ---


def test_a_failover_does_not_wait_for_the_bulks_of_a_sync(lab: LabClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a sync waits until its first bulk is served, a switch of the same zone is written; the sync goes on then,
    and takes nothing of it back."""
    ok(run(lab, steering(FRONTS[0], 1), "desec", verify_seconds=10))
    monkeypatch.setattr(desec_provider, "_BULK_SETS", 40)
    lab.break_("desec_ns", "stale")
    owner = PlanPolicy(force=True, steered=frozenset({ROUTER}))
    records = [*many(100), *steering(FRONTS[0], 1)]
    reports: dict[str, Report] = {}
    sync = threading.Thread(target=lambda: reports.update(run(lab, records, "desec", policy=owner, verify_seconds=20)))
    sync.start()
    lab_jobs.soon(lambda: len(held(lab, "desec").sets) > 40, True)
    switched = run(lab, steering(FRONTS[1], 2), "desec", policy=SWITCH, plan_first=False)
    assert sync.is_alive(), "its next bulk has to wait"
    assert len(ok(switched)) == 2
    lab.repair()
    sync.join(60)
    assert len(ok(reports)) == 100
    assert served(lab, "desec", "h99", "A") == [["192.0.2.1"]] * 2
    assert served(lab, "desec", ROUTER, "CNAME") == [[FRONTS[1]]] * 2
    assert values(held(lab, "desec"), ROUTER, "CNAME") == [FRONTS[1]]


def test_two_processes_at_once_leave_one_value_not_both(lab: LabClient, machines: Machines) -> None:
    """Cloudflare would hold the records of both, and deSEC unite them. Both have read the zone before one writes."""
    # Nothing is to be deleted: at Cloudflare a second delete would be refused, and with it the whole write.
    ok(run(lab, steering(FRONTS[0], 1), policy=PlanPolicy(force=True, prune=True), verify_seconds=10))
    # Whoever writes first waits for what is never served.
    tasks = [
        machines.sync(many(12, value), verify=0.5, overlaps=True, at_lock=True)
        for value in ("198.51.100.1", "198.51.100.2")
    ]
    for ended in machines.at_once(*tasks):
        assert {one["result"] for one in ended.whole["providers"].values()} == {"ok"}, ended.whole
    for provider in BOTH:
        zone = held(lab, provider)
        at_each_name = {tuple(values(zone, f"h{number}", "A")) for number in range(12)}
        assert len(at_each_name) == 1, at_each_name
        assert at_each_name <= {("198.51.100.1",), ("198.51.100.2",)}


@pytest.mark.parametrize("provider", ["cloudflare", "desec"])
def test_a_write_that_takes_effect_after_the_gateway_gave_up_is_not_sent_again(
    lab: LabClient, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is waited for, counted as a change, and what the next write holds is still due."""
    monkeypatch.setattr(provider_run, "_LOOKS", (0.5,) * 60)
    lab.break_(f"{provider}_api", "504_late_commit", methods="PATCH,POST", count=1, seconds=3)
    method = "PATCH" if provider == "desec" else "POST"
    reports = run(lab, many(260), provider, policy=FORCE, deadlines={provider: 60.0})
    assert len(ok(reports)) == 260
    writes = [one for one in lab.log(provider) if one["method"] == method]
    assert len(writes) == (3 if provider == "desec" else 2)
    assert any("504" in note for note in reports[provider].notes)
    assert reports[provider].unconfirmed == []


def test_what_never_took_effect_is_sent_again_in_smaller_bulks(lab: LabClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_run, "_LOOKS", (0.1, 0.1))
    lab.break_("desec_api", "504_late_commit", methods="PATCH", count=1, seconds=3000)
    reports = run(lab, many(100), "desec", policy=FORCE, deadlines={"desec": 60.0})
    assert len(ok(reports)) == 100
    assert len([one for one in lab.log("desec") if one["method"] == "PATCH"]) == 3, "200, then 50 and 50"


def test_an_outcome_that_stays_unknown_is_reported_with_three_names_and_a_count(
    lab: LabClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_run, "_LOOKS", (0.1,))
    lab.break_("desec_api", "504_late_commit", methods="PATCH", seconds=3000)
    report = run(lab, many(100), "desec", policy=FORCE, deadlines={"desec": 3.0})["desec"]
    assert (report.result, report.changes) == ("unreachable", [])
    (note,) = [note for note in report.as_result()["notes"] if "unknown whether" in note]
    assert "(100 in all)" in note
    assert len(note) < 200
