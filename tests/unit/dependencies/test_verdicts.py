# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Worlds with their exact answers, and what must hold in every world."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.facts import (
    Facts,
    Front,
    Name,
    Server,
    Site,
    Zone,
    as_data,
    read,
)
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.graph import front_operators
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.logic import All, Value
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.operators import of_server
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.verdicts import (
    LOST,
    RETURNS,
    SPLIT,
    STAYS,
    World,
    stays,
)
from hypothesis import given
from hypothesis import strategies as st
from support.dependency_worlds import (
    ALPHA,
    BETA,
    OPERATORS,
    ROUTER,
    SITE,
    TO_ALPHA,
    TO_GAMMA,
    WWW,
    hosted,
    known,
    own,
    with_name,
    with_site,
    with_zone,
    world,
)

COM = "registry of .com"
UP, POSSIBLE, DOWN = Value.UP, Value.POSSIBLE, Value.DOWN


def fate(facts: Facts, *failed: str) -> str:
    seen = World(facts, known())
    return seen.fate(seen.public_names[0], failed).word


def single_points(facts: Facts, *failed: str, after: bool) -> dict[str, Value]:
    seen = World(facts, known())
    return seen.single_points(seen.public_names[0], failed, after=after)


def test_two_name_servers_of_one_operator_are_one_point_of_failure() -> None:
    facts = world(ALPHA)
    assert single_points(facts, after=False)["Alpha"] == DOWN
    assert single_points(facts, after=True)["Alpha"] == DOWN
    assert fate(facts, "Alpha") == LOST


def test_two_dns_hosts_and_two_cdns_leave_only_the_registry_after_a_failover() -> None:
    facts = world()
    assert fate(facts) == STAYS
    assert fate(facts, "Alpha") == RETURNS
    assert fate(facts, "Beta") == STAYS
    assert single_points(facts, after=True) == {COM: DOWN}
    # The active front's name is in .net too.
    assert single_points(facts, after=False) == {"Alpha": DOWN, COM: DOWN, "registry of .net": DOWN}


def test_with_one_down_already_the_others_are_single_points() -> None:
    assert single_points(world(), "Alpha", after=True).keys() == {
        "Beta",
        "Gamma",
        COM,
        "registry of .org",
        "registry of .io",
    }


def test_a_second_name_server_whose_own_zone_is_at_the_first_needs_glue() -> None:
    facts = with_zone(world(), hosted("beta-dns.org.", ALPHA))
    assert fate(facts, "Alpha") == LOST
    glued = with_zone(facts, hosted("example.com.", (*ALPHA, *BETA), glue=True))
    assert fate(glued, "Alpha") == RETURNS


def test_a_standby_whose_own_zone_is_hosted_by_the_failing_party_is_no_way_out() -> None:
    facts = with_zone(world(), hosted("gamma-cdn.io.", ALPHA))
    assert fate(facts, "Alpha") == LOST
    assert single_points(facts, after=True)["Alpha"] == DOWN


def test_children_that_list_only_themselves_leave_some_resolvers_without_the_other() -> None:
    servers = tuple(Server(name, lists=group) for group in (ALPHA, BETA) for name in group)
    facts = with_zone(world(), Zone("example.com.", "com.", servers=servers))
    assert fate(facts) == STAYS
    assert fate(facts, "Alpha") == f"possibly {RETURNS}"
    assert fate(facts, "Beta") == f"possibly {STAYS}"


def test_a_ds_that_fits_one_signer_makes_the_other_useless() -> None:
    servers = tuple(Server(name, lists=(*ALPHA, *BETA), signed=name in ALPHA) for name in (*ALPHA, *BETA))
    facts = with_zone(world(), Zone("example.com.", "com.", servers=servers))
    assert fate(facts, "Alpha") == LOST


def test_a_vanity_name_server_belongs_to_whom_its_own_soa_names() -> None:
    vanity = ("ns1.example.com.", "ns2.example.com.")
    zone = hosted("example.com.", vanity)
    of_delta = [replace(server, soa="ns1.delta-dns.net.") for server in zone.servers]
    facts = with_zone(world(), replace(zone, servers=tuple(of_delta)))
    assert single_points(facts, after=False)["Delta"] == DOWN
    # The other one says who runs that one, and nothing about this one.
    two = replace(zone, servers=(of_delta[0], replace(of_delta[1], soa="ns1.beta-dns.org.")))
    servers = {
        part: World(with_zone(world(), two), known()).services[f"server {part} of example.com."] for part in vanity
    }
    assert [operators_of(servers[part]) for part in vanity] == [["Delta"], ["Beta"]]
    own_one = replace(zone, servers=(of_delta[0], replace(of_delta[1], soa="ns2.example.com.")))
    (last,) = (one for one in own_one.servers if one.name == "ns2.example.com.")
    assert of_server(last, with_zone(world(), own_one), known()) == ("unattributed:example.com",)
    unknown = with_zone(world(), zone)
    assert "unattributed:example.com" in single_points(unknown, after=False)


def operators_of(service: object) -> list[str]:
    assert isinstance(service, All)
    return [part.removeprefix("operator ") for part in service.parts if part.startswith("operator ")]


def test_a_host_in_a_zone_of_two_providers_is_run_by_one_of_both() -> None:
    """Whichever server answers first: the answer is the same, names both, and is certain of neither."""
    zone = hosted("front.io.", (*ALPHA, *BETA))
    servers = tuple(
        replace(one, soa=f"ns1.{'alpha-dns.net' if one.name in ALPHA else 'beta-dns.org'}.") for one in zone.servers
    )
    facts = with_site(world(), replace(SITE, fronts=(Front("own", "edge.front.io."),), active="own"))
    facts = with_name(
        with_name(facts, Name("edge.front.io.", "front.io.")), Name(ROUTER, "example.com.", "edge.front.io.")
    )
    for order in (servers, tuple(reversed(servers))):
        shown = with_zone(facts, replace(zone, servers=order))
        assert front_operators(shown.sites[0].fronts[0], shown, known()) == ("Alpha", "Beta")
        assert {one: fate(shown, one) for one in ("Alpha", "Beta")} == dict.fromkeys(
            ("Alpha", "Beta"), f"possibly {STAYS}"
        )


def test_what_a_user_calls_a_front_is_no_beginning_of_somebodys_name() -> None:
    facts = world()
    assert front_operators(Front("gamma", "edge.example."), facts, known()) == ("Gamma",)
    assert front_operators(Front("g", "edge.example."), facts, known()) == ("unattributed:edge.example",)


def test_an_api_behind_the_failed_cdn_leaves_the_site_up_and_unmovable() -> None:
    facts = with_name(world(), Name("api.beta.org.", "beta.org.", TO_ALPHA))
    moved = with_site(facts, replace(SITE, active="gamma"))
    assert fate(moved, "Alpha") == SPLIT
    seen = World(moved, known())
    assert not seen.writable(seen.facts.sites[0], {"Alpha"})


def test_a_server_that_was_silent_makes_the_answer_possible() -> None:
    servers = tuple(Server(name, answers=None if name in BETA else True) for name in (*ALPHA, *BETA))
    facts = with_zone(world(), Zone("example.com.", "com.", servers=servers))
    assert fate(facts, "Alpha") == f"possibly {RETURNS}"
    assert single_points(facts, after=True)["Alpha"] == POSSIBLE


def test_a_name_on_a_store_of_one_cdn_has_no_way_out() -> None:
    facts = with_name(world(), Name("files.example.com.", "example.com.", TO_ALPHA, locked_to="R2"))
    facts = with_site(facts, replace(SITE, public_names=(WWW, "files.example.com.")))
    seen = World(facts, known())
    www, files = seen.public_names
    assert www.way_out and files.why_not == "R2"
    assert seen.fate(files, {"Alpha"}).word == LOST
    assert stays(seen, {"Alpha"}, after=False) == (0, 2)
    assert stays(seen, {"Alpha"}, after=True) == (1, 2)


def test_a_certificate_is_renewed_only_with_its_authority_its_front_and_the_zone_of_the_name() -> None:
    fronts = (replace(SITE.fronts[0], issuer="R1, Some Root", ends=1_800_000_000), SITE.fronts[1])
    seen = World(with_site(world(ALPHA), replace(SITE, fronts=fronts)), known())
    site = seen.facts.sites[0]
    (signed, unseen) = (seen.needed_to_renew(site, front) for front in site.fronts)
    registries = {COM: DOWN, "registry of .net": DOWN}
    assert signed == {"Alpha": DOWN, "Signer": DOWN, **registries}
    assert unseen.keys() == {"Alpha", "Gamma", *registries, "registry of .io"}, "whoever signs that one"
    # Whoever signs takes nothing down today.
    assert seen.fate(seen.public_names[0], {"Signer"}).word == STAYS


def test_a_name_without_a_site_needs_the_proxy_before_it() -> None:
    files = "files.example.com."
    facts = with_name(world(), Name(files, "example.com."))
    alone = Site("files.example.com", "example.com.", (files,), fronts=(Front("gamma", files),), active="gamma")
    seen = World(replace(facts, sites=(SITE, alone)), known())
    name = seen.public_names[1]
    assert (name.why_not, seen.fate(name).word) == ("belongs to no site", SPLIT)
    assert seen.fate(name, {"Gamma"}).word == LOST
    assert seen.fate(name, {"Alpha"}).word == SPLIT


def test_a_name_that_bypasses_the_router_is_not_moved() -> None:
    facts = with_name(world(), Name(WWW, "example.com.", TO_ALPHA))
    seen = World(facts, known())
    assert seen.public_names[0].why_not == "does not lead through the router"
    assert fate(facts, "Alpha") == LOST
    assert fate(facts, "Gamma") == STAYS


def test_a_loop_of_names_never_resolves() -> None:
    facts = with_name(
        with_name(world(), Name(TO_GAMMA, "gamma-cdn.io.", "a.beta.org.")), Name("a.beta.org.", "beta.org.", TO_GAMMA)
    )
    assert fate(facts, "Alpha") == LOST


def test_what_is_not_in_the_facts_is_possible() -> None:
    facts = with_site(world(), replace(SITE, fronts=(SITE.fronts[0], Front("new", "elsewhere.example."))))
    assert fate(facts, "Alpha") == f"possibly {RETURNS}"


# What must hold in every world.

SERVERS = st.lists(st.sampled_from((*ALPHA, *BETA, "ns1.delta-dns.net.")), min_size=1, max_size=5, unique=True)
SEEN = st.sampled_from((True, False, None))
ZONE_NAMES = ("alpha-dns.net.", "alpha-cdn.net.", "alpha.net.", "beta-dns.org.", "beta.org.", "gamma-cdn.io.")
HOSTS = (WWW, ROUTER, TO_ALPHA, TO_GAMMA, "api.alpha.net.", "api.beta.org.", *ALPHA, *BETA)
FAILED = st.sets(st.sampled_from([str(one["name"]) for one in OPERATORS] + [COM, "registry of .net"]))


@st.composite
def worlds(draw: st.DrawFn) -> Facts:
    facts = world()
    for zone in ("example.com.", *draw(st.lists(st.sampled_from(ZONE_NAMES), unique=True))):
        servers = tuple(
            Server(
                name,
                (),
                draw(st.booleans()),
                tuple(draw(SERVERS)) if draw(st.booleans()) else (),
                draw(SEEN),
                draw(SEEN),
            )
            for name in draw(SERVERS)
        )
        facts = with_zone(facts, Zone(zone, zone.split(".", 1)[1], servers=servers))
    for host in draw(st.lists(st.sampled_from(HOSTS), max_size=4, unique=True)):
        facts = with_name(facts, Name(host, host.split(".", 1)[1], draw(st.sampled_from(("", *HOSTS)))))
    return with_site(facts, replace(SITE, active=draw(st.sampled_from(("alpha", "gamma")))))


@given(worlds(), FAILED, FAILED)
def test_to_fail_more_never_brings_a_service_back(facts: Facts, some: set[str], more: set[str]) -> None:
    seen = World(facts, known())
    before, then = seen.values(some), seen.values(some | more)
    assert all(then[name] <= before[name] for name in before)
    name = seen.public_names[0]
    assert seen.fate(name, some | more).now <= seen.fate(name, some).now
    assert seen.fate(name, some | more).after <= seen.fate(name, some).after


@given(worlds())
def test_a_failover_never_makes_it_worse(facts: Facts) -> None:
    seen = World(facts, known())
    assert all(
        seen.fate(name, {one}).now <= seen.fate(name, {one}).after
        for name in seen.public_names
        for one in seen.operators
    )


@given(worlds())
def test_facts_are_read_as_they_were_written(facts: Facts) -> None:
    assert read(as_data(facts)) == replace(
        facts, zones=dict(sorted(facts.zones.items())), names=dict(sorted(facts.names.items()))
    )


def test_own_zones_are_on_their_own_servers() -> None:
    assert [zone.servers[0].glue for zone in own("alpha.net.")] == [True]
