# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks servers where a CNAME leads, and whether the targets themselves lead back through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import comparison
from .asker import Asker
from .comparison import Reply
from .routes import Route, route
from .wire import Resolver

_ADDRESSES = ("A", "AAAA")


@dataclass(frozen=True)
class Steered:
    """A name that leads to one of several targets. All names are absolute.

    candidates: name of a target to the hosts, or addresses, by which it is recognised.
    """

    name: str
    candidates: Mapping[str, tuple[str, ...]]

    @property
    def hosts(self) -> list[str]:
        """The candidates' host names, without their addresses."""
        return [place for places in self.candidates.values() for place in places if place.endswith(".")]


def routes(asker: Asker, steered: Sequence[Steered]) -> tuple[dict[str, Route], dict[str, set[str]]]:
    """For each steered name its route at this server, and the candidates that lead back through the name."""
    hosts = list(dict.fromkeys(host for item in steered for host in item.hosts))
    own = [host for host in hosts if asker.is_own(host)]
    names = [item.name for item in steered]
    replies = asker.replies([(name, rdtype) for name in [*names, *own] for rdtype in _ADDRESSES])
    flattened = [
        item
        for item in steered
        if not any(replies[item.name, rdtype].cnames for rdtype in _ADDRESSES)
        and any(replies[item.name, rdtype].values for rdtype in _ADDRESSES)
    ]
    # Only a flattened answer needs the addresses of its candidates.
    addresses = asker.addresses(list(dict.fromkeys(host for item in flattened for host in item.hosts)))
    found = {
        item.name: route(replies[item.name, "A"], replies[item.name, "AAAA"], item.candidates, addresses)
        for item in steered
    }
    circular = {item.name: _circular(item, replies) for item in steered}
    return found, circular


def _circular(item: Steered, replies: Mapping[tuple[str, str], Reply]) -> set[str]:
    return {
        name
        for name, hosts in item.candidates.items()
        for host in hosts
        if host == item.name
        or any(item.name in replies[host, rdtype].cnames for rdtype in _ADDRESSES if (host, rdtype) in replies)
    }


def _is_outside(host: str, zone: str) -> bool:
    return host != f"{zone}." and not host.endswith(f".{zone}.")


def circular_outside(resolver: Resolver, zone: str, steered: Sequence[Steered]) -> dict[str, set[str]]:
    """The candidates outside the zone that lead back through the name, as the resolver sees them."""
    hosts = {host for item in steered for host in item.hosts if _is_outside(host, zone)}
    chains = {}
    for host in hosts:
        message = resolver.look_up(host, "A")
        chains[host] = comparison.reply(message or "no answer", host, "A").cnames
    return {
        item.name: {
            name for name, hosts in item.candidates.items() for host in hosts if item.name in chains.get(host, ())
        }
        for item in steered
    }
