# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen of a site and of a zone before a preflight. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .._dependencies.answers import FateData, NameAnswer, RowAnswer
from .._dependencies.facts import ServerData
from .._dependencies.visitors import on_the_way
from .._dns.looks import CaaLook, ResolverLook, ServerLook
from .._failover.data.observed import AddressVerdict, Answer, FrontVerdict, LeftOut, Record, Vote
from .._failover.data.site import ProviderEntry, Site
from .._failover.decision import Situation
from .._failover.paths import Finding as PathFinding
from .._providers.account import AccountData
from .._zone.routers import marker_name
from .seen import HeldAndAccount, ParityLook, Registration, RunnerLook, ServingLook

#: How an operator has a role by itself, in the answers about dependencies.
DIRECT = "direct"


@dataclass(frozen=True)
class Zone:
    """A zone with what its providers hold and to whom the parent delegates it.

    providers: their entries, without tokens. held: by provider, the whole zone as its API says. delegation: the host
    names that the parent's servers name; empty where they could not be asked. suffixes: by type of provider, how the
    names of its name servers end. sites: those of the run that lie in this zone. strict: whether a name that no site
    covers fails the preflight.
    """

    name: str
    providers: Sequence[ProviderEntry]
    held: Mapping[str, HeldAndAccount]
    delegation: Sequence[str]
    suffixes: Mapping[str, tuple[str, ...]]
    sites: Sequence[Site] = ()
    strict: bool = False
    servers: Sequence[ServerData] | None = None
    """Its name servers as the parent lists them; None where nobody looked."""
    delegation_ttl: int | None = None
    """Seconds for which the parent's delegation may be kept."""
    looks: Sequence[ServerLook] = ()
    """How each name server of a provider answers."""
    caa: Sequence[CaaLook] = ()
    """The CAA set in force for each public name, at each provider."""
    registration: Registration | None = None
    """Where it is registered, as declared or as the registry says; None where nobody was asked."""
    same_token: Mapping[str, int] = field(default_factory=dict)
    """By provider, how many zones of the inventory it serves."""
    requests: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """By provider, the requests of a day of scheduled runs, for all zones, and how many it takes."""
    runners: Sequence[str] = ()
    """The addresses from which a failover must work, as declared."""
    serving: ServingLook | None = None
    """What its servers serve, beside what the APIs hold; None where nobody looked."""
    now: int = 0
    """Unix time."""

    @property
    def accounts(self) -> dict[str, AccountData]:
        """What those providers say beyond their records that could be asked."""
        found = {name: read.get("account") for name, read in self.held.items()}
        return {name: account for name, account in found.items() if account is not None}

    def left_out(self, provider: str) -> Sequence[LeftOut]:
        """The record sets that belong to this provider alone."""
        read = self.held.get(provider)
        return read.get("left_out", ()) if read else ()

    def records(self, provider: str) -> Sequence[Record] | None:
        """What a provider holds; None where its API did not say."""
        read = self.held.get(provider)
        return None if read is None or read["error"] else read["records"]

    def readable(self) -> dict[str, Sequence[Record]]:
        """What those providers hold whose APIs said so."""
        found = {entry["name"]: self.records(entry["name"]) for entry in self.providers}
        return {name: records for name, records in found.items() if records is not None}

    def steered(self) -> set[str]:
        """The absolute names on the way of visitors of a site: public names, routers, and targets in this zone."""
        return {name for site in self.sites for name in on_the_way(site)}


@dataclass(frozen=True)
class SiteFacts:
    """All that was seen of a site.

    votes: of cdn_health, one a vantage. repeated: the votes of a second look that no cache can answer, empty without
    one. paths: where each server leads each public name. drilled: Unix time and seconds to recover of the last drill
    that passed; None where there is no report of one. now: Unix time.
    """

    site: Site
    zone: Zone
    here: Situation
    answers: Sequence[Answer]
    votes: Sequence[Vote]
    now: int
    repeated: Sequence[Vote] = ()
    paths: Sequence[PathFinding] = ()
    drilled: Drilled | None = None
    names: Sequence[NameAnswer] = ()
    """What becomes of the site's public names when an operator fails."""
    operators: Sequence[RowAnswer] = ()
    unmeasured: str | None = None
    """Why nobody knows on whom the site depends; None where that was measured."""
    places: Mapping[str, str] = field(default_factory=dict)
    """By vantage, the host name or address under which Ansible reaches it, as the inventory has it."""
    copies: Mapping[str, tuple[frozenset[str], str]] = field(default_factory=dict)
    """Of each front with a canary the addresses of its proxy, or why there are none."""
    https: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Of each front the HTTPS records at the end of its chain."""
    parity: Sequence[ParityLook] = ()
    """What the fronts answered to the requests that are to be compared."""
    recovery_time: float | None = None
    """The seconds in which visitors must be back, as declared."""
    certificates_before: Mapping[str, str] = field(default_factory=dict)
    """By front, the SHA-256 of the certificate that the report before saw."""
    test_post: Sequence[str] | None = None
    """The webhooks that did not take a message for a test; None where none was sent."""

    def fronts_run_by(self) -> set[str]:
        """The operators of the fronts."""
        return {*self.runs("cdn_active"), *self.runs("cdn_standby")}

    def looks(self) -> Iterator[tuple[str, FrontVerdict]]:
        """What each vantage saw of each front of this site."""
        return _looks(self.site, self.votes)

    def operators_of(self, role: str) -> list[str]:
        """The operators that have a role, by themselves or because it depends on them."""
        return [one["operator"] for one in self.operators if role in one["roles"]]

    def runs(self, role: str) -> list[str]:
        """The operators that have a role by themselves."""
        return [one["operator"] for one in self.operators if one["roles"].get(role) == DIRECT]

    def if_fails(self, operator: str) -> list[tuple[NameAnswer, FateData]]:
        """What becomes of each public name when an operator fails."""
        return [(one, one["if_fails"][operator]) for one in self.names if operator in one["if_fails"]]

    def second_looks(self) -> Iterator[tuple[str, FrontVerdict]]:
        """What the second look saw of each front, with its vantage."""
        return _looks(self.site, self.repeated)

    def addresses(self, front: str) -> list[AddressVerdict]:
        """What was found at the addresses of a front, from every vantage."""
        return [one for _vantage, look in self.looks() if look["name"] == front for one in look["addresses"]]


@dataclass(frozen=True)
class RunFacts:
    """What was seen of the run itself. resolver, runner: None where nobody looked."""

    resolver: ResolverLook | None = None
    runner: RunnerLook | None = None


@dataclass(frozen=True)
class Drilled:
    """The last rehearsal that passed. at: Unix time. seconds: until visitors were at the other front."""

    at: int
    seconds: float


def _looks(site: Site, votes: Sequence[Vote]) -> Iterator[tuple[str, FrontVerdict]]:
    for vote in votes:
        for look in vote.get("fronts") or ():
            if look["site"] == site["site"]:
                yield vote.get("vantage", ""), look


def marker_of(site: Site) -> str:
    """The name of the site's marker, relative to its zone."""
    return marker_name(site["router"])
