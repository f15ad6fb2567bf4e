# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and a site: its variables, checked at the beginning of every run by all that will ever read them.

The modules work for all sites of a play at once and refuse what they cannot read. So what is wrong with one site is
found before them, as it would hold up the others; and with every run, not only with the one that has to write.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._errors import BadInput
from .._failover import secret_headers, site_reader
from .._failover import site as failover_site
from .._failover.data.site import Site
from .._probes.options import read_fronts
from .._providers.registry import PROVIDERS
from . import provider_entries
from .cdn_health import converted


def read(name: str, variables: Mapping[str, Any], providers: Any, now: int) -> Site:
    """The site `name` as `site_reader.read` returns it, without request headers.

    providers: the provider entries, of whatever shape they are.

    Raises BadInput with every problem.
    """
    entries, problems = provider_entries.read(provider_entries.plain(providers))
    try:
        site = site_reader.read(name, provider_entries.plain(variables), entries, now, PROVIDERS)
    except BadInput as error:
        raise BadInput([*problems, *error.problems]) from None
    problems += _probe_problems(site)
    if problems:
        raise BadInput(problems)
    return secret_headers.hidden(site)


def _probe_problems(site: Site) -> list[str]:
    """What `cdn_health` would refuse."""
    fronts = [
        {**front, "check": _without_absent_files(own["check"], site)}
        for front, own in zip(failover_site.probes(site), site["fronts"], strict=True)
    ]
    common = {"controls": [], "probes": 5, "interval": 3.0, "tolerate": None, "down_at": None}
    try:
        read_fronts({**common, "check": _without_absent_files(site["check"], site), "fronts": fronts}, converted)
    except BadInput as error:
        # The module's own `check` is the one of all fronts.
        return [f"failover_{one}" if one.startswith("check.") else one for one in error.problems]
    return []


def _without_absent_files(check: Mapping[str, Any], site: Site) -> dict[str, Any]:
    """Without files that only other machines need to have, and relative paths: the module runs in another directory."""
    ca_path = str(check.get("ca_path") or "")
    here = failover_site.CONTROLLER in site["vantages"] and ca_path.startswith(("/", "~"))
    return {key: value for key, value in check.items() if here or key != "ca_path"}
