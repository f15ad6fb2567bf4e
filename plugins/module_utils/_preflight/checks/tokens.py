# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Can every provider be asked with its token? Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence

from ..._providers.account import TokenData
from ..check import Check
from ..facts import Zone
from ..finding import FAIL, OK, WARN, Finding

_DAY = 86400
_SOON = 30 * _DAY

_Found = tuple[str, str, str]
"""Level, what was seen, remedy."""

_REMEDIES = {
    "unauthorized": "make a token that may read and edit this zone",
    "not_found": "add the zone at the provider, or let the token see it",
    "throttled": "wait, and look for what else uses this account",
}


def look(zone: Zone) -> Iterator[Finding]:
    for provider in (entry["name"] for entry in zone.providers):
        read = zone.held.get(provider)
        if read is None:
            yield Finding(FAIL, provider, "its API was not asked", "see the error above")
        elif error := read["error"]:
            seen = f"{error['message']}" + (f" ({error['hint']})" if error["hint"] else "")
            yield Finding(FAIL, provider, seen, _REMEDIES.get(error["kind"], "repair the way to this API"))
        else:
            yield from _of_the_token(zone, provider)


def _of_the_token(zone: Zone, provider: str) -> Iterator[Finding]:
    """What is known of a token that reads the zone."""
    account = zone.accounts.get(provider)
    found = [*_validity(account["token"], zone.now), *_reach(zone, provider, account["token"])] if account else []
    found += _networks(account["token"], zone.runners) if account else []
    for level, seen, remedy in found:
        yield Finding(level, provider, seen, remedy)
    if not found:
        yield Finding(OK, provider, "the token reads the zone; preflight_write proves that it writes")


def _validity(token: TokenData, now: int) -> Iterator[_Found]:
    if token["status"]:
        yield FAIL, f"the token is {token['status']}", "make a new one"
    if token["expires"] is not None and token["expires"] - now < _SOON:
        left = token["expires"] - now
        seen = f"the token expires in {left // _DAY} days" if left > 0 else "the token has expired"
        yield WARN if left > 0 else FAIL, seen, "make a new one, and give it to every runner"


def _reach(zone: Zone, provider: str, token: TokenData) -> Iterator[_Found]:
    if token["writes"] is False:
        # The list of permissions is an old one; a write proves more.
        seen = "the API lists no permission of the token to edit records"
        yield WARN, seen, "give it the permission to edit DNS; preflight_write proves whether it may"
    needed = zone.same_token.get(provider, 1)
    if token["zones"] is not None and token["zones"] > needed:
        seen = f"the token sees {token['zones']} zones, and {needed} is needed" if needed == 1 else ""
        yield WARN, seen or f"the token sees {token['zones']} zones, and {needed} are needed", "limit it to these zones"
    if token["manages"]:
        yield (
            WARN,
            "the token may make other tokens",
            "make one that may only switch, with twinzone.edge.tokens, and use that here",
        )


def _networks(token: TokenData, runners: Sequence[str]) -> Iterator[_Found]:
    if not token["networks"]:
        return
    networks = [ipaddress.ip_network(one, strict=False) for one in token["networks"]]
    outside = [one for one in runners if not any(ipaddress.ip_address(one) in network for network in networks)]
    if outside:
        seen = f"the token may be used from {', '.join(token['networks'])} only, not from {', '.join(outside)}"
        yield FAIL, seen, "let it be used from every listed runner (preflight_runners)"


CHECK = Check(
    "tokens",
    "Can every provider be asked with its token?",
    fails=("the token is missing, refused or expired, or not usable from a listed runner, or the API does not answer"),
    warns="it expires within 30 days, may not edit records, sees more zones than needed, or may make other tokens",
    zone=look,
)
