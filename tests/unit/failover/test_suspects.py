# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several failures share. Only what all of them share is suspected."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover import observation, suspects
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.observed import FrontVerdict
from ansible_collections.twinzone.edge.plugins.module_utils._failover.site import as_published
from hypothesis import given
from hypothesis import strategies as st

SITE: Any = {
    "site": "www",
    "zone": "exmaple.com",
    "router": "web-router",
    "names": ["www.example.com."],
    "vantages": ["here", "there"],
    "fronts": [{"name": name} for name in ("a", "b", *map(str, range(6)))],
}
ROUTER = "web-router.exmaple.com."


def front(name: str, *causes: str, verdict: str = "down") -> FrontVerdict:
    return {
        "site": "www",
        "name": name,
        "verdict": verdict,
        "clean": verdict == "up",
        "reason": "",
        "addresses": [{"cause": cause, "detail": f"the {cause}"} for cause in causes],
    }


def vote(vantage: str, *fronts: FrontVerdict) -> Any:
    return {"vantage": vantage, "msg": "", "fronts": list(fronts)}


@pytest.mark.parametrize("cause", ["resolver", "trust"])
def test_a_vantage_that_lacks_something_can_judge_no_front(cause: str) -> None:
    both = [front("a", cause, cause), front("b", cause)]
    found = suspects.at_vantage("here", both)
    assert found is not None
    assert (found.seen.startswith("here "), f"(the {cause})" in found.seen) == (True, True)
    assert suspects.at_vantage("here", [both[0], front("b", "", verdict="up")]) is None
    assert suspects.at_vantage("here", [both[0], front("b", "connect")]) is None
    assert suspects.at_vantage("here", [front("a", cause, "connect"), both[1]]) is None
    assert suspects.at_vantage("here", []) is None


def test_a_vantage_that_cannot_judge_counts_for_nothing() -> None:
    blind = vote("here", front("a", "trust"), front("b", "trust"))
    well = vote("there", front("a", "status"), front("b", "", verdict="up"))
    ill = vote("there", front("a", "status"), front("b", "status"))
    assert suspects.of_fronts(SITE, [blind, well]) is None
    both = suspects.of_fronts(SITE, [blind, ill])
    assert both is not None and both.remedy == suspects.ORIGIN
    alone = suspects.of_fronts(SITE, [blind])
    assert alone is not None and alone.remedy == suspects.TRUST


def test_addresses_that_a_front_has_left_do_not_make_a_vantage_see() -> None:
    """They are probed as they are, so they answer where the resolver does not; the fronts are unknown anyway."""
    fronts = [front("a", "resolver"), front("b", "resolver")]
    seen = observation.vote(SITE, "here", [vote("here", *fronts, front(as_published("a"), verdict="up"))])
    assert {name: health.verdict for name, health in seen.items() if name in "ab"} == {"a": "unknown", "b": "unknown"}


@given(st.lists(st.sampled_from(["", "connect", "status", "trust", "resolver", "name"]), min_size=2, max_size=6))
def test_only_what_all_share_is_suspected(causes: list[str]) -> None:
    fronts = [front(str(number), cause, verdict="down" if cause else "up") for number, cause in enumerate(causes)]
    found = suspects.of_fronts(SITE, [vote("here", *fronts)])
    if "" in causes:
        assert found is None
    elif len(set(causes)) > 1:
        assert found == suspects.Suspect("", suspects.DIFFERENT)
    else:
        assert found is not None and f"the {causes[0]}" in found.seen


def answer(server: str, error: str, status: str = "silent") -> Any:
    return {"name": ROUTER, "type": "CNAME", "server": server, "status": status, "error": error}


def path(zone: str) -> Any:
    return {"name": "www.example.com.", "link": "www.example.com.", "zone": zone}


@pytest.mark.parametrize(
    ("answers", "paths", "held", "suspected"),
    [
        ([answer("1", "REFUSED"), answer("2", "REFUSED")], [path("example.com")], {}, True),
        ([], [path("example.com")], {}, True),
        ([answer("1", "REFUSED")], [], {}, True),
        ([answer("1", "REFUSED"), answer("2", "silent")], [path("example.com")], {}, False),
        ([answer("1", "silent")], [path("example.com")], {}, False),
        ([answer("1", "REFUSED"), answer("2", "", "missing")], [], {}, False),
        ([], [], {}, False),
        ([], [path("exmaple.com")], {}, False),
        ([answer("1", "REFUSED")], [], {"p": {"error": None}}, False),
        ([], [], {"p": {"error": {"kind": "not_found"}}}, True),
        ([answer("1", "silent")], [], {"p": {"error": {"kind": "not_found"}}}, False),
    ],
)
def test_a_zone_that_nobody_knows(answers: Any, paths: Any, held: Any, suspected: bool) -> None:
    """Silence says nothing about the zone."""
    found = suspects.of_servers(SITE, answers, paths, {"exmaple.com": held})
    assert (found is not None) == suspected
    if found and paths:
        assert "is example.com meant?" in found.remedy
