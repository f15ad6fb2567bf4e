# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does every provider take a write? Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..._providers.account import AccountData
from ..check import Check
from ..facts import SiteFacts, marker_of
from ..finding import FAIL, OK, UNKNOWN, Finding


def look(facts: SiteFacts) -> Iterator[Finding]:
    """Nothing without `preflight_write`."""
    names = (facts.site["router"], marker_of(facts.site))
    for provider, account in facts.zone.accounts.items():
        yield from _at(provider, names, account)


def _at(provider: str, names: Sequence[str], account: AccountData) -> Iterator[Finding]:
    proofs = {name: account["proofs"][name] for name in names if name in account["proofs"]}
    refused = [f"a write of {name} was refused: {why}" for name, why in proofs.items() if why]
    unsure = [words for words in account["unseen"] if words.startswith(tuple(f"a write of {name}:" for name in names))]
    if refused:
        yield Finding(FAIL, provider, "; ".join(refused), "give a token that may write the router and its marker")
    elif unsure:
        yield Finding(UNKNOWN, provider, "; ".join(unsure), "look again when the API answers")
    elif proofs:
        yield Finding(OK, provider, f"a write that changes nothing was accepted for {', '.join(proofs)}")


CHECK = Check(
    "write_proof",
    "Does every provider take a write?",
    fails="with `preflight_write: true`, a write that changes nothing is refused for the router or its marker",
    site=look,
)
