# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of a run in the text format of Prometheus. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from .._errors import RESULTS
from .._failover import outcome as failover_outcome
from .._failover import paths
from .._failover.data.result import NOT_NEEDED, Result
from .._timestamps import unix_time

_OUTCOMES = (
    *failover_outcome.GOOD,
    failover_outcome.PARTIAL,
    failover_outcome.UNVERIFIED,
    failover_outcome.HELD,
    failover_outcome.REFUSED,
    failover_outcome.UNREADY,
    failover_outcome.ADVISED,
    failover_outcome.FAILED,
)
_VERDICTS = ("up", "degraded", "down", "unknown")


#: Seconds after which the series of a site that no run mentions any more are dropped.
_FORGOTTEN = 7 * 86400

_LAST_RUN = "twinzone_last_run_timestamp_seconds"
_SWITCHES = "twinzone_switches_total"

_SAMPLE = re.compile(r'(?P<name>[a-z_]+)\{(?P<labels>(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)+)\} (?P<value>\S+)')
_SITE = re.compile(r'(?:^|,)site="((?:[^"\\\n]|\\.)*)"')


def text(results: Sequence[Result], finished: float) -> str:
    """The metrics of all sites. finished: Unix time of the run's end."""
    families = (
        ("twinzone_front_verdict", "The verdict on a front, 1 for the one that holds.", _verdicts),
        ("twinzone_active_front", "The front that is meant, 1 for the one that holds.", _active),
        ("twinzone_active_since_timestamp_seconds", "Unix time since which that front is meant.", _since),
        ("twinzone_outcome", "The outcome of the last run, 1 for the one that holds.", _outcomes),
        (_SWITCHES, "Switches to another front that were made.", _switches),
        (
            "twinzone_unready_reasons",
            "How many reasons speak against the next failover.",
            _unready,
        ),
        ("twinzone_certificate_expiry_timestamp_seconds", "Unix time at which a front's certificate ends.", _expiry),
        ("twinzone_servers_agree", "Whether all name servers lead to the front that is meant.", _agreement),
        ("twinzone_pinned", "Whether a person has pinned a front.", _pinned),
        ("twinzone_provider_failed", "Whether the last run could not do its work at a provider.", _providers),
        ("twinzone_provider_result", "What became of the work at a provider, 1 for what holds.", _provider_results),
        ("twinzone_provider_seconds", "Seconds that the work at a provider took.", _provider_seconds),
        ("twinzone_public_name_servers", "How many name servers lead a public name so, by verdict.", _paths),
        ("twinzone_phase_seconds", "Seconds that a phase of the last run took.", _phases),
    )
    lines = []
    for name, explanation, samples in families:
        found = [
            f"{name}{{{_shown({'site': result['site'], **labels})}}} {value:.15g}"
            for result in results
            for labels, value in samples(result)
        ]
        kind = "counter" if name.endswith("_total") else "gauge"
        lines += [f"# HELP {name} {explanation}", f"# TYPE {name} {kind}", *found]
    lines += [f"# HELP {_LAST_RUN} Unix time of the last run.", f"# TYPE {_LAST_RUN} gauge"]
    lines += [f"{_LAST_RUN}{{{_shown({'site': result['site']})}}} {finished:.0f}" for result in results]
    return "\n".join(lines) + "\n"


def merged(new: str, old: str) -> str:
    """The new metrics, and of the old ones those of sites that the new ones do not know: runs may be limited to some.

    What is not ours in the old ones, or of a site without a run for a week, is left out. Counters go on.
    """
    mine, kept = _by_site(new), _by_site(old)
    others = _of_others(mine, kept)
    counted = {_key(line): _value(line) for lines in kept.values() for line in lines if _is_counter(line)}
    found = []
    for line in new.splitlines():
        found.append(f"{_key(line)} {_value(line) + counted.get(_key(line), 0):.15g}" if _is_counter(line) else line)
        if line.startswith("# TYPE "):
            name = line.split()[2]
            found += [other for other in others if other.startswith(f"{name}{{")]
    return "\n".join(found) + "\n"


def _of_others(mine: Mapping[str, Sequence[str]], kept: Mapping[str, Sequence[str]]) -> list[str]:
    """The lines of sites that are not among mine, and had a run not too long ago."""
    now = max((_last_run(lines) for lines in mine.values()), default=0.0)
    lasting = [lines for site, lines in kept.items() if site not in mine and now - _last_run(lines) < _FORGOTTEN]
    return [line for lines in lasting for line in lines]


def _by_site(content: str) -> dict[str, list[str]]:
    """The lines with samples of each site, its name as it is written in a label."""
    found: dict[str, list[str]] = {}
    for line in content.splitlines():
        sample = _SAMPLE.fullmatch(line)
        site = _SITE.search(sample["labels"]) if sample else None
        if site:
            found.setdefault(site[1], []).append(line)
    return found


def _is_counter(line: str) -> bool:
    return line.partition("{")[0].endswith("_total")


def _key(line: str) -> str:
    """The name of a sample and its labels."""
    return line.rpartition(" ")[0]


def _value(line: str) -> float:
    """The value of a sample; 0 for what is none."""
    value = line.rpartition(" ")[2]
    return float(value) if value.isdecimal() else 0.0


def _last_run(lines: Sequence[str]) -> float:
    return next((_value(line) for line in lines if line.startswith(f"{_LAST_RUN}{{")), 0.0)


def _shown(labels: Mapping[str, str]) -> str:
    return ",".join(f'{key}="{_escaped(label)}"' for key, label in labels.items())


_Samples = Iterator[tuple[dict[str, str], float]]


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _verdicts(result: Result) -> _Samples:
    for front, one in result["fronts"].items():
        for verdict in _VERDICTS:
            yield {"front": front, "verdict": verdict}, float(one["verdict"] == verdict)


def _meant(result: Result) -> str:
    """A refused request chooses no front, and an advised one is not chosen yet: the one before is still meant."""
    chosen = "" if result["outcome"] == failover_outcome.ADVISED else result["front"]
    return str(chosen or result["active_before"])


def _active(result: Result) -> _Samples:
    for front in result["fronts"]:
        yield {"front": front}, float(_meant(result) == front)


def _outcomes(result: Result) -> _Samples:
    for outcome in _OUTCOMES:
        yield {"outcome": outcome}, float(result["outcome"] == outcome)


def _switches(result: Result) -> _Samples:
    yield {}, float(result["changed"] and result["front"] not in ("", result["active_before"]))


def _unready(result: Result) -> _Samples:
    yield {}, float(len(result["unready"]))


def _expiry(result: Result) -> _Samples:
    for front, one in result["fronts"].items():
        if moment := unix_time(one["certificate_expires"]):
            yield {"front": front}, float(moment)


def _agreement(result: Result) -> _Samples:
    yield {}, float(set(result["served"].values()) == {_meant(result)})


def _since(result: Result) -> _Samples:
    moment = unix_time(result["since"])
    if moment:
        yield {}, float(moment)


def _pinned(result: Result) -> _Samples:
    yield {}, float(bool(result["pin"]))


def _providers(result: Result) -> _Samples:
    for provider, one in result["providers"].items():
        yield {"provider": provider}, float(bool(one["error"]))


def _provider_results(result: Result) -> _Samples:
    for provider, one in result["providers"].items():
        for what in dict.fromkeys((NOT_NEEDED, *RESULTS, one["result"])):
            yield {"provider": provider, "result": what.replace(" ", "_")}, float(one["result"] == what)


def _provider_seconds(result: Result) -> _Samples:
    for provider, one in result["providers"].items():
        yield {"provider": provider}, one["seconds"]


def _paths(result: Result) -> _Samples:
    for name in dict.fromkeys(one["name"] for one in result["paths"]):
        for verdict in (paths.THROUGH, paths.BYPASSES, paths.FOLLOWS, paths.UNKNOWN):
            count = sum((one["name"], one["verdict"]) == (name, verdict) for one in result["paths"])
            yield {"name": name.rstrip("."), "verdict": verdict}, float(count)


def _phases(result: Result) -> _Samples:
    for phase, seconds in result["phases"].items():
        yield {"phase": phase}, seconds
