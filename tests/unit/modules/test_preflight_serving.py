# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a preflight compares: one record that makes no sense does not end it."""

from __future__ import annotations

from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._modules.options import settings
from ansible_collections.twinzone.edge.plugins.module_utils._modules.preflight_serving import readable_sets


def test_a_record_that_cannot_be_read_is_left_out_and_named() -> None:
    provider = {"name": "desec", "type": "desec"}
    entries: list[dict[str, Any]] = [
        {"name": "www", "type": "CNAME", "values": ["a.example."], "ttl": 60, "only": ["desec"]},
        {"name": "shop", "type": "CNAME", "values": ["<script>alert (1)</script>.example."], "only": ["desec"]},
        {"name": "api", "type": "A", "values": ["192.0.2.1"], "ttl": 60, "only": ["desec"]},
    ]
    sets, unread = readable_sets(entries, "example.com", settings([provider], 10.0))
    assert [one.key for one in sets] == [("www", "CNAME"), ("api", "A")]
    assert unread == {"shop CNAME"}
