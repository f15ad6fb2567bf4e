# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do enough independent places look at the fronts? Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence

from ..check import Check
from ..facts import SiteFacts
from ..finding import OK, WARN, Finding

_NETWORK = {4: 24, 6: 48}
"""How many bits of an address name what fails together."""


def look(facts: SiteFacts) -> Iterator[Finding]:
    site = facts.site
    found = []
    if len(site["vantages"]) < 2:
        seen = f"only {', '.join(site['vantages'])} looks at the fronts"
        found.append(Finding(WARN, "", seen, "add a vantage in another network (failover_vantages)"))
    elif network := _shared_network([facts.places.get(one, "") for one in site["vantages"]]):
        seen = f"all vantages are in one network, {network}"
        found.append(Finding(WARN, "", seen, "add a vantage in another network (failover_vantages)"))
    if not site["controls"]:
        seen = "nothing tells a failed front from a failed vantage"
        found.append(Finding(WARN, "", seen, "name hosts that depend on no front (failover_controls)"))
    for role, words in (("controls", "a control"), ("vantages", "a vantage")):
        if shared := sorted({*facts.operators_of(role)} & facts.fronts_run_by()):
            seen = f"{words} depends on {', '.join(shared)}, which also runs a front"
            found.append(Finding(WARN, "", seen, f"choose {role} that work without this operator"))
    yield from found
    if not found:
        yield Finding(OK, "", f"{len(site['vantages'])} vantages, {len(site['controls'])} controls")


def _shared_network(places: Sequence[str]) -> str:
    """The network in which all these addresses are; empty where one lies elsewhere or has a name."""
    networks = set()
    for place in places:
        try:
            address = ipaddress.ip_address(place)
        except ValueError:
            return ""
        networks.add(ipaddress.ip_network((address, _NETWORK[address.version]), strict=False))
    return str(next(iter(networks))) if len(networks) == 1 else ""


CHECK = Check(
    "vantages",
    "Do enough independent places look at the fronts?",
    warns=(
        "there is one vantage only, or all have addresses in one network (/24, /48), or there is no control, or one of "
        "them depends on the operator of a front"
    ),
    site=look,
)
