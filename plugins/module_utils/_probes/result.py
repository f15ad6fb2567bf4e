# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result that the user sees of one front. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .addresses import LeftOut
from .certificates import Certificate
from .check import Control, Front
from .evidence import Seen
from .probe import Reached
from .thresholds import UP
from .verdict import Address, Try, front_verdict, judge, reason


def front_result(
    front: Front,
    tried: Mapping[tuple[str, int], Sequence[Try]],
    left_out: Sequence[LeftOut],
    reaches_a_control: bool,
    now: float,
) -> dict[str, Any]:
    """Verdict and evidence of a front.

    tried: of each address and port the tries, at least one. reaches_a_control: also true when there is none to reach.
    now: Unix seconds.
    """
    judged = {place: judge(tries, front.thresholds) for place, tries in tried.items()}
    addresses = list(judged.values())
    return {
        "site": front.site,
        "name": front.name,
        "verdict": front_verdict([one.verdict for one in addresses], reaches_a_control),
        "clean": bool(addresses) and all(one.clean for one in addresses),
        "cause": _commonest([one.evidence.cause for one in addresses if one.verdict != UP]),
        "reason": reason(addresses, [one.reason for one in left_out], reaches_a_control),
        "addresses": [_address_result(address, port, one, now) for (address, port), one in judged.items()],
        "left_out": [one._asdict() for one in left_out],
    }


def control_result(control: Control, reached: Reached) -> dict[str, Any]:
    """How a control answered, and when."""
    shown = {"control": control.text, "reachable": reached.reachable, "detail": reached.detail}
    seen = reached.seen
    dated = {"date": seen.date, "age": seen.age, "received": seen.received, "cached": seen.cached} if seen else {}
    return {**shown, **dated}


def _commonest(causes: Sequence[str]) -> str:
    return Counter(causes).most_common(1)[0][0] if causes else ""


def _address_result(address: str, port: int, judged: Address, now: float) -> dict[str, Any]:
    evidence = judged.evidence
    certificate = evidence.certificate
    return {
        "address": address,
        "port": port,
        "verdict": judged.verdict,
        "clean": judged.clean,
        "tries": judged.tries,
        "bad": judged.bad,
        "server_errors": judged.server_errors,
        "phase": evidence.phase,
        "cause": evidence.cause,
        "detail": evidence.detail,
        "status": evidence.status,
        "certificate_days": certificate.days_left(now) if certificate else None,
        "certificate": _certificate_result(certificate, now) if certificate else None,
        **_seen_result(evidence.seen),
        "seconds": {
            name: None if seconds is None else round(seconds, 4) for name, seconds in judged.last.seconds.items()
        },
    }


def _certificate_result(certificate: Certificate, now: float) -> dict[str, Any]:
    return {
        "names": list(certificate.names),
        "issuer": certificate.leaf.issuer,
        "not_before": certificate.leaf.not_before,
        "not_after": certificate.leaf.not_after,
        "lifetime_left": certificate.lifetime_left(now),
        "sha256": certificate.sha256,
        "chain_known": certificate.chain_known,
        "chain": [link._asdict() for link in certificate.chain],
    }


def _seen_result(seen: Seen | None) -> dict[str, Any]:
    empty: dict[str, Any] = {"date": None, "age": None, "received": None, "cached": None, "cache": "", "identity": {}}
    return {**empty, **(seen._asdict() if seen else {})}
