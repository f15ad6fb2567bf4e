# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens appear nowhere: not with -vvv, not in Ansible's log, not in the reports, not where something fails."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest
from lab_playbooks import Playbooks
from twinzone_lab.client import LabClient


@pytest.mark.parametrize("place", ["environment", "inventory"])
def test_no_token_anywhere(playbooks: Playbooks, lab: LabClient, place: str) -> None:
    tokens = playbooks.tokens
    log = playbooks.directory / "ansible.log"
    playbooks.environment["ANSIBLE_LOG_PATH"] = str(log)
    if place == "inventory":
        for provider in playbooks.common["dns_providers"]:
            provider["token"] = tokens[provider["name"]]
        del playbooks.environment["CLOUDFLARE_API_TOKEN"], playbooks.environment["DESEC_TOKEN"]

    runs = [playbooks.sync("-vvv", "--diff").ok()]
    lab.break_("cloudflare_ns", "refused")  # so that the API is asked what is served
    lab.break_("front_cloudflare", "refuse")
    lab.break_("desec_api", "401", methods="PATCH")
    runs.append(playbooks.failover("-vvv", "--diff", failover_verify_timeout=2).failed())
    runs[1].result("partial")
    runs.append(playbooks.status("-vvv"))
    runs.append(playbooks.sync("-vvv", zone_sync_prvoiders="[]").failed())
    written = {"log": log.read_text(), "reports": json.dumps(dict(runs[1].results))}
    written |= {f"run {number}": run.output for number, run in enumerate(runs)}
    assert "module_args" in written["run 0"]  # verbose enough to show them
    assert ("VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in written["run 0"]) == (place == "inventory")
    for token in tokens.values():
        for form in (token, b64encode(token.encode()).decode()):
            assert not [where for where, text in written.items() if form in text]
