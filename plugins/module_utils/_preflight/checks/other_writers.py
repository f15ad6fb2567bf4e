# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does another tool write the router? Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..._failover import hands
from ..._failover.data.observed import Record
from ..._zone.names import owner
from ..check import Check
from ..facts import SiteFacts
from ..finding import FAIL, OK, WARN, Finding

_OWNERSHIP = re.compile(r"heritage\s*=\s*(?!twinzone)([A-Za-z0-9_.-]+)")
"""What external-dns and its kin write into a TXT record beside each record that they keep."""

_TOOLS = re.compile(
    r"terraform|opentofu|pulumi|octodns|dnscontrol|external-dns|crossplane|ansible|lexicon", re.IGNORECASE
)
_REMEDY = "take this record out of the other tool, or let it ignore changes of it (Terraform: lifecycle ignore_changes)"


def look(facts: SiteFacts) -> Iterator[Finding]:
    marker = facts.here.marker
    others = [
        words for provider, records in facts.zone.readable().items() for words in _signs(facts, provider, records)
    ]
    if marker:
        seen = facts.here.hands(marker.front)
        changed = seen.being(hands.CHANGED, hands.FOREIGN)
        others += [f"the router at {one} was led elsewhere since the last run" for one in changed]
    if marker and marker.restored.contested:
        seen_words = "the router was led back so often that another writer must be at work"
        yield Finding(FAIL, "", "; ".join([seen_words, *others]), _REMEDY)
    elif others:
        yield Finding(WARN, "", "; ".join(dict.fromkeys(others)), _REMEDY)
    elif facts.zone.readable():
        yield Finding(OK, "", "nothing at the router says that another tool writes it")


def _signs(facts: SiteFacts, provider: str, records: Sequence[Record]) -> Iterator[str]:
    """What at the router, or at a name on the way, names another tool."""
    zone = facts.site["zone"]
    ours = {owner(facts.site["router"], zone), *facts.site["names"]}
    for one in records:
        if one["type"] == "TXT" and _base(owner(one["name"], zone)) in ours:
            for text in one.get("values", ()):
                if found := _OWNERSHIP.search(str(text)):
                    yield f"a TXT record at {one['name']} of {provider} says that {found[1]} owns it"
        comment = str(one.get("at", {}).get(provider, {}).get("comment") or "")
        if owner(one["name"], zone) in ours and (tool := _TOOLS.search(comment)):
            yield f"the comment of {one['name']} at {provider} names {tool[0]}"


def _base(name: str) -> str:
    """The name that an ownership record is about: it stands there, or below a prefix such as `cname-` or `a-`."""
    return re.sub(r"^(?:cname|a|aaaa|txt|_externaldns)[-.]", "", name)


CHECK = Check(
    "other_writers",
    "Does another tool write the router?",
    fails="the router was led back three times in an hour, or six in a day",
    warns="an ownership record or a comment at the router names another tool, or it was changed since the marker",
    site=look,
)
