# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows names from CNAME to CNAME, at every authoritative server of the zone in which each of them lies."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from .. import _parallel
from . import referred
from .asker import Asker
from .nameservers import Server
from .referred import Sent
from .replies import Reply
from .steps import ADDRESSES, CNAME, MISSING, SILENT, Step
from .zones import Zones

#: Browsers ask for all of these.
_ASKED = ("A", "AAAA", "HTTPS")

#: Zones through which a name is followed; resolvers give up at some number, too.
_LONGEST_WAY = 8


def follow(
    names: Collection[str], ends: Collection[str], zones: Zones, ports: Mapping[str, str] | None = None
) -> list[Step]:
    """Every step on the ways from these names, until they come to one of the `ends` or to something else than a CNAME.

    HTTPS records lead on as well. ports: by name, where a browser asks for those of the port that visitors use.

    A name of which no server can be asked has one step, without a server. Where a server refers to a zone below, the
    servers that it names are asked; it has a step of its own only where none of them serves the name, or none could be
    asked.
    """
    found: list[Step] = []
    sent: list[Sent] = []
    waiting, seen = {name: zones.asked_for(name) for name in names}, set(names)
    for _zone in range(_LONGEST_WAY):
        steps, sent_on = _asked(waiting, ports or {})
        found += steps
        sent += sent_on
        onward = {
            step.cnames[-1]
            for step in steps
            if step.status == CNAME and step.name not in ends and not set(step.cnames) & set(ends)
        }.union(*(step.bound(ends) for step in steps))
        waiting = {name: zones.asked_for(name) for name in sorted(onward - seen)}
        for one in sent_on:
            for asker in zones.below(one.zone, one.referral).askers:
                askers = waiting.setdefault(one.name, [])
                askers += [asker] if asker not in askers else []
        seen |= set(waiting)
        if not waiting:
            break
    return referred.settled(found, sent, zones.below)


def _asked(waiting: Mapping[str, Sequence[Asker]], ports: Mapping[str, str]) -> tuple[list[Step], list[Sent]]:
    """The steps of all these names, every server asked side by side, and the servers that refer to a zone below."""
    by_server: dict[tuple[Server, str], tuple[Asker, list[str]]] = {}
    for name, askers in waiting.items():
        for asker in askers:
            by_server.setdefault((asker.server, asker.zone), (asker, []))[1].append(name)
    answers = _parallel.run({key: partial(_replies, *work, ports) for key, work in by_server.items()})
    steps, sent = [], []
    for name, askers in waiting.items():
        if not askers:
            steps.append(Step(name, "", "", "", SILENT, error="no server of its zone was found"))
        for asker in askers:
            a, aaaa, *bindings = answers[asker.server, asker.zone][name]
            if cut := referred.cut((a, aaaa), asker.zone):
                sent.append(Sent(name, asker.zone, asker.server, cut))
            else:
                steps += [
                    _with_bindings(_step(name, asker, *pair), bindings, ports.get(name, "")) for pair in _ways(a, aaaa)
                ]
    return steps, sent


def _ways(a: Reply, aaaa: Reply) -> list[tuple[Reply, Reply]]:
    """The replies of one way for both families, or of two: a server may lead IPv6 elsewhere."""
    apart = a.cnames and aaaa.cnames and a.cnames != aaaa.cnames
    return [(a, a), (aaaa, aaaa)] if apart else [(a, aaaa)]


def _with_bindings(step: Step, replies: Sequence[Reply], at_port: str) -> Step:
    """The step with its HTTPS records. replies: for the name, and where there is one, for `at_port`."""
    https, *of_port = replies
    step = replace(step, https=_texts(https), https_cnames=https.cnames)
    for got in of_port:
        step = replace(step, port_https=_texts(got), port_way=(at_port, *got.cnames))
    return step


def _texts(got: Reply) -> tuple[str, ...]:
    return tuple(sorted(value.text for value in got.values))


def _replies(asker: Asker, names: Sequence[str], ports: Mapping[str, str]) -> dict[str, list[Reply]]:
    """The replies for each name: to the questions of a browser, and to the one about its port, where there is one."""
    questions = {
        name: [*((name, rdtype) for rdtype in _ASKED), *((ports[one], "HTTPS") for one in (name,) if one in ports)]
        for name in names
    }
    replies = asker.replies([one for mine in questions.values() for one in mine])
    return {name: [replies[one] for one in mine] for name, mine in questions.items()}


def _step(name: str, asker: Asker, a: Reply, aaaa: Reply) -> Step:
    base = (name, asker.zone, asker.server.provider, asker.server.label)
    if lame := referred.lame((a, aaaa)):
        return Step(*base, SILENT, error=lame, lame=True)
    if trouble := a.trouble or aaaa.trouble:
        return Step(*base, SILENT, error=trouble)
    # Addresses that stand beside a CNAME, as they should not, are what their part of the visitors gets.
    direct = [got for got in (a, aaaa) if got.values and not got.cnames]
    chain = () if direct else a.cnames or aaaa.cnames
    addresses, ttl = _content(direct or [a, aaaa])
    ends_here = bool(addresses) or a.rcode == "NXDOMAIN"
    if chain and not (ends_here and asker.is_own(chain[-1])):
        return Step(*base, CNAME, chain, ttl=ttl)
    if addresses:
        return Step(*base, ADDRESSES, chain, addresses, ttl)
    return Step(*base, MISSING, chain, ttl=ttl, error=a.rcode)


def _content(replies: Sequence[Reply]) -> tuple[tuple[str, ...], int | None]:
    """The addresses in these replies, and the shortest time for which they may be kept."""
    values = {value.text for got in replies for value in got.values}
    return tuple(sorted(values)), min((got.ttl for got in replies if got.ttl is not None), default=None)
