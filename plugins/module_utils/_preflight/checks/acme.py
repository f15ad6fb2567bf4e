# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Can every front get its certificate, whoever answers for the name? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import Zone
from ..finding import OK, WARN, Finding

_CHALLENGE, _PERSIST = "_acme-challenge", "_validation-persist"

_CDNS = (
    ".dcv.cloudflare.com",
    ".b-cdn.net",
    ".bunny.net",
    ".fastly-validations.com",
    ".acm-validations.aws",
    ".azurefd.net",
    ".akamai.net",
    ".edgekey.net",
    ".cdn77.org",
    ".gcdn.co",
)
"""Where challenge names lead that were given away to a CDN; a zone of one's own for challenges is another matter."""


def look(zone: Zone) -> Iterator[Finding]:
    readable = zone.readable()
    found = [*_delegated(zone), *_missing(zone)]
    yield from found
    if readable and not found:
        yield Finding(OK, "", "no challenge name is given away to one CDN")


def _delegated(zone: Zone) -> Iterator[Finding]:
    for provider, records in zone.readable().items():
        for one in records:
            targets = [str(value).rstrip(".").lower() for value in one.get("values", ())]
            if _is(one["name"], _CHALLENGE) and any(target.endswith(_CDNS) for target in targets):
                seen = f"{one['name']} at {provider} leads to {', '.join(targets)}"
                remedy = (
                    "let one ACME client of yours validate by DNS for all fronts, and upload the certificate to each"
                )
                yield Finding(WARN, one["name"], f"{seen}: only whoever answers there gets certificates", remedy)


def _missing(zone: Zone) -> Iterator[Finding]:
    held = {
        provider: {one["name"] for one in records if one["type"] == "TXT" and _is(one["name"], _PERSIST)}
        for provider, records in zone.readable().items()
    }
    for name in sorted(set().union(*held.values())):
        lacking = [provider for provider, there in held.items() if name not in there]
        if lacking:
            seen = f"{name} is missing at {', '.join(lacking)}"
            yield Finding(WARN, name, seen, "publish the standing validation record at every provider (sync playbook)")


def _is(name: str, kind: str) -> bool:
    return name == kind or name.startswith(f"{kind}.")


CHECK = Check(
    "acme",
    "Can every front get its certificate, whoever answers for the name?",
    warns="`_acme-challenge` is a CNAME to one CDN, or `_validation-persist` is missing at one provider",
    zone=look,
)
