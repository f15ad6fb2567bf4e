# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a provider that can proxy: which names it proxies, and which addresses are its own. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from . import names as zone_names
from .origins import ADDRESS_TYPES, Contents
from .plan import Held
from .rdata import Value
from .record_sets import Declared, RecordSet

PROXIABLE = (*ADDRESS_TYPES, "CNAME")

#: Types of the addresses that a name is answered with, to their texts.
Answers = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Proxy:
    """What is known of one provider that can proxy.

    held: what it holds; None when its API did not answer. active: whether its proxies are on for the zone.
    doubt: why that is not known.
    answers: what its name servers answer for each name that was asked.
    addresses: what absolute names resolve to, as its servers answer for the zone, else as the resolver does.
    unknown_names: names of which its name servers say that they do not exist.
    networks: the published networks of its proxies.
    suffix: the domain below which other providers reach its proxies by name; empty when there is none. caveat: what
    to say about such a name in this zone.
    """

    provider: str
    held: Held | None = None
    active: bool = True
    doubt: str = ""
    answers: Mapping[str, Answers] = field(default_factory=dict)
    addresses: Mapping[str, Collection[str]] = field(default_factory=dict)
    unknown_names: frozenset[str] = frozenset()
    networks: tuple[str, ...] = ()
    suffix: str = ""
    caveat: str = ""

    def holds_proxied(self, name: str) -> bool:
        """Whether its API says that it proxies the name."""
        held = [self.held.sets.get((name, rdtype)) for rdtype in PROXIABLE] if self.held else []
        return any(one is not None and one.attributes.get("proxied") for one in held)

    def is_own_address(self, text: str) -> bool:
        """Whether the address is one of its proxies': in a published network, or answered for a name that it proxies.

        An address that its servers answer counts only while it is certain that the zone is not paused.
        """
        return text in self._answered_by_proxies() or _is_within(text, self.networks)

    def _answered_by_proxies(self) -> set[str]:
        if self.held is None or not self.active or self.doubt:
            return set()
        proxied = [answers for name, answers in self.answers.items() if self.holds_proxied(name)]
        return {text for answers in proxied for texts in answers.values() for text in texts}

    def answered(self, name: str) -> set[str]:
        """The addresses that its servers answer for the name."""
        return {text for texts in self.answers.get(name, {}).values() for text in texts}


@lru_cache(maxsize=4096)
def _is_within(text: str, networks: tuple[str, ...]) -> bool:
    address = ipaddress.ip_address(text)
    return any(address in network for network in _parsed(networks))


@lru_cache(maxsize=16)
def _parsed(networks: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(map(ipaddress.ip_network, networks))


def all_within(addresses: Collection[str], networks: Collection[str]) -> bool:
    """Whether all addresses lie in the networks."""
    return all(_is_within(text, tuple(networks)) for text in addresses)


def contents(zone: str, declared: Sequence[Declared], proxy: Proxy) -> Contents:
    """What the proxy holds and what it will hold."""
    held = list(proxy.held.sets.values()) if proxy.held is not None else []
    return Contents(zone, [*held, *(entry.at(proxy.provider) for entry in _concerning(declared, proxy))])


def origins(name: str, at_proxy: Contents, proxy: Proxy) -> frozenset[str]:
    """The addresses behind a proxied name, none of which may be published elsewhere."""
    ends = at_proxy.ends(name)
    resolved = {text for target in ends.elsewhere for text in proxy.addresses.get(target, ())}
    return ends.addresses | {text for text in resolved if not _is_within(text, proxy.networks)}


def proxied_names(declared: Sequence[Declared], proxy: Proxy) -> frozenset[str]:
    """The names that will be proxied there: one proxied set makes all addresses of its name proxied."""
    there = _concerning(declared, proxy)
    values = values_by_name(there, proxy.provider)
    names = {entry.key[0] for entry in there if _is_proxied_itself(entry, proxy, values[entry.key[0]])}
    if proxy.held is not None:
        keys = {entry.key for entry in there}
        undeclared = [record_set for key, record_set in proxy.held.sets.items() if key not in keys]
        names |= {record_set.name for record_set in undeclared if record_set.attributes.get("proxied")}
    return frozenset(names)


def is_proxied(entry: Declared, proxy: Proxy, names: Collection[str]) -> bool:
    """Whether the proxy's servers answer addresses of their own in place of the entry. names: the proxied ones."""
    if entry.absent or entry.key[1] not in PROXIABLE or not entry.concerns(proxy.provider):
        return False
    return entry.key[0] in names


def may_be_proxied(declared: Sequence[Declared], proxy: Proxy) -> list[Declared]:
    """The entries whose answers at the proxy's servers must be known before they are published elsewhere."""
    names = proxied_names(declared, proxy)
    return [entry for entry in declared if is_proxied(entry, proxy, names)]


def values_by_name(declared: Sequence[Declared], provider: str) -> dict[str, list[Value]]:
    """All that is declared for a provider, by name."""
    found: dict[str, list[Value]] = {}
    for entry in declared:
        found.setdefault(entry.key[0], []).extend(entry.at(provider).values)
    return found


def silent_proxy(entry: Declared, provider: str, proxies: Sequence[Proxy]) -> str:
    """A proxy of which only its name servers suggest that it does not proxy the entry; empty when none.

    While its zone is paused they answer an origin's address, as for a set that is not proxied.
    """
    for proxy in proxies:
        concerned = proxy.provider != provider and entry.concerns(proxy.provider) and entry.key[1] in PROXIABLE
        stated = entry.at(proxy.provider).attributes.get("proxied") is not None
        if concerned and proxy.held is None and not stated and not entry.absent:
            return proxy.provider
    return ""


@dataclass(frozen=True)
class Questions:
    """What to ask a proxy's name servers: addresses of canonical relative names, and of absolute names."""

    names: tuple[str, ...]
    targets: tuple[str, ...]


def questions(zone: str, declared: Sequence[Declared], proxy: Proxy) -> Questions:
    """What must be known of the proxy's answers before copies of them are published at another provider."""
    suspects = list(dict.fromkeys(entry.key[0] for entry in may_be_proxied(declared, proxy)))
    at_proxy = contents(zone, declared, proxy)
    targets = {
        target
        for name in suspects
        for target in (
            *at_proxy.ends(name).elsewhere,
            *(target for record_set in at_proxy.at(name) for target in at_proxy.targets(record_set)),
        )
    }
    return Questions(tuple(suspects), tuple(sorted(targets)))


def references(declared: Sequence[Declared], proxy: Proxy, here: Held) -> list[str]:
    """Proxied names whose answers show the proxy's addresses, if something may be an earlier copy of them.

    here: what the provider holds at which the copies would stand.
    """
    leftover = _undeclared_beside(declared, here)
    if proxy.held is None or not leftover:
        return []
    proxied = [one.name for one in proxy.held.sets.values() if one.attributes.get("proxied")]
    return list(dict.fromkeys([*(name for name in proxied if name in leftover), *proxied[:1]]))


def _undeclared_beside(declared: Sequence[Declared], here: Held) -> set[str]:
    """The names that lead somewhere as declared, and here to something else too."""
    keys = {entry.key for entry in declared}
    names = {entry.key[0] for entry in declared if not entry.absent and entry.key[1] in PROXIABLE}
    return {name for name, rdtype in here.sets if name in names and rdtype in PROXIABLE and (name, rdtype) not in keys}


def _concerning(declared: Sequence[Declared], proxy: Proxy) -> list[Declared]:
    return [entry for entry in declared if entry.concerns(proxy.provider)]


def _is_proxied_itself(entry: Declared, proxy: Proxy, at_name: Sequence[Value]) -> bool:
    """Whether the entry is proxied there: as declared, else as it is held, else as its servers' answers suggest.

    at_name: all that is declared there for the name.
    """
    if entry.absent or entry.key[1] not in PROXIABLE:
        return False
    declared = entry.at(proxy.provider).attributes.get("proxied")
    if declared is not None:
        return bool(declared)
    if proxy.held is not None:
        held = proxy.held.sets.get(entry.key)
        return held is not None and bool(held.attributes.get("proxied"))
    return _seems_proxied(entry.key[0], proxy, at_name)


def _seems_proxied(name: str, proxy: Proxy, at_name: Sequence[Value]) -> bool:
    """Whether the proxy's name servers answer something else than what was declared, and what that resolves to."""
    if name in proxy.unknown_names:
        return False
    if name not in proxy.answers:
        return True  # not asked yet
    answered = proxy.answered(name)
    declared = {value.text for value in at_name}
    resolved = {text for target in declared for text in proxy.addresses.get(target.lower(), ())}
    return not answered or not answered <= declared | resolved


def name_at_proxy(record_set: RecordSet, zone: str, suffix: str) -> str:
    """The absolute name by which other providers reach the proxy for a set."""
    return f"{zone_names.owner(record_set.name, zone)}{suffix}"
