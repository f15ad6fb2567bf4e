# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What zones of one account share: one list of zones for all of them, and what is done where there is none."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._errors import ProviderError
from ansible_collections.twinzone.edge.plugins.module_utils._providers import shared as provider_shared
from ansible_collections.twinzone.edge.plugins.module_utils._providers.api import Api
from ansible_collections.twinzone.edge.plugins.module_utils._providers.cloudflare import zones as cloudflare_zones
from ansible_collections.twinzone.edge.plugins.module_utils._providers.http_provider import HttpProvider
from ansible_collections.twinzone.edge.plugins.module_utils._providers.shared import Accounts, Shared, ZoneList
from support.emulated_providers import client, cloudflare_api, desec_api

LISTS = {"cloudflare": "/zones?per_page=50&page=", "desec": "/domains/?cursor="}


def clients(kind: str, zones: list[str], others: int = 0) -> list[HttpProvider]:
    """The clients of these zones at one emulator, where the account has other zones, too."""
    emulator = cloudflare_api() if kind == "cloudflare" else desec_api()
    for zone in [*zones, *(f"other{number}.example" for number in range(others))]:
        emulator.add_zone(zone)
    found = [client(emulator, zone=zone) for zone in zones]
    accounts = Accounts((one.zone, [one.settings]) for one in found)
    for one in found:
        one.shared = accounts.of(one.settings)
    return found


def look_ups(providers: list[HttpProvider]) -> list[str]:
    """The requests that ask for zones, and not for what a zone holds."""
    sent: list[tuple[str, str, Any]] = [one for provider in providers for one in provider.api.sent]  # type: ignore[attr-defined]
    return [path for _method, path, _body in sent if "records" not in path and "rrsets" not in path]


@pytest.mark.parametrize("kind", ["cloudflare", "desec"])
def test_one_list_for_all(kind: str) -> None:
    """Of a hundred zones and more: the fewest pages, and what is read is the same as when each zone is asked for."""
    zones = [f"zone{number}.example" for number in range(70)]
    providers = clients(kind, zones, others=20)
    together = [one.read() for one in providers]
    pages = 2 if kind == "cloudflare" else 1
    assert [path.startswith(LISTS[kind]) for path in look_ups(providers)] == [True] * pages
    alone = client(providers[0].api.emulator, zone=zones[0])  # type: ignore[attr-defined]
    assert alone.read() == together[0]
    assert len({str(held.facts.get("zone_id")) for held in together}) == (70 if kind == "cloudflare" else 1)


@pytest.mark.parametrize("kind", ["cloudflare", "desec"])
def test_a_zone_alone_is_asked_for_by_its_name(kind: str) -> None:
    providers = clients(kind, ["zone.example"], others=3)
    providers[0].read()
    (path,) = look_ups(providers)
    assert "zone.example" in path


def test_a_list_longer_than_it_is_worth_is_not_read() -> None:
    """Three zones of two hundred: one page shows how many there are, and each is asked for by its name."""
    providers = clients("cloudflare", ["a.example", "b.example", "c.example"], others=200)
    for one in providers:
        one.read()
    paths = look_ups(providers)
    assert [path.startswith(LISTS["cloudflare"]) for path in paths] == [True, False, False, False]


@pytest.mark.parametrize("kind", ["cloudflare", "desec"])
def test_a_zone_that_the_list_does_not_name_is_reported_by_the_api(kind: str) -> None:
    providers = clients(kind, ["a.example", "b.example"])
    missing = client(providers[0].api.emulator, zone="missing.example")  # type: ignore[attr-defined]
    missing.shared = providers[0].shared
    with pytest.raises(ProviderError, match=r"missing\.example does not exist"):
        missing.read()


def test_zones_of_one_name_are_still_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two zones of a name, in two accounts that the token sees: the one that is active, or none."""
    emulator = cloudflare_api()
    for zone in ("a.example", "b.example"):
        emulator.add_zone(zone)
    found = [client(emulator, zone=zone) for zone in ("a.example", "b.example")]
    shared = Shared(["a.example", "b.example"])
    for one in found:
        one.shared = shared
    twice = {"id": "f" * 32, "name": "a.example", "status": "active"}
    by_name = cloudflare_zones.by_name

    def with_twice(api: Api, requests: int) -> ZoneList | None:
        got = by_name(api, requests)
        return got and {**got, "a.example": [*got["a.example"], twice]}

    monkeypatch.setattr(cloudflare_zones, "by_name", with_twice)
    with pytest.raises(ProviderError, match=r"2 zones are called a\.example"):
        found[0].read()
    found[1].read()


def test_a_list_that_fails_costs_no_zone_its_look_up() -> None:
    asked = []

    def read(requests: int) -> None:
        asked.append(requests)
        raise ProviderError("unauthorized", "no list for this token")

    shared = Shared(["a.example", "b.example"])
    assert [shared.look_up(zone, read, 1.0) for zone in ("a.example", "b.example")] == [[], []]
    assert asked == [2]


def test_nobody_waits_for_a_list_for_ever() -> None:
    shared = Shared(["a.example", "b.example"])
    go_on, started = threading.Event(), threading.Event()

    def read(requests: int) -> dict[str, list[dict[str, Any]]]:
        started.set()
        go_on.wait(30)
        return {"a.example": [{"name": "a.example"}]}

    slow = threading.Thread(target=shared.look_up, args=("a.example", read, 30.0))
    slow.start()
    started.wait(30)
    assert shared.look_up("b.example", read, 0.05) == []
    go_on.set()
    slow.join(30)
    assert shared.look_up("a.example", read, 30.0) == [{"name": "a.example"}]


def test_an_old_list_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a zone is in service is read from it."""
    shared = Shared(["a.example", "b.example"])
    lists = iter([{"a.example": [{"paused": False}]}, {"a.example": [{"paused": True}]}])
    assert shared.look_up("a.example", lambda requests: next(lists), 1.0) == [{"paused": False}]
    monkeypatch.setattr(provider_shared, "_MAX_AGE", -1.0)
    assert shared.look_up("a.example", lambda requests: next(lists), 1.0) == [{"paused": True}]


def test_accounts_are_those_of_one_token_at_one_place() -> None:
    api = cloudflare_api()
    first, other = client(api, zone="a.example").settings, client(api, token="o" * 40, zone="b.example").settings
    accounts = Accounts([("a.example", [first]), ("c.example", [first]), ("b.example", [other])])
    shared = accounts.of(first)
    assert shared is not None
    assert shared.zones == {"a.example", "c.example"}
    assert accounts.of(other) is not shared
    assert Accounts().of(first) is None
    assert shared.session(object) is shared.session(object)
