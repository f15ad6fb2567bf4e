# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a proxying provider's name servers what they answer for the names it may proxy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .._dns.asker import Asker
from .._dns.replies import Reply
from .._dns.wire import Question
from .._zone import names
from .._zone.origins import ADDRESS_TYPES
from .._zone.proxy import Proxy, Questions


def asked(proxy: Proxy, askers: Sequence[Asker], questions: Questions) -> Proxy:
    """The proxy with what its name servers answer.

    The first server that answers everything is believed; where none does, there are no answers.
    """
    for asker in askers:
        owners = {name: names.owner(name, asker.zone) for name in questions.names}
        replies = asker.replies([(owner, rdtype) for owner in owners.values() for rdtype in ADDRESS_TYPES])
        if any(reply.error for reply in replies.values()):
            continue
        return replace(
            proxy,
            answers={name: _answers(owner, replies) for name, owner in owners.items()},
            addresses=asker.addresses(questions.targets),
            unknown_names=frozenset(name for name, owner in owners.items() if _is_unknown(owner, replies)),
        )
    return replace(proxy, answers={name: {} for name in questions.names})


def _answers(owner: str, replies: Mapping[Question, Reply]) -> dict[str, list[str]]:
    """The addresses by type that were answered for an absolute name."""
    return {
        rdtype: [value.text for value in replies[owner, rdtype].values]
        for rdtype in ADDRESS_TYPES
        if replies[owner, rdtype].rcode == "NOERROR"
    }


def _is_unknown(owner: str, replies: Mapping[Question, Reply]) -> bool:
    return all(replies[owner, rdtype].rcode == "NXDOMAIN" for rdtype in ADDRESS_TYPES)
