# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fifty sites in five zones under the request limits of both providers: in one run, and in slices that run at once."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._failover import marker as failover_marker
from support import lab_jobs
from support.lab_jobs import BOTH
from support.lab_playbooks import SITE, Playbooks
from support.lab_steering import TARGETS, held, leads_to, marker_key
from twinzone_lab.client import LabClient, running_lab

ZONES = ("example.com", "example.net", "example.org", "example.edu", "example.info")
SITES_OF_ZONE = 10

#: How many of a zone's sites are led to the front that is going to fail: thirty in all, most of them in one zone.
AT_RISK = {"example.com": 10, "example.net": 5, "example.org": 5, "example.edu": 5, "example.info": 5}
FAILING = sum(AT_RISK.values())
ALL = SITES_OF_ZONE * len(ZONES)

#: Each of them reads each zone at deSEC, twice: four would come near the fifty requests a minute that an account has.
SLICES = 3


def routers() -> Iterator[tuple[str, str, str]]:
    """Zone, router and name of every site."""
    for zone in ZONES:
        for number in range(SITES_OF_ZONE):
            yield zone, f"router-{number}", f"s{number}.{zone}"


def declared(lab: LabClient, zone: str) -> list[dict[str, Any]]:
    """The zone's record sets: the sites' names, and their routers led as they are before anything fails."""
    entries: list[dict[str, Any]] = yaml.safe_load((lab.directory / "zones" / f"{zone}.yml").read_text())["records"]
    for number in range(SITES_OF_ZONE):
        target = "cf-front" if number < AT_RISK[zone] else "cdn2-front"
        entries.append({"name": f"router-{number}", "type": "CNAME", "ttl": 3600, "values": [target]})
        entries.append({"name": f"s{number}", "type": "CNAME", "ttl": 3600, "values": [f"router-{number}"]})
    return entries


def fronts_of(lab: LabClient) -> Counter[tuple[str, ...]]:
    """To which front each router leads at each provider, according to the router and to its marker there."""
    found: Counter[tuple[str, ...]] = Counter()
    for zone in ZONES:
        stored = {provider: held(lab, provider, zone) for provider in BOTH}
        names = {target.replace(ZONES[0], zone): front for front, target in TARGETS.items()}
        for router in (router for one, router, _site in routers() if one == zone):
            said = []
            for provider in BOTH:
                (target,) = stored[provider][router, "CNAME"]
                texts = stored[provider].get(marker_key(router), [])
                (marker,) = [failover_marker.parse(text, int(time.time())) for text in texts] or [None]
                said += [names[target], marker.front if marker else "-"]
            found[tuple(said)] += 1
    return found


def writes(lab: LabClient) -> Counter[str]:
    """How many writes each zone got at each provider."""
    done = [entry for entry in lab.log() if entry["method"] != "GET" and entry["status"] == 200]
    return Counter(f"{entry['provider']} {entry['path']}" for entry in done)


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[LabClient]:
    """A lab that insists on its limits."""
    with running_lab(tmp_path / "lab", throttle=True, max_seconds=600, zone=ZONES) as lab:
        for zone in ZONES:
            lab_jobs.ok(lab_jobs.run(lab, declared(lab, zone), zone=zone, verify_seconds=20))
        yield lab


def site(playbooks: Playbooks, zone: str, router: str, name: str) -> dict[str, Any]:
    """The variables of a site: those of the lab's own, in this zone."""
    found = yaml.safe_load(yaml.safe_dump(playbooks.sites[SITE]).replace(ZONES[0], zone))
    check = {**found["failover_check"], "url": found["failover_check"]["url"].replace(f"www.{zone}", name)}
    return {**found, "failover_router": router, "failover_check": check}


def prepared(
    lab: LabClient, directory: Path, chosen: Iterable[tuple[str, str, str]], zones: Sequence[str]
) -> Playbooks:
    """Playbooks with an inventory, a home and a temporary directory of their own, as in a container."""
    (directory / "tmp").mkdir(parents=True)
    playbooks = Playbooks(lab, directory)
    playbooks.environment["TMPDIR"] = str(directory / "tmp")
    sites = {name: site(playbooks, zone, router, name) for zone, router, name in chosen}
    for name in list(playbooks.zones):
        if name not in zones:
            del playbooks.zones[name]
    playbooks.sites.clear()
    playbooks.sites.update(sites)
    return playbooks


def test_thirty_of_fifty_fail_over_in_one_run(strict: LabClient, tmp_path: Path) -> None:
    """One task a vantage probes for all sites, and one write a zone and provider moves all that must move."""
    lab = strict
    playbooks = prepared(lab, tmp_path / "run", routers(), ZONES)
    lab.break_("front_cloudflare", "refuse")
    lab.log_reset()
    run = playbooks.failover().ok()
    assert Counter(result["outcome"] for result in run.results.values()) == {
        "switched": FAILING,
        "unchanged": ALL - FAILING,
    }
    assert run.changed == FAILING
    assert len(writes(lab)) == 2 * len(ZONES)
    assert set(writes(lab).values()) == {1}
    # Six to decide and write, and two at Cloudflare for what its name servers hide of the sites' names.
    assert len(lab.log()) <= 8 * len(ZONES)
    task = r"^TASK \[.*: Probe from here, and ask the APIs beside it\] \*+\n(.*)\n\n"
    probes = re.findall(task, run.output, re.MULTILINE)
    assert probes == [f"ok: [s0.{ZONES[0]} -> localhost]"]
    stay, moved = ("bunny", "-") * 2, ("bunny", "bunny") * 2
    assert fronts_of(lab) == {moved: FAILING, stay: ALL - FAILING}
    bodies = [entry["body"] for entry in lab.log("desec") if entry["method"] == "PATCH"]
    assert Counter(rrset["type"] for body in bodies for rrset in body) == {"CNAME": FAILING, "TXT": FAILING}


def test_slices_at_once(strict: LabClient, tmp_path: Path) -> None:
    """Each sees its own hosts only, and writes for itself, into the same zones as all the others. Nothing is lost."""
    lab = strict
    lab.break_("front_cloudflare", "refuse")
    parts = [
        prepared(lab, tmp_path / f"slice{number}", list(routers())[number::SLICES], ZONES[number : number + 1])
        for number in range(SLICES)
    ]
    lab.log_reset()
    with ThreadPoolExecutor(SLICES) as pool:
        # All of them write to the same zones, whose limits hold for all together: none is to give up meanwhile.
        runs = list(pool.map(lambda part: part.failover(failover_deadline=60), parts))
    results = [result for run in runs for result in run.results.values()]
    outcomes = Counter(result["outcome"] for result in results)
    assert outcomes == {"switched": FAILING, "unchanged": ALL - FAILING}, [run.output for run in runs]
    assert [run.code for run in runs] == [0] * SLICES
    stay, moved = ("bunny", "-") * 2, ("bunny", "bunny") * 2
    assert fronts_of(lab) == {moved: FAILING, stay: ALL - FAILING}
    assert set(writes(lab).values()) == {SLICES}
    assert all(leads_to(lab, router, zone) == {"bunny"} for zone, router, _site in list(routers())[::SITES_OF_ZONE])

    # A slice with zones and no site. What failovers have moved is known by its marker; the zone files do not know it.
    zones_only = prepared(lab, tmp_path / "zones", [], ZONES[:2])
    for zone in ZONES[:2]:
        path = zones_only.directory / "zones" / f"{zone}.yml"
        path.write_text(yaml.safe_dump({"domain": zone, "records": declared(lab, zone)}))
    synced = zones_only.sync().ok()
    assert synced.changed == 0
    assert synced.output.count("router-0: left as it is; failovers own it") == 2
    assert fronts_of(lab) == {moved: FAILING, stay: ALL - FAILING}
