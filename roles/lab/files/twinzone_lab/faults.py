# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults that a part of the lab can have, and the box in which a part finds the one it has now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

Value = float | str


class UnknownFault(ValueError):
    """The part has no such fault, or the fault has no such option."""


@dataclass(frozen=True)
class Kind:
    """One sort of fault."""

    help: str
    options: Mapping[str, Value | type] = field(default_factory=dict)
    """Name → default, or the type where the option must be given."""
    stage: str = "request"
    """When it strikes: on a `query`; on a `connection` (before or in the TLS handshake), on a `request`, or `always`,
    so that nothing listens (on a `request` when only some requests are meant: a closed port cannot count)."""


@dataclass
class Fault:
    """A fault that is set. `skip` and `count` run down."""

    kind: str
    stage: str
    options: Mapping[str, Value]
    skip: int = 0
    count: int | None = None
    methods: frozenset[str] = frozenset()
    since: str = ""
    """What it waits for: `write`, the first request that writes; `answer`, that this request has been carried out;
    nothing, when empty."""
    asleep: bool = False
    """Whether it still waits for that."""
    after_work: bool = False
    """Whether the request that it strikes is carried out first."""

    @property
    def closes(self) -> bool:
        """Whether nothing listens now."""
        return self.stage == "always" and not self.asleep

    def number(self, option: str) -> float:
        """The value of a numeric option."""
        return float(self.options[option])


_FILTERS = ("skip", "count", "methods")
_OPTIONS = (*_FILTERS, "since")
_MOMENTS = ("write", "answer")
_READS = ("GET", "HEAD", "OPTIONS")


def make_fault(kinds: Mapping[str, Kind], name: str, given: Mapping[str, str]) -> Fault:
    """Read a fault as the user wrote it. `UnknownFault` names what would be valid."""
    if name not in kinds:
        raise UnknownFault(f"no fault {name!r} here; there are: {', '.join(kinds)}")
    kind = kinds[name]
    _refuse_options(name, kind, given)
    filters = {key: given[key] for key in _FILTERS if key in given}
    since = given.get("since", "")
    return Fault(
        name,
        "request" if kind.stage == "always" and filters else kind.stage,
        {key: _option(name, key, default, given) for key, default in kind.options.items()},
        skip=int(_read("skip", filters.get("skip", "0"), int)),
        count=int(_read("count", filters["count"], int)) if "count" in filters else None,
        methods=frozenset(filter(None, filters.get("methods", "").upper().split(","))),
        since=since,
        asleep=bool(since),
    )


def _refuse_options(name: str, kind: Kind, given: Mapping[str, str]) -> None:
    """Raise `UnknownFault` for options that this fault does not have."""
    since = given.get("since", "")
    if (kind.stage in ("connection", "query") and "methods" in given) or (kind.stage == "query" and since):
        raise UnknownFault(f"{name} strikes where there is no HTTP method to choose by")
    if since and since not in _MOMENTS:
        raise UnknownFault(f"since={since} is none of {', '.join(_MOMENTS)}")
    unknown = set(given) - set(kind.options) - set(_OPTIONS)
    if unknown:
        valid = ", ".join([*kind.options, *_OPTIONS])
        raise UnknownFault(f"{name} has no option {', '.join(sorted(unknown))}; it has: {valid}")


def _option(name: str, key: str, default: Value | type[float] | type[str], given: Mapping[str, str]) -> Value:
    """The value of one option; one whose default is a type must be given."""
    if not isinstance(default, type):
        return _read(key, str(given.get(key, default)), type(default))
    if key not in given:
        raise UnknownFault(f"{name} needs {key}=...")
    return _read(key, given[key], default)


def _read(key: str, value: str, wanted: type[float] | type[str]) -> Value:
    try:
        return wanted(value)
    except ValueError:
        raise UnknownFault(f"{key}={value} is not a number") from None


class FaultBox:
    """The present fault of one part, or none. Thread-safe."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self.kinds = kinds
        self._fault: Fault | None = None
        self._lock = threading.Lock()
        self._watchers: list[Callable[[], None]] = []

    @property
    def present(self) -> Fault | None:
        """The fault that is set, whether or not it would strike now."""
        return self._fault

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` after every `set`."""
        self._watchers.append(changed)

    def set(self, fault: Fault | None) -> None:
        """Break (or, with `None`, repair) the part."""
        with self._lock:
            self._fault = fault
        for changed in self._watchers:
            changed()

    def take(self, stage: str, method: str = "") -> Fault | None:
        """The fault that strikes at this stage, if any. Wakes up what waits for a write, counts down what is
        counted."""
        with self._lock:
            fault = self._fault
            wakes = fault is not None and fault.asleep and stage == "request" and method not in _READS
            if fault is None or (fault.asleep and not wakes):
                return None
            fault.asleep = False
            struck = _struck(fault, stage, method)
        if wakes and fault.closes:
            for changed in self._watchers:
                changed()
        return replace(fault, after_work=True) if struck and wakes and fault.since == "answer" else struck


def _struck(fault: Fault, stage: str, method: str) -> Fault | None:
    # What waited for a request finds connections that were made before it.
    if stage != fault.stage and not (fault.since and stage == "request"):
        return None
    if fault.methods and method not in fault.methods:
        return None
    if fault.skip > 0:
        fault.skip -= 1
        return None
    if fault.count is not None:
        if fault.count == 0:
            return None
        fault.count -= 1
    return fault
