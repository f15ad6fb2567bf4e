# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runbook: a night in which its commands are typed as printed, and its tables held against the code."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._failover import decision, outcome, suspects
from ansible_collections.twinzone.edge.plugins.module_utils._failover.quorum import UNKNOWN, UP
from support import guides, lab_jobs
from support.lab_playbooks import ZONE
from support.quick_failover import QuickDesk, QuickPlaybooks
from twinzone_lab.client import LabClient

GUIDE = guides.sections("guide_runbook")
STATUS, CHECK = GUIDE["See"].commands
FAILOVER, PIN = GUIDE["Move"].commands
LIFT, BACK = GUIDE["Go back"].commands
*BY_HAND, DIG, TELL = GUIDE["By hand"].commands


@pytest.fixture
def desk(quick: QuickPlaybooks, lab: LabClient) -> QuickDesk:
    """The zone and the site of the README, which are the lab's too."""
    quick.create_zone()
    made = QuickDesk(quick, lab)
    (made.directory / "inventory.yml").write_text(yaml.safe_dump(quick.inventory))
    return made


def in_a_shell(desk: QuickDesk, *commands: str) -> str:
    """Type commands, with the lab's addresses in place of the real ones."""
    lab = desk.lab
    cloudflare, desec = (lab.info["providers"][name] for name in ("cloudflare", "desec"))
    text = "\n".join(commands)
    for real, here in {
        "https://api.cloudflare.com/client/v4": cloudflare["api_url"],
        "https://desec.io/api/v1": desec["api_url"],
        "@ns1.desec.io": f"-p {lab.info['dns_port']} @{desec['name_servers']['ns1.desec.io']}",
    }.items():
        text = text.replace(real, here)
    environment = {**desk.playbooks.environment, "CURL_CA_BUNDLE": lab.info["ca"], "NO_PROXY": "*"}
    done = subprocess.run(
        ["bash", "-euc", text], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl or jq is not installed")
def test_a_night(desk: QuickDesk, lab: LabClient) -> None:
    playbooks = desk.playbooks
    lab.break_("front_cloudflare", "refuse")
    table = desk.run(STATUS).ok().output
    (sample,) = [block.text for block in GUIDE["See"].blocks if block.language == "text"]
    assert [head in table for head in re.split(r" {2,}", sample.splitlines()[0])] == [True] * 9
    assert "cloudflare down" in table
    assert desk.run(CHECK).ok().result("switched", "active_down")["front"] == "bunny"
    assert not playbooks.writes()

    lab.break_("cloudflare_api", "hang")
    desk.run(FAILOVER).failed().result("partial", "active_down")
    lab.repair("cloudflare_api")
    pinned = desk.run(PIN).ok().result("converged", "pinned")
    assert re.fullmatch(r"bunny until .* by INC-7", pinned["pin"])
    lab.repair()
    assert desk.run(LIFT).ok().result("unchanged", "failback_manual")["pin"] == ""
    assert desk.run(BACK).ok().result("switched", "requested")["front"] == "cloudflare"

    in_a_shell(desk, *BY_HAND)
    assert set(playbooks.routers().values()) == {f"cdn2-front.{ZONE}"}
    lab_jobs.soon(playbooks.visitors, {"cloudflare": ["bunny"] * 2, "desec": ["bunny"] * 2})
    if shutil.which("dig"):
        assert in_a_shell(desk, DIG).split()[-2:] == ["CNAME", f"cdn2-front.{ZONE}."]
    desk.run(TELL).ok().result("unchanged", "requested")
    stays = desk.run(FAILOVER).ok().result("unchanged", "failback_manual")
    assert stays["front"] == "bunny", "it is not led back"


def test_every_outcome_and_every_reason_to_hold_is_explained() -> None:
    source = Path(decision.__file__).read_text()
    holds = set(re.findall(r'_hold\(\s*"(\w+)"', source)) | {"unmanaged", "contested", "half_moved"}
    names = ["UNCHANGED", "SWITCHED", "CONVERGED", "PARTIAL", "UNVERIFIED", "HELD", "REFUSED", "FAILED", "UNREADY"]
    names += ["ADVISED"]
    outcomes = {getattr(outcome, name) for name in names}
    reported = [row.strip("`") for row in GUIDE["What the outcome means"].rows]
    assert set(reported) == outcomes | holds
    assert set(reported[:3]) == set(outcome.GOOD), "all but the first three fail the play"


def test_what_all_fronts_share_is_explained_in_the_words_of_the_run() -> None:
    text = " ".join((guides.FOLDER / "guide_runbook.rst").read_text().split())
    texts = {value for name, value in vars(suspects).items() if name.isupper() and isinstance(value, str)}
    remedies = texts - {UNKNOWN, UP}
    assert len(remedies) == 9
    for remedy in remedies:
        assert f"- {remedy[0].upper()}{remedy[1:].replace('`', '``')}." in text


def test_its_first_line_sets_what_is_read() -> None:
    hurry, make, export = GUIDE["Runbook: the site is down"].commands
    assert hurry == FAILOVER, "the command for who is in a hurry stands first"
    assert "twinzone.edge.runbook" in make
    assert re.findall(r"(\w+)=", export) == ["CLOUDFLARE_API_TOKEN", "DESEC_TOKEN"]
