# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: failover_unready
short_description: Find out why the next failover would not work from here
version_added: 0.2.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.failover#role), as an action plugin. It sends no request to an API.
options:
  sites:
    description: The sites.
    type: list
    elements: dict
    required: true
  decisions:
    description: The decisions, in the order of the sites.
    type: list
    elements: dict
    required: true
  providers:
    description: The provider entries of each site, by its name, with their tokens.
    type: dict
    required: true
  places:
    description: The directories of reports and of the metrics file; empty where there is none.
    type: list
    elements: str
    required: true
  resolver:
    description: The resolver, as C(dns_resolver).
    type: str
  require_ad:
    description: What it must have validated, as C(dns_require_ad).
    type: raw
    default: false
attributes:
  check_mode:
    description: Only looks.
    support: full
  diff_mode:
    description: Changes nothing.
    support: N/A
seealso:
  - module: twinzone.edge.preflight_info
"""

EXAMPLES = r"""
- name: Check what the next switch would need
  twinzone.edge.failover_unready:
    sites: "{{ sites }}"
    decisions: "{{ decisions }}"
    providers: "{{ providers }}"
    places: [/var/lib/twinzone]
"""

RETURN = r"""
by_site:
  description: Of each site for which no write is due, the reasons.
  returned: always
  type: dict
  sample: {www.example.com: ["the token for desec is missing"]}
"""
