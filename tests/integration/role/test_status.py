# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""status.yml in its three forms, and the page that every run rewrites."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from support.lab_playbooks import SITE, Playbooks
from twinzone_lab.client import LabClient

DRILL = {
    "outcome": "passed",
    "site": "www-canary.example.com",
    "finished": "2026-01-01T00:00:00Z",
    "legs": [{"leg": "there", "seconds": 2.5}],
}


def document(output: str) -> dict[str, Any]:
    """The JSON in the output of a run."""
    found: dict[str, Any] = json.loads(re.findall(r"^\{$.*?^\}$", output, re.MULTILINE | re.DOTALL)[0])
    return found


@pytest.mark.real_command
def test_what_to_do_next_is_named(playbooks: Playbooks, lab: LabClient) -> None:
    playbooks.create_zone()
    quiet = document(playbooks.status("-e", "status_format=json").output)
    assert (quiet["schema"], quiet["well"]) == ("twinzone-status/1", True)
    (row,) = quiet["sites"]
    assert (row["site"], row["active"], row["next"], row["drill"]) == (SITE, "cloudflare", "nothing", "never")
    assert row["names"] == "follow"
    lab.break_("front_cloudflare", "refuse")
    assert "run failover: it goes to bunny" in playbooks.status().output
    advising = playbooks.status("-e", "failover_mode=advise").output
    assert "run failover: it shows the command that goes to bunny" in " ".join(advising.split())
    lab.break_("front_bunny", "refuse")
    ill = document(playbooks.status("-e", "status_format=json").output)
    assert ill["well"] is False
    # What all failures share comes first; no front is worth going to.
    assert "then at what the fronts have in common" in ill["sites"][0]["next"]
    assert "is not one of text, json, html" in playbooks.run("status", status_format="xml").failed().output


def test_the_page_on_the_wall(playbooks: Playbooks, lab: LabClient) -> None:
    playbooks.create_zone()
    page, kept = playbooks.directory / "wall.html", playbooks.directory / "kept"
    kept.mkdir()
    (kept / "canary.drill.json").write_text(json.dumps(DRILL))
    words = ["-e", f"failover_status_page={page}", "-e", f"failover_report_dir={kept}"]
    assert playbooks.run("failover", "--check", *words).code == 0
    assert not page.exists(), "a run in check mode shows nothing as done"
    run(playbooks, *words)
    quiet = page.read_text()
    assert stat.S_IMODE(page.stat().st_mode) == 0o644
    assert "All 1 sites are well" in quiet
    assert "(www-canary.example.com)" in quiet
    lab.break_("front_cloudflare", "refuse")
    run(playbooks, *words)
    moved = page.read_text()
    assert '<span class="down">cloudflare down</span>' in moved
    assert "Last incidents" in moved
    assert "cloudflare -&gt; bunny" in moved
    # Another run that looks at other sites only keeps what is known of this one.
    playbooks.add_site("shop.example.com", router="shop-router")
    playbooks.run("status", "--limit", "shop.example.com", *words)
    both = page.read_text()
    assert "shop.example.com" in both
    assert SITE in both
    assert "<script" not in both
    assert "default-src 'none'" in both
    asked = playbooks.run("status", "--limit", SITE, "-e", "status_format=html", *words).ok()
    assert "<!doctype html>" in asked.output


def test_a_page_that_cannot_be_written_stops_nothing(playbooks: Playbooks, lab: LabClient) -> None:
    playbooks.create_zone()
    lab.break_("front_cloudflare", "refuse")
    blocked = Path("/proc/nowhere/wall.html")
    moved = playbooks.failover(failover_status_page=blocked).ok()
    assert moved.result("switched")["front"] == "bunny"
    assert "/proc/nowhere" in moved.output


def run(playbooks: Playbooks, *words: str) -> None:
    """A failover with reports of its own."""
    done = playbooks.command(
        "twinzone.edge.failover",
        "-i",
        playbooks.inventory_file(),
        *words[:2],
        failover_report_dir=words[3].partition("=")[2],
    )
    assert done.code == 0, done.output
