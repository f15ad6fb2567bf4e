# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check of the preflight finds. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypedDict

#: The next failover would not reach visitors; it would, but later or for fewer; it could not be seen from here;
#: somebody decided to live with it; all is well.
FAIL, WARN, UNKNOWN, ACCEPTED, OK = "fail", "warn", "unknown", "accepted", "ok"

#: Of the report of all findings.
SCHEMA: Final = "twinzone-preflight/1"

#: All levels, the worst first.
LEVELS: Final = (FAIL, WARN, UNKNOWN, ACCEPTED, OK)


@dataclass(frozen=True)
class Finding:
    """What a check found about one part.

    part: of the site or zone that was checked; empty for the whole. seen: what was seen, and who said so. remedy: one
    sentence that can be followed; empty if all is well.
    """

    level: str
    part: str
    seen: str
    remedy: str = ""


class Result(TypedDict):
    """A finding as it is reported. subject: the site or zone, with its part. note: who accepts it, why, until when."""

    id: str
    subject: str
    level: str
    seen: str
    remedy: str
    note: str
