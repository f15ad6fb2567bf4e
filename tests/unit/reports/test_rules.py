# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alert rules use the metrics that there are, with labels and values that they have."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._reports import metrics
from prometheus_client.parser import text_string_to_metric_families
from support.failover_reports import report
from support.failover_world import NOW
from support.paths import ROOT

RULES = yaml.safe_load((ROOT / "extensions" / "prometheus" / "twinzone.rules.yml").read_text())["groups"][0]["rules"]
SAMPLES = [one for family in text_string_to_metric_families(metrics.text([report()], NOW)) for one in family.samples]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_is_about_series_that_exist(rule: dict[str, str]) -> None:
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("critical", "warning")  # type: ignore[index]
    (name,) = re.findall(r"twinzone_\w+", rule["expr"])
    mine = [one for one in SAMPLES if one.name == name]
    assert mine
    for label, values in re.findall(r'(\w+)=~?"([^"]+)"', rule["expr"]):
        assert set(values.split("|")) <= {one.labels[label] for one in mine}
    used = re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])  # type: ignore[index]
    assert set(used) <= mine[0].labels.keys()
