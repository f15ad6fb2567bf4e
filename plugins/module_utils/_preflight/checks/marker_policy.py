# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""May a limited token write the marker too? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..._providers.account import AccountData
from ..check import Check
from ..facts import SiteFacts, marker_of
from ..finding import FAIL, OK, UNKNOWN, Finding

_ALLOW = "allow the token to write both names (twinzone.edge.tokens does); they are written in one request"


def look(facts: SiteFacts) -> Iterator[Finding]:
    for provider, account in facts.zone.accounts.items():
        if account["scoped"]:
            yield _at(facts.site["router"], marker_of(facts.site), provider, account)


def _at(router: str, marker: str, provider: str, account: AccountData) -> Finding:
    names, proofs = account["token"]["names"], account["proofs"]
    if names is not None:
        missing = [name for name in (router, marker) if name not in names]
        seen = f"the token's policies allow {', '.join(names) or 'nothing'}"
        return (
            Finding(FAIL, provider, f"{seen}, not {' and '.join(missing)}", _ALLOW)
            if missing
            else Finding(OK, provider, seen)
        )
    if proofs.get(marker) and proofs.get(router) == "":
        return Finding(FAIL, provider, f"the token may write {router}, and not {marker}", _ALLOW)
    if account["token"]["limited"] is not None or proofs.get(marker) == "":
        return Finding(OK, provider, "the token may write the marker")
    seen = "whether the token may write the marker is not known"
    return Finding(UNKNOWN, provider, seen, "give the provider's entry its token_id, or run with preflight_write: true")


CHECK = Check(
    "marker_policy",
    "May a token that is limited to names write the marker too?",
    fails="its policies allow the router but not the marker",
    site=look,
)
