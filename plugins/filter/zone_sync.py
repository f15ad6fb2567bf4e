# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filters: the steps of the role zone_sync that are pure. They are for its templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._variables import inputs_among
from ansible_collections.twinzone.edge.plugins.plugin_utils.on_demand import on_demand


def providers_of(
    hostvars: Mapping[str, Any], hosts: Sequence[str], variable: str, default: Sequence[Any]
) -> dict[str, Any]:
    """The provider entries of each host, with their tokens: its own `variable`, else `dns_providers`, else the default.

    What a role has as a default is not among the variables that other hosts see. A host with inputs among its facts is
    refused elsewhere; here it has the default, which is the user's.
    """
    found: dict[str, Any] = {}
    for host in hosts:
        own = hostvars[host]
        if inputs_among(own.get("ansible_facts")):
            own = {}
        found[host] = next((own[name] for name in (variable, "dns_providers") if name in own), default)
    return found


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "mirrored": on_demand("plugin_utils.zone_filters", "mirrored"),
            "providers_of": providers_of,
            "zone_proposal": on_demand("plugin_utils.setup_filters", "zone_proposal"),
            "zone_text": on_demand("plugin_utils.zone_filters", "zone_text"),
        }
