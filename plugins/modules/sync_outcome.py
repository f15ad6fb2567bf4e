#!/usr/bin/python
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sync_outcome
short_description: Report what became of one zone
version_added: 0.2.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.zone_sync#role), as an action plugin.
  - Returns what became of the zone of the host, and is C(changed) or failed accordingly.
attributes:
  check_mode:
    description: Reports what check mode found.
    support: full
  diff_mode:
    description: Shows what changes in a zone.
    support: full
seealso:
  - module: twinzone.edge.sync_zones
  - module: twinzone.edge.zone_records
"""

EXAMPLES = r"""
- name: Report what became of the zone
  twinzone.edge.sync_outcome:
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be, as M(twinzone.edge.zone_records) returns it.
  returned: when the zone was well described
  type: list
  elements: dict
  sample: [{provider: desec, action: create, name: www, type: A, before: null, after: {ttl: 3600, values: [203.0.113.10]}}]
providers:
  description: What became of each provider, as M(twinzone.edge.zone_records) returns it.
  returned: when the zone was well described
  type: dict
  sample: {desec: {result: ok, changed: true}}
msg:
  description: What went wrong.
  returned: failure
  type: str
  sample: "desec: unreachable"
"""
