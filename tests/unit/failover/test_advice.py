# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An advice names one command, which can be pasted, asks for the same, and holds no secret."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from ansible import context
from ansible.utils.context_objects import CLIArgs
from ansible_collections.twinzone.edge.plugins.module_utils._failover import advice
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import FOREVER
from ansible_collections.twinzone.edge.plugins.module_utils._timestamps import timestamp
from ansible_collections.twinzone.edge.plugins.plugin_utils import command_line
from support.failover_world import NOW

ASKED = {"to": None, "pin": "", "pin_until": 0, "pin_tag": "", "lift": False, "force": False}
STARTED = {"playbooks": ["site.yml"], "options": ["-i", "my inventory"], "limit": "web", "template": "", "sites": 2}


def given(asked: Any = None, started: Any = None, sites: tuple[str, ...] = ("a", "b"), **decision: Any) -> Any:
    """The advice of a run with these sites, all of which fail over to bunny."""
    made = {"advised": True, "switches": True, "writes": ["cloudflare"], "front": "bunny", **decision}
    here: Any = [{"site": name, "request": {**ASKED, **(asked or {})}} for name in sites]
    run: Any = {"observed": NOW + 5, "started": NOW, "started_as": {**STARTED, **(started or {})}}
    return advice.by_site(here, {name: dict(made) for name in sites}, run)  # type: ignore[misc]


def words(found: Any, site: str = "a") -> list[str]:
    return shlex.split(found[site]["command"])


def test_the_limit_is_that_of_the_run_where_all_of_it_is_advised() -> None:
    found = given()
    assert words(found)[:6] == ["ansible-playbook", "-i", "my inventory", "site.yml", "--limit", "web"]
    assert words(found)[6:] == ["-e", "failover_mode=act", "-e", "failover_to=bunny", "-e", "failover_all=true"]
    assert found["a"] == found["b"]
    some = given(started={"sites": 3})
    assert words(some)[4:6] == ["--limit", "a,b"]
    one = given(sites=("a",), started={"limit": "", "sites": 1})
    assert words(one)[3:] == ["site.yml", "-e", "failover_mode=act", "-e", "failover_to=bunny"]


@pytest.mark.parametrize(
    ("asked", "extra"),
    [
        ({"to": "x", "force": True}, ["failover_to=x", "failover_force=true"]),
        (
            {"pin": "x", "pin_until": NOW + 7200, "pin_tag": "INC-7"},
            ["failover_pin=x", "failover_pin_for=120m", "failover_pin_by=INC-7"],
        ),
        ({"pin": "x", "pin_until": FOREVER}, ["failover_pin=x", "failover_pin_for=forever"]),
        ({"lift": True}, ["failover_pin=none"]),
        ({"lift": True, "to": "x"}, ["failover_to=x", "failover_pin=none"]),
    ],
)
def test_what_was_asked_for_is_asked_again(asked: Any, extra: list[str]) -> None:
    found = words(given(asked, sites=("a",)))
    assert found[found.index("failover_mode=act") + 1 :] == [word for one in extra for word in ("-e", one)]


def test_a_laggard_needs_no_request() -> None:
    found = given(switches=False, writes=["desec"], sites=("a",))
    assert found["a"]["would"] == "lead desec to bunny"
    assert words(found)[-2:] == ["-e", "failover_mode=act"]


def test_in_awx_the_template_is_launched_again() -> None:
    found = words(given(started={"template": "12"}))
    assert found[:6] == ["awx", "job_templates", "launch", "12", "--limit", "web"]
    extra = json.loads(found[found.index("--extra_vars") + 1])
    assert extra == {"failover_mode": "act", "failover_to": "bunny", "failover_all": "true"}


def test_it_says_until_when() -> None:
    assert given()["a"]["until"] == timestamp(NOW + 5 + 900)


def test_of_the_command_line_nothing_is_repeated_that_may_be_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    extra = ("token=s3cret failover_report_dir='/a b'", "@vars.yml", '{"t": "s3cret"}', "failover_notify=s3cret", "'")
    line = {"args": ("twinzone.edge.failover",), "inventory": ("/i.yml",), "subset": "web", "extra_vars": extra,
            "vault_ids": ("a@prompt",), "connection_password_file": "s3cret", "remote_user": "ops"}  # fmt: skip
    monkeypatch.setattr(context, "CLIARGS", CLIArgs(line))
    found = command_line.started_as({"awx_job_template_id": 7}, 2)
    assert "s3cret" not in str(found)
    assert found["options"] == [
        *("-i", "/i.yml", "--user", "ops", "--vault-id", "a@prompt"),
        *("-e", "failover_report_dir=/a b", "-e", "@vars.yml"),
    ]
    assert (found["playbooks"], found["limit"], found["template"]) == (["twinzone.edge.failover"], "web", "7")
