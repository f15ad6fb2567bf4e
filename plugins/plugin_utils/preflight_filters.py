# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of the preflight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.observed import Observed, Vote
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.site import Site
from ansible_collections.twinzone.edge.plugins.module_utils._modules.packing import each_unpacked, unpacked
from ansible_collections.twinzone.edge.plugins.module_utils._preflight import gather
from ansible_collections.twinzone.edge.plugins.module_utils._preflight.settings import PARITY, Settings
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._zone import names


def parity(sites: Sequence[Site], declared: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The requests that the module preflight_info is to make to every front. declared: by site, `preflight_parity`."""
    return [
        {
            "site": site["site"],
            "front": front["name"],
            "target": names.absolute(front["target"], f"{site['zone']}.") if front["target"] else "",
            "connect_to": [str(one) for one in front["connect_to"]],
            "ca_path": front["check"].get("ca_path") or site["check"].get("ca_path"),
            **{key: given[key] for key in PARITY if given.get(key)},
        }
        for site in unpacked(sites)
        # What is not a mapping is a problem of the preflight, which says so.
        if isinstance(given := declared.get(site["site"]), Mapping)
        for front in site["fronts"]
    ]


def preflight_outcome(
    sites: Sequence[Site], observed: Observed, seen: gather.Seen, settings: Mapping[str, Any], now: int
) -> gather.Outcome:
    """Lines for a person, the report, its page, and by site whether it passed."""
    kinds = {
        name: gather.Kind(provider.nameserver_suffixes, provider.daily_requests, provider.requests_of_a_read)
        for name, provider in PROVIDERS.items()
    }
    try:
        here, found, more = unpacked(sites), each_unpacked(observed), unpacked(seen["repeated"])
        return gather.outcome(here, found, {**seen, "repeated": more}, kinds, Settings(**settings), now)
    except BadInput as error:
        raise AnsibleFilterError("\n".join(["the preflight is not well described:", *error.problems])) from None


def second_looks(sites: Sequence[Site], votes: Sequence[Vote], run: str) -> list[dict[str, Any]]:
    """What to probe once more, past the caches that answered."""
    return gather.second_looks(unpacked(sites), unpacked(votes), run)
