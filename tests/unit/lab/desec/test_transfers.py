# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Publication at the emulated deSEC: the transfer that takes its time, the lost one, and servers that are down."""

from __future__ import annotations

import threading

import pytest
from support.lab_desec import Desec, hosts, rrset
from twinzone_lab.desec.transfers import call_later, transfer_seconds

RRSETS = "domains/a.test/rrsets/"


def zone(sets: int) -> Desec:
    """A published zone with so many record sets."""
    desec = Desec()
    desec.api.add_zone("a.test")
    desec.api.seed("a.test", hosts(sets - 1))
    return desec


def write(desec: Desec, address: str, subname: str = "h0000") -> None:
    desec.body("PATCH", RRSETS, [rrset(subname, "A", address)])


def served(desec: Desec, subname: str = "h0000") -> set[str]:
    return desec.served("a.test", f"{subname}.a.test", "A")


def test_how_long_a_transfer_takes() -> None:
    assert transfer_seconds(2) == 0.01
    assert transfer_seconds(1000) == pytest.approx(0.6)


@pytest.mark.parametrize("sets", [2, 100, 1000])
def test_a_change_is_served_when_its_transfer_is_over(sets: int) -> None:
    desec = zone(sets)
    write(desec, "192.0.2.2")
    desec.time.advance(transfer_seconds(sets) - 0.001)
    assert served(desec) == {"192.0.2.1"}
    desec.time.advance(0.002)
    assert served(desec) == {"192.0.2.2"}


@pytest.mark.parametrize(("sets", "lost"), [(2, False), (99, False), (100, True), (1000, True)])
def test_the_second_of_two_quick_writes_is_lost_in_a_zone_of_some_size(sets: int, lost: bool) -> None:
    desec = zone(sets)
    write(desec, "192.0.2.2")
    write(desec, "192.0.2.3")
    desec.time.advance(120)
    assert served(desec) == ({"192.0.2.2"} if lost else {"192.0.2.3"})
    assert desec.body("GET", RRSETS + "h0000/A/")["records"] == ["192.0.2.3"]
    domain = desec.body("GET", "domains/a.test/")
    assert domain["published"] == domain["touched"], "it looks as if it were published"


def test_what_was_lost_is_healed_by_the_next_real_change_only() -> None:
    desec = zone(200)
    write(desec, "192.0.2.2")
    write(desec, "192.0.2.3")
    desec.time.advance(1)
    write(desec, "192.0.2.3")
    desec.time.advance(1)
    assert served(desec) == {"192.0.2.2"}
    write(desec, "192.0.2.9", "h0001")
    desec.time.advance(1)
    assert (served(desec), served(desec, "h0001")) == ({"192.0.2.3"}, {"192.0.2.9"})


def test_writes_that_wait_for_each_other_are_all_served() -> None:
    desec = zone(200)
    for last in range(2, 6):
        write(desec, f"192.0.2.{last}")
        desec.time.advance(transfer_seconds(200) + 0.001)
        assert served(desec) == {f"192.0.2.{last}"}


def test_zones_do_not_get_in_each_others_way() -> None:
    desec = zone(200)
    desec.api.add_zone("b.test")
    desec.api.seed("b.test", hosts(200))
    write(desec, "192.0.2.2")
    desec.body("PATCH", "domains/b.test/rrsets/", [rrset("h0000", "A", "192.0.2.3")])
    desec.time.advance(1)
    assert (served(desec), desec.served("b.test", "h0000.b.test", "A")) == ({"192.0.2.2"}, {"192.0.2.3"})


def test_what_is_put_in_place_directly_is_not_overtaken() -> None:
    desec = zone(200)
    write(desec, "192.0.2.2")
    desec.api.add_zone("a.test")
    desec.time.advance(1)
    assert served(desec) == set()
    write(desec, "192.0.2.3")
    desec("DELETE", "domains/a.test/")
    desec.time.advance(1)
    assert desec.published == {}


def test_timers_of_the_real_kind_fire() -> None:
    fired = threading.Event()
    call_later(0.001, fired.set)
    assert fired.wait(30)


def test_nsmaster_down_commits_and_publishes_nothing() -> None:
    desec = zone(2)
    published = desec.body("GET", "domains/a.test/")["published"]
    desec.api.nsmaster_down = True
    body = desec.body("PATCH", RRSETS, [rrset("h0000", "A", "192.0.2.2")], status=500)
    assert body == {"detail": "Internal Server Error. We're on it!"}
    domain = desec.body("GET", "domains/a.test/")
    assert domain["published"] == published < domain["touched"]
    desec.api.nsmaster_down = False
    write(desec, "192.0.2.2")
    desec.time.advance(1)
    assert served(desec) == {"192.0.2.1"}, "a write without effect does not heal it"
    write(desec, "192.0.2.3")
    desec.time.advance(1)
    assert served(desec) == {"192.0.2.3"}


def test_nslord_down_rolls_back_but_lets_writes_without_effect_pass() -> None:
    desec = zone(2)
    desec.api.nslord_down = True
    held = desec.api.holds("a.test")
    response = desec("PATCH", RRSETS, [rrset("h0000", "A", "192.0.2.2")])
    assert (response.status, response.content_type) == (500, "text/html; charset=utf-8")
    assert desec("DELETE", RRSETS + "h0000/A/").status == 500
    assert desec.api.holds("a.test") == held
    write(desec, "192.0.2.1")
    assert desec("GET", RRSETS).status == 200
    assert desec("GET", "domains/a.test/").status == 500
    assert desec("POST", "domains/", {"name": "b.test"}).status == 500


def test_a_domain_created_while_nsmaster_is_down_is_lost_for_ever() -> None:
    desec = zone(2)
    desec.api.nsmaster_down = True
    assert desec("POST", "domains/", {"name": "b.test"}).status == 500
    desec.api.nsmaster_down = False
    assert desec("POST", "domains/", {"name": "b.test"}).status == 500
    assert desec("GET", "domains/b.test/").status == 404
