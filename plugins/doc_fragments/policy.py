# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the modules that write record sets."""

from __future__ import annotations

from typing import ClassVar


class ModuleDocFragment:
    DOCUMENTATION: ClassVar[str] = r"""
options:
  prune:
    description:
      - Whether the list is the whole zone, so that record sets which are not in it are deleted.
      - SOA, apex NS, DNSSEC records, steered records and what O(keep) matches always stay.
    type: bool
    default: false
  keep:
    description:
      - What O(prune) leaves, as shell patterns. A pattern without O(keep[].name) or O(keep[].type) matches every name or type.
      - By default C(_acme-challenge*), C(_cf-custom-hostname*), C(cloudflare-verify*), C(_twinzone*) and C(_validation-persist*).
    type: list
    elements: dict
    suboptions:
      name:
        description: Shell pattern for the relative name, or with a trailing dot for the absolute one. Letter case does not matter.
        type: str
      type:
        description: Shell pattern for the type. Letter case does not matter.
        type: str
  limits:
    description:
      - An update that would change or delete a larger part of the zone is refused unless O(force=true).
      - Below O(limits.from) existing record sets, deleting more than two undeclared ones is refused instead.
    type: dict
    suboptions:
      update_percent:
        description: Largest share of the existing record sets that may be changed, in percent.
        type: int
        default: 30
      delete_percent:
        description: Largest share of the existing record sets that may be deleted, in percent.
        type: int
        default: 30
      from:
        description: The number of existing record sets from which on the shares count.
        type: int
        default: 10
  force:
    description:
      - Carry out what O(limits) refuse, a deletion of the apex NS set, and a change of type at one name where the provider cannot
        do that without a gap (Cloudflare).
    type: bool
    default: false
  ttl:
    description:
      - TTL in seconds of record sets that name none.
      - Without it an existing TTL stays, and a new record set gets 3600.
    type: int
  ttl_floor:
    description:
      - What to do with a TTL below the provider's minimum (deSEC has 3600 unless its support lowered it).
      - V(raise) lifts it and says so, V(refuse) refuses the record set.
    type: str
    choices: [raise, refuse]
    default: raise
  strict_names:
    description:
      - Whether to refuse a target that looks absolute and has no trailing dot, such as C(example.b-cdn.net), unless the list has that name.
        It means a name below the zone.
      - Otherwise there is a warning when the name with the dot exists.
    type: bool
    default: false
  steered:
    description:
      - Names that failovers own, besides those whose C(_twinzone) marker is found in the zone.
      - Where such a name exists it is left as it is. Where it is missing it is copied from another provider, and created from
        the list only when no provider has it.
    type: list
    elements: str
    default: []
  verify_timeout:
    description:
      - How long in seconds every name server may take to serve what was declared. V(0) does not ask them.
      - The task fails when one still serves something else.
    type: float
    default: 0
  deadline:
    description:
      - How long in seconds all work at one provider may take, retries and waiting included.
      - The default is 300, and 10 for a failover (C(plan_first=false)).
    type: float

attributes:
  check_mode:
    description: Predicts what a run does, barring what only the server can refuse.
    support: full
  diff_mode:
    description: Shows the changed record sets in presentation format.
    support: full
notes:
  - Runs on the controller; delegate it to C(localhost).
requirements:
  - requests
  - dnspython
"""
