# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which record sets belong to a router, and what a sync leaves alone of an apex that is one."""

from __future__ import annotations

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._providers.cloudflare.provider import Cloudflare
from ansible_collections.twinzone.edge.plugins.module_utils._providers.desec.provider import Desec
from ansible_collections.twinzone.edge.plugins.module_utils._zone import rdata, routers
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Held, Plan, PlanPolicy, Wanted
from ansible_collections.twinzone.edge.plugins.module_utils._zone.planner import plan
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import RecordSet
from hypothesis import given
from hypothesis import strategies as st

LABELS = st.text("abc-_0", min_size=1, max_size=5)


@given(st.one_of(st.just("@"), st.lists(LABELS, min_size=1, max_size=3).map(".".join)))
def test_a_marker_has_a_legal_name_and_names_its_router(router: str) -> None:
    name = routers.marker_name(router)
    assert "@" not in name
    assert routers.router_of(name) == router
    assert routers.marked([name, "www"]) == {router, name}


@pytest.mark.parametrize("name", ["www", "_twinzonex", "x._twinzone"])
def test_other_names_are_no_markers(name: str) -> None:
    assert routers.router_of(name) == ""


def record_set(name: str, rdtype: str, *values: str) -> RecordSet:
    return RecordSet(name, rdtype, 300, tuple(rdata.parse(rdtype, value, "example.com") for value in values))


BESIDE = [
    record_set("@", "MX", "10 mail.example.com."),
    record_set("@", "TXT", '"v=spf1 -all"'),
    record_set("@", "CAA", '0 issue "letsencrypt.org"'),
]
ADDRESSES = record_set("@", "A", "192.0.2.7")
CNAME = record_set("@", "CNAME", "cdn.example.net.")


def holding(*sets: RecordSet) -> Held:
    return Held({one.key: one for one in sets}, 60)


def planned(wanted: list[RecordSet], here: Held, *elsewhere: Held, prune: bool = False) -> Plan:
    policy = PlanPolicy(prune=prune, force=True, steered=frozenset({"@"}))
    dialect = Desec.__new__(Desec) if ADDRESSES.key in here.sets else Cloudflare.__new__(Cloudflare)
    return plan([Wanted(" ".join(one.key), one) for one in wanted], here, policy, dialect, list(elsewhere))


@pytest.mark.parametrize("prune", [False, True])
@pytest.mark.parametrize("stands", [ADDRESSES, CNAME])
def test_a_sync_keeps_what_leads_the_apex_and_syncs_what_stands_beside_it(stands: RecordSet, prune: bool) -> None:
    wanted = [record_set("@", "A", "192.0.2.99"), record_set("@", "MX", "10 new.example.com."), *BESIDE[1:]]
    found = planned(wanted, holding(stands, *BESIDE), prune=prune)
    assert [(one.action, one.key) for one in found.changes] == [("update", ("@", "MX"))]


def test_prune_takes_what_is_not_declared_beside_it() -> None:
    found = planned(BESIDE[1:], holding(ADDRESSES, *BESIDE), prune=True)
    assert [(one.action, one.key) for one in found.changes] == [("delete", ("@", "MX"))]


def test_what_stands_at_another_provider_is_not_copied() -> None:
    """There it has another form, and what is declared may be the front before."""
    found = planned([record_set("@", "A", "192.0.2.99"), *BESIDE], holding(*BESIDE), holding(CNAME, *BESIDE))
    assert found.changes == ()
    assert "the next failover run writes it" in found.notes[0]


def test_an_apex_that_stands_nowhere_is_made_as_declared() -> None:
    found = planned([CNAME, *BESIDE], holding(*BESIDE), holding(*BESIDE))
    assert [(one.action, one.key) for one in found.changes] == [("create", ("@", "CNAME"))]
