# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of the drill."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.twinzone.edge.plugins.module_utils._failover import drill_plan as planning
from ansible_collections.twinzone.edge.plugins.module_utils._failover import drill_report as reporting
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.decision import DecisionData
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.observed import Answer
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.site import Site
from ansible_collections.twinzone.edge.plugins.module_utils._modules.packing import unpacked


def drill_plan(
    sites: Sequence[Site], decisions: Sequence[DecisionData], answers: Sequence[Answer], facts: planning.Facts
) -> planning.Plan:
    """Where a rehearsal would go, and the problems for which it must not begin."""
    return planning.plan(unpacked(sites), unpacked(decisions), unpacked(answers), facts)


def drill_report(made: planning.Plan, legs: Sequence[reporting.Leg]) -> reporting.Report:
    """The result of a rehearsal."""
    return reporting.report(made, legs)
