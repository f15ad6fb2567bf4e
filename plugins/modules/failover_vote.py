# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: failover_vote
short_description: Probe fronts from a vantage, and trust it with nothing but its vote
version_added: 0.2.0
author: The twinzone contributors (@twinzone)
description:
  - Runs M(twinzone.edge.cdn_health) at a host and returns only the verdicts, in their known shape. Facts and all else that the host
    returns are dropped, so that nothing of it becomes a variable. A result of another shape is a vote for V(unknown).
  - The C(environment) of the play is not given to the host.
  - This is an action plugin. With C(async) and C(poll=0) the probes run in the background.
options:
  step:
    description: V(probe), V(collect) the verdict of a probe in the background, or V(clean) up after it.
    type: str
    choices: [probe, collect, clean]
    default: probe
  job:
    description: The RV(ansible_job_id) of a probe in the background.
    type: str
  vantage:
    description: The name of the vantage. The vote belongs to it, whatever name the host gives itself.
    type: str
    default: ""
  fronts:
    description: As O(twinzone.edge.cdn_health#module:fronts).
    type: list
    elements: dict
  check:
    description: As O(twinzone.edge.cdn_health#module:check).
    type: dict
  controls:
    description: As O(twinzone.edge.cdn_health#module:controls).
    type: list
    elements: str
  probes:
    description: As O(twinzone.edge.cdn_health#module:probes).
    type: int
  interval:
    description: As O(twinzone.edge.cdn_health#module:interval).
    type: float
  tolerate:
    description: As O(twinzone.edge.cdn_health#module:tolerate).
    type: int
  down_at:
    description: As O(twinzone.edge.cdn_health#module:down_at).
    type: int
  resolver:
    description: As O(twinzone.edge.cdn_health#module:resolver).
    type: str
seealso:
  - module: twinzone.edge.cdn_health
attributes:
  check_mode:
    description: Only probes.
    support: full
  diff_mode:
    description: Changes nothing.
    support: N/A
"""

EXAMPLES = r"""
- name: Probe from another place
  twinzone.edge.failover_vote:
    vantage: paris
    fronts: [{name: bunny, target: example.b-cdn.net.}]
    check: {url: https://www.example.com/health}
  delegate_to: paris
  register: probed
"""

RETURN = r"""
vote:
  description: The vote, unless the probes go on in the background.
  returned: when there is one
  type: dict
  sample: {vantage: controller, msg: "", fronts: [{site: www.example.com, name: bunny, verdict: up, clean: true}]}
  contains:
    vantage:
      description: The vantage.
      type: str
    msg:
      description: Why there are no verdicts, in one line; empty otherwise.
      type: str
    fronts:
      description: For each front C(site), C(name), C(verdict), C(clean), C(reason) and C(addresses), of these C(certificate_days).
      type: list
      elements: dict
finished:
  description: Whether a probe in the background is over.
  returned: with O(step=collect)
  type: bool
  sample: true
ansible_job_id:
  description: The probe in the background.
  returned: with C(async)
  type: str
  sample: "j123456789.1234"
"""
