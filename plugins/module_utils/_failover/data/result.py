# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of the writes, and the result of a run for one site, as data. Pure."""

from __future__ import annotations

from typing import Final, NotRequired, TypedDict

from .decision import PathFinding
from .observed import Answer, HeldByZone, PathAnswer, Trouble

RESULT_SCHEMA: Final = "twinzone-failover/1"

#: What became of a provider at which there was nothing to do.
NOT_NEEDED: Final = "not needed"


class ProviderWrite(TypedDict):
    """What became of the write at one provider, as the module zone_records returns it."""

    result: str
    seconds: float
    written_after: float
    requests: int
    notes: list[str]
    error: Trouble | None
    by_hand: NotRequired[dict[str, list[str]]]
    overtaken: NotRequired[list[str]]


class ZoneWritten(TypedDict):
    """What became of the writes in one zone."""

    providers: dict[str, ProviderWrite]


class Written(TypedDict):
    """The result of the module zone_records. zones: absent where it was not run or broke off, and then msg says why."""

    zones: NotRequired[dict[str, ZoneWritten]]
    msg: NotRequired[str]


class StartedAs(TypedDict):
    """How a run was started. options: of ansible-playbook, without secrets. limit: as it was given, or empty.

    template: the id of the job template in AWX, or empty. sites: how many the run has.
    """

    playbooks: list[str]
    options: list[str]
    limit: str
    template: str
    sites: int


class Advice(TypedDict):
    """What was not done, as only advice was wanted. until: ISO 8601, UTC, when what was seen is too old for it."""

    would: str
    command: str
    until: str


class Run(TypedDict):
    """One run: what was written, what was served after it, and the Unix times of its phases.

    after: of the routers; after_paths: of the public names; after_held: what APIs hold where these did not settle it.
    held: what they held before. asked: the seconds for which the servers were asked at the end. By site - unready: why
    the next failover would not work. unmoved: why visitors may not be where the name servers lead them.
    """

    run: str
    by: NotRequired[str]
    written: Written
    after: list[Answer]
    after_paths: NotRequired[list[PathAnswer]]
    after_held: NotRequired[HeldByZone]
    held: NotRequired[HeldByZone]
    check_mode: bool
    started: float
    observed: float
    decided: float
    finished: float
    asked: float
    unready: NotRequired[dict[str, list[str]]]
    unmoved: NotRequired[dict[str, list[str]]]
    started_as: StartedAs
    advice: NotRequired[dict[str, Advice]]


class FrontResult(TypedDict):
    """The verdict on a front. certificate_expires: the first of those seen, ISO 8601, UTC; empty where none was."""

    verdict: str
    clean: bool
    evidence: str
    certificate_expires: str


class ProviderResult(TypedDict):
    """What became of one provider: a result as in `_errors.RESULTS`, or NOT_NEEDED."""

    result: str
    seconds: float
    requests: int
    error: str
    notes: NotRequired[list[str]]


class Verdict(TypedDict):
    """The result of one site, without its texts. All times are in ISO 8601, and UTC."""

    schema: str
    site: str
    run: str
    by: str
    started: str
    finished: str
    outcome: str
    rule: str
    reason: str
    front: str
    active_before: str
    since: str
    fronts: dict[str, FrontResult]
    providers: dict[str, ProviderResult]
    served: dict[str, str]
    phases: dict[str, float]
    pin: str
    paths: list[PathFinding]
    behind: str
    unready: list[str]
    advice: Advice | None
    warnings: list[str]
    doubts: list[str]
    by_hand: list[str]
    hint: str
    check_mode: bool
    changed: bool
    failed: bool


class Result(Verdict):
    """The result of one site: `failover_result`, and the JSON report."""

    message: str
    summary: list[str]
