# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Request headers of checks, which may be secret: kept by nobody, they come back for a probe. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .data.site import Site

#: Stands for the headers of a check where they are not kept.
HIDDEN = "(not kept)"

_KEY = "request_headers"


def hidden(site: Site) -> Site:
    """The site without the values of request headers."""
    fronts = [{**front, "check": _hidden(front["check"])} for front in site["fronts"]]
    found: Site = {**site, "check": _hidden(site["check"]), "fronts": fronts}  # type: ignore[typeddict-item]
    return found


def _hidden(check: Mapping[str, Any]) -> dict[str, Any]:
    return {**check, _KEY: HIDDEN} if check.get(_KEY) else dict(check)


def lacking(fronts: Sequence[Mapping[str, Any]]) -> list[str]:
    """The sites of whose fronts, as cdn_health takes them, some lack their headers."""
    return list(dict.fromkeys(front["site"] for front in fronts if front["check"].get(_KEY) == HIDDEN))


def restored(fronts: Sequence[Mapping[str, Any]], described: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The fronts with their headers. described: of each site in `lacking`, its variables."""
    return [_restored(front, described.get(front["site"], {})) for front in fronts]


def _restored(front: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    if front["check"].get(_KEY) != HIDDEN:
        return dict(front)
    own: Mapping[str, Any] = next((one for one in variables["failover_fronts"] if one.get("name") == front["name"]), {})
    headers = {**(variables.get("failover_check") or {}), **(own.get("check") or {})}[_KEY]
    return {**front, "check": {**front["check"], _KEY: headers}}
