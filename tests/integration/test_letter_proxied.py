# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The leak guard where little is known: without the API, without the look-up of the zone, beside other addresses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils import _engine
from lab_jobs import ZONE, Entry, changes, held, job, ok, run, served, soon, values
from twinzone_lab.client import LabClient

ORIGIN, ORIGIN6 = "203.0.113.77", "2001:db8::77"
PROXIED = {"cloudflare": {"proxied": True}}


def www(rdtype: str = "A", value: str = ORIGIN, **more: Any) -> Entry:
    return {"name": "www", "type": rdtype, "ttl": 3600, "values": value, **more}


def proxied_at_cloudflare(lab: LabClient, *entries: Entry) -> list[str]:
    """Have Cloudflare hold these, proxied, and its servers serve it: with these addresses."""
    ok(run(lab, [{**one, "at": PROXIED} for one in entries], "cloudflare"))
    edge = sorted(lab.info["fronts"]["cloudflare"])
    soon(lambda: served(lab, "cloudflare", "www", "A"), [edge] * 2)
    return edge


def test_a_copy_stays_while_neither_the_api_nor_the_answers_tell_of_a_proxy(lab: LabClient) -> None:
    """A paused zone whose API is down answers its origins as if nothing had ever been proxied."""
    edge = proxied_at_cloudflare(lab, www())
    ok(run(lab, [www()]))
    lab.adjust(ZONE, paused="true")
    soon(lambda: served(lab, "cloudflare", "www", "A"), [[ORIGIN]] * 2)
    lab.break_("cloudflare_api", "refuse")
    reports = run(lab, [www()])
    assert reports["desec"].result == "ok"
    assert "does not say" in reports["desec"].pending_copy["www"]
    assert values(held(lab, "desec"), "www", "A") == edge


def test_without_the_api_a_name_that_cloudflares_servers_do_not_know_is_published(lab: LabClient) -> None:
    lab.break_("cloudflare_api", "refuse")
    new = [www(), {"name": "alias", "type": "CNAME", "ttl": 3600, "values": "www"}]
    reports = run(lab, new)
    assert reports["cloudflare"].result == "unreachable"
    assert changes(reports) == [("desec", "create", "alias", "CNAME"), ("desec", "create", "www", "A")]
    assert reports["desec"].pending_copy == {}


def test_with_the_zones_id_it_is_asked_whether_the_zone_is_paused(lab: LabClient) -> None:
    """The target's addresses change all the time, so that the origin cannot be told by them."""
    zone_id = held(lab, "cloudflare").facts["zone_id"]
    target = www("CNAME", "example.b-cdn.net.")
    edge = proxied_at_cloudflare(lab, target)

    def synced() -> dict[str, Any]:
        made = job(lab, [target])
        providers = [replace(one, zone_id=zone_id) if one.type == "cloudflare" else one for one in made.providers]
        return _engine.run(replace(made, providers=tuple(providers)))

    lab.log_reset()
    ok(synced())
    assert values(held(lab, "desec"), "www", "A") == edge
    assert not any(one["path"].endswith("/zones") for one in lab.log("cloudflare"))
    lab.adjust(ZONE, paused="true")
    assert "paused or not active" in synced()["desec"].pending_copy["www"]


def test_addresses_beside_a_proxied_one_are_not_expected_to_be_served(lab: LabClient) -> None:
    """Cloudflare answers both families with its own as soon as one is proxied."""
    both = [www(at=PROXIED), www("AAAA", ORIGIN6)]
    reports = run(lab, both, "cloudflare", verify_seconds=5)
    assert changes(reports) == [("cloudflare", "create", "www", "A"), ("cloudflare", "create", "www", "AAAA")]
    result = reports["cloudflare"].as_result()
    assert (result["result"], result["unserved"]) == ("ok", [])
    assert {one["type"] for one in result["not_comparable"]} == {"A", "AAAA"}


def test_what_the_proxy_adds_is_no_difference(lab: LabClient) -> None:
    """The HTTPS record that Cloudflare makes up for a proxied name is served after the declared one has gone."""
    https: Entry = {"name": "www", "type": "HTTPS", "ttl": 3600, "values": "1 . alpn=h2"}
    proxied_at_cloudflare(lab, www())
    ok(run(lab, [https], "cloudflare", verify_seconds=5))
    gone = {"name": "www", "type": "HTTPS", "state": "absent"}
    assert ok(run(lab, [gone], "cloudflare", verify_seconds=5)) == [("cloudflare", "delete", "www", "HTTPS")]


def test_a_cdn_name_for_a_full_zone_is_told(lab: LabClient) -> None:
    proxied_at_cloudflare(lab, www())
    reports = run(lab, [www()], proxied="cdn_cname")
    assert any("documented for partial zones" in note for note in reports["desec"].notes)
