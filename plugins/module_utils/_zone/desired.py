# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one provider will hold, and above all what it publishes for a set that another provider proxies. Pure.

A set proxied at Cloudflare has an answer that only Cloudflare's servers give. To publish its declared values elsewhere
would publish the origin's address and send part of the visitors around the CDN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from . import proxy as proxies_known
from . import rdata
from .origins import ADDRESS_TYPES
from .plan import Held, Wanted
from .proxy import PROXIABLE, Proxy
from .record_sets import Declared, Key, RecordSet

#: TTL in seconds with which a proxy's addresses are answered, and so also copied.
COPY_TTL = 300

#: What to publish elsewhere for a proxied set.
COPY, CDN_CNAME, SKIP, ORIGIN = "copy", "cdn_cname", "skip", "origin"
PROXIED_CHOICES = (COPY, CDN_CNAME, SKIP, ORIGIN)


@dataclass(frozen=True)
class Desired:
    """The sets that a provider will hold.

    pending: names that could not be copied yet, with the reason. untouched: names that stay as they are.
    """

    wanted: tuple[Wanted, ...] = ()
    notes: tuple[str, ...] = ()
    pending: Mapping[str, str] = field(default_factory=dict)
    untouched: frozenset[str] = frozenset()


def sets_at(
    provider: str,
    zone: str,
    declared: Sequence[Declared],
    proxies: Sequence[Proxy],
    proxied: str,
    here: Held | None = None,
) -> Desired:
    """What the provider will hold, given what is known of the others that can proxy.

    proxied: one of PROXIED_CHOICES, for entries that do not state themselves (with `at`) what stands here.
    here: what the provider holds.
    """
    found = _Collection(provider, zone, declared, proxies, proxied, here)
    for entry in declared:
        if entry.concerns(provider):
            found.add(entry)
    return found.result()


def own_part(entry: Declared, provider: str, zone: str, proxied: str, suffixes: Mapping[str, str]) -> RecordSet | None:
    """What the provider publishes of an entry's own; None when that is another provider's answers, known beforehand.

    suffixes: the domains below which proxies are reached by name, by the names of their providers.
    """
    elsewhere = [
        name
        for name, over in entry.overrides.items()
        if name != provider and over.attributes.get("proxied") and entry.concerns(name)
    ]
    if not elsewhere or provider in entry.own_values or proxied == ORIGIN:
        return entry.at(provider)
    suffix = suffixes.get(elsewhere[0], "")
    return _name_at_proxy(entry.at(provider), zone, suffix) if proxied == CDN_CNAME and suffix else None


class _Collection:
    """Gathers what one provider will hold, entry by entry."""

    def __init__(
        self,
        provider: str,
        zone: str,
        declared: Sequence[Declared],
        proxies: Sequence[Proxy],
        proxied: str,
        here: Held | None,
    ) -> None:
        self.provider = provider
        self.zone = zone
        # A provider that proxies a set itself holds it as declared, whoever else proxies it too.
        self.proxies = sorted(proxies, key=lambda proxy: proxy.provider != provider)
        self.proxied = proxied
        self.here = here.sets if here else {}
        self.proxied_names = {proxy.provider: proxies_known.proxied_names(declared, proxy) for proxy in proxies}
        self.contents = {proxy.provider: proxies_known.contents(zone, declared, proxy) for proxy in proxies}
        self.values = proxies_known.values_by_name([one for one in declared if one.concerns(provider)], provider)
        self.wanted: list[Wanted] = []
        self.derived: dict[str, list[Wanted]] = {}
        self.notes: list[str] = []
        self.pending: dict[str, str] = {}
        self.untouched: set[str] = set()
        self.assumed: list[str] = []

    def add(self, entry: Declared) -> None:
        """Add what the provider publishes for an entry."""
        if self.provider in entry.own_values or self.proxied == ORIGIN:
            self._add_as_declared(entry)
            return
        proxy = self._proxy_of(entry)
        elsewhere = proxy.provider if proxy else _proxied_elsewhere(entry)
        if elsewhere in ("", self.provider):
            self._add_unless_uncertain(entry)
        elif proxy is None or self.proxied == SKIP:
            self.notes.append(f"{entry.label}: left out, as it is proxied at {elsewhere}")
            self.untouched.add(entry.key[0])
        elif entry.key[0] not in self.derived:
            self.derived[entry.key[0]] = (
                self._by_name(entry, proxy) if self.proxied == CDN_CNAME else self._copied(entry, proxy)
            )

    def result(self) -> Desired:
        if self.assumed:
            self.notes.append(
                "copied from name servers, as an API did not say whether it is proxied there: "
                f"{', '.join(self.assumed)}; what is declared is published with `proxied: false` under `at`"
            )
        asked_for = {one.record_set.key for one in self.wanted}
        derived = [one for sets in self.derived.values() for one in sets if one.record_set.key not in asked_for]
        given_up = self._given_up(asked_for | {one.record_set.key for one in derived})
        return Desired(
            (*self.wanted, *derived, *given_up), tuple(self.notes), dict(self.pending), frozenset(self.untouched)
        )

    def _proxy_of(self, entry: Declared) -> Proxy | None:
        """The provider that proxies the entry; None when no provider of this task does."""
        for proxy in self.proxies:
            if proxies_known.is_proxied(entry, proxy, self.proxied_names[proxy.provider]):
                return proxy
        return None

    def _add_as_declared(self, entry: Declared) -> None:
        self.wanted.append(Wanted(entry.label, entry.at(self.provider), entry.absent))

    def _add_unless_uncertain(self, entry: Declared) -> None:
        """Add the entry as declared, unless what stands here may be a copy that must not be lost."""
        name = entry.key[0]
        silent = proxies_known.silent_proxy(entry, self.provider, self.proxies) if self._holds_another(name) else ""
        if silent:
            self.pending[name] = (
                f"the API of {silent} does not say whether what stands here is a copy; if it is none, state "
                "`proxied: false` under `at`"
            )
            self.untouched.add(name)
        else:
            self._add_as_declared(entry)

    def _holds_another(self, name: str) -> bool:
        """Whether the provider leads the name to something that is not declared."""
        declared = {value.key for value in self.values[name]}
        held = [self.here.get((name, rdtype)) for rdtype in PROXIABLE]
        return any(value.key not in declared for record_set in held if record_set for value in record_set.values)

    def _by_name(self, entry: Declared, proxy: Proxy) -> list[Wanted]:
        """A CNAME to the proxy, and nothing beside it."""
        if not proxy.suffix:
            self.notes.append(f"{entry.label}: left out, as {proxy.provider} has no names for other providers")
            self.untouched.add(entry.key[0])
            return []
        if proxy.caveat:
            self.notes.append(f"{entry.label}: {proxy.caveat}")
        record_set = entry.at(self.provider)
        gone = [
            Wanted(entry.label, RecordSet(record_set.name, rdtype, None, ()), absent=True) for rdtype in ADDRESS_TYPES
        ]
        return [Wanted(entry.label, _name_at_proxy(record_set, self.zone, proxy.suffix)), *gone]

    def _copied(self, entry: Declared, proxy: Proxy) -> list[Wanted]:
        """The addresses of the proxy, unless they may be an origin's. A type without an answer stays as it is."""
        name = entry.key[0]
        if reason := self._not_to_be_copied(name, proxy):
            self.pending[name] = reason
            self.untouched.add(name)
            return []
        copies = []
        for rdtype, texts in proxy.answers[name].items():
            values = tuple(rdata.parse(rdtype, text, "") for text in texts)
            record_set = RecordSet(name, rdtype, COPY_TTL, values)
            copies.append(Wanted(f"{entry.label}, copied from {proxy.provider}", record_set, absent=not values))
        if proxy.held is None and "proxied" not in entry.at(proxy.provider).attributes:
            self.assumed.append(name)
        return [*copies, Wanted(entry.label, RecordSet(name, "CNAME", None, ()), absent=True)]

    def _not_to_be_copied(self, name: str, proxy: Proxy) -> str:
        """Why the answers of the proxy's servers cannot be published; empty when they can."""
        if proxy.held is not None and not proxy.holds_proxied(name):
            return f"it is not proxied at {proxy.provider} yet, whose servers then answer an origin's address"
        if proxy.doubt:
            return f"it is not known whether the zone is paused at {proxy.provider}: {proxy.doubt}"
        if not proxy.active:
            return (
                f"the zone is paused or not active at {proxy.provider}, whose servers then answer the origin's address"
            )
        addresses = proxy.answered(name)
        if not addresses:
            return f"the servers of {proxy.provider} answer no address for it yet"
        if addresses & proxies_known.origins(name, self.contents[proxy.provider], proxy):
            return f"the servers of {proxy.provider} answer the origin's address for it"
        return ""

    def _given_up(self, asked_for: set[Key]) -> list[Wanted]:
        """Copies that an earlier run made of a proxy's addresses, at names that are not proxied any more.

        They give way to what is declared: nobody else declared them, and they lead past what stands at the proxy now.
        """
        declared = {one.record_set.name for one in self.wanted if not one.absent and one.record_set.type in PROXIABLE}
        given_up = []
        for (name, rdtype), record_set in self.here.items():
            copied_from = self._copied_from(record_set) if name in declared and (name, rdtype) not in asked_for else ""
            if copied_from:
                self.notes.append(f"{name} {rdtype}: removed, as it was a copy from {copied_from}")
                label = f"{name} {rdtype}, copied from {copied_from}"
                given_up.append(Wanted(label, RecordSet(name, rdtype, None, ()), absent=True))
        return given_up

    def _copied_from(self, record_set: RecordSet) -> str:
        """The provider whose proxy's addresses or name a set holds, at a name that it does not proxy any more."""
        for proxy in self.proxies:
            if proxy.provider == self.provider or record_set.name in self.proxied_names[proxy.provider]:
                continue
            if record_set.type in ADDRESS_TYPES and all(proxy.is_own_address(one.text) for one in record_set.values):
                return proxy.provider
            names = [value.text.lower() for value in record_set.values]
            if proxy.suffix and names == [proxies_known.name_at_proxy(record_set, self.zone, proxy.suffix)]:
                return proxy.provider
        return ""


def _proxied_elsewhere(entry: Declared) -> str:
    """A provider outside this task at which the entry is declared as proxied; empty when there is none."""
    proxied = [name for name, over in entry.overrides.items() if over.attributes.get("proxied")]
    return next((name for name in proxied if entry.concerns(name)), "")


def _name_at_proxy(record_set: RecordSet, zone: str, suffix: str) -> RecordSet:
    """The name by which a proxy is reached from other DNS providers."""
    host = proxies_known.name_at_proxy(record_set, zone, suffix)
    return RecordSet(record_set.name, "CNAME", record_set.ttl, (rdata.parse("CNAME", host, zone),))
