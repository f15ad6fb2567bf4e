# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: failover_sites
short_description: Read all sites of a play from their variables
version_added: 0.2.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.failover#role), as an action plugin.
  - One task for all sites. What is wrong with a site is data and holds up no other. Secrets stay out of the result.
options:
  hosts:
    description: The hosts that are sites.
    type: list
    elements: str
    required: true
  run:
    description: What tells the run apart from others. Of what is no letter, digit, dot, hyphen or underscore, a hyphen stays.
    type: str
    default: "-"
    version_added: 0.3.0
attributes:
  check_mode:
    description: Only reads variables.
    support: full
  diff_mode:
    description: Changes nothing.
    support: N/A
seealso:
  - module: twinzone.edge.failover_vote
"""

EXAMPLES = r"""
- name: Read the sites
  twinzone.edge.failover_sites:
    hosts: "{{ ansible_play_batch }}"
  run_once: true
  register: found
"""

RETURN = r"""
sites:
  description: The sites, without tokens and request headers, as one text for the filters of the role.
  returned: always
  type: str
  sample: 'packed [{"site": "www.example.com", "zone": "example.com", "router": "web-router"}]'
vantages:
  description: From where they are probed.
  returned: always
  type: list
  elements: str
  sample: [localhost]
run:
  description: O(run) as one word of at most 40 characters.
  returned: always
  type: str
  sample: r2965344271
started:
  description: When it began, in Unix time.
  returned: always
  type: float
  sample: 1767225600.25
started_as:
  description: How the run was started, without secrets, so that a report can say how to start it again.
  returned: always
  type: dict
  sample: {playbooks: [twinzone.edge.failover], options: [-i, inventory.yml], limit: "", template: "", sites: 1}
misdescribed:
  description: The other hosts, each C(site) and C(problems).
  returned: always
  type: list
  elements: dict
  sample: [{site: shop.example.com, problems: ["failover_zone: is missing"]}]
"""
