# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token of deSEC that may switch the router, its marker with it, and nothing else."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._engine import engine
from ansible_collections.twinzone.edge.plugins.module_utils._errors import ProviderError
from ansible_collections.twinzone.edge.plugins.module_utils._modules.desec_token import ensure
from ansible_collections.twinzone.edge.plugins.module_utils._providers.api import Api
from ansible_collections.twinzone.edge.plugins.module_utils._providers.desec.tokens import Tokens, policies
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from support import lab_jobs
from support.lab_playbooks import ZONE, Playbooks
from twinzone_lab.client import LabClient

pytestmark = pytest.mark.real_command

WANTED = policies(ZONE, ["web-router", "_twinzone.web-router"])
ROUTER = {"name": "web-router", "type": "CNAME", "ttl": 3600, "values": ["cf-front"]}
MARKER = {"name": "_twinzone.web-router", "type": "TXT", "ttl": 3600, "values": ["memory"]}


@pytest.fixture
def tokens(lab: LabClient) -> Tokens:
    info = lab.info["providers"]["desec"]
    return Tokens(Api(info["api_url"], ("Authorization", f"Token {info['token']}"), Deadline(20), lab.info["ca"]))


def test_it_switches_the_router_and_can_do_nothing_else(lab: LabClient, tokens: Tokens, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    made = ensure(tokens, "failover", WANTED, file, check_mode=False)
    assert made.pop("id") == tokens.find("failover")
    assert made == {"changed": True, "created": True, "added": ["web-router", "_twinzone.web-router"]}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    scoped = lab_jobs.settings(lab, "desec", token=file.read_text().strip())
    job = lab_jobs.job(lab, [ROUTER, MARKER], "desec")
    lab_jobs.ok(engine.run(lab_jobs.replaced(job, providers=(scoped,))))
    other = lab_jobs.job(lab, [{"name": "other", "type": "A", "ttl": 3600, "values": ["192.0.2.1"]}], "desec")
    report = engine.run(lab_jobs.replaced(other, providers=(scoped,)))["desec"].as_result()
    assert report["result"] == "unauthorized"


def test_of_the_apex_it_may_write_the_addresses_only(lab: LabClient, tokens: Tokens, tmp_path: Path) -> None:
    """And not the MX and TXT sets that stand beside them."""
    wanted = policies(ZONE, ["", "_twinzone"])
    made = ensure(tokens, "apex", wanted, tmp_path / "secret", check_mode=False)
    assert made["added"] == ["@", "_twinzone"]
    assert not ensure(tokens, "apex", wanted, tmp_path / "secret", check_mode=False)["changed"]
    scoped = lab_jobs.settings(lab, "desec", token=(tmp_path / "secret").read_text().strip())
    apex = {"name": "@", "type": "A", "ttl": 3600, "values": ["192.0.2.1"]}
    switch = lab_jobs.job(lab, [apex, {**MARKER, "name": "_twinzone"}], "desec", policy=PlanPolicy(switch=True))
    lab_jobs.ok(engine.run(lab_jobs.replaced(switch, providers=(scoped,))))
    mail = lab_jobs.job(lab, [{"name": "@", "type": "MX", "ttl": 3600, "values": ["10 mail"]}], "desec")
    report = engine.run(lab_jobs.replaced(mail, providers=(scoped,)))["desec"].as_result()
    assert report["result"] == "unauthorized"


def test_a_second_time_changes_nothing_and_adds_what_is_lacking(tokens: Tokens, tmp_path: Path) -> None:
    ensure(tokens, "failover", WANTED, tmp_path / "secret", check_mode=False)
    assert not ensure(tokens, "failover", WANTED, tmp_path / "secret", check_mode=False)["changed"]
    more = ensure(tokens, "failover", policies(ZONE, ["web-router", "shop"]), tmp_path / "secret", check_mode=False)
    assert more.pop("id") == tokens.find("failover")
    assert more == {"changed": True, "created": False, "added": ["shop"]}


def test_check_mode_makes_nothing(tokens: Tokens, tmp_path: Path) -> None:
    assert ensure(tokens, "failover", WANTED, tmp_path / "secret", check_mode=True)["changed"]
    assert not list(tmp_path.iterdir())
    assert tokens.find("failover") == ""


def test_no_token_is_left_without_its_policies(tokens: Tokens, tmp_path: Path) -> None:
    refused = policies("elsewhere.example", ["web-router"])
    with pytest.raises(ProviderError, match="does not exist"):
        ensure(tokens, "failover", refused, tmp_path / "secret", check_mode=False)
    assert tokens.find("failover") == ""
    assert not list(tmp_path.iterdir())


def test_an_old_file_is_kept_and_no_token_made(tokens: Tokens, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("old")
    with pytest.raises(FileExistsError):
        ensure(tokens, "failover", WANTED, file, check_mode=False)
    assert (file.read_text(), tokens.find("failover")) == ("old", "")


def test_the_playbook_shows_no_secret(playbooks: Playbooks) -> None:
    run = playbooks.run("tokens", "-vvv", tokens_dir=str(playbooks.directory)).ok()
    secret = (playbooks.directory / f"{ZONE}.desec-token").read_text().strip()
    assert len(secret) > 20
    assert secret not in run.output
    assert playbooks.tokens["desec"] not in run.output
    assert f"the secret is in {playbooks.directory}/{ZONE}.desec-token" in run.output


def test_without_a_token_nothing_is_sent(playbooks: Playbooks) -> None:
    del playbooks.environment["DESEC_TOKEN"]
    run = playbooks.run("tokens", tokens_dir=str(playbooks.directory)).failed()
    assert "no token was given (set DESEC_TOKEN or DESEC_API_TOKEN" in run.output
    assert playbooks.lab.log() == []
