# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Can the router be switched in place? Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ..._failover import observation, published, router
from ..._failover.data.observed import Record
from ..._zone.origins import ADDRESS_TYPES
from ..._zone.routers import owns
from ..check import Check
from ..facts import SiteFacts
from ..finding import FAIL, OK, Finding

_LEAD_IT = (
    "lead it to a front once, with `-e failover_to=FRONT`: a run would hold still before a record that is not ours"
)


def look(facts: SiteFacts) -> Iterator[Finding]:
    routers = (facts.site["router"],)
    readable = facts.zone.readable()
    yield from _hidden(facts, [name for name in observation.provider_names(facts.site) if name not in readable])
    for provider, records in readable.items():
        here = [one for one in records if one["type"] != "TXT" and owns(routers, (one["name"], one["type"]))]
        yield _at(facts, provider, here)


def _hidden(facts: SiteFacts, unreadable: Sequence[str]) -> Iterator[Finding]:
    """Where servers answer addresses that may be those of several fronts, only the API can show what stands there."""
    for provider in unreadable:
        answers = observation.routers_at(facts.site, provider, facts.answers).values()
        if any(one["status"] == "addresses" and len(one["leads_to"]) != 1 for one in answers):
            seen = "its servers answer addresses that tell no front, and its API cannot be read"
            yield Finding(FAIL, provider, seen, "make its API answer: see the check `tokens`")


def _at(facts: SiteFacts, provider: str, there: Sequence[Record]) -> Finding:
    if any(one.get("at", {}).get(provider, {}).get("proxied") for one in there) and not _is_published(facts, provider):
        return Finding(FAIL, provider, "the router is proxied there", "set `proxied: false` for the router")
    kinds = ", ".join(sorted(one["type"] for one in there)) or "nothing"
    shapes = {front["name"]: published.shape(front, provider, ()) for front in facts.site["fronts"]}
    forms = {", ".join(sorted(shape)) for shape in shapes.values()}
    if not _has_form(kinds, forms):
        wanted = " or ".join(sorted(forms))
        return Finding(FAIL, provider, f"it holds {kinds} there, not a {wanted}", f"make it a {wanted}")
    if not router.fitting(there, shapes):
        values = ", ".join(str(value) for one in there for value in one["values"])
        # Its servers may answer as if it were a front's: the edge has the same addresses for all that it proxies.
        return Finding(FAIL, provider, f"no front publishes what it holds: {values}", _LEAD_IT)
    return Finding(OK, provider, f"a {kinds}")


def _has_form(kinds: str, forms: Collection[str]) -> bool:
    return kinds in forms or (kinds in ADDRESS_TYPES and "A, AAAA" in forms)


def _is_published(facts: SiteFacts, provider: str) -> bool:
    """Whether a front publishes at the router itself, where a proxied record is meant to stand."""
    return any(provider in front["published"] for front in facts.site["fronts"])


CHECK = Check(
    "router_form",
    "Can the router be switched in place?",
    fails="it is missing, proxied, something that no front publishes, or flattened without a way to tell",
    site=look,
)
