# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a preflight, checked: everything that is wrong with them at once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from .. import _hints
from .._errors import BadInput
from .._variables import nearly
from . import declarations, ignored
from .declarations import Declared
from .ignored import Accepted

_NAMES = (
    "preflight_ignore",
    "preflight_parity",
    "preflight_rdap",
    "preflight_recovery_time",
    "preflight_registrar",
    "preflight_report_dir",
    "preflight_runners",
    "preflight_runs_per_day",
    "preflight_test_post",
    "preflight_write",
)
"""Everything that a user may set."""

_STRICT = "strict"
_COVERAGE = ("", "warn", _STRICT)

PARITY = ("urls", "post", "websocket", "headers")
"""The keys of `preflight_parity`."""

_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Settings:
    """What the user decides, in the variables `preflight_*`, unchecked. coverage: `strict`, or `warn`.

    recovery_time, parity: by site. names: of all variables that begin like ours.
    """

    ignore: Any = ()
    coverage: str = ""
    registrar: Any = None
    runners: Any = ()
    runs_per_day: Any = 1440
    recovery_time: Any = None
    parity: Any = None
    names: Sequence[str] = ()


@dataclass(frozen=True)
class Read:
    """Settings, checked. strict: whether a name that no site covers fails the preflight. recovery_times: by site."""

    accepted: Sequence[Accepted] = ()
    declared: Declared = field(default_factory=lambda: Declared({}, ()))
    strict: bool = False
    runs_per_day: int = 1440
    recovery_times: Mapping[str, float | None] = field(default_factory=dict)


def read(given: Settings, sites: Iterable[str]) -> Read:
    """The settings for these sites. Raises BadInput with everything that is wrong."""
    problems = [*nearly(given.names, _NAMES), *_coverage(given.coverage), *_parity(given.parity)]

    def taken(read_it: Callable[[], _Made], otherwise: _Made) -> _Made:
        try:
            return read_it()
        except BadInput as error:
            problems.extend(one for one in error.problems if one not in problems)
            return otherwise

    found = Read(
        accepted=taken(lambda: ignored.read(given.ignore), []),
        declared=taken(lambda: declarations.read(given.registrar, given.runners), Declared({}, ())),
        strict=given.coverage == _STRICT,
        runs_per_day=taken(lambda: declarations.number(given.runs_per_day), 0),
        recovery_times={site: taken(partial(declarations.seconds, given.recovery_time, site), None) for site in sites},
    )
    if problems:
        raise BadInput(problems)
    return found


def _coverage(given: Any) -> Iterator[str]:
    if given not in _COVERAGE:
        yield f"coverage: {given!r} is neither strict nor warn"


def _parity(by_site: Any) -> Iterator[str]:
    """What is wrong with `preflight_parity`, of all sites."""
    entries = by_site.values() if isinstance(by_site, Mapping) else ()
    yield from dict.fromkeys(problem for entry in entries if entry for problem in _entry(entry))


def _entry(entry: Any) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        yield f"preflight_parity: must have some of the keys {', '.join(PARITY)}"
        return
    for key in (str(key) for key in entry if key not in PARITY):
        yield f"preflight_parity.{key}: {_hints.unknown(key, PARITY)}"
    for key in (key for key in PARITY if key in entry):
        if not isinstance(entry[key], Sequence) or isinstance(entry[key], str):
            yield f"preflight_parity.{key}: must be a list"
