# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of a run in the text format of Prometheus. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._failover import outcome as failover_outcome
from .._failover.data import Result

_OUTCOMES = (
    *failover_outcome.GOOD,
    failover_outcome.PARTIAL,
    failover_outcome.UNVERIFIED,
    failover_outcome.UNREADY,
    failover_outcome.HELD,
    failover_outcome.REFUSED,
    failover_outcome.FAILED,
)
_VERDICTS = ("up", "degraded", "down", "unknown")


def text(results: Sequence[Result], finished: float) -> str:
    """The metrics of all sites. finished: Unix time of the run's end."""
    families = (
        ("twinzone_front_verdict", "The verdict on a front, 1 for the one that holds.", _verdicts),
        ("twinzone_active_front", "The front that is meant, 1 for the one that holds.", _active),
        ("twinzone_outcome", "The outcome of the last run, 1 for the one that holds.", _outcomes),
        ("twinzone_servers_agree", "Whether all name servers lead to the front that is meant.", _agreement),
        ("twinzone_phase_seconds", "Seconds that a phase of the last run took.", _phases),
    )
    lines = []
    for name, explanation, samples in families:
        lines += [f"# HELP {name} {explanation}", f"# TYPE {name} gauge"]
        for result in results:
            for labels, value in samples(result):
                shown = ",".join(
                    f'{key}="{_escaped(label)}"' for key, label in {"site": result["site"], **labels}.items()
                )
                lines.append(f"{name}{{{shown}}} {value:g}")
    lines += ["# HELP twinzone_last_run_seconds Unix time of the last run.", "# TYPE twinzone_last_run_seconds gauge"]
    lines += [f'twinzone_last_run_seconds{{site="{_escaped(result["site"])}"}} {finished:.0f}' for result in results]
    return "\n".join(lines) + "\n"


_Samples = Iterator[tuple[dict[str, str], float]]


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _verdicts(result: Result) -> _Samples:
    for front, one in result["fronts"].items():
        for verdict in _VERDICTS:
            yield {"front": front, "verdict": verdict}, float(one["verdict"] == verdict)


def _meant(result: Result) -> str:
    """A refused request chooses no front: the one before is still the one that is meant."""
    return str(result["front"] or result["active_before"])


def _active(result: Result) -> _Samples:
    for front in result["fronts"]:
        yield {"front": front}, float(_meant(result) == front)


def _outcomes(result: Result) -> _Samples:
    for outcome in _OUTCOMES:
        yield {"outcome": outcome}, float(result["outcome"] == outcome)


def _agreement(result: Result) -> _Samples:
    yield {}, float(set(result["served"].values()) == {_meant(result)})


def _phases(result: Result) -> _Samples:
    for phase, seconds in result["phases"].items():
        yield {"phase": phase}, seconds
