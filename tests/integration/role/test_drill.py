# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""drill.yml: in a lab of its own by default, on a site only if it is marked; it goes back, or says how things stand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support import guides
from support.lab_playbooks import SITE, ZONE, Playbooks, Run
from twinzone_lab.client import LabClient


def drill(playbooks: Playbooks, *words: str, **variables: object) -> Run:
    """A drill on the site."""
    more: dict[str, object] = {"drill_site": SITE, "failover_report_dir": playbooks.reports}
    return playbooks.run("drill", *words, **more, **variables)


def drill_report(run: Run, name: str = SITE) -> dict[str, Any]:
    """The report of a drill, which must have been shown too."""
    found: dict[str, Any] = run.results[f"{name}.drill"]
    assert found["schema"] == "twinzone-drill/1"
    assert all(json.dumps(line)[1:-1] in run.output for line in found["summary"])
    return found


@pytest.mark.real_command
def test_in_a_lab_of_its_own(playbooks: Playbooks, lab: LabClient) -> None:
    """Whatever inventory and variables there are, nothing but that lab is touched; and it is gone afterwards."""
    playbooks.create_zone()
    temporary = playbooks.directory / "tmp"
    temporary.mkdir()
    playbooks.environment["TMPDIR"] = str(temporary)
    report = drill_report(playbooks.run("drill", failover_report_dir=playbooks.reports).ok(), "lab")
    assert (report["outcome"], report["home"], report["to"]) == ("passed", "cloudflare", "bunny")
    assert [leg["outcome"] for leg in report["legs"]] == ["switched", "switched"]
    assert [set(leg["served"].values()) for leg in report["legs"]] == [{"bunny"}, {"cloudflare"}]
    assert report["caches"] == {"cloudflare": 60, "desec": 3600}
    assert report["budget"]["whole"] > 3600
    (shown,) = [one.text for one in guides.sections("guide_runbook")["Rehearse"].blocks if one.language == "text"]
    assert guides.in_form("\n".join(report["summary"])) == guides.in_form(shown.replace("www-canary", "www"))
    assert not lab.log()
    assert not list(temporary.iterdir())
    assert sorted(path.name for path in playbooks.reports.iterdir()) == ["history", "lab.drill.json"]


def test_on_a_canary(playbooks: Playbooks, lab: LabClient) -> None:
    """Refused without the mark and by check mode not done. With one API dead it says partial, and goes back. Where the
    way back fails too, it says what each server leads to, and what brings it back."""
    playbooks.create_zone()
    refused = drill(playbooks).failed()
    assert "it is not marked as a canary: set failover_canary" in refused.output
    playbooks.sites[SITE]["failover_canary"] = True
    predicted = drill(playbooks, "--check").ok()
    assert f"{SITE}: all that a drill needs is there; it would go cloudflare -> bunny -> cloudflare" in predicted.output
    assert not list(playbooks.reports.iterdir())
    assert not playbooks.writes()

    lab.break_("cloudflare_api", "hang")
    playbooks.hurry("cloudflare")
    half = drill(playbooks, failover_run_by="ops").failed()
    report = drill_report(half)
    assert report["outcome"] == "failed"
    assert [(leg["leg"], leg["outcome"]) for leg in report["legs"]] == [("there", "partial"), ("back", "switched")]
    assert "cloudflare: deadline" in report["legs"][0]["message"]
    assert set(report["served"].values()) == {"cloudflare"}
    assert any(line.endswith("by ops") for line in report["summary"])
    assert playbooks.visitors() == {"cloudflare": ["cloudflare"] * 2, "desec": ["cloudflare"] * 2}
    assert sorted(half.results) == [SITE, f"{SITE}.drill"]
    lab.repair()
    playbooks.hurry("")

    lab.break_("desec_api", "403", methods="PATCH", skip=1)
    stranded = drill_report(drill(playbooks).failed())
    assert stranded["outcome"] == "stranded"
    assert [leg["outcome"] for leg in stranded["legs"]] == ["switched", "partial", "partial"]
    assert sorted(stranded["served"].values()) == ["bunny", "bunny", "cloudflare", "cloudflare"]
    assert "curl" in stranded["by_hand"][0]
    assert playbooks.visitors() == {"cloudflare": ["cloudflare"] * 2, "desec": ["bunny"] * 2}
    lab.repair()
    assert f"--limit {SITE} -e failover_to=cloudflare" in stranded["hint"]
    playbooks.failover("--limit", SITE, failover_to="cloudflare").ok().result("converged", "requested")


def test_what_is_not_one_site_is_refused(playbooks: Playbooks) -> None:
    """Neither a group, nor a zone; nor is the lab left for a limit that leaves it out."""
    for words in (["-e", "drill_site=sites"], ["-e", f"drill_site={ZONE}"], ["--limit", SITE]):
        assert "Name a site with drill_site" in " ".join(playbooks.run("drill", *words).failed().output.split())
