# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sync never fights a failover: what a plan does with the names that failovers own."""

from __future__ import annotations

from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._zone import rdata
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Held, Plan, PlanPolicy, Wanted
from ansible_collections.twinzone.edge.plugins.module_utils._zone.planner import plan
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import RecordSet

ZONE = "example.com"
DESEC = PROVIDERS["desec"]


def router(target: str) -> RecordSet:
    return RecordSet("web-router", "CNAME", 3600, (rdata.parse("CNAME", target, ZONE),))


def planned(here: list[RecordSet], there: list[RecordSet] | None, *, prune: bool = False) -> Plan:
    """The plan for a zone file that names the first front; `there` is None where the other provider was not read."""

    def held(sets: list[RecordSet]) -> Held:
        return Held({one.key: one for one in sets}, 3600)

    policy = PlanPolicy(steered=frozenset({"web-router"}), prune=prune)
    dialect = DESEC.__new__(DESEC)
    elsewhere = [] if there is None else [held(there)]
    wanted = [Wanted("web-router", router("cf-front"))]
    return plan(wanted, held(here), policy, dialect, elsewhere, all_read=there is not None)


def targets(found: Plan) -> list[str]:
    return [change.after.values[0].text for change in found.changes if change.after]


def test_a_router_that_exists_is_left_where_the_failover_put_it() -> None:
    assert not planned([router("cdn2-front")], []).changes


def test_a_router_that_is_missing_here_is_copied_from_the_other_provider() -> None:
    assert targets(planned([], [router("cdn2-front")])) == ["cdn2-front.example.com."]


def test_a_router_that_exists_nowhere_is_made_from_the_file() -> None:
    assert targets(planned([], [])) == ["cf-front.example.com."]


def test_a_router_is_not_made_from_the_file_while_another_provider_cannot_be_read() -> None:
    found = planned([], None)
    assert not found.changes
    assert "not every provider could be read" in " ".join(found.notes)


def test_prune_leaves_a_router_that_the_file_does_not_name_any_more() -> None:
    dialect = DESEC.__new__(DESEC)
    held = Held({("web-router", "CNAME"): router("cdn2-front")}, 3600)
    policy = PlanPolicy(steered=frozenset({"web-router"}), prune=True)
    assert not plan([], held, policy, dialect).changes
