# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all fronts, or all name servers, share where they fail together: it is suspected before each of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .._zone.names import owner
from .data.observed import AddressVerdict, Answer, FrontVerdict, HeldByZone, PathAnswer, Vote
from .data.site import Site
from .quorum import UNKNOWN, UP

#: What to change, by the cause that all fronts share (see the module cdn_health). The runbook has the same table.
RESOLVER = "make the resolver answer: `dns_resolver` in the inventory, else /etc/resolv.conf of that host"
TRUST = "name a file with their authority in `ca_path` of `failover_check`, or install ca-certificates on that host"
CONNECT = "look at the network and the firewall of the vantage, then at what the fronts have in common"
NAMES = "look at the zones in which the targets of the fronts lie, and at their delegation"
CERTIFICATE = "renew the certificate that they share; if it is valid, set the clock of the vantage"
CHALLENGE = "let the bot protection pass the check"
CHECK = "look at what `failover_check` asks for, then at the origin"
ORIGIN = "look at the origin behind the fronts, then at `failover_check`"
DIFFERENT = "the fronts fail for different reasons: repair the one that is quickest to repair"

_REMEDIES = {
    "resolver": RESOLVER,
    "trust": TRUST,
    "connect": CONNECT,
    "lookup": NAMES,
    "name": NAMES,
    "certificate": CERTIFICATE,
    "challenge": CHALLENGE,
    "header": CHECK,
    "body": CHECK,
    "redirect": CHECK,
}

#: Causes with which a vantage can judge no front: they lie with itself.
_OWN = ("resolver", "trust")

#: With these words a server says that the zone is not its own.
_NOT_MINE = ("REFUSED", "NOTAUTH")


@dataclass(frozen=True)
class Suspect:
    """Something that several failures have in common. seen: what; remedy: what to change."""

    seen: str
    remedy: str


def at_vantage(vantage: str, fronts: Sequence[FrontVerdict]) -> Suspect | None:
    """Why a vantage cannot judge any front. fronts: what it saw of all fronts of a site."""
    cause, detail = _shared(fronts)
    if cause not in _OWN:
        return None
    seen = {"resolver": "cannot ask its resolver", "trust": "trusts the certificate of no front"}[cause]
    return Suspect(f"{vantage} {seen} ({detail})", _REMEDIES[cause])


def of_fronts(site: Site, votes: Sequence[Vote]) -> Suspect | None:
    """What the fronts of a site have in common where no vantage that can judge found one of them up."""
    by_vantage = [(vote["vantage"], fronts_of(site, vote)) for vote in votes if vote["vantage"] in site["vantages"]]
    own = [(fronts, suspect) for vantage, fronts in by_vantage for suspect in [at_vantage(vantage, fronts)]]
    judging = [front for fronts, suspect in own if suspect is None for front in fronts if front["verdict"] != UNKNOWN]
    if not judging:
        return next((suspect for _fronts, suspect in own if suspect), None)
    if any(front["verdict"] == UP for front in judging):
        return None
    cause, detail = _shared(judging)
    if not cause:
        return Suspect("", DIFFERENT)
    return Suspect(f"all fronts fail in the same way: {detail}", _REMEDIES.get(cause, ORIGIN))


def fronts_of(site: Site, vote: Vote) -> list[FrontVerdict]:
    """What a vote says of a site's fronts, without what else was probed for it."""
    names = {front["name"] for front in site["fronts"]}
    return [front for front in vote["fronts"] if front["site"] == site["site"] and front["name"] in names]


def _shared(fronts: Sequence[FrontVerdict]) -> tuple[str, str]:
    """The cause that all faults of all fronts share, and one of them in words; nothing where there is none."""
    faults = [_faults(front) for front in fronts]
    causes = {one.get("cause", "") for found in faults for one in found}
    if not faults or not all(faults) or len(causes) != 1 or any(front["verdict"] == UP for front in fronts):
        return "", ""
    return causes.pop(), faults[0][0].get("detail", "")


def _faults(front: FrontVerdict) -> list[AddressVerdict]:
    return [one for one in front.get("addresses", ()) if one.get("cause")]


def of_servers(site: Site, answers: Sequence[Answer], paths: Sequence[PathAnswer], held: HeldByZone) -> Suspect | None:
    """Why neither name servers nor APIs know the zone of a site: it may be misspelt.

    answers: about the site. paths: about its public names. held: of the APIs asked.
    """
    zone = site["zone"]
    mine = [one for one in answers if (one["name"], one["type"]) == (owner(site["router"], zone), "CNAME")]
    said = {one.get("error", "") for one in mine}
    read = held.get(zone, {}).items()
    unknown_to = [name for name, one in read if one["error"] and one["error"]["kind"] == "not_found"]
    other = _zone_of_names(site, paths)
    if any(not one["error"] for _name, one in read) or said - {*_NOT_MINE}:
        return None
    if not (said or unknown_to or other):
        return None
    return _misspelt(site, sorted(said), unknown_to, other)


def _misspelt(site: Site, said: Sequence[str], unknown_to: Sequence[str], other: str) -> Suspect:
    """said: how the name servers refused. unknown_to: providers without the zone. other: a zone that may be meant."""
    zone = site["zone"]
    words = f" ({', '.join(said)})" if said else ""
    api = f", and the API of {' and '.join(unknown_to)} does not know it" if unknown_to else ""
    lies = f"; {site['names'][0].rstrip('.')} lies in the zone {other}" if other else ""
    meant = f" (is {other} meant?)" if other else ""
    return Suspect(
        f"no name server serves a zone {zone}{words}{api}{lies}",
        f"correct `failover_zone`{meant}, or create the zone {zone} at the providers",
    )


def _zone_of_names(site: Site, paths: Iterable[PathAnswer]) -> str:
    """Another zone in which the first public name lies; empty where none is known."""
    first = site["names"][:1]
    zones = {one["zone"] for one in paths if [one["link"]] == first == [one["name"]] and one["zone"]}
    return zones.pop() if len(zones) == 1 and site["zone"] not in zones else ""
