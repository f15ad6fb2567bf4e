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
    fronts = failover_site.probes(site)
    for front in fronts:
        ca_path = str(front["check"].get("ca_path") or "")
        # Files that only other machines need to have; and a relative path: the module runs in another directory.
        if failover_site.CONTROLLER not in site["vantages"] or not ca_path.startswith(("/", "~")):
            front["check"] = {key: value for key, value in front["check"].items() if key != "ca_path"}
    common = {"check": {}, "controls": [], "probes": 5, "interval": 3.0, "tolerate": None, "down_at": None}
    try:
        read_fronts({**common, "fronts": fronts}, converted)
    except BadInput as error:
        return list(error.problems)
    return []
