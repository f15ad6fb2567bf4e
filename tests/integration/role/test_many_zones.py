# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sync.yml over several zones: one task works on all of them, and each has its own options, outcome and diff."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import lab_jobs
from support.lab_playbooks import ZONE, Playbooks
from twinzone_lab.client import LabClient, running_lab

ZONES = ("example.com", "example.net", "example.org", "example.edu")
HOSTS = {"www": "192.0.2.1", "mail": "192.0.2.2"}
CREATED, MISDESCRIBED, UNKNOWN, MIRRORED = ZONES


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabClient]:
    """A lab with one zone less than the inventory has."""
    zones = [zone for zone in ZONES if zone != UNKNOWN]
    with running_lab(tmp_path_factory.mktemp("zones") / "lab", max_seconds=900, zone=zones) as lab:
        yield lab


@pytest.fixture
def playbooks(several: LabClient, tmp_path: Path) -> Playbooks:
    """An inventory of four zones: one to create, one with mistakes, one that no provider has, one taken from deSEC."""
    several.reset()
    found = Playbooks(several, tmp_path)
    pattern = found.zones[ZONE]
    found.sites.clear()
    found.zones.clear()
    for zone in ZONES:
        entries = [{"name": name, "type": "A", "values": [value]} for name, value in HOSTS.items()]
        (found.directory / "zones" / f"{zone}.yml").write_text(yaml.safe_dump({"domain": zone, "records": entries}))
        found.zones[zone] = {**copy.deepcopy(pattern), "zone_sync_file": f"zones/{zone}.yml"}
    found.zones[CREATED]["zone_sync_ttl"] = 7200
    found.zones[MISDESCRIBED]["zone_sync_purne"] = True
    found.zones[MIRRORED] = {"zone_sync_source": "desec"}
    lab_jobs.ok(
        lab_jobs.run(
            several, [{"name": "x", "type": "TXT", "values": ["y"]}], "desec", zone=MIRRORED, verify_seconds=20
        )
    )
    several.log_reset()
    return found


def shown(recap: dict[str, int]) -> dict[str, int]:
    return {key: count for key, count in recap.items() if count and key != "ok"}


def test_each_zone_has_its_own_outcome(playbooks: Playbooks, several: LabClient) -> None:
    lab = several
    predicted = playbooks.sync("--check", "--diff").failed()
    assert not playbooks.writes()
    lab.log_reset()
    # Neither is a reason to leave another zone as it is.
    playbooks.environment["ANSIBLE_ANY_ERRORS_FATAL"] = "true"
    run = playbooks.sync("--diff").failed()
    assert {zone: shown(counts) for zone, counts in run.recap.items()} == {
        CREATED: {"changed": 1},
        MISDESCRIBED: {"failed": 1},
        UNKNOWN: {"failed": 1},
        MIRRORED: {"changed": 1},
    }
    # Zones are reported in any order.
    assert (
        Counter(run.diff)
        == Counter(predicted.diff)
        == {
            "+www 7200 IN A 192.0.2.1": 2,
            "+mail 7200 IN A 192.0.2.2": 2,
            '+x 3600 IN TXT "y"': 1,
        }
    )
    words = " ".join(run.output.split())
    assert f"{MISDESCRIBED} is not well described: zone_sync_purne: is unknown" in words.replace("\\n", " ")
    for provider in ("Cloudflare", "deSEC"):
        assert f"the zone {UNKNOWN} does not exist at {provider}" in words
    assert lab_jobs.served(lab, "cloudflare", "www", "A") == [["192.0.2.1"]] * 2
    assert not [one for one in lab.zone("cloudflare", MISDESCRIBED) if one["name"].startswith("www")]


def test_one_list_of_zones_for_all(playbooks: Playbooks, several: LabClient) -> None:
    for zone in (MISDESCRIBED, UNKNOWN):
        del playbooks.zones[zone]
    playbooks.sync().ok()
    several.log_reset()
    playbooks.sync().ok()
    asked = Counter((one["provider"], one["path"].partition("?")[0]) for one in several.log())
    assert asked.pop(("cloudflare", "/client/v4/zones")) == 1
    assert asked.pop(("desec", "/api/v1/domains/")) == 1
    # The zone that is mirrored is read twice: as the source or beside it, and to be compared.
    assert set(asked.values()) <= {1, 2}


@pytest.mark.parametrize("way", ["serial", "free", "limit"])
def test_every_zone_is_done_once(playbooks: Playbooks, several: LabClient, way: str) -> None:
    """In batches, by itself, or alone: whatever way the play goes through its hosts."""
    for zone in (MISDESCRIBED, UNKNOWN):
        del playbooks.zones[zone]
    more: dict[str, dict[str, Any]] = {"serial": {"serial": 1}, "free": {"strategy": "free"}, "limit": {}}
    play = {"hosts": "zones", "gather_facts": False, "roles": ["twinzone.edge.zone_sync"], **more[way]}
    path = playbooks.directory / "play.yml"
    path.write_text(yaml.safe_dump([play]))
    words = ["--limit", CREATED] if way == "limit" else []
    run = playbooks.command(str(path), "-i", playbooks.inventory_file(), *words).ok()
    done = {CREATED} if way == "limit" else {CREATED, MIRRORED}
    assert {zone for zone, counts in run.recap.items() if counts["changed"] == 1} == done
    paths = [one["path"] for one in playbooks.writes() if one["provider"] == "desec"]
    assert [path.split("/domains/")[-1].split("/")[0] for path in paths] == [CREATED]
