# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""octoDNS reads what this collection wrote, and the other way round: neither finds anything to change.

Both hold the same zone, each in its own form, in the folder `zone`.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from support import lab_jobs
from support.octodns_zones import SOURCES, ZONE, OctoDns
from twinzone_lab.client import LabClient

# octoDNS still uses what it has deprecated itself.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:octodns"),
    pytest.mark.parametrize("provider", ["cloudflare", "desec"]),
]

#: The list is the whole zone, as octoDNS always takes it.
WHOLE = PlanPolicy(prune=True, force=True)

#: A key as of DKIM: long, and with semicolons, of which octoDNS keeps a backslash each.
KEY = f"v=DKIM1; k=rsa; p={'x' * 400}"


@functools.cache
def declared() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((SOURCES / "twinzone.yml").read_text())["records"]
    return found


@pytest.fixture
def ours(lab: LabClient) -> LabClient:
    """A lab whose plan at Cloudflare knows tags."""
    lab.adjust(ZONE, plan="pro")
    return lab


def test_octodns_finds_nothing_to_change_in_our_zone(ours: LabClient, octodns: OctoDns, provider: str) -> None:
    assert len(lab_jobs.ok(lab_jobs.run(ours, declared(), provider, policy=WHOLE))) > 15
    assert octodns.plan(provider, "both", provider) == []
    # It did read the zone: without the sets of this provider alone, it would delete those.
    own = {
        f"Delete {entry['name']} {'ALIAS' if (entry['name'], entry['type']) == ('@', 'CNAME') else entry['type']}"
        for entry in declared()
        if entry.get("only") == provider and (entry["name"], entry["type"]) != ("@", "NS")
    }
    assert set(octodns.plan(provider, "both")) == own


def test_we_find_nothing_to_change_in_the_zone_of_octodns(ours: LabClient, octodns: OctoDns, provider: str) -> None:
    assert octodns.sync(provider, "both", provider) != []
    assert lab_jobs.ok(lab_jobs.run(ours, declared(), provider, policy=WHOLE, check_mode=True)) == []


def test_back_and_forth(ours: LabClient, octodns: OctoDns, provider: str) -> None:
    """Either takes over from the other in the middle, with updates, deletes and swaps of types on both sides."""
    lab_jobs.ok(lab_jobs.run(ours, declared(), provider, policy=WHOLE))
    assert octodns.sync(provider, "changed") != []
    assert octodns.plan(provider, "changed") == []
    assert lab_jobs.ok(lab_jobs.run(ours, declared(), provider, policy=WHOLE)) != []
    assert octodns.plan(provider, "both", provider) == []
    assert lab_jobs.ok(lab_jobs.run(ours, declared(), provider, policy=WHOLE)) == []


def test_long_texts_with_semicolons_are_cut_elsewhere_once(
    ours: LabClient, octodns: OctoDns, provider: str, tmp_path: Path
) -> None:
    """octoDNS counts its backslashes when it cuts a text into strings. That is another value in the wire format, so we
    write it once; as a whole the text is the same, so octoDNS does not write it back."""
    (tmp_path / f"{ZONE}.yaml").write_text(yaml.safe_dump({"key": {"type": "TXT", "value": KEY.replace(";", r"\;")}}))
    octodns.sync(provider, tmp_path)
    entry = {"name": "key", "type": "TXT", "ttl": 3600, "values": KEY}
    assert lab_jobs.ok(lab_jobs.run(ours, [entry], provider)) == [(provider, "update", "key", "TXT")]
    assert octodns.plan(provider, tmp_path) == []
    assert lab_jobs.ok(lab_jobs.run(ours, [entry], provider)) == []
