# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is every certificate renewed in time? Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..._dependencies.visitors import public_host
from ..._failover.data.observed import CertificateData
from ..check import Check
from ..facts import SiteFacts
from ..finding import FAIL, OK, UNKNOWN, WARN, Finding

_DUE, _LATE, _TOO_LATE = 1 / 3, 0.25, 0.1
"""Shares of its lifetime below which a certificate should have been renewed long ago. Lifetimes become shorter."""
_ISSUER_DAYS = 30
_DAY = 86400
_RENEW = "renew it; a CDN that gets no traffic may not do so by itself"


def look(facts: SiteFacts) -> Iterator[Finding]:
    issuers = {}
    for front in (front["name"] for front in facts.site["fronts"]):
        found = [one for address in facts.addresses(front) if (one := address.get("certificate"))]
        if not found and facts.site["check"].get("url", "").startswith("https:"):
            yield Finding(UNKNOWN, front, "no certificate was seen", "look again when the front answers")
        if found:
            worst = min(found, key=lambda one: one["lifetime_left"])
            issuers[front] = worst["issuer"]
            yield _leaf(front, worst, facts.now)
            yield from _same_again(front, worst, facts.certificates_before.get(front, ""))
            for host in _hosts(facts):
                yield from _names(front, worst, host)
            yield from _issuers(front, found, facts.now)
    if len(issuers) > 1 and len(set(issuers.values())) == 1:
        (issuer,) = set(issuers.values())
        yield Finding(OK, "", f"all fronts have certificates of {issuer}: it is needed by all")


def _leaf(front: str, certificate: CertificateData, now: int) -> Finding:
    share, days = certificate["lifetime_left"], (certificate["not_after"] - now) // _DAY
    seen = f"valid for {days} more days, {max(0, round(share * 100))} % of its lifetime"
    if share < _TOO_LATE:
        return Finding(FAIL, front, seen, _RENEW)
    return Finding(WARN, front, seen, _RENEW) if share < _LATE else Finding(OK, front, seen)


def _hosts(facts: SiteFacts) -> list[str]:
    """The public names."""
    return list(dict.fromkeys([public_host(facts.site), *(name.rstrip(".") for name in facts.site["names"])]))


def _same_again(front: str, certificate: CertificateData, before: str) -> Iterator[Finding]:
    share = certificate["lifetime_left"]
    if _LATE <= share < _DUE and before and before == certificate["sha256"]:
        seen = f"not renewed since the report before, with {round(share * 100)} % of its lifetime left"
        yield Finding(WARN, front, seen, _RENEW)


def _names(front: str, certificate: CertificateData, host: str) -> Iterator[Finding]:
    fitting = (host, f"*.{host.partition('.')[2]}")
    if not any(name in fitting for name in map(str.lower, certificate["names"])):
        yield Finding(FAIL, front, f"its certificate is not for {host}", f"add {host} at this CDN, with a certificate")


def _issuers(front: str, certificates: Sequence[CertificateData], now: int) -> Iterator[Finding]:
    ending = {
        f"{link['subject']} ends in {(link['not_after'] - now) // _DAY} days"
        for one in certificates
        for link in one["chain"][1:]
        if link["not_after"] - now < _ISSUER_DAYS * _DAY
    }
    for words in sorted(ending):
        yield Finding(WARN, front, f"in its chain {words}", "renew the certificate, so that it gets a newer chain")


CHECK = Check(
    "cert_renewal",
    "Is every certificate renewed in time?",
    fails="less than a tenth of the lifetime is left, or the certificate is not for every public name",
    warns=(
        "less than a quarter is left, less than a third and it is still the one of the report before, or an issuer in "
        "the verified chain ends within 30 days"
    ),
    site=look,
)
