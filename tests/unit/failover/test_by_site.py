# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was observed of all sites, site by site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._failover import decide_site, site_reader
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = 1_800_000_000
ENTRIES: Any = [{"name": name, "type": name} for name in ("cloudflare", "desec")]
FRONTS = {"cloudflare": "cf-front.example.com.", "bunny": "example.b-cdn.net."}
SITES = ("a.example.com", "b.example.com", "c.example.net")


def site(name: str) -> Any:
    """One of three, of which two lie in one zone, and the first two share a public name."""
    label, _dot, zone = name.partition(".")
    variables = {
        "failover_zone": zone,
        "failover_router": f"router-{label}",
        "failover_fronts": [{"name": front, "target": target} for front, target in FRONTS.items()],
        "failover_check": {"url": f"https://{name}/health"},
        "failover_names": [name, "shared.example.com"] if zone == "example.com" else [name],
        "failover_adopt": True,
    }
    return site_reader.read(name, variables, ENTRIES, NOW, PROVIDERS)


def answers(one: Any, draw: st.DrawFn) -> Iterator[Any]:
    """What the servers answer for the router and the marker of a site."""
    base = {"zone": one["zone"], "possible": [], "hides": False, "circular": [], "error": "", "ttl": 60}
    for provider in ("cloudflare", "desec"):
        front = draw(st.sampled_from([*FRONTS, "neither"]))
        marker = f'"v=twinzone1 seq={draw(st.integers(1, 2))} front={front} since={NOW - 90} run=r written={NOW - 90}"'
        for number in range(2):
            server = {**base, "provider": provider, "server": f"{provider}{number}"}
            router, leads_to = f"{one['router']}.{one['zone']}.", [front] if front in FRONTS else []
            values = [FRONTS.get(front, "elsewhere.example.org.")]
            led = {"name": router, "type": "CNAME", "status": "cname", "values": values, "leads_to": leads_to}
            yield {**server, **led}
            texts = [marker] if front in FRONTS else []
            yield {**server, "name": f"_twinzone.{router}", "type": "TXT", "rcode": "NOERROR", "values": texts}
            for public in one["names"]:
                yield {
                    **server,
                    **{"name": public, "router": router, "link": public, "status": "cname", "leads_to": leads_to},
                    **{"cnames": draw(st.sampled_from([[router], values])), "values": [], "https": []},
                    **{"https_cnames": [], "port_https": [], "port_way": []},
                }


def verdict(one: Any, front: str, draw: st.DrawFn) -> Any:
    up = draw(st.booleans())
    seen = {"site": one["site"], "name": front, "verdict": "up" if up else "down", "clean": up, "cause": ""}
    return {**seen, "reason": f"{draw(st.integers(0, 5))} tries", "addresses": []}


@st.composite
def observations(draw: st.DrawFn) -> Any:
    """All that was observed of the three sites, in any order."""
    sites = [site(name) for name in SITES]
    found = draw(st.permutations([answer for one in sites for answer in answers(one, draw)]))
    fronts = draw(st.permutations([verdict(one, front, draw) for one in sites for front in FRONTS]))
    votes = [{"vantage": "localhost", "msg": "", "fronts": fronts, "controls": []}]
    paths = [answer for answer in found if "link" in answer]
    asked = [answer for answer in found if "link" not in answer]
    return {"answers": asked, "paths": paths, "held": {}, "votes": votes, "sites": sites}


@settings(max_examples=30)
@given(observations())
def test_what_is_about_others_changes_no_decision(observed: Any) -> None:
    each = [decide_site.decide(one, observed, NOW, "run") for one in observed["sites"]]
    assert decide_site.decide_all(observed["sites"], observed, NOW, "run") == each
