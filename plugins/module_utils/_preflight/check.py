# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check of the preflight is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .facts import RunFacts, SiteFacts, Zone
from .finding import Finding

SiteLook = Callable[[SiteFacts], Iterable[Finding]]
ZoneLook = Callable[[Zone], Iterable[Finding]]
RunLook = Callable[[RunFacts], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    """One check. question: what it answers. fails, warns: when it does, for the documentation; empty for never.

    One of site, zone and run is set: from what was seen of each of them, or of the run itself, to findings.
    """

    id: str
    question: str
    fails: str = ""
    warns: str = ""
    site: SiteLook | None = None
    zone: ZoneLook | None = None
    run: RunLook | None = None
