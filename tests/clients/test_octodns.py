# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""octoDNS against both emulators."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.octodns_zones import ZONE, OctoDns
from twinzone_lab.client import LabClient

# It still uses what it has deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:octodns")

#: What leads from the zone in `both` to the one in `changed`.
CHANGES = [
    "Create sub CNAME",
    "Create www A",
    "Delete *.apps CNAME",
    "Delete 1.reverse PTR",
    "Delete @ CAA",
    "Delete _443._tcp.www TLSA",
    "Delete _dmarc TXT",
    "Delete host AAAA",
    "Delete host HTTPS",
    "Delete host SSHFP",
    "Delete long TXT",
    "Delete sub DS",
    "Delete sub NS",
    "Delete www CNAME",
    "Update @ MX",
    "Update @ TXT",
    "Update _sip._tcp SRV",
    "Update host A",
]


@pytest.mark.parametrize("provider", ["cloudflare", "desec"])
def test_create_list_change_delete(octodns: OctoDns, provider: str) -> None:
    created = octodns.sync(provider, "both")
    assert [change for change in created if not change.startswith("Create")] == ["Delete @ A"]  # of the first day
    assert octodns.plan(provider, "both") == []
    assert octodns.sync(provider, "changed") == CHANGES
    assert octodns.plan(provider, "changed") == []
    assert octodns.plan(provider, "both") != []


@pytest.mark.parametrize("provider", ["cloudflare", "desec"])
def test_attributes_and_types_of_one_provider(octodns: OctoDns, lab: LabClient, provider: str) -> None:
    lab.adjust(ZONE, plan="pro")  # for the tags
    assert octodns.sync(provider, "both", provider) != []
    assert octodns.plan(provider, "both", provider) == []


@pytest.mark.parametrize("provider", ["cloudflare", "desec"])
def test_hundreds_of_sets(octodns: OctoDns, provider: str, tmp_path: Path) -> None:
    """More than a page of Cloudflare's list (100 records), and of deSEC's (500 sets)."""
    count = {"cloudflare": 110, "desec": 510}[provider]
    lines = [f"h{number}: {{type: A, ttl: 3600, value: 192.0.2.1}}\n" for number in range(count)]
    (tmp_path / f"{ZONE}.yaml").write_text("".join(lines))
    assert len(octodns.sync(provider, tmp_path)) == count + 1
    assert octodns.plan(provider, tmp_path) == []
