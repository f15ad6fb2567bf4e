# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rate limits of the emulated deSEC API, window by window."""

from __future__ import annotations

import pytest
from support.lab_desec import Desec, rrset
from twinzone_lab.desec.throttle import SCOPES, Throttles
from twinzone_lab.web.api import Response

RRSETS = "domains/a.test/rrsets/"


@pytest.fixture
def desec() -> Desec:
    made = Desec(throttle=True)
    made.api.add_zone("a.test")
    made.api.add_zone("b.test")
    return made


def wait(response: Response) -> int:
    """Seconds a throttled client is asked to wait; 0 for one that was let through."""
    if response.status != 429:
        return 0
    seconds = int(response.headers["Retry-After"])
    unit = "second" if seconds == 1 else "seconds"
    assert response.body == {"detail": f"Request was throttled. Expected available in {seconds} {unit}."}
    return seconds


def write(desec: Desec, zone: str = "a.test") -> int:
    return wait(desec("PATCH", f"domains/{zone}/rrsets/", []))


def test_writes_climb_the_ladder_of_windows(desec: Desec) -> None:
    assert [write(desec) for _unused in range(3)] == [0, 0, 1]
    writes = 2
    for limit, duration in SCOPES["dns_api_per_domain_expensive"][1:]:
        while writes < limit:
            desec.time.advance(1 if duration == 60 else 5 if duration == 3600 else 40)
            writes += write(desec) == 0
        desec.time.advance(1)
        waits = write(desec)
        assert waits > 1
        desec.time.advance(waits - 0.5)
        assert write(desec) == 1, "a request that was turned away does not count"
        desec.time.advance(0.5)
        assert write(desec) == 0
        writes += 1


def test_windows_slide(desec: Desec) -> None:
    for second in range(15):
        assert write(desec) == 0, second
        desec.time.advance(1)
    assert write(desec) == 45
    desec.time.advance(45)
    assert [write(desec), write(desec)] == [0, 1]


def test_writes_of_domains_are_counted_apart_and_reads_together(desec: Desec) -> None:
    assert [write(desec), write(desec), write(desec)] == [0, 0, 1]
    assert write(desec, "b.test") == 0
    targets = ("domains/", "domains/a.test/", RRSETS, "domains/b.test/rrsets/", RRSETS + "x/A/") * 2
    assert [wait(desec("GET", target)) for target in targets] == [0] * 10
    assert [wait(desec("GET", target)) for target in targets[:2]] == [1, 1]


def test_what_counts_as_a_write(desec: Desec) -> None:
    for request, counted in (
        (("PATCH", RRSETS, [rrset("x", "A", "bogus")]), True),
        (("PATCH", RRSETS + "x/A/", {}), True),
        (("DELETE", RRSETS + "x/A/"), True),
        (("DELETE", RRSETS), True),
        (("GET", "domains/a.test/zonefile/"), True),
        (("PATCH", "domains/nope.test/rrsets/", []), False),
        (("PATCH", RRSETS[:-1], []), False),
    ):
        headers = {"accept": "*/*"}
        for _unused in range(2):
            assert desec(*request, headers=headers).status != 429
        assert (write(desec) > 0) is counted, request
        desec.time.advance(60)
    for _unused in range(2):
        assert desec("PATCH", RRSETS, [], token="wrong").status == 401
    assert write(desec) == 0


def test_the_export_is_refused_in_plain_text(desec: Desec) -> None:
    assert [write(desec), write(desec)] == [0, 0]
    response = desec("GET", "domains/a.test/zonefile/", headers={"accept": "*/*"})
    assert (response.status, response.content_type) == (429, "text/plain")
    assert response.body == "Request was throttled. Expected available in 1 second."


def test_domains_and_accounts_have_scopes_of_their_own(desec: Desec) -> None:
    assert [wait(desec("DELETE", "domains/nope.test/")) for _unused in range(11)] == [0] * 10 + [1]
    assert [wait(desec("GET", "auth/tokens/")) for _unused in range(51)] == [0] * 50 + [60]
    login = {"email": "nobody", "password": "nothing"}
    assert [wait(desec("POST", "auth/login/", login)) for _unused in range(51)] == [0] * 50 + [60]
    assert write(desec) == 0


def test_accounts_are_counted_apart(desec: Desec) -> None:
    other = desec.api.add_user("other@lab.test", "x")
    desec.api.add_token(other, "other")
    desec.api.add_token(secret="second")
    for _unused in range(10):
        desec.body("GET", "domains/")
    assert wait(desec("GET", "domains/", token="second")) == 1
    assert wait(desec("GET", "domains/", token="other")) == 0


def test_the_day_counts_what_its_scope_turned_away() -> None:
    now = [0.0]
    throttles = Throttles(lambda: now[0])
    outcomes = []
    for number in range(2001):
        try:
            throttles.admit("somebody", "dns_api_cheap", None)
        except Exception as error:
            outcomes.append(error.headers["Retry-After"])  # type: ignore[attr-defined]
        else:
            outcomes.append("0")
        now[0] = number / 100
    assert outcomes.count("0") == 50
    assert int(outcomes[1999]) <= 60
    assert outcomes[2000] == str(86400 - 19), "the longest wait is reported"
    throttles.admit("somebody else", "dns_api_cheap", None)


def test_nothing_is_counted_unless_switched_on() -> None:
    desec = Desec()
    desec.api.add_zone("a.test")
    assert {write(desec) for _unused in range(20)} == {0}
    desec.api.throttle = True
    assert [write(desec) for _unused in range(3)] == [0, 0, 1]
    desec.api.reset()
    desec.api.add_zone("a.test")
    assert write(desec) == 0
