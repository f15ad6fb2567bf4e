# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alert rules and the dashboard use the metrics that there are, with labels and values that they have."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._reports import metrics
from prometheus_client.parser import text_string_to_metric_families
from support import guides
from support.failover_reports import report
from support.failover_world import NOW
from support.paths import ROOT

RULES_FILE = ROOT / "extensions" / "prometheus" / "twinzone.rules.yml"
RULES = yaml.safe_load(RULES_FILE.read_text())["groups"][0]["rules"]
DASHBOARD = json.loads((ROOT / "extensions" / "grafana" / "twinzone.json").read_text())
_WATCHER = runpy.run_path(str(ROOT / "extensions" / "eda" / "plugins" / "event_source" / "fronts.py"))
_BEAT = {"at": NOW, "sites": 1, "suspected_fronts": 0, "blind_sites": 0}
TEXT = metrics.text([report()], NOW) + _WATCHER["metrics_text"](_BEAT, 0)
SAMPLES = [one for family in text_string_to_metric_families(TEXT) for one in family.samples]
NAMES = {one.name for one in SAMPLES}

_PROMTOOL = shutil.which("promtool")
with_promtool = pytest.mark.skipif(_PROMTOOL is None, reason="needs promtool, which comes with Prometheus")


def promtool(*words: str, text: str | None = None, folder: Path | None = None) -> None:
    assert _PROMTOOL
    done = subprocess.run(
        [_PROMTOOL, *words], input=text, cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def check_query(expression: str) -> None:
    """Every metric exists, with the labels and values that are asked for."""
    names = set(re.findall(r"twinzone_\w+", expression))
    assert names
    assert names <= NAMES
    for name, selector in re.findall(r"(twinzone_\w+)\{([^}]*)\}", expression):
        mine = [one for one in SAMPLES if one.name == name]
        for label, operator, values in re.findall(r'(\w+)(=~?|!=)"([^"]*)"', selector):
            there = {one.labels[label] for one in mine}
            assert (operator == "=~" and values.startswith("$")) or set(values.split("|")) <= there, expression
    for label in re.findall(r"\b(?:by|without) ?\(([^)]*)\)", expression):
        assert set(re.split(r", ?", label)) <= {key for one in SAMPLES if one.name in names for key in one.labels}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_is_about_series_that_exist(rule: dict[str, Any]) -> None:
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("critical", "warning")
    check_query(rule["expr"])
    (name,) = re.findall(r"twinzone_\w+", rule["expr"])
    used = re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])
    assert set(used) <= next(one for one in SAMPLES if one.name == name).labels.keys()


@with_promtool
def test_promtool_finds_nothing_wrong_with_the_metrics() -> None:
    promtool("check", "metrics", text=TEXT)


@with_promtool
def test_the_rules_pass_their_own_tests(tmp_path: Path) -> None:
    shutil.copy(RULES_FILE, tmp_path)
    tests = sorted(Path(__file__).parent.glob("*.test.yml"))
    for path in tests:
        shutil.copy(path, tmp_path)
    promtool("check", "rules", RULES_FILE.name, folder=tmp_path)
    promtool("test", "rules", *(path.name for path in tests), folder=tmp_path)


def test_every_rule_has_a_test_in_which_it_fires() -> None:
    fired = set()
    for path in Path(__file__).parent.glob("*.test.yml"):
        for one in yaml.safe_load(path.read_text())["tests"]:
            fired |= {case["alertname"] for case in one["alert_rule_test"] if case["exp_alerts"]}
    assert fired == {rule["alert"] for rule in RULES}


def panels() -> Iterator[dict[str, Any]]:
    for panel in DASHBOARD["panels"]:
        yield panel
        yield from panel.get("panels", [])


def test_the_dashboard_shows_series_that_exist() -> None:
    queries = [target["expr"] for panel in panels() for target in panel.get("targets", [])]
    assert len(queries) > 8
    for query in queries:
        check_query(query)
    variables = {one["name"]: one for one in DASHBOARD["templating"]["list"]}
    assert variables.keys() == {"datasource", "site"}
    check_query(variables["site"]["query"])
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(list(panels()))))
    assert used == {"datasource", "site"}


def test_the_dashboard_can_be_imported_and_drawn() -> None:
    """https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/"""
    assert DASHBOARD["id"] is None
    assert DASHBOARD["schemaVersion"] >= 36
    shown = list(panels())
    assert len({panel["id"] for panel in shown}) == len(shown)
    assert len({panel["title"] for panel in shown}) == len(shown)
    taken: set[tuple[int, int]] = set()
    for panel in shown:
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, f"{panel['title']} lies over another panel"
        taken |= cells


def test_the_guide_lists_all_metrics() -> None:
    listed = [row.strip("`") for row in guides.sections("guide_awx")["Watching the watcher"].rows]
    assert sorted(listed) == sorted(name for name in NAMES if not name.startswith("twinzone_watch_"))
