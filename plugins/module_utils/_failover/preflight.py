# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Would a failover work today? What was seen in good weather, held against what it needs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypedDict

from . import observation
from . import published as failover_published
from .data import Held, Observed, Seen, Site

#: Days that the certificate of a front should still be valid.
_CERTIFICATE_DAYS = 14

#: Seconds of TTL above which a switch takes longer to be seen than most outages last.
_LONG_TTL = 300

OK, WARN, FAIL = "ok", "warn", "FAIL"


class Finding(TypedDict):
    """One thing that was checked. level: ok, warn or FAIL."""

    level: str
    what: str
    found: str


def check(
    site: Site, observed: Observed, seen: Seen, now: int, suffixes: Mapping[str, tuple[str, ...]]
) -> list[Finding]:
    """What was checked for a site.

    observed: as for a decision. suffixes: by type of provider, how the names of its name servers end.
    """
    findings = [
        *_fronts(site, observed, now),
        *_served(site, observed, now),
        *_apis(site, seen["held"].get(site["zone"], {})),
        *_delegation(site, seen["delegation"].get(site["zone"], []), suffixes),
    ]
    return [Finding(level=level, what=what, found=found) for level, what, found in findings]


_Findings = Iterator[tuple[str, str, str]]


def _fronts(site: Site, observed: Observed, now: int) -> _Findings:
    here = observation.situation(site, observed, now)
    for name, health in here.health.items():
        yield OK if health.clean else FAIL, f"front {name}", f"{health.verdict}: {health.reason}"
    for front in (front for vote in observed["votes"] for front in vote.get("fronts") or ()):
        days = [left for one in front["addresses"] if (left := one.get("certificate_days")) is not None]
        if front["site"] == site["site"] and days:
            level = OK if min(days) >= _CERTIFICATE_DAYS else WARN
            yield level, f"certificate of {front['name']}", f"valid for {min(days)} more days"


def _served(site: Site, observed: Observed, now: int) -> _Findings:
    here = observation.situation(site, observed, now)
    for provider, served in here.served.items():
        silent = [server for server, what in served.servers.items() if what == "(silent)"]
        if not served.servers:
            yield FAIL, f"name servers of {provider}", "none is known: give `nameservers`, or delegate the zone to them"
        elif silent:
            yield FAIL, f"name servers of {provider}", f"silent over TCP: {', '.join(silent)}"
        else:
            yield OK, f"name servers of {provider}", f"{len(served.servers)} answer over TCP"
    for front in site["fronts"]:
        addresses, why_not = observation.copies(site, front, observed["answers"])
        if front["canary"]:
            found = f"{len(addresses)} at {front['canary']}" if addresses else why_not
            yield OK if addresses else FAIL, f"addresses of {front['name']} to copy", found
    for provider in (name for name, served in here.served.items() if served.outdated):
        yield WARN, f"copies at {provider}", "some are not the proxy's addresses any more; a failover run renews them"
    fronts = {served.shown() for served in here.served.values()}
    yield OK if len(fronts) == 1 and here.served else FAIL, "the router", f"leads to {', '.join(sorted(fronts))}"


def _apis(site: Site, held: Mapping[str, Held]) -> _Findings:
    for provider in (entry["name"] for entry in site["providers"]):
        read = held.get(provider)
        if read is None:
            yield FAIL, f"API of {provider}", "not asked"
            continue
        if error := read["error"]:
            yield FAIL, f"API of {provider}", f"{error['message']} ({error['hint']})"
            continue
        yield OK, f"API of {provider}", "the token reads the zone; whether it may write shows only in a drill"
        yield from _router_at(site, provider, read)


def _router_at(site: Site, provider: str, read: Held) -> _Findings:
    routers = [record for record in read["records"] if record["name"] == site["router"]]
    kinds = ", ".join(sorted(record["type"] for record in routers)) or "nothing"
    published = {", ".join(sorted(failover_published.shape(front, provider, ()))) for front in site["fronts"]}
    if kinds not in published and not (kinds in failover_published.ADDRESS_TYPES and "A, AAAA" in published):
        yield FAIL, f"router at {provider}", f"it holds {kinds} there, not a {' or '.join(sorted(published))}"
        return
    ttl = routers[0].get("ttl") or 0
    level = OK if ttl <= _LONG_TTL else WARN
    slow = "" if level == OK else "; resolvers may keep the old answer as long (deSEC lowers its minimum on request)"
    yield level, f"router at {provider}", f"its TTL is {ttl} seconds{slow}"


def _delegation(site: Site, hosts: Sequence[str], suffixes: Mapping[str, tuple[str, ...]]) -> _Findings:
    if not hosts:
        yield WARN, "delegation", "the parent's servers could not be asked"
        return
    for entry in site["providers"]:
        mine = [host for host in hosts if host.endswith(suffixes[entry["type"]])]
        if mine:
            yield OK, f"delegation to {entry['name']}", ", ".join(mine)
        else:
            yield FAIL, f"delegation to {entry['name']}", f"the parent names only {', '.join(hosts)}"


def lines(site: str, findings: Sequence[Finding]) -> list[str]:
    """The findings as a list for a person, what is wrong first."""
    order = {FAIL: 0, WARN: 1, OK: 2}
    width = max((len(one["what"]) for one in findings), default=0)
    ranked = sorted(findings, key=lambda one: order[one["level"]])
    return [site, *(f"  {one['level']:<5}{one['what']:<{width}}  {one['found']}" for one in ranked)]
