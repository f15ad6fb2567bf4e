# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of a server for dynamic updates in our terms: what kind they are, what helps. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from ..._dns.primary import Refused
from ..._errors import ProviderError
from ..._text import few
from ..._zone.plan import Change

with suppress(ImportError):  # the modules report a missing library
    import dns.exception
    import dns.tsig

#: By response code: (result, may pass, in words, what helps).
_CODES: Mapping[str, tuple[str, bool, str, str]] = {
    "FORMERR": ("rejected", False, "the server does not understand the update", ""),
    "NOTAUTH": (
        "unauthorized",
        False,
        "the server does not accept the key, or is not authoritative for the zone",
        "compare name, algorithm and secret of the key, and name the zone's primary as `server`",
    ),
    "NOTIMP": ("rejected", False, "the server takes no dynamic updates", "allow them in its configuration"),
    "NOTZONE": ("rejected", False, "a name lies outside the zone", ""),
    "NXDOMAIN": ("conflict", True, "a name has changed since it was read", "somebody else writes this zone"),
    "NXRRSET": ("conflict", True, "a record set has changed since it was read", "somebody else writes this zone"),
    "REFUSED": (
        "unauthorized",
        False,
        "the server refuses it",
        "allow the key both zone transfers and updates of this zone in its configuration; its log says why it refuses "
        "data, as BIND does for an MX to a host of the zone without an address, and with `check-names` for hosts whose "
        "names have `_`, or a hyphen at an end",
    ),
    "YXDOMAIN": ("conflict", True, "a name came into being since it was read", "somebody else writes this zone"),
    "YXRRSET": ("conflict", True, "a record set came into being since it was read", "somebody else writes this zone"),
}

#: What the server says of the key, by the class of dnspython's exception.
_KEY_ERRORS: Mapping[str, str] = {
    "PeerBadKey": "it does not know the key; compare the key's name, and which zone it is for",
    "PeerBadSignature": "the signature is wrong; compare the key's secret and algorithm",
    "PeerBadTime": "the clocks are more than five minutes apart",
    "PeerBadTruncation": "it wants a longer signature",
}


def of(error: Exception, server: str, changes: Sequence[Change]) -> ProviderError:
    """The error that a failed exchange means. changes: what was sent in an update; empty for what only reads."""
    about = f"{few([' '.join(change.key) for change in changes])}: " if changes else ""
    if isinstance(error, Refused):
        kind, passing, words, hint = _CODES.get(error.rcode, ("unreachable", True, "the server failed", ""))
        message = f"{about}{words} ({server}: {error.rcode})"
        # An update is refused as a whole. After SERVFAIL and codes of its kind only reading shows whether it was made.
        refused = error.rcode in _CODES
        return ProviderError(kind, message, code=error.rcode, hint=hint, passing=passing, nothing_applied=refused)
    if isinstance(error, dns.tsig.PeerError):
        words = _KEY_ERRORS.get(type(error).__name__, str(error))
        return ProviderError("unauthorized", f"{server} refused the key: {words}", nothing_applied=True)
    if isinstance(error, dns.tsig.BadSignature):
        return ProviderError("unauthorized", f"the answer of {server} is not signed with the key")
    late = isinstance(error, (dns.exception.Timeout, TimeoutError))
    words = "it is silent" if late else str(error) or type(error).__name__
    hint = "the server is not reachable from here; run again when it has recovered"
    return ProviderError("unreachable", f"{server}: {words}", hint=hint, passing=True, in_flight=late and bool(changes))
