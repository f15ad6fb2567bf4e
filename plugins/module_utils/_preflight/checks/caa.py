# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""May the authority of every front's certificate issue for the public names? Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ..._dependencies.inventory import issuers
from ..._dns.looks import CaaLook
from ..check import Check
from ..facts import SiteFacts
from ..finding import FAIL, OK, UNKNOWN, Finding

_RECORD = re.compile(r'^\d+ (issue|issuewild) "?([^";]*)')

_AUTHORITIES = {
    "let's encrypt": ("letsencrypt.org",),
    "isrg": ("letsencrypt.org",),
    "google trust services": ("pki.goog",),
    "gts root": ("pki.goog",),
    "digicert": ("digicert.com",),
    "geotrust": ("digicert.com",),
    "thawte": ("digicert.com",),
    "sectigo": ("sectigo.com", "comodoca.com"),
    "zerossl": ("sectigo.com",),
    "ssl corporation": ("ssl.com",),
    "ssl.com": ("ssl.com",),
    "amazon": ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"),
    "globalsign": ("globalsign.com",),
    "microsoft": ("microsoft.com", "digicert.com"),
    "certainly": ("certainly.com",),
    "buypass": ("buypass.com",),
    "actalis": ("actalis.it",),
    "harica": ("harica.gr",),
}
"""Part of an issuer's name, and the names by which CAA records allow it."""


def look(facts: SiteFacts) -> Iterator[Finding]:
    issuers = {front["name"]: _issuer(facts, front["name"]) for front in facts.site["fronts"]}
    names = facts.site["names"]
    found = [
        one
        for caa in facts.zone.caa
        for wildcard, name in ((False, caa["name"]), (True, f"*.{caa['name']}"))
        if name in names
        for one in _at(caa, wildcard, issuers)
    ]
    yield from found
    if facts.zone.caa and not found:
        yield Finding(OK, "", "no CAA record stands in the way of a front's certificate")


def _issuer(facts: SiteFacts, front: str) -> str:
    """Who issued the front's certificate: the organisation, or the name above it in the chain."""
    for address in facts.addresses(front):
        if certificate := address.get("certificate"):
            return issuers(certificate)
    return ""


def _at(caa: CaaLook, wildcard: bool, issuers: Mapping[str, str]) -> Iterator[Finding]:
    allowed = _allowed(caa["values"], wildcard)
    if allowed is None:
        return
    where = f"CAA at {caa['at']} of {caa['provider']} allows {', '.join(sorted(allowed)) or 'nobody'}"
    for front, issuer in issuers.items():
        known = _domains(issuer)
        if not allowed or (known and not allowed & set(known)):
            who = known[0] if known else "any authority"
            remedy = f'add 0 issue "{who}" at every provider' if known else "allow the authority of this front"
            yield Finding(FAIL, f"{caa['name'].rstrip('.')} {front}", f"{where}, not {who}", remedy)
        elif not known:
            seen = f"{where}; which of them issues for this front is not known"
            yield Finding(
                UNKNOWN, f"{caa['name'].rstrip('.')} {front}", seen, "check that its authority is in the list"
            )


def _allowed(values: Sequence[str], wildcard: bool) -> set[str] | None:
    """Who may issue; None for everybody, where no record restricts that."""
    found: dict[str, set[str]] = {}
    for value in values:
        if match := _RECORD.match(value):
            found.setdefault(match[1], set()).update({match[2].strip().lower()} - {""})
    if wildcard and "issuewild" in found:
        return found["issuewild"]
    return found.get("issue")


def _domains(issuer: str) -> tuple[str, ...]:
    return next((domains for name, domains in _AUTHORITIES.items() if name in issuer.lower()), ())


CHECK = Check(
    "caa",
    "May the authority of every front's certificate issue for the public names?",
    fails="the CAA set in force for one, at some provider, does not name it",
    site=look,
)
