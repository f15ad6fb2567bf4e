# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sync asks the name servers while it reads the APIs. That counts only where nothing was written."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._dns import asker as dns_asker
from ansible_collections.twinzone.edge.plugins.module_utils._dns.asker import Asker, Seen, Wanted
from ansible_collections.twinzone.edge.plugins.module_utils._dns.comparison import Expectation, Finding
from ansible_collections.twinzone.edge.plugins.module_utils._engine import verification
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from support.lab_jobs import BOTH, Entry, ok, run
from twinzone_lab.client import LabClient

FORCE = PlanPolicy(force=True)


def hosts(value: str) -> list[Entry]:
    return [{"name": f"h{number}", "type": "A", "ttl": 3600, "values": [value]} for number in range(12)]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, the early look is waited for."""
    monkeypatch.setattr(verification, "_AHEAD", 60.0)


def test_where_nothing_is_written_the_early_look_is_enough(
    lab: LabClient, monkeypatch: pytest.MonkeyPatch, patient: None
) -> None:
    ok(run(lab, hosts("192.0.2.1"), verify_seconds=20))
    asked: list[Expectation] = []
    findings = Asker.findings

    def counted(asker: Asker, wanted: Sequence[Wanted]) -> list[Finding]:
        asked.extend(one.expected for one in wanted)
        return findings(asker, wanted)

    monkeypatch.setattr(Asker, "findings", counted)
    reports = run(lab, hosts("192.0.2.1"), verify_seconds=20)
    assert ok(reports) == []
    assert {name: len(reports[name].findings) for name in BOTH} == dict.fromkeys(BOTH, 24), "of two servers each"
    assert asked == []


def test_what_was_seen_before_a_write_says_nothing_about_it(
    lab: LabClient, monkeypatch: pytest.MonkeyPatch, patient: None
) -> None:
    """Here the servers seem to serve early on what is written later, and what they do not serve in the end."""
    ok(run(lab, hosts("192.0.2.1"), verify_seconds=20))

    def forged(askers: Sequence[Asker], expectations: Sequence[Expectation]) -> Seen:
        answers = {}
        for one in map(Wanted.of, expectations):
            assert one.confirmation is not None
            form = one.confirmation
            records = b"".join(form.head + (3600).to_bytes(4, "big") + tail for tail in form.tails)
            answers[one.question] = b"\0\0\x84\0" + form.start + records
            assert one.is_confirmed_by(answers[one.question])
        return {asker.server: answers for asker in askers}

    monkeypatch.setattr(dns_asker, "ahead", forged)
    for provider in BOTH:
        lab.break_(f"{provider}_ns", "stale")
    reports = run(lab, hosts("198.51.100.1"), policy=FORCE, verify_seconds=0.5)
    assert {name: len(reports[name].as_result()["unserved"]) for name in BOTH} == dict.fromkeys(BOTH, 24)


def test_what_the_early_look_does_not_confirm_is_asked_again(lab: LabClient, patient: None) -> None:
    """One server of each provider goes on serving an older zone; the run that finds nothing to write says so."""
    ok(run(lab, hosts("192.0.2.1"), verify_seconds=20))
    for provider in BOTH:
        lab.break_(f"{provider}_ns/1", "stale")
    run(lab, hosts("198.51.100.1"), policy=FORCE, verify_seconds=0.5)
    reports = run(lab, hosts("198.51.100.1"), policy=FORCE, verify_seconds=0.5)
    assert not any(reports[name].changes for name in BOTH)
    for name in BOTH:
        unserved = reports[name].as_result()["unserved"]
        assert len(unserved) == 12, unserved
        assert len({late["server"] for late in unserved}) == 1
