# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody accepts, for a reason and until a day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._preflight.finding import Result
from ansible_collections.twinzone.edge.plugins.module_utils._preflight.ignored import apply, read

ENTRY = {"id": "delegation", "reason": "on its way", "until": "2027-01-31", "by": "Ada"}
RESULT = Result(id="delegation", subject="example.com: desec", level="fail", seen="", remedy="", note="")


def at(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T23:00:00").replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("entry", "result", "day", "level"),
    [
        (ENTRY, RESULT, "2027-01-31", "accepted"),
        (ENTRY, RESULT, "2027-02-01", "fail"),
        (ENTRY, {**RESULT, "id": "tokens"}, "2027-01-01", "fail"),
        ({**ENTRY, "subject": "example.com"}, RESULT, "2027-01-01", "accepted"),
        ({**ENTRY, "subject": "example.net"}, RESULT, "2027-01-01", "fail"),
        (ENTRY, {**RESULT, "level": "ok"}, "2027-01-01", "ok"),
    ],
)
def test_what_is_accepted(entry: dict[str, Any], result: Any, day: str, level: str) -> None:
    (found,) = apply([result], read([entry]), at(day))
    assert found["level"] == level
    assert found["note"] == (
        "accepted by Ada until 2027-01-31: on its way (it is a fail)" if level == "accepted" else ""
    )


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ("delegation", "must be a list"),
        (["delegation"], "[0]: must have the keys"),
        ([{**ENTRY, "id": "delegatoin"}], "[0].id: delegatoin is unknown; did you mean delegation?"),
        ([{**ENTRY, "until": "soon"}], "[0].until: 'soon' is not a day"),
        ([{**ENTRY, "why": "x"}], "[0].why: is unknown"),
        ([ENTRY, {"id": "delegation", "until": "2027-01-31", "by": "Ada"}], "[1].reason: is missing"),
    ],
)
def test_what_is_wrong_is_named(entries: Any, problem: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(entries)
    assert problem in str(caught.value)
