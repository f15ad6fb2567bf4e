# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misspelt variables: what is nearly one of ours is refused, and what somebody else calls alike is not."""

from __future__ import annotations

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._variables import nearly

VALID = ("runbook_contacts", "runbook_dir", "runbook_schedule", "dependencies_report_dir", "dependency_declared")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("runbook_kontacts", "runbook_contacts"),
        ("runbook_contact", "runbook_contacts"),
        ("Runbook-Schedule", "runbook_schedule"),
        ("dependency_report_dir", "dependencies_report_dir"),
        ("dependency_declare", "dependency_declared"),
        ("runbook_url", ""),
        ("dependency_track_url", ""),
        ("runbook_dir", ""),
    ],
)
def test_what_is_nearly_ours_is_a_mistake(given: str, meant: str) -> None:
    expected = [f"{given}: is unknown; did you mean {meant}?"] if meant else []
    assert nearly([given], VALID) == expected
