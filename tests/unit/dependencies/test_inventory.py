# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the configured sites is measured, and what of them is passed on."""

from __future__ import annotations

from typing import Any, cast

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.inventory import options
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data import Site


def site(**changed: Any) -> Site:
    """A site, with what is read of it."""
    known: dict[str, Any] = {
        "site": "www.example.com",
        "zone": "example.com",
        "router": "web-router",
        "names": ["www.example.com.", "shop.example.org."],
        "controls": ["https://www.debian.org/", "9.9.9.9:443"],
        "vantages": ["localhost", "paris"],
        "fronts": [{"name": "cloudflare", "target": "cf-front.example.com."}, {"name": "copied", "target": ""}],
        "providers": [{"name": "desec", "type": "desec", "deadline": 5}],
    }
    return cast(Site, {**known, **changed})


def test_every_public_name_is_measured_with_what_is_needed_for_it() -> None:
    found = options([site()], [{"url": "https://hooks.example.net/a-secret"}], "127.0.0.53:53")
    (measured,) = found["sites"]
    assert measured["names"] == ["www.example.com.", "shop.example.org."]
    assert measured["fronts"] == [{"name": "cloudflare", "target": "cf-front.example.com."}]
    assert measured["providers"] == [{"name": "desec", "type": "desec"}]
    assert found["parties"] == {
        "controls": ["9.9.9.9", "www.debian.org"],
        "vantages": ["paris"],
        "webhooks": ["hooks.example.net"],
        "resolver": ["127.0.0.53"],
    }


@pytest.mark.parametrize("names", [[], ["*.example.com."]])
def test_where_no_name_can_be_followed_the_router_stands_for_them(names: list[str]) -> None:
    (measured,) = options([site(names=names)])["sites"]
    assert measured["names"] == ["web-router.example.com."]
