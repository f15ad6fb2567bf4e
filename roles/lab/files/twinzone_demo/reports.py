# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports that the failover runs leave (`failover_report_dir`): checked, and put into one table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .screen import Astray
from .steps import Run, Step

_SITE = "www.example.com"
_PHASES = ("observe", "decide", "switch", "verify")
_PROVIDERS = ("cloudflare", "desec")


def read(folder: Path) -> dict[str, Any]:
    """The report of one run. Raises `Astray` when it left none."""
    file = folder / f"{_SITE}.json"
    if not file.exists():
        raise Astray(f"the run left no report in {folder}")
    report: dict[str, Any] = json.loads(file.read_text())
    return report


def check(report: dict[str, Any], expected: Run, shown: str) -> None:
    """Raise `Astray` where a report is not as it should be. shown: what the run printed."""
    results = {name: provider["result"] for name, provider in report["providers"].items()}
    for what, found, wanted in (
        ("the outcome", report["outcome"], expected.outcome),
        ("the results of the providers", results, dict(expected.providers)),
        ("whether calls to finish by hand are named", bool(report["by_hand"]), expected.by_hand),
    ):
        if found != wanted:
            raise Astray(f"{what}: {found} in place of {wanted}")
    if missing := [call for call in report["by_hand"] if call not in shown]:
        raise Astray(f"the run did not print the call {missing[0]}")


def table(steps: Iterable[Step], folder: Path) -> list[str]:
    """The seconds of every phase and what each API had to do, a line for each run."""
    rows = [["run", "outcome", *_PHASES, "Cloudflare's API", "deSEC's API"]]
    for step in steps:
        if step.run:
            report = read(folder / step.name)
            phases = [f"{report['phases'][phase]:.1f} s" for phase in _PHASES]
            apis = [_api(report["providers"][name]) for name in _PROVIDERS]
            rows.append([step.name, report["outcome"], *phases, *apis])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _api(provider: dict[str, Any]) -> str:
    requests = provider["requests"]
    if not requests:
        return "no write"
    return f"{provider['result']} {provider['seconds']:.1f} s, {requests} request{'s' if requests > 1 else ''}"
