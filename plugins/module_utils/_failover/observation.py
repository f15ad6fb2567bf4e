# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a site, from the answers of name servers, the reads of APIs and the votes of vantages. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from .._zone.names import APEX, owner
from .._zone.origins import ADDRESS_TYPES
from .._zone.proxy import all_within
from .._zone.routers import marker_name, owns, with_markers
from . import claims, confirmation, published, quorum, router, suspects
from . import site as failover_site
from .confirmation import Holding, Reading
from .data.observed import Answer, Held, Observed, Record, Vote
from .data.site import Front, Site
from .decision import Situation
from .given_addresses import fingerprint, given_front
from .marker import Marker, latest
from .quorum import UNKNOWN, Health
from .router import SILENT, Served, Shape

#: Of a canary, the candidate that it must not lead to.
ORIGIN = "origin"

#: A time at which every marker is read: what an apex was given does not depend on the clock.
_ANY_TIME = 10**12


def situation(site: Site, observed: Observed, now: int) -> Situation:
    """What is known of a site at the Unix time `now`."""
    answers, held = about(site, observed["answers"]), observed.get("held", {}).get(site["zone"], {})
    fronts = [front["name"] for front in site["fronts"]]
    votes = [vote(site, vantage, observed["votes"]) for vantage in site["vantages"]]
    health = claims.unusable(quorum.by_front(votes, fronts, site["policy"]["quorum"]), claims.circles(site, answers))
    found = _with_stale(site, observed, holdings(site, answers, held, now))
    return Situation(
        fronts,
        health,
        found,
        failover_site.request(site),
        site["daily_writes"],
        suspects.of_fronts(site, observed["votes"]),
        suspects.of_servers(site, answers, observed.get("paths", []), observed.get("held", {})),
    )


def holdings(site: Site, answers: Sequence[Answer], held: Mapping[str, Held], now: int) -> dict[str, Holding]:
    """What each provider holds, as its name servers and, where it was asked, its API show.

    answers: about this site. held: by provider, in the site's zone.
    """
    found = {name: _at_servers(site, name, answers, now) for name in provider_names(site)}
    asked = set(to_ask(site, found, now))
    complete = {name: _at_api(site, name, one, answers, held, name in asked, now) for name, one in found.items()}
    separate = site.get("separate", [])
    return {name: replace(one, separate=name in separate) for name, one in complete.items()}


def to_ask(site: Site, found: Mapping[str, Holding], now: int) -> list[str]:
    """The providers whose API must be asked; for a request of a person all of them."""
    return list(found) if failover_site.request(site).asks else confirmation.to_ask(found, now)


def _at_servers(site: Site, provider: str, answers: Sequence[Answer], now: int) -> Holding:
    texts = _marker_texts(site, provider, answers)
    led = routers_at(site, provider, answers)
    fronts = _fronts(site)
    readings = {server: _reading(answer, texts.get(server), fronts, now) for server, answer in led.items()}
    outdated = _served(site, provider, answers, list(led.values()), None).outdated
    addresses = [one["values"] for one in led.values() if one["status"] == "addresses"]
    stands = _stands(site, provider, addresses[0]) if addresses else ""
    return Holding(readings, outdated=outdated, stands=stands, maybe=router.maybe(list(led.values())))


def _marker_texts(site: Site, provider: str, answers: Sequence[Answer]) -> dict[str, Answer]:
    """By server what it answered for the marker."""
    marker_at = owner(marker_name(site["router"]), site["zone"])
    return {
        answer["server"]: answer
        for answer in answers
        if (answer["provider"], answer["name"], answer["type"]) == (provider, marker_at, "TXT")
    }


def _reading(answer: Answer, text: Answer | None, fronts: Sequence[str], now: int) -> Reading | None:
    """What one server shows; None where it is silent. text: what it answered for the marker."""
    if text and text.get("error"):
        return None
    marker = latest(text["values"], fronts, now) if text else None
    what = router.at_server(answer, marker.front if marker else None)
    return None if what == SILENT else Reading(what, marker)


def _stands(site: Site, provider: str, addresses: Iterable[str]) -> str:
    """The fingerprint of the addresses at an apex, at a provider where it holds addresses that follow a front."""
    is_followed = site["router"] == APEX and any(published.is_copied(front, provider) for front in site["fronts"])
    return fingerprint(addresses) if is_followed else ""


def _fronts(site: Site) -> list[str]:
    return [front["name"] for front in site["fronts"]]


def _at_api(
    site: Site,
    provider: str,
    holding: Holding,
    answers: Sequence[Answer],
    held: Mapping[str, Held],
    asked: bool,
    now: int,
) -> Holding:
    """The holding with what the API says. asked: whether it should have been asked."""
    read = held.get(provider)
    if read is None or not _is_about(read, site["router"]):
        return replace(holding, unreachable=asked)
    shown = held_at(site, provider, answers, held)
    if shown is None:
        # Where its servers settle it, the API was asked for more certainty only.
        return replace(holding, unreachable=asked)
    name = marker_name(site["router"])
    texts = _texts(read, name)
    changed = [
        one["time"]
        for one in read.get("last_changed", ())
        if one["name"] == site["router"] and owns((site["router"],), (one["name"], one["type"]))
    ]
    reading = Reading(shown.shown(), latest(texts, _fronts(site), now))
    addresses = [value for one in _records(site, read) if one["type"] in ADDRESS_TYPES for value in one["values"]]
    stands = _stands(site, provider, addresses)
    return replace(holding, api=reading, changed=max(changed, default=0), stands=stands)


def _texts(read: Held, name: str) -> list[str]:
    return [text for one in read["records"] if one["name"] == name and one["type"] == "TXT" for text in one["values"]]


def _records(site: Site, read: Held) -> list[Record]:
    """What an API shows of the router."""
    # First by name: a zone of hundreds of sites is looked through for each of them.
    mine = [one for one in read["records"] if one["name"] == site["router"]]
    return [one for one in mine if one["type"] != "TXT" and owns((site["router"],), (one["name"], one["type"]))]


def _is_about(read: Held, name: str) -> bool:
    """Whether the API was asked about the name: other sites of the zone may have been the reason to ask it."""
    names = read.get("names")
    return names is None or name in names


def provider_names(site: Site) -> list[str]:
    """The names of the site's providers."""
    return [entry["name"] for entry in site["providers"]]


def about(site: Site, answers: Sequence[Answer]) -> list[Answer]:
    """The answers about this site's router, marker and canaries. With many sites most are about others."""
    names = names_about(site)
    return [answer for answer in answers if answer["name"] in names and answer["zone"] == site["zone"]]


def names_about(site: Site) -> set[str]:
    """The absolute names of this site's router, marker and canaries."""
    relative = [*with_markers([site["router"]]), *(front["canary"] for front in site["fronts"])]
    return {owner(name, site["zone"]) for name in relative if name}


def served_at(site: Site, provider: str, answers: Sequence[Answer], tie_break: str | None) -> Served:
    """What a provider's name servers serve for the router.

    tie_break: the front that decides where a flattened answer fits several.
    """
    return _served(site, provider, answers, list(routers_at(site, provider, answers).values()), tie_break)


def _served(
    site: Site, provider: str, answers: Sequence[Answer], led: Sequence[Answer], tie_break: str | None
) -> Served:
    """What a provider serves. led: its name servers' answers for the router, with the fronts to which those lead."""
    found = router.served(led, tie_break)
    return replace(found, outdated=_is_outdated(site, provider, answers, led, found.front))


def routers_at(site: Site, provider: str, answers: Sequence[Answer]) -> dict[str, Answer]:
    """By name server of a provider, its answer for the router with the fronts to which that leads."""
    copied = {front["name"]: copies(site, front, provider, answers)[0] for front in site["fronts"]}
    by_address = {one["name"] for one in site["fronts"] if published.has_addresses(one, provider)}
    name, marker_at = owner(site["router"], site["zone"]), owner(marker_name(site["router"]), site["zone"])
    mine = [answer for answer in answers if answer["provider"] == provider]
    texts = {one["server"]: one["values"] for one in mine if (one["name"], one["type"]) == (marker_at, "TXT")}
    last = {server: latest(values, _fronts(site), _ANY_TIME) for server, values in texts.items()}
    return {
        answer["server"]: _recognised(answer, copied, by_address, last.get(answer["server"]))
        for answer in mine
        if (answer["name"], answer["type"]) == (name, "CNAME")
    }


def _recognised(
    answer: Answer, copied: Mapping[str, AbstractSet[str]], by_address: AbstractSet[str], last: Marker | None
) -> Answer:
    """The answer, with the fronts to which it leads: by their names, by addresses copied from their proxy or target, or
    by the addresses that an apex was last given. last: the marker that the same server shows.

    by_address: the fronts that publish addresses at this provider. Where the server hides no CNAME behind addresses,
    and where it shows one, that is the record itself: no front stands there that publishes another type.
    """
    values = set(answer["values"]) if answer["status"] == "addresses" else set()
    if given := given_front(values, last):
        return {**answer, "leads_to": [given]}
    leads_to = [front for front, addresses in copied.items() if front in answer["leads_to"] or addresses & values]
    # Addresses where fronts publish none, and the server hides nothing, are somebody else's record, whatever they are.
    is_plain = answer["status"] == "addresses" and not (by_address or answer.get("hides", True))
    status = "foreign" if is_plain else answer["status"]
    standing = [front for front in leads_to if _may_stand(answer, front in by_address)]
    return {**answer, "leads_to": standing, "status": status}


def _may_stand(answer: Answer, by_address: bool) -> bool:
    """Whether a front may give such an answer. by_address: whether it is published by addresses."""
    if answer["status"] == "cname":
        return not by_address
    return by_address or answer.get("hides", True)


def _is_outdated(site: Site, provider: str, answers: Sequence[Answer], led: Sequence[Answer], name: str) -> bool:
    """Whether the provider serves the front of this name at addresses that its proxy has no longer.

    An apex is renewed only where those addresses do not answer, see `stale`.
    """
    front = next((one for one in site["fronts"] if one["name"] == name), None)
    if front is None or site["router"] == APEX or not published.is_copied(front, provider):
        return False
    current = copies(site, front, provider, answers)[0]
    return bool(current) and any(not set(one["values"]) <= current for one in led if name in one["leads_to"])


def held_at(site: Site, provider: str, answers: Sequence[Answer], held: Mapping[str, Held]) -> Served | None:
    """What a provider's API says that it holds for the router; None where it was not asked or did not answer."""
    read = held.get(provider)
    if read is None or read["error"]:
        return None
    marker = latest(_texts(read, marker_name(site["router"])), _fronts(site), _ANY_TIME)
    return router.held(_records(site, read), shapes(site, provider, answers), marker)


def shapes(site: Site, provider: str, answers: Sequence[Answer]) -> dict[str, Shape]:
    """What each front publishes at the provider."""
    return {
        front["name"]: published.shape(front, provider, copies(site, front, provider, answers)[0])
        for front in site["fronts"]
    }


def copies(site: Site, front: Front, provider: str, answers: Sequence[Answer]) -> tuple[set[str], str]:
    """The addresses to publish at a provider for a front that is copied, or why there are none.

    Of a proxied front those that its proxy has now; of another one, at the apex, those of its target.
    """
    if front["canary"]:
        return _of_proxy(site, front, answers)
    return _of_target(site, front, provider, answers) if published.is_resolved(front) else (set(), "")


def _of_proxy(site: Site, front: Front, answers: Sequence[Answer]) -> tuple[set[str], str]:
    """The addresses that the front's proxy has now, as its servers answer them for the canary, or why there are none.

    An answer that may be the origin's is none: with the zone paused, Cloudflare's servers answer the origin's address.
    In the published networks of the proxy no origin lies: an alias of a name that is proxied too has its addresses.
    """
    proxies = published.proxies(front)
    name = owner(front["canary"], site["zone"])
    routes = [answer for answer in answers if (answer["name"], answer["type"]) == (name, "CNAME")]
    mine = [answer for answer in routes if answer["provider"] in proxies]
    found = _addresses(mine)
    servers = f"the name servers of {' and '.join(proxies)}"
    are_the_proxys = found and all_within(found, front.get("proxy_networks", ()))
    if any(ORIGIN in answer["leads_to"] for answer in mine) and not are_the_proxys:
        return set(), f"{servers} answer the origin's address for {name}, as if it were not proxied or the zone paused"
    return found, "" if found else f"{servers} answer no address for {name} that could be copied"


def _addresses(answers: Sequence[Answer]) -> set[str]:
    return {value for answer in answers if answer["status"] == "addresses" for value in answer["values"]}


def intent_served(site: Site, answers: Sequence[Answer], now: int) -> Marker | None:
    """What the markers say that all servers serve now. now: Unix time."""
    mine = about(site, answers)
    found = (_at_servers(site, name, mine, now) for name in provider_names(site))
    return confirmation.newest(holding.marker for holding in found)


def certificates(site: Site, votes: Sequence[Vote]) -> dict[str, int]:
    """By front, the Unix time at which the first of the certificates that were seen ends."""
    found: dict[str, int] = {}
    for front in (front for one in votes for front in one["fronts"] if front["site"] == site["site"]):
        for address in front.get("addresses", ()):
            shown = address.get("certificate")
            if shown and shown["not_after"] > 0:
                name = front["name"]
                found[name] = min(found.get(name, shown["not_after"]), shown["not_after"])
    return found


def vote(site: Site, vantage: str, votes: Sequence[Vote]) -> dict[str, Health]:
    """What one vantage saw of the site's fronts; where it could not be reached or did not report, why."""
    mine = _vote_of(vantage, votes)
    message = mine["msg"] if mine else "it was not asked"
    unknown = Health(UNKNOWN, reason=f"{vantage}: {message or 'no verdict'}")
    # Addresses that a front has left are probed as they are: that they answer proves nothing about resolver or trust.
    if suspect := suspects.at_vantage(vantage, suspects.fronts_of(site, mine) if mine else []):
        return {front["name"]: Health(UNKNOWN, reason=suspect.seen) for front in site["fronts"]}
    seen = _seen(site, vantage, votes)
    return {front["name"]: seen.get(front["name"], unknown) for front in site["fronts"]}


def _seen(site: Site, vantage: str, votes: Sequence[Vote]) -> dict[str, Health]:
    """What one vantage saw, by the names under which it probed."""
    mine = _vote_of(vantage, votes)
    about_site = [front for front in (mine["fronts"] if mine else ()) if front["site"] == site["site"]]
    return {
        front["name"]: Health(
            front["verdict"],
            front["clean"],
            front["reason"],
            _everywhere([one.get("bad", 0) for one in front.get("addresses", ())]),
            _everywhere([one.get("server_errors", 0) for one in front.get("addresses", ())]),
        )
        for front in about_site
    }


def _everywhere(tries: Sequence[int]) -> int:
    """The tries that all addresses of a front have in common: none where one of them always answers well."""
    return len(tries) * max(0, min(tries, default=0))


def _vote_of(vantage: str, votes: Sequence[Vote]) -> Vote | None:
    return next((one for one in votes if one["vantage"] == vantage), None)


def _of_target(site: Site, front: Front, provider: str, answers: Sequence[Answer]) -> tuple[set[str], str]:
    """The addresses of a front's target: a name in the zone as the provider's own servers answer it, else as the
    resolver does."""
    name = owner(site["router"], site["zone"])
    routes = [answer for answer in answers if (answer["name"], answer["type"]) == (name, "CNAME")]
    mine = [answer for answer in routes if answer["provider"] == provider] or routes
    found = {one for answer in mine for one in answer.get("addresses", {}).get(front["name"], ())}
    return found, "" if found else f"nobody answers an address of {front['target']} that {name} could be given"


def left_addresses(site: Site, answers: Sequence[Answer]) -> dict[str, dict[str, list[str]]]:
    """By front and provider, the addresses at an apex that its front has no longer: whether they still serve it is to
    be probed. Nothing where the apex follows by itself."""
    found: dict[str, dict[str, list[str]]] = {}
    fronts = site["fronts"] if site["router"] == APEX else []
    for provider in provider_names(site):
        for front in (one for one in fronts if published.is_copied(one, provider)):
            if left := _left_at(site, front, provider, answers):
                found.setdefault(front["name"], {})[provider] = sorted(left)
    return found


def _left_at(site: Site, front: Front, provider: str, answers: Sequence[Answer]) -> set[str]:
    """The addresses at which a provider serves the front, and that it has no longer; none where nobody knows those."""
    current = copies(site, front, provider, answers)[0]
    mine = routers_at(site, provider, answers).values()
    served = {one for answer in mine if answer["leads_to"] == [front["name"]] for one in answer["values"]}
    return served - current if current else set()


def probes_of_left(site: Site, answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """The probes of those addresses, as cdn_health takes them. answers: of all sites."""
    left = left_addresses(site, about(site, answers)) if site["router"] == APEX else {}
    return failover_site.probes_of_published(site, left)


def _with_stale(site: Site, observed: Observed, found: Mapping[str, Holding]) -> dict[str, Holding]:
    """The holdings, with what is known of the addresses that fronts have left."""
    left = left_addresses(site, about(site, observed["answers"]))
    if not left:
        return dict(found)
    names = [failover_site.as_published(front) for front in left]
    votes = [_seen(site, vantage, observed["votes"]) for vantage in site["vantages"]]
    health = quorum.by_front(votes, names, site["policy"]["quorum"])
    bad = {front for front in left if _is_bad(health[failover_site.as_published(front)])}
    return {
        name: replace(one, stale=one.router in bad and name in left[one.router]) if one.router in left else one
        for name, one in found.items()
    }


def _is_bad(health: Health) -> bool:
    return health.verdict != UNKNOWN and not health.clean
