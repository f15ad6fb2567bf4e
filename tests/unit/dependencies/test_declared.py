# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nothing shows from outside: as it is declared, it counts in the verdicts; and a mistake is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies import declared
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.facts import Facts, Name
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.matrix import rows
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.verdicts import RETURNS, SPLIT, STAYS, World
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from support.dependency_worlds import known, with_name, world


def word(facts: Facts, *failed: str) -> str:
    seen = World(facts, known())
    return seen.fate(seen.public_names[0], failed).word


def test_nobody_can_switch_without_a_runner_and_its_secrets() -> None:
    """Alpha runs the active front, and Gamma the other one."""
    at_alpha = replace(world(), declared={"runner": ("alpha",)})
    assert word(at_alpha, "Alpha") == "down"
    assert word(at_alpha) == STAYS
    assert word(replace(world(), declared={"secrets": ("Delta",)}), "Delta") == SPLIT
    # Of several, one is enough.
    assert word(replace(world(), declared={"runner": ("Alpha", "Delta")}), "Alpha") == RETURNS


def test_an_origin_takes_its_sites_down() -> None:
    facts = replace(world(), declared={"origin": ("Hoster",)})
    assert word(facts, "Hoster") == "down"
    assert word(replace(world(), declared={"origin": ("Hoster", "Another")}), "Hoster") == STAYS


def test_a_place_is_followed_like_any_host() -> None:
    said = declared.read({"status_page": "https://status.beta.org/", "git": ["GitHub", "https://git.example/"]})
    assert said.operators["git"] == ("GitHub",)
    assert said.places == {"git": ("https://git.example/",), "status_page": ("https://status.beta.org/",)}
    page = Name("status.beta.org.", "beta.org.", "edge.alpha-cdn.net.")
    seen = rows(World(replace(with_name(world(), page), parties={"status_page": (page.name,)}), known()))
    roles = {row.operator: row.roles for row in seen}
    assert (roles["Beta"]["status_page"], roles["Alpha"]["status_page"]) == ("direct", "behind")
    assert "status_page" not in roles["not declared"]


def test_mistakes_are_refused() -> None:
    with pytest.raises(BadInput) as refused:
        declared.read({"runer": "x", "cdn": "y", "git": {"host": "z"}, "mail": [["a"]], "origin": None})
    assert [problem.partition(": ")[2] for problem in refused.value.problems] == [
        "is unknown; did you mean runner? Known are origin, registrar, runner, secrets, git, sso, mail, status_page",
        "is unknown; known are origin, registrar, runner, secrets, git, sso, mail, status_page",
        "must be the name of an operator, a URL, or a list of these",
        "must be the name of an operator, a URL, or a list of these",
    ]
