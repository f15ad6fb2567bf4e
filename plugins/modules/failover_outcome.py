# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: failover_outcome
short_description: Report the outcome of one site
version_added: 0.2.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.failover#role), as an action plugin.
  - Says in one line how the run ended for the host, and is C(changed) or failed accordingly.
attributes:
  check_mode:
    description: Reports what check mode found.
    support: full
  diff_mode:
    description: Shows no difference.
    support: N/A
seealso:
  - module: twinzone.edge.failover_summary
"""

EXAMPLES = r"""
- name: Report the outcome
  twinzone.edge.failover_outcome:
"""

RETURN = r"""
msg:
  description: The outcome, where there is one.
  returned: sometimes
  type: str
  sample: "held: all fronts are down"
"""
