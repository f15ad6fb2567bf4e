# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which names would no failover move? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..._failover.data import Record
from ..._zone.names import owner
from ..check import Check
from ..facts import Zone
from ..finding import FAIL, OK, WARN, Finding

_SHOWN = 5
_CDNS = (".b-cdn.net.", ".cdn.cloudflare.net.", ".cloudfront.net.", ".fastly.net.", ".azurefd.net.", ".edgekey.net.")


def look(zone: Zone) -> Iterator[Finding]:
    level = FAIL if zone.strict else WARN
    names = _uncovered(zone)
    if names:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        seen = f"no site covers {', '.join(names[:_SHOWN])}{more}: proxied, or led to a CDN"
        yield Finding(level, "", seen, "describe a site for each, or accept it with preflight_ignore")
    elif zone.readable():
        yield Finding(OK, "", "every name behind a CDN belongs to a site")


def _uncovered(zone: Zone) -> list[str]:
    """The names behind a CDN that are on the way of no site."""
    steered = zone.steered()
    behind = {
        one["name"] for provider, records in zone.readable().items() for one in records if _behind_a_cdn(provider, one)
    }
    return sorted(name for name in behind if owner(name, zone.name) not in steered)


def _behind_a_cdn(provider: str, record: Record) -> bool:
    if record.get("at", {}).get(provider, {}).get("proxied"):
        return True
    return record["type"] == "CNAME" and any(str(one).endswith(_CDNS) for one in record.get("values", ()))


CHECK = Check(
    "coverage",
    "Which names would no failover move?",
    fails="as below, with `coverage: strict`",
    warns="a name that is proxied, or leads to a CDN, belongs to no site",
    zone=look,
)
