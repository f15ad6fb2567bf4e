# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs all checks over what was seen. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .._text import visible
from .check import Check
from .facts import RunFacts, SiteFacts, Zone
from .finding import LEVELS, Finding, Result
from .registry import CHECKS

#: The subject of what is about no site and no zone.
RUNNER = "this runner"


def at_site(facts: SiteFacts, checks: Sequence[Check] = CHECKS) -> list[Result]:
    """What the checks of sites find."""
    return [
        result for check in checks if check.site for result in _results(check, facts.site["site"], check.site(facts))
    ]


def at_zone(zone: Zone, checks: Sequence[Check] = CHECKS) -> list[Result]:
    """What the checks of zones find."""
    return [result for check in checks if check.zone for result in _results(check, zone.name, check.zone(zone))]


def at_run(facts: RunFacts, checks: Sequence[Check] = CHECKS) -> list[Result]:
    """What the checks of the run itself find."""
    return [result for check in checks if check.run for result in _results(check, RUNNER, check.run(facts))]


def worst_first(results: Iterable[Result]) -> list[Result]:
    """The results in the order in which a person should read them."""
    return sorted(results, key=lambda one: LEVELS.index(one["level"]))


def _results(check: Check, subject: str, findings: Iterable[Finding]) -> list[Result]:
    return [
        Result(
            id=check.id,
            subject=visible(f"{subject}: {one.part}") if one.part else subject,
            level=one.level,
            seen=visible(one.seen),
            remedy=visible(one.remedy),
            note="",
        )
        for one in findings
    ]
