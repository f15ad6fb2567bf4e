# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs of those templates, as AWX starts them: from a new folder, by an unknown user, with a read-only home."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.controller_jobs import USER, Job, Jobs, may_run, walk
from support.lab_playbooks import SITE
from support.paths import ROOT
from twinzone_lab.client import LabClient

from .conftest import Described

HERE = {"cloudflare": ["cloudflare", "cloudflare"], "desec": ["cloudflare", "cloudflare"]}
AWAY = {"cloudflare": ["bunny", "bunny"], "desec": ["bunny", "bunny"]}


@pytest.fixture(scope="module")
def jobs(described: Described, folder: Path) -> Jobs:
    """Jobs of a controller, whose zone is equal at both providers."""
    desk = described.desk
    environment = {
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
        # As the guide says: Ansible writes below its home, which is read-only here.
        "ANSIBLE_HOME": "/tmp/.ansible-of-jobs",
        "LC_ALL": "C.UTF-8",
    }
    user = USER if may_run(USER) else None
    found = Jobs(described.controller, folder, desk.directory, desk.directory / "inventory.yml", environment, user)
    check(found.launch("twinzone sync", {}), 0, "successful")
    return found


def check(job: Job, code: int, status: str) -> Job:
    assert (job.code, job.status) == (code, status), job.output
    return job


def test_a_quiet_job(jobs: Jobs, described: Described) -> None:
    """With the survey's answers as the web page sends them, all of them empty."""
    answers = {"failover_pin": "", "failover_pin_for": "", "failover_pin_by": ""}
    job = check(jobs.launch("twinzone failover", answers), 0, "successful")
    assert job.artifacts["twinzone"][SITE]["outcome"] == "unchanged"
    text = job.output + json.dumps(job.artifacts)
    assert not [name for name, token in described.tokens.items() if token in text]


def test_a_job_that_needs_a_person_fails_and_hands_its_results_on(jobs: Jobs, lab: LabClient) -> None:
    lab.break_("front_cloudflare", "status", code=503)
    lab.break_("front_bunny", "refuse")
    job = check(jobs.launch("twinzone failover", {}), 2, "failed")
    lab.repair()
    assert job.artifacts["twinzone"][SITE]["outcome"] == "held"
    check(jobs.launch("twinzone status", {}), 0, "successful")


def test_the_workflow_asks_a_person(jobs: Jobs, lab: LabClient, described: Described) -> None:
    """Where nothing is due, nobody is asked; without a yes nothing moves; with it the next job looks, and switches."""
    playbooks = described.desk.playbooks
    assert walk(jobs, "twinzone advise", approved=False) == [("advise", "successful")]
    lab.break_("front_cloudflare", "status", code=503)
    assert walk(jobs, "twinzone advise", approved=False) == [("advise", "failed"), ("approval", "failed")]
    assert playbooks.visitors() == HERE
    done = walk(jobs, "twinzone advise", approved=True)
    assert done == [("advise", "failed"), ("approval", "successful"), ("act", "successful")]
    assert playbooks.visitors() == AWAY
    lab.repair()


def test_a_pin_by_the_survey_and_reports_on_a_mounted_folder(jobs: Jobs, described: Described, folder: Path) -> None:
    """The folder belongs to root and its group, to which the user of a container belongs whatever its number."""
    reports = folder / "reports"
    reports.mkdir()
    reports.chmod(0o770)
    answers = {"failover_pin": "cloudflare", "failover_pin_for": "1h", "failover_pin_by": "INC-7"}
    job = check(jobs.launch("twinzone failover", {**answers, "failover_report_dir": str(reports)}), 0, "successful")
    result = job.artifacts["twinzone"][SITE]
    assert (result["outcome"], result["front"]) == ("switched", "cloudflare")
    assert "INC-7" in result["pin"]
    assert json.loads((reports / f"{SITE}.json").read_text())["outcome"] == "switched"
    assert described.desk.playbooks.visitors() == HERE
    check(jobs.launch("twinzone failover", {"failover_pin": "none"}), 0, "successful")


def test_the_home_stays_empty(jobs: Jobs) -> None:
    assert jobs.count > 0
    assert list(jobs.home.iterdir()) == []
