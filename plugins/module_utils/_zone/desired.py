# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What shall stand at one provider, and above all what it publishes for a set that another one proxies. Pure.

A set proxied at Cloudflare has an answer that only Cloudflare's servers give. To publish its declared values elsewhere
would publish the origin's address and send part of the visitors around the CDN.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from . import names as zone_names
from . import rdata
from .plan import Held, Wanted
from .rdata import Value
from .record_sets import Declared, RecordSet

#: The types of a proxy's answers.
ADDRESS_TYPES = ("A", "AAAA")
_PROXIABLE = (*ADDRESS_TYPES, "CNAME")

#: TTL in seconds with which a proxy's addresses are answered, hence also copied.
COPY_TTL = 300

#: What to publish elsewhere for a proxied set.
COPY, CDN_CNAME, SKIP, ORIGIN = "copy", "cdn_cname", "skip", "origin"
PROXIED_CHOICES = (COPY, CDN_CNAME, SKIP, ORIGIN)

#: Types of the addresses that a name is answered with, to their texts.
Answers = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Proxy:
    """What is known of one provider that can proxy.

    held: what it holds; None when its API did not answer. active: whether its proxies are on for the zone.
    doubt: why that is not known.
    answers: what its name servers answer for each proxiable name; origins: what the declared values resolve to.
    unknown_names: names of which its name servers say that they do not exist.
    """

    provider: str
    held: Held | None = None
    active: bool = True
    doubt: str = ""
    answers: Mapping[str, Answers] = field(default_factory=dict)
    origins: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unknown_names: frozenset[str] = frozenset()


@dataclass
class Desired:
    """The sets that shall stand at a provider.

    pending: names that could not be copied yet, with the reason. untouched: names that stay as they are.
    """

    wanted: list[Wanted] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pending: dict[str, str] = field(default_factory=dict)
    untouched: set[str] = field(default_factory=set)


def sets_at(
    provider: str,
    zone: str,
    declared: Sequence[Declared],
    proxies: Sequence[Proxy],
    proxied: str,
    here: Held | None = None,
) -> Desired:
    """What shall stand at the provider, given what is known of the others that can proxy.

    proxied: one of PROXIED_CHOICES, for entries that do not say themselves (with `at`) what stands here.
    here: what the provider holds.
    """
    found = Desired()
    derived: dict[str, list[Wanted]] = {}
    assumed: list[str] = []
    names = {proxy.provider: _proxied_names(declared, proxy) for proxy in proxies}
    said = _values([entry for entry in declared if entry.concerns(provider)], provider)
    contents = {proxy.provider: _contents(declared, proxy) for proxy in proxies}
    for entry in declared:
        if not entry.concerns(provider):
            continue
        name = entry.key[0]
        wanted = Wanted(entry.label, entry.at(provider), entry.absent)
        proxy = next((proxy for proxy in proxies if _is_proxied(entry, proxy, names[proxy.provider])), None)
        unknown = [
            other
            for other, over in entry.overrides.items()
            if not proxy and over.attributes.get("proxied") and entry.concerns(other)
        ]
        elsewhere = proxy.provider if proxy else next(iter(unknown), provider)
        silent = _silent_proxy(entry, provider, proxies) if _holds_another(name, said[name], here) else ""
        if _has_own_values(entry, provider) or proxied == ORIGIN:
            found.wanted.append(wanted)
        elif elsewhere == provider and silent:
            found.pending[name] = (
                f"the API of {silent} does not say whether what stands here is a copy; if it is none, say "
                "`proxied: false` under `at`"
            )
            found.untouched.add(name)
        elif elsewhere == provider:
            found.wanted.append(wanted)
        elif proxied == SKIP or proxy is None:
            found.notes.append(f"{entry.label}: left out, as it is proxied at {elsewhere}")
            found.untouched.add(name)
        elif name in derived:
            continue
        elif proxied == CDN_CNAME:
            derived[name] = _led_to_the_proxy(wanted, zone)
            if proxy.held is not None and proxy.held.facts.get("type") == "full":
                found.notes.append(
                    f"{entry.label}: that cdn.cloudflare.net leads there is documented for partial zones"
                )
        else:
            derived[name] = _copied(found, entry, proxy, contents[proxy.provider][name])
            if proxy.held is None and derived[name] and "proxied" not in entry.at(proxy.provider).attributes:
                assumed.append(name)
    if assumed:
        found.notes.append(
            f"copied from name servers, as an API did not tell whether it is proxied there: {', '.join(assumed)}; what "
            "is declared is published with `proxied: false` under `at`"
        )
    asked_for = {goal.record_set.key for goal in found.wanted}
    found.wanted += [goal for goals in derived.values() for goal in goals if goal.record_set.key not in asked_for]
    return found


def own_part(entry: Declared, provider: str, zone: str, proxied: str) -> RecordSet | None:
    """What the provider publishes of an entry's own; None when that is another provider's answers, known beforehand."""
    elsewhere = any(
        over.attributes.get("proxied") and entry.concerns(name)
        for name, over in entry.overrides.items()
        if name != provider
    )
    if not elsewhere or _has_own_values(entry, provider) or proxied == ORIGIN:
        return entry.at(provider)
    return _cdn_name(entry.at(provider), zone) if proxied == CDN_CNAME else None


def _has_own_values(entry: Declared, provider: str) -> bool:
    return provider in entry.overrides and entry.overrides[provider].values != entry.record_set.values


def may_be_proxied(declared: Sequence[Declared], proxy: Proxy) -> list[Declared]:
    """The entries whose answers at the proxy's servers must be known before they are published elsewhere."""
    names = _proxied_names(declared, proxy)
    return [entry for entry in declared if _is_proxied(entry, proxy, names)]


def _is_proxied(entry: Declared, proxy: Proxy, names: Collection[str]) -> bool:
    """Whether the proxy's servers answer addresses of their own in place of the entry."""
    if entry.absent or entry.key[1] not in _PROXIABLE or not entry.concerns(proxy.provider):
        return False
    return entry.key[0] in names


def _proxied_names(declared: Sequence[Declared], proxy: Proxy) -> set[str]:
    """The names that will be proxied there: one proxied set makes all addresses of its name proxied."""
    there = [entry for entry in declared if entry.concerns(proxy.provider)]
    values = _values(there, proxy.provider)
    names = {entry.key[0] for entry in there if _is_proxied_itself(entry, proxy, values[entry.key[0]])}
    if proxy.held is not None:
        keys = {entry.key for entry in there}
        undeclared = [record_set for key, record_set in proxy.held.sets.items() if key not in keys]
        names |= {record_set.name for record_set in undeclared if record_set.attributes.get("proxied")}
    return names


def _values(declared: Sequence[Declared], provider: str) -> dict[str, list[Value]]:
    """All that is declared for a provider, by name."""
    found: dict[str, list[Value]] = {}
    for entry in declared:
        found.setdefault(entry.key[0], []).extend(entry.at(provider).values)
    return found


def _is_proxied_itself(entry: Declared, proxy: Proxy, at_name: Sequence[Value]) -> bool:
    """Whether the entry is proxied there: as declared, else as it is held, else as its servers' answers suggest.

    at_name: all that is declared there for the name.
    """
    if entry.absent or entry.key[1] not in _PROXIABLE:
        return False
    declared = entry.at(proxy.provider).attributes.get("proxied")
    if declared is not None:
        return bool(declared)
    if proxy.held is not None:
        held = proxy.held.sets.get(entry.key)
        return held is not None and bool(held.attributes.get("proxied"))
    if entry.key[0] in proxy.unknown_names:
        return False
    if entry.key[0] not in proxy.answers:
        return True  # not asked yet
    return not _served_as_declared(entry.key[0], proxy, at_name)


def _silent_proxy(entry: Declared, provider: str, proxies: Sequence[Proxy]) -> str:
    """A proxy of which only its name servers suggest that it does not proxy the entry; empty when none.

    While its zone is paused they answer an origin's address, as for a set that is not proxied.
    """
    for proxy in proxies:
        concerned = proxy.provider != provider and entry.concerns(proxy.provider) and entry.key[1] in _PROXIABLE
        said = entry.at(proxy.provider).attributes.get("proxied") is not None
        if concerned and proxy.held is None and not said and not entry.absent:
            return proxy.provider
    return ""


def _holds_another(name: str, at_name: Sequence[Value], here: Held | None) -> bool:
    """Whether the provider leads the name to something that is not declared."""
    said = {value.key for value in at_name}
    held = [here.sets.get((name, rdtype)) for rdtype in _PROXIABLE] if here else []
    return any(value.key not in said for record_set in held if record_set for value in record_set.values)


def _served_as_declared(name: str, proxy: Proxy, at_name: Sequence[Value]) -> bool:
    """Whether the proxy's name servers answer what was declared, or what that resolves to, hence do not proxy it."""
    answered = {text for texts in proxy.answers[name].values() for text in texts}
    declared = {value.text for value in at_name}
    return bool(answered) and answered <= declared | set(proxy.origins.get(name, ()))


def _contents(declared: Sequence[Declared], proxy: Proxy) -> dict[str, list[RecordSet]]:
    """By name, what the proxy holds and what it shall hold."""
    found: dict[str, list[RecordSet]] = {}
    for record_set in proxy.held.sets.values() if proxy.held is not None else ():
        found.setdefault(record_set.name, []).append(record_set)
    for entry in declared:
        found.setdefault(entry.key[0], []).append(entry.at(proxy.provider))
    return found


def _cdn_name(record_set: RecordSet, zone: str) -> RecordSet:
    """The name by which Cloudflare's partial zones are reached from other DNS providers."""
    host = zone_names.owner(record_set.name, zone).rstrip(".") + ".cdn.cloudflare.net."
    return RecordSet(record_set.name, "CNAME", record_set.ttl, (rdata.parse("CNAME", host, zone),))


def _led_to_the_proxy(wanted: Wanted, zone: str) -> list[Wanted]:
    """A CNAME to the proxy, and nothing beside it."""
    name = wanted.record_set.name
    gone = [Wanted(wanted.label, RecordSet(name, rdtype, None, ()), absent=True) for rdtype in ADDRESS_TYPES]
    return [Wanted(wanted.label, _cdn_name(wanted.record_set, zone)), *gone]


def _copied(found: Desired, entry: Declared, proxy: Proxy, contents: Sequence[RecordSet]) -> list[Wanted]:
    """The addresses of the proxy, unless they may be the origin's. A type without an answer stays as it is.

    contents: what stands or shall stand there for the name, none of which must be published elsewhere.
    """
    name = entry.key[0]
    answers = proxy.answers.get(name, {})
    addresses = {text for texts in answers.values() for text in texts}
    origins = {value.text for content in contents for value in content.values} | set(proxy.origins.get(name, ()))
    reason = ""
    if not _is_proxied_already(name, proxy):
        reason = f"it is not proxied at {proxy.provider} yet, whose servers then answer an origin's address"
    elif proxy.doubt:
        reason = f"it is not known whether the zone is paused at {proxy.provider}: {proxy.doubt}"
    elif not proxy.active:
        reason = f"the zone is paused or not active at {proxy.provider}, whose servers then answer the origin's address"
    elif not addresses:
        reason = f"the servers of {proxy.provider} answer no address for it yet"
    elif addresses & origins:
        reason = f"the servers of {proxy.provider} answer the origin's address for it"
    if reason:
        found.pending[name] = reason
        found.untouched.add(name)
        return []
    copies = []
    for rdtype, texts in answers.items():
        values = tuple(rdata.parse(rdtype, text, "") for text in texts)
        record_set = RecordSet(name, rdtype, COPY_TTL, values)
        copies.append(Wanted(f"{entry.label}, copied from {proxy.provider}", record_set, absent=not values))
    return [*copies, Wanted(entry.label, RecordSet(name, "CNAME", None, ()), absent=True)]


def _is_proxied_already(name: str, proxy: Proxy) -> bool:
    """Whether its servers can be asked: while its API says that it does not proxy the name, they answer origins."""
    if proxy.held is None:
        return True
    held = [proxy.held.sets.get((name, rdtype)) for rdtype in _PROXIABLE]
    return any(one is not None and one.attributes.get("proxied") for one in held)
