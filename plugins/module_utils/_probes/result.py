# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result that the user sees of one front. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .addresses import LeftOut
from .check import Front
from .verdict import Address, Try, front_verdict, judge, reason


def front_result(
    front: Front, tried: Mapping[tuple[str, int], Sequence[Try]], left_out: Sequence[LeftOut], reaches_a_control: bool
) -> dict[str, Any]:
    """Verdict and evidence of a front.

    tried: of each address and port the tries, at least one. reaches_a_control: also true when there is none to reach.
    """
    judged = {place: judge(tries, front.thresholds) for place, tries in tried.items()}
    addresses = list(judged.values())
    return {
        "site": front.site,
        "name": front.name,
        "verdict": front_verdict([one.verdict for one in addresses], reaches_a_control),
        "clean": bool(addresses) and all(one.clean for one in addresses),
        "reason": reason(addresses, [one.reason for one in left_out], reaches_a_control),
        "addresses": [_address_result(address, port, one) for (address, port), one in judged.items()],
        "left_out": [one._asdict() for one in left_out],
    }


def _address_result(address: str, port: int, judged: Address) -> dict[str, Any]:
    return {
        "address": address,
        "port": port,
        "verdict": judged.verdict,
        "clean": judged.clean,
        "tries": judged.tries,
        "bad": judged.bad,
        "phase": judged.evidence.phase,
        "detail": judged.evidence.detail,
        "status": judged.evidence.status,
        "certificate_days": judged.evidence.certificate_days,
        "seconds": {
            name: None if seconds is None else round(seconds, 4) for name, seconds in judged.last.seconds.items()
        },
    }
