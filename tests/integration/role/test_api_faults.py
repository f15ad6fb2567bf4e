# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The day for which this exists: the first front is down and an API with it. The other provider is switched all the
same, the run says what is left to do, and a later run does it."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from support.lab_playbooks import MARGIN, SITE, ZONE, Playbooks
from twinzone_lab.client import LabClient

#: Seconds for all the work at the provider that hangs, and some.
DEADLINE = 3

#: Fault of an API, and the result at the provider that has it. The others are in the table of faults.
FAULTS = {"hang": "deadline", "401": "unauthorized"}


@pytest.mark.parametrize(("broken", "fault"), [("cloudflare", "hang"), ("desec", "401")])
def test_one_api_fails(playbooks: Playbooks, lab: LabClient, broken: str, fault: str) -> None:
    """Partial, then converged. Where the first front has recovered by then, traffic is not pulled back to it."""
    (survivor,) = {"cloudflare", "desec"} - {broken}
    recovers = fault == "401"
    playbooks.create_zone()
    lab.break_("front_cloudflare", "refuse")
    lab.break_(f"{broken}_api", fault)

    playbooks.hurry(broken if FAULTS[fault] == "deadline" else "")
    run = playbooks.failover("-v").failed()
    result = run.result("partial", "active_down")
    assert run.seconds < DEADLINE + MARGIN
    assert playbooks.visitors() == {broken: ["cloudflare"] * 2, survivor: ["bunny"] * 2}
    assert result["providers"][survivor]["result"] == "ok"
    assert result["providers"][broken]["result"] == FAULTS[fault]
    assert sorted(result["served"].values()) == ["bunny", "bunny", "cloudflare", "cloudflare"]
    assert result["behind"].startswith("2 of 4 name servers answer otherwise, to 16 to 84 %")
    trouble = f"{broken}: {result['providers'][broken]['result']}: {result['providers'][broken]['error']}"
    assert trouble in result["summary"]
    (fatal,) = re.findall(rf"^fatal: \[{SITE}\]: FAILED! => (\{{.*\}})$", run.output, re.MULTILINE)
    assert trouble in json.loads(fatal)["msg"]
    assert any("curl " in line for line in result["by_hand"])
    assert any("PATCH" in line for line in result["by_hand"])
    assert all(f"        {line}" in result["summary"] for line in result["by_hand"])
    assert not any(token in run.output for token in playbooks.tokens.values())
    (written,) = [entry for entry in playbooks.writes() if entry["provider"] == survivor]
    print(f"{broken} {fault}: {survivor} written {written['time'] - run.decided:.1f} s after the decision")

    table = playbooks.status().output if fault == "401" else ""
    if table:
        assert f"cloudflare: {'cloudflare' if broken == 'cloudflare' else 'bunny'}, desec: " in table

    lab.repair(f"{broken}_api")
    if recovers:
        lab.repair("front_cloudflare")
    lab.log_reset()
    playbooks.hurry("")
    converged = playbooks.failover().ok()
    assert converged.result("converged", "failback_manual" if recovers else "active_up")["front"] == "bunny"
    assert converged.changed == 1
    assert [entry["provider"] for entry in playbooks.writes()] == [broken]
    assert set(playbooks.routers().values()) == {f"cdn2-front.{ZONE}"}
    assert playbooks.visitors() == {"cloudflare": ["bunny"] * 2, "desec": ["bunny"] * 2}
    if fault == "hang":
        lab.log_reset()
        assert playbooks.failover().ok().changed == 0
        playbooks.check_quiet()


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl or jq is not installed")
@pytest.mark.parametrize("broken", ["cloudflare", "desec"])
def test_the_commands_finish_the_job(playbooks: Playbooks, lab: LabClient, broken: str) -> None:
    """What the report says can be pasted into a shell that has the token."""
    playbooks.create_zone()
    lab.break_("front_cloudflare", "hang")
    playbooks.sites[SITE]["failover_check"]["timeout"] = 0.5
    lab.break_(f"{broken}_api", "403")
    commands = playbooks.failover().failed().result("partial")["by_hand"]
    lab.repair(f"{broken}_api")
    playbooks.type_in(commands)
    assert set(playbooks.routers().values()) == {f"cdn2-front.{ZONE}"}


def test_servers_that_go_on_working_after_their_gateways_gave_up(playbooks: Playbooks, lab: LabClient) -> None:
    """A sync waits and reads at both providers; nothing is sent twice, and the run is no failure."""
    playbooks.sites.clear()
    records = [{"name": f"h{number}", "type": "A", "ttl": 3600, "values": "192.0.2.1"} for number in range(260)]
    playbooks.zone_file(records)
    for provider in ("cloudflare", "desec"):
        lab.break_(f"{provider}_api", "504_late_commit", methods="PATCH,POST", count=1, seconds=1.5)
    lab.log_reset()
    synced = playbooks.sync("--diff").ok()
    assert synced.changed == 1
    assert len([line for line in synced.diff if line.startswith("+h")]) == 520
    bodies = [entry["body"] for entry in playbooks.writes()]
    created = {
        "cloudflare": [record["name"] for body in bodies if "posts" in body for record in body["posts"]],
        "desec": [f"{rrset['subname']}.{ZONE}" for body in bodies if "posts" not in body for rrset in body],
    }
    names = sorted(f"{one['name']}.{ZONE}" for one in records)
    assert {provider: sorted(sent) for provider, sent in created.items()} == dict.fromkeys(created, names)
    assert synced.output.count("a write failed and was checked: ") == 2
    assert playbooks.sync("--diff").ok().changed == 0


def test_a_server_that_never_ends_is_reported_in_few_words(playbooks: Playbooks, lab: LabClient) -> None:
    """What took effect counts as a change, and what is unknown is named by three sets and their number."""
    playbooks.sites.clear()
    playbooks.zone_file(
        [{"name": f"h{number}", "type": "A", "ttl": 3600, "values": "192.0.2.1"} for number in range(260)]
    )
    playbooks.common["dns_providers"] = [
        {**entry, "deadline": 8} for entry in playbooks.common["dns_providers"] if entry["type"] == "desec"
    ]
    lab.break_("desec_api", "504_late_commit", methods="PATCH", skip=1, seconds=3000)
    synced = playbooks.sync().failed()
    (fatal,) = re.findall(r"^fatal: .*? => (\{.*\})$", synced.output, re.MULTILINE)
    result = json.loads(fatal)
    assert (result["changed"], len(result["changes"])) == (True, 200)
    assert len(result["msg"]) < 1000
    (note,) = [note for note in result["providers"]["desec"]["notes"] if "unknown whether" in note]
    assert "(60 in all)" in note
