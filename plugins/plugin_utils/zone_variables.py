# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The zones of a play from their variables, read by one task in place of a task for each zone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._modules import provider_entries
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._sync import declaration
from ansible_collections.twinzone.edge.plugins.module_utils._sync.data import DescribedZone
from ansible_collections.twinzone.edge.plugins.module_utils._variables import among_facts, inputs_among
from ansible_collections.twinzone.edge.plugins.plugin_utils.site_variables import SiteVariables

#: What describes a zone, and what the role makes of it.
_OURS = re.compile(r"zone[-_]sync[-_]|__zone_sync_(content|full_path)$|dns_(resolver|port|require_ad)$", re.IGNORECASE)

#: The variables that the work takes as they are, by option.
_AS_GIVEN = {
    "deadline": "zone_sync_deadline",
    "dns_port": "dns_port",
    "dns_require_ad": "dns_require_ad",
    "dns_resolver": "dns_resolver",
    "keep": "zone_sync_keep",
    "limits": "zone_sync_limits",
    "providers": "zone_sync_providers",
    "verify_timeout": "zone_sync_verify_timeout",
}

#: Where the description and the work call it differently; the rest have the same names.
_RENAMED = {"targets": "must_resolve"}


class ZoneVariables:
    """Reads zones as a task of each of them would.

    sites: the hosts that steer names in zones, those outside of the present run too.
    """

    def __init__(self, task: Any, loader: Any, task_vars: Mapping[str, Any], sites: Sequence[str]) -> None:
        self._variables = SiteVariables(task, loader, task_vars, _OURS)
        hostvars = task_vars["hostvars"]
        facts = {site: inputs_among(hostvars[site].get("ansible_facts")) for site in sites if site in hostvars}
        self._poisoned = [f"{site}: {among_facts(found)}" for site, found in facts.items() if found]
        self._steered = declaration.steered_sites(hostvars, [site for site in sites if not facts.get(site)])

    def options(self, host: str) -> dict[str, Any]:
        """The options of the work for the zone of a host. Raises BadInput with every problem."""
        try:
            return self._options(host)
        except BadInput as error:
            raise BadInput([f"{host} is not well described:", *error.problems]) from None

    def _options(self, host: str) -> dict[str, Any]:
        try:
            found, facts = self._variables.of(host)
        except AnsibleError as error:
            raise BadInput([str(error)]) from None
        entries, problems = provider_entries.read(found.get("zone_sync_providers"))
        problems += [f"{host}: {among_facts(facts)}"] if facts else []
        problems += self._poisoned
        try:
            zone = self._described(host, found, entries)
        except BadInput as error:
            problems += error.problems
        if problems:
            raise BadInput(problems)
        described = {_RENAMED.get(key, key): value for key, value in zone.items()}
        if zone["source"] != declaration.DECLARED:
            # What is taken from a provider has the TTLs that it has there.
            del described["ttl"]
        return {**described, **_as_given(found)}

    def _described(self, host: str, found: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> DescribedZone:
        kinds = {str(one.get("name")): PROVIDERS[one["type"]] for one in entries if one.get("type") in PROVIDERS}
        given = {name: value for name, value in found.items() if not name.startswith(("__", "dns_"))}
        path = Path(str(found["__zone_sync_full_path"])).expanduser()
        content = found["__zone_sync_content"]
        return declaration.read(host, given, content, self._steered, kinds, partial(included, path))


def _as_given(found: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are variables as they are, where they say something."""
    options = {option: found.get(name) for option, name in _AS_GIVEN.items()}
    return {option: value for option, value in options.items() if value not in (None, "")}


def included(zone_file: Path, name: str) -> str:
    """The text of a file that a zone file includes. Raises ValueError."""
    folder = zone_file.parent.resolve()
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise ValueError(f"{name} is not below {folder}, the folder of the zone file")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{name} cannot be read: {error}") from None
