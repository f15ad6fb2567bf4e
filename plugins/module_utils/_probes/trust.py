# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom TLS trusts. The same everywhere: what a version of Python or of a distribution prefers is set here for all."""

from __future__ import annotations

import functools
import ssl
import threading
from collections.abc import Iterable
from pathlib import Path

# Flags of OpenSSL that the ssl module has no name for, or not in every version.
_TRUSTED_FIRST = 0x8000
"""Prefer a chain to a trusted authority over the one that the server sent, as its own may have expired."""
_PARTIAL_CHAIN = 0x80000
"""An intermediate among the trusted ones ends the chain."""
_NO_CHECK_TIME = 0x200000

#: What Python allows since 3.10; on older ones the distribution decides.
_CIPHERS = "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM"
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


def missing_authorities(ca_path: str) -> str:
    """Why no certificate at all can be trusted on this host, in plain words; empty when there are authorities.

    ca_path: as for `trust`.
    """
    if ca_path:
        return ""
    if trust("").cert_store_stats()["x509_ca"]:
        return ""
    folder = ssl.get_default_verify_paths().capath
    if folder and any(Path(folder).iterdir()):
        return ""  # OpenSSL reads a folder only when it needs it
    return "this host has no certificate authorities; install its package ca-certificates, or set ca_path"


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
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    # Python 3.13 refuses certificates without an authority key identifier. Browsers do not.
    context.verify_flags = ssl.VerifyFlags(_TRUSTED_FIRST | _PARTIAL_CHAIN)
    # Browsers refuse a certificate that names its host only as common name. Python does not.
    context.hostname_checks_common_name = False
    return context


def _file_or_directory(ca_path: str) -> tuple[str | None, str | None]:
    return (None, ca_path) if ca_path and Path(ca_path).is_dir() else (ca_path or None, None)
