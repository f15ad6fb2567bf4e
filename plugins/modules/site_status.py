#!/usr/bin/python
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: how sites stand, as lines, as a document, and as a page for the wall."""

from __future__ import annotations

DOCUMENTATION = r"""
module: site_status
short_description: Show how sites stand, as a table, as JSON, and as a page for a screen on the wall
version_added: 0.2.0
author: The twinzone contributors (@twinzone)
description:
  - Makes a row of each site - where it is, how its fronts are, whether all name servers agree and the public names follow, the pin, the last
    rehearsal that passed, and what to do next.
  - The page has the timeline and the last incidents too, from the reports in O(directory). It needs no network and no script, and loads itself
    again every minute. Sites that are in neither O(decisions) nor O(results) are shown as their latest report in O(directory) has them.
  - A step of the role P(twinzone.edge.failover#role).
options:
  decisions:
    description: What was decided, as the role has it.
    type: list
    elements: dict
    default: []
  results:
    description: The reports of a run, by site.
    type: dict
    default: {}
  types:
    description: The types of provider in use, for what must be known about them.
    type: list
    elements: str
    default: []
  directory:
    description: The directory with the reports of runs and drills.
    type: path
  page:
    description: The file for the page, readable for all (0644).
    type: path
attributes:
  check_mode:
    description: Writes no page.
    support: full
  diff_mode:
    description: Changes nothing that it could show.
    support: N/A
requirements:
  - requests
  - dnspython
seealso:
  - module: twinzone.edge.history_info
  - module: twinzone.edge.write_reports
"""

EXAMPLES = r"""
- name: Refresh the page for the wall
  twinzone.edge.site_status:
    results: "{{ results }}"
    directory: /var/lib/twinzone
    page: /srv/www/status.html
  delegate_to: localhost
"""

RETURN = r"""
lines:
  description: A table of O(decisions), and under it what needs a look.
  returned: success
  type: list
  elements: str
  sample: ["www.example.com  cloudflare  up  all servers agree"]
status:
  description: The rows, with C(schema) (C(twinzone-status/1)), C(taken), and C(well), whether all sites are.
  returned: success
  type: dict
  sample: {schema: twinzone-status/1, taken: "2026-01-01T00:00:00Z", well: true, sites: []}
html:
  description: The page.
  returned: success
  type: str
  sample: "<!doctype html>…"
"""

from ansible_collections.twinzone.edge.plugins.module_utils._modules import site_status

main = site_status.main

if __name__ == "__main__":
    main()
