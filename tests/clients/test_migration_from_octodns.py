# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The migration guide: what octoDNS makes of the zone file `before`, ours leaves alone with the zone file `after`."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from support import guides, lab_jobs
from support.octodns_zones import ZONE, OctoDns
from twinzone_lab.client import LabClient

# It still uses what it has deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:octodns")

SECTION = guides.sections("guide_migration")["From octoDNS"]
AFTER = [{"ttl": 3600, **entry} for entry in SECTION.yaml(f"zones/{ZONE}.yml")["records"]]


def test_nothing_changes_but_the_origin_that_octodns_publishes(
    octodns: OctoDns, lab: LabClient, tmp_path: Path
) -> None:
    """Also when the file is the whole zone. TTLs below 120 seconds do not occur in it."""
    (tmp_path / f"{ZONE}.yaml").write_text(SECTION.file(f"config/{ZONE}.yaml"))
    assert octodns.sync("cloudflare", tmp_path) != []
    octodns_at_desec = tmp_path / "desec"
    octodns_at_desec.mkdir()
    # deSEC's minimum; octoDNS would be refused below it.
    raised = SECTION.file(f"config/{ZONE}.yaml").replace("ttl: 300", "ttl: 3600")
    (octodns_at_desec / f"{ZONE}.yaml").write_text(raised)
    assert octodns.sync("desec", octodns_at_desec) != []
    assert lab_jobs.values(lab_jobs.held(lab, "desec"), "shop", "A") == ["203.0.113.11", "203.0.113.12"]

    reports = lab_jobs.run(lab, AFTER, policy=PlanPolicy(prune=True))
    assert lab_jobs.ok(reports) == [("desec", "update", "shop", "A")]
    assert lab_jobs.values(lab_jobs.held(lab, "desec"), "shop", "A") == sorted(lab.info["fronts"]["cloudflare"])
    assert octodns.plan("cloudflare", tmp_path) == []


def test_its_minimum_ttl(octodns: OctoDns, lab: LabClient, tmp_path: Path) -> None:
    (tmp_path / f"{ZONE}.yaml").write_text("www: {type: A, ttl: 60, value: 192.0.2.1}\n")
    octodns.sync("cloudflare", tmp_path)
    assert lab_jobs.held(lab, "cloudflare").sets["www", "A"].ttl == 120
    lab_jobs.ok(lab_jobs.run(lab, [{"name": "www", "type": "A", "ttl": 60, "values": "192.0.2.1"}], "cloudflare"))
    assert lab_jobs.held(lab, "cloudflare").sets["www", "A"].ttl == 60
