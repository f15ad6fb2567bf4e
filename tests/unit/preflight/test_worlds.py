# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every check has a world of the lab in which it finds something, and one that it passes."""

from __future__ import annotations

import re

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._preflight.registry import CHECKS, IDS
from support.paths import ROOT

FOLDER = ROOT / "tests" / "integration" / "role"
WORLDS = "\n".join((FOLDER / f"test_preflight{name}.py").read_text() for name in ("", "_stories"))

#: How these tests say what a check finds: by a call, or in a table of what is expected.
FORMS = (r'check\(results, "{}", [^\n]*"({})"', r'check\(neglected, "{}", [^\n]*"({})"', r'\("{}", [^\n]*\): \("({})"')


@pytest.mark.parametrize("name", IDS)
def test_each_check_finds_something_in_the_lab(name: str) -> None:
    (check,) = [one for one in CHECKS if one.id == name]
    levels = {"fail" if check.fails else "", "warn" if check.warns else ""} - {""}
    found = {match for form in FORMS for match in re.findall(form.format(name, "|".join(levels)), WORLDS)}
    assert found, f"no test of the lab expects a {' or '.join(sorted(levels))} of {name}"


def test_each_check_passes_in_the_lab() -> None:
    """The test of the site in good order compares what passes with the registry; these two pass elsewhere."""
    assert "assert passing == set(IDS) - ELSEWHERE" in WORLDS
    (elsewhere,) = re.findall(r"^ELSEWHERE = \{(.*)\}$", WORLDS, re.MULTILINE)
    for name in re.findall(r'"(\w+)"', elsewhere):
        assert re.search(rf'results\["{name}", [^\n]*\]\["level"\] == "ok"', WORLDS)
