# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom TLS trusts, and in plain words why it did not trust a certificate."""

from __future__ import annotations

import functools
import math
import ssl
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_DAY = 86400
_NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which the ssl module has no name for."""
# OpenSSL's X509_V_ERR codes of certificates that are genuine, but not for this time or this host.
_NOT_YET_VALID = 9
_EXPIRED = 10
_OTHER_NAME = 62
_OTHER_ADDRESS = 64
_making = threading.Lock()


def trust(ca_path: str) -> ssl.SSLContext:
    """The context, shared by all probes, that verifies chain, time and host against these authorities.

    ca_path: a file or directory; empty for the system's own. Raises OSError when it cannot be used.
    """
    with _making:  # hundreds of threads may ask at once, and reading the system's authorities takes a while
        return _strict(ca_path)


def trust_genuine(ca_path: str) -> ssl.SSLContext:
    """A context that verifies the chain alone: to look at a certificate that `trust` refused, never to talk through."""
    with _making:
        return _genuine(ca_path)


def trust_all(ca_paths: Iterable[str]) -> ssl.SSLContext:
    """A context that trusts the system's authorities and all these."""
    context = _new("")
    for ca_path in filter(None, ca_paths):
        context.load_verify_locations(*_file_or_directory(ca_path))
    return context


@functools.lru_cache
def _strict(ca_path: str) -> ssl.SSLContext:
    return _new(ca_path)


@functools.lru_cache
def _genuine(ca_path: str) -> ssl.SSLContext:
    context = _new(ca_path)
    context.check_hostname = False
    context.verify_flags = ssl.VerifyFlags(context.verify_flags | _NO_CHECK_TIME)
    return context


def _new(ca_path: str) -> ssl.SSLContext:
    file, directory = _file_or_directory(ca_path)
    context = ssl.create_default_context(cafile=file, capath=directory)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _file_or_directory(ca_path: str) -> tuple[str | None, str | None]:
    return (None, ca_path) if ca_path and Path(ca_path).is_dir() else (ca_path or None, None)


def days_left(certificate: Mapping[str, Any], now: float) -> int:
    """Whole days that a certificate, as getpeercert() tells it, stays valid; negative when it has expired."""
    return math.floor((ssl.cert_time_to_seconds(certificate["notAfter"]) - now) / _DAY)


def distrust(code: int, host: str, certificate: Mapping[str, Any], now: float) -> str:
    """Why a certificate was refused, in plainer words than OpenSSL's; empty when there are none.

    code: OpenSSL's. certificate: as getpeercert() tells it, empty when it could not be looked at.
    """
    if not certificate:
        return ""
    if code in (_OTHER_NAME, _OTHER_ADDRESS):
        names = ", ".join(name for kind, name in certificate.get("subjectAltName", ())) or "no host"
        return f"TLS certificate is for {names}, not for {host}"
    age = now - ssl.cert_time_to_seconds(certificate["notAfter"])
    wait = ssl.cert_time_to_seconds(certificate["notBefore"]) - now
    if code == _EXPIRED:
        return f"TLS certificate expired {_span(age)} ago" if age >= 0 else "TLS certificate's issuer has expired"
    if code == _NOT_YET_VALID and wait > 0:
        return f"TLS certificate becomes valid in {_span(wait)}"
    return ""


def _span(seconds: float) -> str:
    """A length of time in whole units of the largest that fits: 3 days, 1 hour."""
    units = ((_DAY, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
    size, unit = next(((size, unit) for size, unit in units if seconds >= size), units[-1])
    count = int(seconds / size)
    return f"{count} {unit}" + ("" if count == 1 else "s")
