# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What shall stand at one provider, and above all what it publishes for a set that another one proxies. Pure.

A set proxied at Cloudflare has an answer that only Cloudflare's servers give. To publish its declared values elsewhere
would publish the origin's address and send part of the visitors around the CDN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from . import _names, _rdata
from ._plan import Held, Wanted
from ._records import Declared, RecordSet

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
    answers: what its name servers answer for each proxiable name; origins: what the declared values resolve to.
    """

    provider: str
    held: Held | None = None
    active: bool = True
    answers: Mapping[str, Answers] = field(default_factory=dict)
    origins: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass
class Goals:
    """The sets that shall stand at a provider.

    pending: names that could not be copied yet, with the reason. untouched: names that stay as they are.
    """

    wanted: list[Wanted] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pending: dict[str, str] = field(default_factory=dict)
    untouched: set[str] = field(default_factory=set)


def goals(provider: str, zone: str, declared: Sequence[Declared], proxies: Sequence[Proxy], proxied: str) -> Goals:
    """What shall stand at the provider, given what is known of the others that can proxy.

    proxied: one of PROXIED_CHOICES, for entries that do not say themselves (with `at`) what stands here.
    """
    found = Goals()
    copied: set[str] = set()
    for entry in declared:
        if not entry.concerns(provider):
            continue
        wanted = Wanted(entry.label, entry.at(provider), entry.absent)
        proxy = next((proxy for proxy in proxies if _is_proxied(entry, proxy)), None)
        own_values = provider in entry.overrides and entry.overrides[provider].values != entry.record_set.values
        unknown = [] if proxy else [name for name, over in entry.overrides.items() if over.attributes.get("proxied")]
        elsewhere = proxy.provider if proxy else next(iter(unknown), provider)
        if elsewhere == provider or own_values or proxied == ORIGIN:
            found.wanted.append(wanted)
        elif proxied == SKIP or proxy is None:
            found.notes.append(f"{entry.label}: left out, as it is proxied at {elsewhere}")
            found.untouched.add(entry.key[0])
        elif proxied == CDN_CNAME:
            found.wanted.append(replace(wanted, record_set=_cdn_cname(wanted.record_set, zone)))
        elif entry.key[0] not in copied:
            copied.add(entry.key[0])
            _copy(found, entry, proxy, _origins(entry.key[0], declared, proxy))
    return found


def _origins(name: str, declared: Sequence[Declared], proxy: Proxy) -> set[str]:
    """All that must never be published elsewhere for the name: its content at the proxy, and what that resolves to."""
    contents = [entry.at(proxy.provider) for entry in declared if entry.key[0] == name]
    if proxy.held is not None:
        contents += [record_set for key, record_set in proxy.held.sets.items() if key[0] == name]
    values = {value.text for content in contents for value in content.values}
    return values | set(proxy.origins.get(name, ()))


def may_be_proxied(declared: Sequence[Declared], proxy: Proxy) -> list[Declared]:
    """The entries whose answers at the proxy's servers must be known before they are published elsewhere."""
    return [entry for entry in declared if _is_proxied(entry, proxy)]


def _is_proxied(entry: Declared, proxy: Proxy) -> bool:
    """Whether the entry is proxied there: as declared, else as it is held, else as its servers' answers suggest."""
    if entry.absent or entry.key[1] not in _PROXIABLE or not entry.concerns(proxy.provider):
        return False
    declared = entry.at(proxy.provider).attributes.get("proxied")
    if declared is not None:
        return bool(declared)
    if proxy.held is not None:
        held = proxy.held.sets.get(entry.key)
        return held is not None and bool(held.attributes.get("proxied"))
    if entry.key[0] not in proxy.answers:
        return True  # not asked yet
    return not _served_as_declared(entry, proxy)


def _served_as_declared(entry: Declared, proxy: Proxy) -> bool:
    """Whether the proxy's name servers answer what was declared, or what that resolves to, hence do not proxy it."""
    name = entry.key[0]
    answered = {text for texts in proxy.answers[name].values() for text in texts}
    declared = {value.text for value in entry.at(proxy.provider).values}
    return bool(answered) and answered <= declared | set(proxy.origins.get(name, ()))


def _cdn_cname(record_set: RecordSet, zone: str) -> RecordSet:
    """The name by which Cloudflare's partial zones are reached from other DNS providers."""
    host = _names.owner(record_set.name, zone).rstrip(".") + ".cdn.cloudflare.net."
    return replace(record_set, type="CNAME", values=(_rdata.parse("CNAME", host, zone),), attributes={})


def _copy(found: Goals, entry: Declared, proxy: Proxy, origins: set[str]) -> None:
    """Publish the addresses of the proxy, unless they may be the origin's. A type without an answer stays as it is."""
    name = entry.key[0]
    answers = proxy.answers.get(name, {})
    addresses = {text for texts in answers.values() for text in texts}
    reason = ""
    if not addresses:
        reason = f"the servers of {proxy.provider} answer no address for it yet"
    elif not proxy.active:
        reason = f"the zone is paused or not active at {proxy.provider}, whose servers then answer the origin's address"
    elif addresses & origins:
        reason = f"the servers of {proxy.provider} answer the origin's address for it"
    if reason:
        found.pending[name] = reason
        found.untouched.add(name)
        return
    for rdtype, texts in answers.items():
        values = tuple(_rdata.parse(rdtype, text, "") for text in texts)
        record_set = RecordSet(name, rdtype, COPY_TTL, values)
        found.wanted.append(Wanted(f"{entry.label}, copied from {proxy.provider}", record_set, absent=not values))
    found.wanted.append(Wanted(entry.label, RecordSet(name, "CNAME", None, ()), absent=True))
