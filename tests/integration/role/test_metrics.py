# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metrics file keeps what it has of sites that a run does not look at, and says what is new of the others."""

from __future__ import annotations

import time

from prometheus_client.parser import text_string_to_metric_families
from support import lab_jobs
from support.lab_playbooks import SITE, Playbooks
from twinzone_lab.client import LabClient

SHOP = "shop.example.com"


def test_series_survive_a_limit_and_a_site_that_is_misdescribed(playbooks: Playbooks, lab: LabClient) -> None:
    file = playbooks.directory / "metrics" / "twinzone.prom"
    playbooks.create_zone()
    entry = {"name": "shop-router", "type": "CNAME", "values": ["cf-front.example.com."]}
    lab_jobs.ok(lab_jobs.run(lab, [entry], verify_seconds=10))
    playbooks.add_site(SHOP, router="shop-router")

    def run(*words: str, **given: object) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
        """A run; by site, the samples by name and labels."""
        playbooks.failover(*words, failover_metrics_file=file, **given)
        found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
        for family in text_string_to_metric_families(file.read_text()):
            for one in family.samples:
                labels = {**one.labels, "": one.name}
                found.setdefault(labels.pop("site"), {})[tuple(sorted(labels.items()))] = one.value
        return found

    def value(samples: dict[tuple[tuple[str, str], ...], float], name: str, **labels: str) -> float:
        return samples[tuple(sorted({**labels, "": f"twinzone_{name}"}.items()))]

    both = run()
    assert both.keys() == {SITE, SHOP}
    ends = value(both[SITE], "certificate_expiry_timestamp_seconds", front="cloudflare")
    assert time.time() < ends < time.time() + 400 * 86400
    moved = run("--limit", SITE, failover_to="bunny")
    assert moved[SHOP] == both[SHOP], "as the run before left it"
    assert value(moved[SITE], "active_front", front="bunny") == 1
    assert value(moved[SITE], "provider_result", provider="desec", result="ok") == 1
    assert value(moved[SITE], "switches_total") == value(both[SITE], "switches_total") + 1 == 1
    playbooks.sites[SITE]["failover_fronts"] = "none"
    wrong = run()
    assert wrong.keys() == {SITE, SHOP}
    assert value(wrong[SITE], "outcome", outcome="refused") == 1
    assert value(wrong[SITE], "switches_total") == 1, "a counter does not begin again"
    assert wrong[SHOP].keys() == both[SHOP].keys()
    assert value(wrong[SHOP], "outcome", outcome="unchanged") == 1
