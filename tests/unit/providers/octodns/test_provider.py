# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""octoDNS' providers, by hosts in memory: what is carried, what is refused, and what a failure means."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._engine import engine
from ansible_collections.twinzone.edge.plugins.module_utils._engine.job import Job, audit
from ansible_collections.twinzone.edge.plugins.module_utils._engine.provider_report import Report
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput, ProviderError
from ansible_collections.twinzone.edge.plugins.module_utils._providers.octodns.provider import Octodns
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import RecordSet
from support import octodns_hosts
from support.lab_jobs import ZONE, Entry, declare
from support.octodns_hosts import Host
from support.paths import ROOT
from support.sample_records import record_set

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SECRET = "a-secret-of-somebody"
USUAL, SWITCH = PlanPolicy(), PlanPolicy(switch=True)
ENTRY = {"name": "host", "type": "octodns", "class": "support.octodns_hosts.Host", "nameservers": ["ns1.example.net"]}


@pytest.fixture(autouse=True)
def host() -> Iterator[type[Host]]:
    for kind in (Host, octodns_hosts.Silent, octodns_hosts.Greedy):
        kind.records, kind.written = {("www", "A"): {"ttl": 300, "value": "192.0.2.1"}}, []
        kind.before_read = kind.before_change = None
    yield Host


def run(records: list[Entry], seconds: float = 20.0, policy: PlanPolicy = USUAL, path: str = "") -> Report:
    settings = Octodns.read_settings({**ENTRY, "token": SECRET, "class": path or ENTRY["class"]}, seconds)
    return engine.run(Job(ZONE, (settings,), declare(records), policy=policy))["host"]


def a(*texts: str, name: str = "www") -> Entry:
    return {"name": name, "type": "A", "ttl": 300, "values": list(texts)}


ROUTER: list[Entry] = [
    {"name": "web", "type": "CNAME", "ttl": 60, "values": ["two.example.org."]},
    {"name": "_twinzone.web", "type": "TXT", "ttl": 60, "values": ["v=twinzone1 to=two"]},
]


# --- How an entry is read ---


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"class": ""}, "class: is needed"),
        ({"class": "Provider"}, "class: is needed"),
        ({"nameservers": []}, "nameservers: are needed"),
        ({"options": {"api_key": "abc"}}, "options.api_key: is a secret by its name"),
        ({"options": {"client_secret": "abc"}}, "options.client_secret: is a secret"),
        ({"options": {"id": "abc"}}, "options.id: is not the name of an argument"),
        ({"token": "t", "options": {"token": "env/X"}}, "options.token: is given by `token` already"),
        ({"token_option": "a b"}, "token_option: 'a b' is not the name of an argument"),
    ],
)
def test_a_bad_entry_is_refused(more: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadInput, match=problem.replace(".", r"\.")) as caught:
        Octodns.read_settings({**ENTRY, **more}, 20.0)
    assert "abc" not in str(caught.value)


def test_secrets_come_from_token_or_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTER_KEY", SECRET)
    monkeypatch.setenv("OCTODNS_TOKEN", "the-token")
    options = {"host": "192.0.2.1", "api_key": "env/HOSTER_KEY"}
    settings = Octodns.read_settings({**ENTRY, "options": options, "token_option": "api_token"}, 20.0)
    assert settings.arguments == {"host": "192.0.2.1", "api_key": SECRET, "api_token": "the-token"}
    assert set(settings.secrets) == {SECRET, "the-token"}
    assert SECRET not in settings.place
    monkeypatch.delenv("HOSTER_KEY")
    missing = Octodns(
        ZONE, Octodns.read_settings({**ENTRY, "options": options}, 20.0), Deadline(1)
    ).missing_credentials()
    assert missing is not None
    assert (missing.kind, missing.hint) == ("unauthorized", "set HOSTER_KEY")


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("octodns_nowhere.NowhereProvider", "pip install octodns octodns-nowhere"),
        ("support.octodns_hosts.Hots", "check `class`"),
        ("support.octodns_hosts.NoProvider", "check `class`"),
    ],
)
def test_a_class_that_cannot_be_used_is_named_with_what_helps(path: str, hint: str) -> None:
    report = run([a("192.0.2.2")], path=path)
    assert report.error is not None
    assert (report.result, path.rpartition(".")[2] in report.error.message) == ("rejected", True)
    assert hint in report.error.hint


def test_without_octodns_its_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "octodns.provider.base", None)
    report = run([a("192.0.2.2")], path="octodns_powerdns.PowerDnsProvider")
    assert report.error is not None
    assert "pip install octodns octodns-powerdns" in report.error.hint


# --- What is carried ---


def test_what_the_class_cannot_hold_is_said_before_anything_is_sent() -> None:
    settings = Octodns.read_settings(ENTRY, 20.0)
    records: list[Entry] = [
        {"name": "x", "type": "CAA", "values": ['0 issue "ca.example"']},
        {"name": "x", "type": "DHCID", "values": ["AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="]},
        {"name": "@", "type": "NS", "values": ["ns1.example.net."]},
        {"name": "p", "type": "PTR", "values": ["a.example.org.", "b.example.org."]},
        {"name": "t", "type": "TXT", "values": ['"two" "strings"', r"back\\slash", "ü"]},
    ]
    problems = "\n".join(audit(Job(ZONE, (settings,), declare(records))))
    for text in (
        "CAA is not supported by support.octodns_hosts.Host",
        "DHCID is not supported by octodns",
        "NS is not supported",
        "several PTR values",
        "octoDNS joins the strings of a text",
        "do not agree on quotation marks, backslashes",
    ):
        assert text in problems
    assert problems.count("do not agree on quotation marks") == 2


def test_what_it_cannot_read_or_carry_is_never_touched(host: type[Host]) -> None:
    host.records = {
        ("www", "A"): {"ttl": 300, "value": "192.0.2.1"},
        ("", "ALIAS"): {"ttl": 300, "value": "example.org."},
        ("odd", "TXT"): {"ttl": 300, "value": 'a "quoted" back\\slash'},
    }
    report = run([a("192.0.2.2")], policy=PlanPolicy(prune=True, force=True))
    assert report.result == "ok"
    assert host.records.keys() == {("www", "A"), ("", "ALIAS"), ("odd", "TXT")}
    assert any("odd TXT: left as it is" in note for note in report.notes)
    assert host.written == [[("Update", "www", "A")]]


def test_what_a_provider_keeps_beside_the_values_stays(host: type[Host]) -> None:
    host.records = {("www", "A"): {"ttl": 300, "value": "192.0.2.1", "octodns": {"host": {"proxied": True}}}}
    assert run([a("192.0.2.2")]).result == "ok"
    assert host.records["www", "A"] == {"ttl": 300, "value": "192.0.2.2", "octodns": {"host": {"proxied": True}}}


# --- What is not atomic ---


def test_the_marker_is_written_before_its_router(host: type[Host]) -> None:
    assert run(ROUTER, policy=SWITCH).result == "ok"
    assert host.written == [[("Create", "_twinzone.web", "TXT")], [("Create", "web", "CNAME")]]


def test_what_took_effect_of_a_refused_write_is_counted(host: type[Host]) -> None:
    def refuse(_host: Host, number: int) -> None:
        if number == 1:
            raise octodns_hosts.refuse(422, f"no: {SECRET}")

    host.before_change = refuse
    report = run([a("192.0.2.2", name="a"), a("192.0.2.2", name="b")])
    assert (report.result, [change.key for change in report.changes]) == ("rejected", [("a", "A")])
    assert report.unconfirmed == []
    assert SECRET not in str(report.as_result())
    assert len(host.written) == 1, "what is refused is not sent again"


def test_the_apis_own_words_are_shown_without_the_secret(host: type[Host]) -> None:
    """The exception has no more than the status; a secret is gone before the words are cut."""

    def refuse(_host: Host, _number: int) -> None:
        raise octodns_hosts.refuse(
            422, "422 Client Error", f"name x: non-hostname content {'y' * 165} {SECRET}".encode()
        )

    host.before_change = refuse
    report = run([a("192.0.2.2", name="a")])
    shown = str(report.as_result())
    assert "422 Client Error; the API says: name x: non-hostname content" in shown
    assert SECRET[:8] not in shown


def test_a_write_that_failed_half_way_is_finished(host: type[Host]) -> None:
    failures = iter([OSError("connection reset")])

    def fail(_host: Host, number: int) -> None:
        if number == 1 and (failure := next(failures, None)):
            raise failure

    host.before_change = fail
    report = run([a("192.0.2.2", name="a"), a("192.0.2.2", name="b")])
    assert (report.result, len(report.changes)) == ("ok", 2)
    assert [len(changes) for changes in host.written] == [1, 1]


def test_a_zone_that_changed_since_it_was_read_is_not_overwritten(host: type[Host]) -> None:
    reads = iter(range(10))

    def change(_host: Host) -> None:
        assert host.records is not None
        if next(reads) == 1:
            host.records["www", "A"] = {"ttl": 300, "value": "192.0.2.77"}

    host.before_read = change
    report = run([a("192.0.2.2")])
    assert any("changed since it was read" in note for note in report.notes)
    assert report.result == "ok"
    (made,) = report.changes
    assert made.before is not None
    assert [value.text for value in made.before.values] == ["192.0.2.77"], "planned again from what it is now"


@pytest.mark.parametrize(
    ("kind", "words"),
    [("Silent", "the provider holds something else"), ("Greedy", "would change more than what was asked for: extra A")],
)
def test_a_provider_that_does_something_else_is_not_believed(kind: str, words: str) -> None:
    report = run([a("192.0.2.2")], path=f"support.octodns_hosts.{kind}")
    assert report.error is not None
    assert (report.result != "ok", report.changes) == (True, [])
    assert words in report.error.message
    assert octodns_hosts.Greedy.written == []


# --- Time ---


@pytest.mark.parametrize("hook", ["before_read", "before_change"])
def test_a_provider_that_hangs_ends_with_the_deadline(host: type[Host], hook: str) -> None:
    setattr(host, hook, octodns_hosts.hang)
    started = time.monotonic()
    report = run([a("192.0.2.2")], seconds=1.0)
    assert report.result == "deadline"
    assert time.monotonic() - started < 20
    assert [change.key for change in report.unconfirmed] == ([] if hook == "before_read" else [("www", "A")])


# --- Failures ---


@pytest.mark.parametrize(
    ("error", "kind", "passing"),
    [
        (octodns_hosts.refuse(401, "no"), "unauthorized", False),
        (octodns_hosts.refuse(403, "no"), "unauthorized", False),
        (octodns_hosts.refuse(404, "no"), "not_found", False),
        (octodns_hosts.refuse(429, "no"), "throttled", True),
        (octodns_hosts.refuse(503, "no"), "unreachable", True),
        (octodns_hosts.refuse(422, "no"), "rejected", False),
        (ConnectionRefusedError("refused"), "unreachable", True),
        (Exception("PowerDNS unauthorized host=127.0.0.1"), "unauthorized", False),
        (type("RateLimited", (Exception,), {})("slow down"), "throttled", True),
        (ValueError("nonsense"), "rejected", False),
    ],
)
def test_its_errors_in_our_terms(host: type[Host], error: Exception, kind: str, passing: bool) -> None:
    def fail(_host: Host) -> None:
        raise error

    host.before_read = fail
    made = Octodns(ZONE, Octodns.read_settings(ENTRY, 5.0), Deadline(5.0))
    with pytest.raises(ProviderError) as caught:
        made.fetch()
    assert (caught.value.kind, caught.value.passing) == (kind, passing)


def test_a_zone_that_is_not_there_is_not_made(host: type[Host]) -> None:
    host.records = None
    report = run([a("192.0.2.2")])
    assert (report.result, host.written) == ("not_found", [])


_READING = """
import sys
sys.path[:0] = {paths!r}
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._providers.octodns.provider import Octodns
Octodns("example.com", Octodns.read_settings({entry!r}, 5.0), Deadline(5.0)).fetch()
"""


def test_nothing_of_what_it_logs_is_printed() -> None:
    paths = [str(ROOT / part) for part in (".collections", "tests", "roles/lab/files")]
    script = _READING.format(paths=paths, entry=ENTRY)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_commands_by_hand_hold_no_secret() -> None:
    made = Octodns(ZONE, Octodns.read_settings({**ENTRY, "token": SECRET}, 5.0), Deadline(5.0))
    (line,) = made.by_hand([entry.record_set for entry in declare(ROUTER)])
    assert SECRET not in line
    compile(shlex.split(line)[2], "by hand", "exec")


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (record_set("x", "LOC", "52 22 23.000 N 4 53 32.000 E -2m"), "octoDNS wants sizes in a LOC"),
        (record_set("x", "HTTPS", "1 . ohttp"), "octoDNS does not know the parameter ohttp"),
        (record_set("x", "SVCB", "1 . key65400"), "do not agree on parameters that have only a number"),
    ],
)
def test_what_its_providers_cannot_read_back_is_not_written(wanted: RecordSet, reason: str) -> None:
    """A zone with such a LOC cannot be read by octodns-bind any more."""
    assert any(reason in problem for problem in Octodns.audit(wanted))
