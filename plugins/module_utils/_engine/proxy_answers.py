# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a proxying provider's name servers what they answer for the names it may proxy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .._dns.asker import Asker
from .._zone import names
from .._zone.desired import ADDRESS_TYPES, Proxy
from .._zone.record_sets import Declared


def asked(proxy: Proxy, askers: Sequence[Asker], suspects: Sequence[Declared]) -> Proxy:
    """The proxy with the answers for the suspects' names, and with the addresses that their CNAME targets resolve to.

    The first server that answers is believed; where none does, there are no answers.
    """
    targets = {
        entry.key[0]: entry.at(proxy.provider).values[0].text.lower()
        for entry in suspects
        if entry.key[1] == "CNAME" and entry.at(proxy.provider).values
    }
    for asker in askers:
        owners = {entry.key[0]: names.owner(entry.key[0], asker.zone) for entry in suspects}
        replies = asker.replies([(owner, rdtype) for owner in owners.values() for rdtype in ADDRESS_TYPES])
        if any(reply.error for reply in replies.values()):
            continue
        answers = {
            name: {
                rdtype: [value.text for value in replies[owner, rdtype].values]
                for rdtype in ADDRESS_TYPES
                if replies[owner, rdtype].rcode == "NOERROR"
            }
            for name, owner in owners.items()
        }
        unknown = {
            name
            for name, owner in owners.items()
            if all(replies[owner, rdtype].rcode == "NXDOMAIN" for rdtype in ADDRESS_TYPES)
        }
        resolved = asker.addresses(list(targets.values()))
        origins = {name: sorted(resolved[to]) for name, to in targets.items()}
        return replace(proxy, answers=answers, origins=origins, unknown_names=frozenset(unknown))
    return replace(proxy, answers={entry.key[0]: {} for entry in suspects})
