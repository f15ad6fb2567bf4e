# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sheet for the IRN: the pinned criteria, each with evidence, and no level of ours."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies import irn, irn_page
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.answers import answers
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.facts import Front, Locked
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.operators import directory
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.verdicts import World
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from support.dependency_worlds import OPERATORS, SITE, with_site, world

#: How many criteria each part of version 1.1 has.
PARTS = {1: 4, 2: 5, 3: 5, 4: 3, 5: 2, 6: 6, 7: 3, 8: 2}
REVIEWED = {
    "name": "Alpha",
    "suffixes": ["alpha-dns.net", "alpha-cdn.net", "alpha.net"],
    "entity": "Alpha Ltd",
    "jurisdiction": "XX",
    "source": "its imprint",
    "reviewed": "2026-11-01",
}
LEVELS = {"RES-4.3": {"level": "R", "source": "Ada, 2026-11-20"}}


def rows(**levels: Any) -> dict[str, irn.CriterionData]:
    """The sheet of a world, by criterion."""
    fronts = (*SITE.fronts, Front("new", "edge.nobody.example."))
    facts = replace(
        with_site(world(), replace(SITE, fronts=fronts)),
        declared={"runner": ("Somebody",)},
        locked=(Locked("files.example.com.", "CNAME", "R2", "alpha"),),
        unread=("example.com at beta: No token.",),
    )
    found = answers(World(facts, directory([REVIEWED, *OPERATORS[1:]])))
    return {one["id"]: one for one in irn.sheet(found, levels)}


def test_every_criterion_of_the_pinned_version_is_named_once() -> None:
    ids = [*irn.ELSEWHERE, *(one.id for one in irn.CRITERIA)]
    assert sorted(ids) == [f"RES-{part}.{number}" for part, many in PARTS.items() for number in range(1, many + 1)]


def test_each_criterion_has_what_was_measured_declared_or_not_known() -> None:
    found = rows()
    assert all(one["measured"] or one["declared"] or one["unknown"] for one in found.values())
    assert "If Alpha fails now" in found["RES-4.3"]["measured"][0]
    assert found["RES-6.2"]["measured"] == ["a failover moves www.example.com", "files.example.com CNAME needs R2"]
    assert "runner, secrets, Git, sign-on: Somebody" in found["RES-4.1"]["declared"]
    assert "secrets: not declared" in found["RES-4.1"]["unknown"]
    assert found["RES-5.2"]["unknown"] == ["whose it is: unattributed:edge.nobody.example"]
    assert found["RES-6.4"]["unknown"] == ["the records of example.com at beta: No token."]


def test_where_an_operator_sits_needs_a_source() -> None:
    found = rows()
    assert found["RES-2.1"]["declared"] == ["Alpha: Alpha Ltd, XX, source its imprint"]
    assert "Beta: entity unreviewed" in found["RES-2.1"]["unknown"]
    for criterion in ("RES-2.3", "RES-5.1"):
        assert [line.partition(" (")[0] for line in found[criterion]["declared"]] == ["Alpha"]
        assert any(line.startswith("Beta (") for line in found[criterion]["unknown"])


def test_a_level_is_only_ever_the_users_own() -> None:
    assert all(not one["level"] for one in rows().values())
    found = rows(**irn.read_levels(LEVELS))
    assert (found["RES-4.3"]["level"], found["RES-4.3"]["level_source"]) == ("R", "Ada, 2026-11-20")
    assert [one for one in found.values() if one["level"]] == [found["RES-4.3"]]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"RES-9.1": {"level": "R", "source": "Ada"}}, "is not a criterion of version 1.1"),
        ({"RES-4.3": {"level": "R"}}, "needs `level` and `source`"),
        ({"RES-4.3": {"level": "R", "source": ""}}, "needs `level` and `source`"),
        ({"RES-4.3": "R"}, "needs `level` and `source`"),
        (["RES-4.3"], "must be a mapping"),
    ],
)
def test_a_level_without_a_source_is_refused(given: Any, problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        irn.read_levels(given)


def test_the_page_names_its_version_and_source_and_says_the_rest_is_elsewhere() -> None:
    given = irn.read_levels({**LEVELS, "RES-7.1": {"level": "<b>NR", "source": "Ada"}})
    page = irn_page.to_html("2026-11-28T00:00:00Z", list(rows(**given).values()), given)
    text = re.sub(r"<[^>]+>", " ", page)
    assert "version 1.1" in text and irn.CHECKSUM in text and "CC BY-NC-ND" in text
    assert "R (Ada, 2026-11-20)" in text
    assert "RES-7.1: &lt;b&gt;NR (Ada)" in page
    assert all(one in text for one in irn.ELSEWHERE)
    assert "default-src 'none'" in page and "<script" not in page
