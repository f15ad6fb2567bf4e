# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks servers where a CNAME leads, and whether the targets themselves lead back through it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from .. import _parallel
from . import referred
from .asker import Asker, View
from .replies import Reply, reply
from .routes import Route, route
from .wire import Question, Resolver

_TYPES = ("A", "AAAA")


@dataclass(frozen=True)
class Steered:
    """A name that leads to one of several targets. All names are absolute.

    candidates: by the name of a target the hosts, or addresses, by which it is recognised. resolve: whether the
    addresses of the targets are wanted whatever the server answers.
    """

    name: str
    candidates: Mapping[str, tuple[str, ...]]
    resolve: bool = False

    @property
    def hosts(self) -> list[str]:
        """The candidates' host names, without their addresses."""
        return [place for places in self.candidates.values() for place in places if place.endswith(".")]


@dataclass(frozen=True)
class Seen:
    """What one server shows of the steered names.

    routes: of each name. circular: of each name the candidates that lead back through it. nowhere: the hosts of
    candidates for which it has no address. referred: those for which it refers to other servers.
    """

    routes: Mapping[str, Route]
    circular: Mapping[str, set[str]]
    nowhere: Collection[str]
    referred: Collection[str]


def seen(asker: Asker, steered: Sequence[Steered], flattens: bool = False) -> Seen:
    """What this server shows. flattens: whether it may answer addresses where the record is a CNAME."""
    own = [host for host in _each_once(steered) if asker.is_own(host)]
    replies = asker.replies([(name, rdtype) for name in [*(item.name for item in steered), *own] for rdtype in _TYPES])
    both = {host: [replies[host, rdtype] for rdtype in _TYPES] for host in own}
    return Seen(
        _routes(asker, steered, replies, flattens),
        _circles(steered, both),
        [host for host, pair in both.items() if all(_is_nothing(asker, got) for got in pair)],
        [host for host, pair in both.items() if referred.cut(pair, asker.zone)],
    )


def _routes(
    asker: Asker, steered: Sequence[Steered], replies: Mapping[Question, Reply], flattens: bool
) -> dict[str, Route]:
    """Where each name leads, by what the server answered for it."""
    # Only a flattened answer needs the addresses of its candidates.
    views = asker.views(_each_once([item for item in steered if item.resolve or _is_flattened(item.name, replies)]))
    addresses, elsewhere = split(views, flattens)
    return {
        item.name: replace(
            route(replies[item.name, "A"], replies[item.name, "AAAA"], item.candidates, addresses, elsewhere),
            resolved=_resolved(item, addresses) if item.resolve else {},
        )
        for item in steered
    }


def _circles(steered: Sequence[Steered], both: Mapping[str, Sequence[Reply]]) -> dict[str, set[str]]:
    """Of each name the candidates that lead back through it. both: the replies about a host, for each type."""
    links = {host: {name for got in replies for name in got.cnames} for host, replies in both.items()}
    return {item.name: _circular(item, links) for item in steered}


def _is_nothing(asker: Asker, got: Reply) -> bool:
    """Whether a server says of a name in its zone that it has no address, and leads on to no other zone."""
    ends_here = not got.cnames or asker.is_own(got.cnames[-1])
    return ends_here and not (got.trouble or got.values or got.referral)


def _resolved(item: Steered, addresses: Mapping[str, Collection[str]]) -> dict[str, tuple[str, ...]]:
    """The addresses of each candidate."""
    return {
        name: tuple(sorted({one for place in places for one in addresses.get(place, ())}))
        for name, places in item.candidates.items()
    }


def split(views: Mapping[str, View], flattens: bool) -> tuple[dict[str, frozenset[str]], list[str]]:
    """The addresses of each host, and the hosts of which a server that flattens may have got others."""
    elsewhere = [host for host, view in views.items() if flattens and not view.own]
    return {host: view.addresses for host, view in views.items()}, elsewhere


def circular_for(resolver: Resolver, steered: Sequence[Steered]) -> dict[str, set[str]]:
    """The candidates that lead back through the name as the resolver sees them, which follows them out of the zone.

    What it says need not be validated: most CDNs do not sign their names, and a front in a circle must not be used.
    """
    found = chains(resolver, _each_once(steered))
    return {item.name: _circular(item, found) for item in steered}


def chains(resolver: Resolver, hosts: Collection[str]) -> dict[str, set[str]]:
    """Of each host the names to which its CNAME chain leads, as the resolver sees it."""
    return _parallel.run({host: partial(_chain, resolver, host) for host in hosts})


def _each_once(steered: Sequence[Steered]) -> list[str]:
    """The host names of all candidates."""
    return list(dict.fromkeys(host for item in steered for host in item.hosts))


def _is_flattened(name: str, replies: Mapping[Question, Reply]) -> bool:
    both = [replies[name, rdtype] for rdtype in _TYPES]
    return any(got.values for got in both) and not any(got.cnames for got in both)


def _chain(resolver: Resolver, host: str) -> set[str]:
    """The names to which the CNAME chain of a host leads. The answer for one type shows the chain of all."""
    return set(reply(resolver.look_up_unchecked(host, "A") or "no answer", host, "A").cnames)


def _circular(item: Steered, chains: Mapping[str, Collection[str]]) -> set[str]:
    """The candidates with a host that is the name itself, or has it in its chain."""
    return {
        candidate
        for candidate, hosts in item.candidates.items()
        if any(item.name in (host, *chains.get(host, ())) for host in hosts)
    }
