# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a certificate and its chain say, and in plain words why one was refused. Pure."""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from .quoting import shortened

_DAY = 86400
_MOST_NAMES = 1000
# OpenSSL's X509_V_ERR codes.
_NOT_YET_VALID = 9
_EXPIRED = 10
_OTHER_NAME = 62
_OTHER_ADDRESS = 64
#: The issuer is not among the trusted ones: either this host lacks it, or the front sends half a chain or its own.
_UNKNOWN_ISSUER = (2, 18, 19, 20, 21)


class Link(NamedTuple):
    """One certificate of a chain."""

    subject: str
    """Its common name, else its organisation."""
    issuer: str
    not_before: int
    """Unix seconds."""
    not_after: int


class Certificate(NamedTuple):
    """What a front showed of itself."""

    names: Sequence[str]
    """The subject alternative names."""
    sha256: str
    """The fingerprint, in hexadecimal; empty when unknown."""
    chain: Sequence[Link]
    """The certificate itself, then those that vouch for it up to a trusted one."""
    chain_known: bool
    """Whether `chain` is the verified one. False where Python does not say (before 3.10): then it has one link."""

    @property
    def leaf(self) -> Link:
        return self.chain[0]

    @property
    def ends_first(self) -> Link:
        """The link of the chain that ends first."""
        return min(self.chain, key=lambda link: link.not_after)

    def days_left(self, now: float) -> int:
        """Whole days that the whole chain stays valid; negative when a link has expired."""
        return math.floor((self.ends_first.not_after - now) / _DAY)

    def lifetime_left(self, now: float) -> float:
        """Which share of its own lifetime is left, from 1 down; negative when it has expired."""
        lifetime = self.leaf.not_after - self.leaf.not_before
        return round((self.leaf.not_after - now) / lifetime, 3) if lifetime > 0 else 0.0


def read(leaf: Mapping[str, Any], der: bytes, chain: Sequence[Mapping[str, Any]]) -> Certificate:
    """A certificate from what the ssl module says of it.

    leaf: as getpeercert() has it. chain: the verified one in the same form, leaf first; empty where it is unknown.
    """
    names = [shortened(name, 255) for _kind, name in leaf.get("subjectAltName", ())][:_MOST_NAMES]
    links = [_link(one) for one in chain or [leaf]]
    return Certificate(names, hashlib.sha256(der).hexdigest() if der else "", links, bool(chain))


def _link(certificate: Mapping[str, Any]) -> Link:
    return Link(
        _called(certificate.get("subject", ())),
        _called(certificate.get("issuer", ())),
        _seconds(certificate["notBefore"]),
        _seconds(certificate["notAfter"]),
    )


def _called(name: Sequence[Sequence[Sequence[str]]]) -> str:
    parts = {key: value for group in name for key, value in group}
    return shortened(parts.get("commonName") or parts.get("organizationName") or "")


@functools.lru_cache(maxsize=4096)  # fronts show the same few certificates again and again
def _seconds(text: str) -> int:
    """Unix seconds of a time such as `Jan  5 09:34:43 2028 GMT`."""
    month, day, clock, year, _zone = text.split()
    return int(parsedate_to_datetime(f"{day} {month} {year} {clock} +0000").timestamp())


def cause_of(code: int) -> str:
    """Whether a refused certificate is one that this host cannot judge (`trust`), or is bad for all (`certificate`)."""
    return "trust" if code in _UNKNOWN_ISSUER else "certificate"


def distrust(code: int, host: str, certificate: Certificate | None, now: float) -> str:
    """Why a certificate was refused, in plainer words than OpenSSL's; empty when there are none.

    code: OpenSSL's. certificate: None when it could not be looked at.
    """
    if certificate is None:
        return ""
    leaf = certificate.leaf
    if code in (_OTHER_NAME, _OTHER_ADDRESS):
        return _other_name(host, certificate)
    if code == _EXPIRED:
        expired = now >= leaf.not_after
        return f"TLS certificate expired {_span(now - leaf.not_after)} ago" if expired else _issuer(certificate, now)
    if code == _NOT_YET_VALID and leaf.not_before > now:
        return f"TLS certificate becomes valid in {_span(leaf.not_before - now)}"
    return ""


def _other_name(host: str, certificate: Certificate) -> str:
    if not certificate.names:
        only = f", only the common name {certificate.leaf.subject}" if certificate.leaf.subject else ""
        return f"TLS certificate has no subject alternative name{only}; browsers refuse it for {host}"
    more = len(certificate.names) - 5
    listed = ", ".join(certificate.names[:5]) + (f" and {more} more" if more > 0 else "")
    return f"TLS certificate is for {listed}, not for {host}"


def _issuer(certificate: Certificate, now: float) -> str:
    ended = [link.subject for link in certificate.chain[1:] if link.not_after <= now]
    return f"TLS certificate's issuer {ended[0]} has expired" if ended else "TLS certificate's issuer has expired"


def _span(seconds: float) -> str:
    """A length of time in whole units of the largest that fits: 3 days, 1 hour."""
    units = ((_DAY, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
    size, unit = next(((size, unit) for size, unit in units if seconds >= size), units[-1])
    count = int(seconds / size)
    return f"{count} {unit}" + ("" if count == 1 else "s")
