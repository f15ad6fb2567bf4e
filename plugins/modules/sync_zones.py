#!/usr/bin/python
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sync_zones
short_description: Keep all zones of a play equal at their DNS providers
version_added: 0.2.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.zone_sync#role), as an action plugin.
  - Reads the zone of each host from its variables, and brings all of them to what is declared, as M(twinzone.edge.zone_records) does for
    one. A zone that is not well described, or that cannot be written, holds up no other.
  - Shows what is worth saying about them.
  - Zones of one account share the connections to its API, and its list of zones is read once for all of them.
options:
  hosts:
    description: The hosts of the play.
    type: list
    elements: str
    required: true
attributes:
  check_mode:
    description: Writes nothing, and says what it would.
    support: full
  diff_mode:
    description: Shows what changes in a zone.
    support: full
seealso:
  - module: twinzone.edge.sync_outcome
  - module: twinzone.edge.zone_records
"""

EXAMPLES = r"""
- name: Make the zones equal at all their providers
  twinzone.edge.sync_zones:
    hosts: "{{ ansible_play_batch }}"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
zones:
  description:
    - What became of each zone, by host, as one text, from which M(twinzone.edge.sync_outcome) reports it. C(changed), C(changes) and
      C(providers) as M(twinzone.edge.zone_records) returns them; C(failed) and C(msg) where it did not end well.
  returned: success
  type: dict
  sample: {example.com: 'packed {"changed": false, "changes": [], "providers": {"desec": {"result": "ok", "changed": false}}}'}
notes:
  description: What is worth saying about the zones, each line beginning with the host.
  returned: success
  type: list
  elements: str
  sample: ["example.com: desec raised the TTL of www to 3600"]
"""
