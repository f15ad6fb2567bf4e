# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the sites of an inventory to what the watcher watches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from .._failover import secret_headers
from .._failover import site as failover_site
from .._failover.data.site import Site
from .._probes.options import CHECK, FRONT
from .cdn_health import converted
from .provider_entries import plain

_HERE = "localhost"
_CHECKS = ("failover_check", "failover_fronts")


class Watched(TypedDict):
    """What the watcher reads, without how often."""

    fronts: list[dict[str, Any]]
    """As cdn_health takes them, every value of its type, request headers included."""
    resolver: str


def watched(sites: Sequence[Site], variables: Mapping[str, Mapping[str, Any]], resolver: str) -> Watched:
    """What to watch from here: the fronts of the sites that are probed from the controller.

    variables: of every host, as `hostvars` has them.
    """
    here = [site for site in plain(list(sites)) if _HERE in site["vantages"]]
    fronts = [front for site in here for front in failover_site.probes(site)]
    lacking = secret_headers.lacking(fronts)
    described = {
        name: {key: plain(variables[name][key]) for key in _CHECKS if key in variables[name]} for name in lacking
    }
    return Watched(fronts=[_typed(one) for one in secret_headers.restored(fronts, described)], resolver=resolver)


def _typed(front: Mapping[str, Any]) -> dict[str, Any]:
    """The front without its burst, with values of their types: the watcher has no Ansible to convert them."""
    kept = ("site", "name", "target", "connect_to", "controls")
    found = {key: converted(key, FRONT[key].spec, front[key]) for key in kept if front[key] is not None}
    check = {key: converted(key, CHECK[key].spec, value) for key, value in front["check"].items() if value is not None}
    return {**found, "check": check}
