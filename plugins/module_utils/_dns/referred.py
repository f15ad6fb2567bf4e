# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether those whom a server refers to other servers find an answer there. Pure.

A resolver that was referred asks the servers that it was given, and no others: what other servers of the zone above
would have answered does not help its users. So each referral is judged by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .nameservers import Server
from .replies import Referral, Reply
from .steps import DELEGATED, SILENT, Step
from .zones import Below


@dataclass(frozen=True)
class Sent:
    """A server of a zone that refers those who ask for a name to other servers."""

    name: str
    zone: str
    server: Server
    referral: Referral


def cut(replies: Sequence[Reply], zone: str) -> Referral | None:
    """The first referral to a zone below this one."""
    found = [one.referral for one in replies if one.referral and not one.values]
    return next((one for one in found if one.zone.endswith(f".{zone}.")), None)


def lame(replies: Sequence[Reply]) -> str:
    """Why a server that speaks does not serve a zone, from replies without a referral below it; else empty."""
    reasons = [_lame(one) for one in replies]
    return reasons[0] if all(reasons) else ""


def _lame(got: Reply) -> str:
    if got.error:
        return ""
    if got.referral and not (got.authoritative or got.values or got.cnames):
        return f"refers to {got.referral.zone} and does not serve the zone itself"
    return got.trouble


def settled(found: Sequence[Step], sent: Sequence[Sent], below: Callable[[str, Referral], Below]) -> list[Step]:
    """The steps with what became of those who were sent on.

    found: of all servers that were asked. below: the servers to which a server of a zone refers.
    """
    ends = [_End.of(one, below(one.zone, one.referral), found, sent) for one in sent]
    needed = {id(step) for one in ends if not one.is_dead for step in one.steps}
    needless = {id(step) for one in ends for step in one.steps} - needed
    kept = [step for step in found if id(step) not in needless]
    return [*_without_zone(kept, sent), *filter(None, (one.step() for one in ends))]


@dataclass(frozen=True)
class _End:
    """What became of those whom a server sent on. steps: at the servers below. goes_on: whether these refer on."""

    sent: Sent
    below: Below
    steps: Sequence[Step]
    goes_on: bool

    @classmethod
    def of(cls, one: Sent, below: Below, found: Sequence[Step], sent: Sequence[Sent]) -> _End:
        places = {(asker.zone, asker.server.label) for asker in below.askers}
        return cls(
            one,
            below,
            [step for step in found if step.name == one.name and (step.zone, step.server) in places],
            any(other.name == one.name and (other.zone, other.server.label) in places for other in sent),
        )

    @property
    def is_dead(self) -> bool:
        """Whether it is certain that nobody finds an answer: every server spoke, or has no address."""
        asked = {step.server for step in self.steps}
        known = not self.below.unseen and all(asker.server.label in asked for asker in self.below.askers)
        return known and not self.goes_on and all(step.lame for step in self.steps)

    def step(self) -> Step | None:
        """The step of the server that refers; None where the steps below say all."""
        server, referral = self.sent.server, self.sent.referral
        base = Step(self.sent.name, self.sent.zone, server.provider, server.label, SILENT)
        if self.is_dead:
            reasons = [f"{step.server}: {step.error}" for step in self.steps]
            reasons += [f"{host.rstrip('.')} has no address" for host in self.below.absent]
            record = f"{referral.zone} NS {', '.join(referral.hosts)}"
            return replace(base, status=DELEGATED, error="; ".join(reasons), delegation=record)
        if self.steps or self.goes_on:
            return None
        hosts = " and ".join(host.rstrip(".") for host in referral.hosts)
        return replace(base, error=f"refers to {hosts}, which could not be asked")


def _without_zone(found: Sequence[Step], sent: Sequence[Sent]) -> list[Step]:
    """The steps, those at a zone that none of its servers serves as `delegated`: nobody gets an answer there."""
    # What a referral leads to is judged with it.
    served = {(one.name, one.zone) for one in sent} | {(one.name, one.referral.zone.rstrip(".")) for one in sent}
    served |= {(step.name, step.zone) for step in found if not step.lame}
    return [step if (step.name, step.zone) in served else replace(step, status=DELEGATED) for step in found]
