# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a preflight: every mistake is named, and all at once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._preflight.settings import Settings, read
from support.paths import ROOT

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"names": ["preflight_rite"]}, "preflight_rite: is unknown; did you mean preflight_write?"),
    ({"coverage": "strickt"}, "coverage: 'strickt' is neither strict nor warn"),
    ({"ignore": {"id": "coverage"}}, "preflight_ignore: must be a list"),
    ({"registrar": {"example.com": {"expires": "soon"}}}, "preflight_registrar.example.com.expires: 'soon'"),
    ({"runners": ["a.b"]}, "preflight_runners: 'a.b' is not an address"),
    ({"runs_per_day": "often"}, "preflight_runs_per_day: 'often' is not a number"),
    ({"recovery_time": "fast"}, "preflight_recovery_time: 'fast' is not a number of seconds"),
    ({"parity": {"a": {"heders": []}}}, "preflight_parity.heders: is unknown; did you mean headers?"),
    ({"parity": {"a": {"urls": "https://a/"}}}, "preflight_parity.urls: must be a list"),
    ({"parity": {"a": "https://a/"}}, "preflight_parity: must have some of the keys"),
]


@pytest.mark.parametrize(("given", "problem"), WRONG)
def test_a_mistake_is_named(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(Settings(**given), ["a", "b"])
    (found,) = caught.value.problems
    assert found.startswith(problem)


def test_all_of_them_are_named_at_once() -> None:
    together = {key: value for given, _problem in WRONG for key, value in given.items()}
    with pytest.raises(BadInput) as caught:
        read(Settings(**together), ["a", "b"])
    assert len(caught.value.problems) == len(together)


def test_every_variable_that_the_guide_names_may_be_set() -> None:
    guide = (ROOT / "docs" / "docsite" / "rst" / "guide_preflight.rst").read_text()
    found = read(Settings(names=sorted(set(re.findall(r"``(preflight_[a-z_]+)``", guide)))), ["a"])
    assert not found.strict
    # A variable of somebody else may begin so too.
    assert not read(Settings(names=["preflight_mail_to"]), ["a"]).strict
    assert read(Settings(coverage="strict", recovery_time={"a": "60"}), ["a", "b"]).recovery_times == {
        "a": 60.0,
        "b": None,
    }
