# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do the answers of every name server validate? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import Zone
from ..finding import FAIL, OK, UNKNOWN, Finding

_HOUR = 3600
_NEAR = 6 * _HOUR
"""Providers that sign answer by answer use signatures of a day or two."""

_BOOTSTRAPPING = ("ch", "li", "se", "nu", "cz", "sk", "cr", "fo", "uz")
"""Registries that set a DS by CDS although nobody asked."""


def look(zone: Zone) -> Iterator[Finding]:
    found = [*_keys(zone), *_signatures(zone), *_bootstrapped(zone)]
    yield from found
    if zone.servers and not found:
        yield Finding(OK, "", "the DS set at the parent, if there is one, fits the keys of every name server")


def _keys(zone: Zone) -> Iterator[Finding]:
    bogus = [one["name"] for one in zone.servers or () if one["signed"] is False]
    unseen = [one["name"] for one in zone.servers or () if one["signed"] is None]
    if bogus:
        seen = f"the DS set at the parent does not fit the keys of {', '.join(bogus)}"
        yield Finding(FAIL, "", seen, "add the DS of this provider at the registrar, or remove all; see multi-signer")
    if unseen:
        seen = f"the keys of {', '.join(unseen)} were not seen"
        yield Finding(UNKNOWN, "", seen, "look again from where these servers can be asked over TCP")


def _signatures(zone: Zone) -> Iterator[Finding]:
    for one in zone.looks:
        if one["signed_until"] is not None and one["signed_until"] - zone.now < _NEAR:
            hours = max(0, one["signed_until"] - zone.now) // _HOUR
            seen = f"a signature that {one['server']} answers ends in {hours} hours"
            yield Finding(FAIL, one["provider"], seen, "ask the provider why it does not sign again, or remove the DS")


def _bootstrapped(zone: Zone) -> Iterator[Finding]:
    """Where the registry makes a DS out of CDS by itself, those of one signer are enough to break the other one."""
    publishing = {one["provider"] for one in zone.looks if one["cds"]}
    others = {one["provider"] for one in zone.looks} - publishing
    if publishing and others and zone.name.rpartition(".")[2] in _BOOTSTRAPPING:
        who, not_these = ", ".join(sorted(publishing)), ", ".join(sorted(others))
        seen = f"{who} publishes CDS, {not_these} does not, and this registry acts on it"
        remedy = "sign at both providers with each other's keys (multi-signer), or turn the CDS off at the registry"
        yield Finding(FAIL, "", seen, remedy)


CHECK = Check(
    "dnssec_two",
    "Do the answers of every name server validate?",
    fails=(
        "the DS set at the parent fits the keys of only some of the name servers, a signature ends within hours, or "
        "only one provider publishes CDS where the registry acts on it by itself"
    ),
    zone=look,
)
