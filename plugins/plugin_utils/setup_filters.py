# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter of the playbook init."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._modules import provider_entries
from ansible_collections.twinzone.edge.plugins.module_utils._setup import inventory, layout, proposal
from ansible_collections.twinzone.edge.plugins.module_utils._text import visible


def zone_proposal(
    records: Sequence[Mapping[str, Any]], wishes: Mapping[str, Any], common: Mapping[str, Any], seen: Mapping[str, Any]
) -> dict[str, Any]:
    """What to write for a zone that has no inventory yet: its records, the inventory's text, and lines for a person.

    wishes: as `proposal.Wishes`. common: variables of all hosts. seen: the name servers (dns), the registrar, the
    layout that is wanted, and the folder to write to. second_records: of the second zone; empty where there is none.
    """
    entries = [
        {key: value for key, value in entry.items() if key not in ("token", "key")}
        for entry in common.get("dns_providers", ())
    ]
    registrar = visible(str(seen["registrar"]))
    given = proposal.Wishes(**wishes)
    here = layout.Seen(seen["dns"], registrar, given.second_zone, str(seen.get("layout") or ""))
    try:
        chosen, why = layout.choose(here)
    except BadInput as error:
        raise AnsibleFilterError("\n".join(error.problems)) from None
    made = proposal.propose(given, provider_entries.plain(list(records)), chosen)
    lines = inventory.lines(made, why, here, seen["folder"])
    shown = {**provider_entries.plain(dict(common)), "dns_providers": provider_entries.plain(entries)}
    if registrar:
        shown["dependency_declared"] = {"registrar": [registrar]}
    return {
        "records": list(made.records),
        "second_records": list(made.second_records),
        "inventory": inventory.inventory(made, shown, lines),
        "lines": lines,
    }
