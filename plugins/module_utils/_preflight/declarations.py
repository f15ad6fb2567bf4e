# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user declares for the preflight, read from its variables. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from .. import _hints
from .._errors import BadInput
from .._probes.places import is_address
from .seen import Registration

_KEYS = ("registrar", "expires", "locked")

#: Who says what is declared.
_SOURCE = "the inventory"


@dataclass(frozen=True)
class Declared:
    """The registrations by zone, and the addresses from which a failover must work."""

    registrations: Mapping[str, Registration]
    runners: Sequence[str]

    def registration(self, zone: str) -> Registration | None:
        """Where a zone is registered; None where that is not declared. One that is called `*` is meant for all."""
        return self.registrations.get(zone) or self.registrations.get("*")


def read(registrar: Any, runners: Any) -> Declared:
    """The variables `preflight_registrar` and `preflight_runners`. Raises BadInput with everything that is wrong."""
    problems: list[str] = []
    found = _registrations(registrar, problems)
    addresses = [runners] if isinstance(runners, str) and runners else list(runners or ())
    problems += [f"preflight_runners: {one!r} is not an address" for one in addresses if not is_address(str(one))]
    if problems:
        raise BadInput(problems)
    return Declared(found, [str(one) for one in addresses])


def _registrations(given: Any, problems: list[str]) -> dict[str, Registration]:
    """By zone; a single name is meant for all zones."""
    by_zone = {"*": given} if isinstance(given, str) and given else given or {}
    if not isinstance(by_zone, Mapping):
        problems.append("preflight_registrar: must be a name, or a mapping from zones to registrar, expires and locked")
        return {}
    found = {str(zone): _registration(f"preflight_registrar.{zone}", one, problems) for zone, one in by_zone.items()}
    return {zone: one for zone, one in found.items() if one}


def _registration(label: str, given: Any, problems: list[str]) -> Registration | None:
    entry = {"registrar": given} if isinstance(given, str) else given
    if not isinstance(entry, Mapping):
        problems.append(f"{label}: must be a name, or have the keys {', '.join(_KEYS)}")
        return None
    wrong = [f"{label}.{problem}" for problem in _wrong(entry)]
    problems += wrong
    if wrong:
        return None
    return Registration(
        registrar=str(entry.get("registrar") or ""),
        expires=_day(entry["expires"]) if entry.get("expires") else None,
        locked=None if entry.get("locked") is None else bool(entry["locked"]),
        source=_SOURCE,
        error="",
    )


def _wrong(entry: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{key}: {_hints.unknown(key, _KEYS)}" for key in entry if key not in _KEYS)
    if entry.get("expires") and _day(entry["expires"]) is None:
        yield f"expires: {str(entry['expires'])!r} is not a day such as 2027-01-31"
    if entry.get("locked") not in (None, True, False):
        yield "locked: must be true or false"


def _day(value: Any) -> int | None:
    """A day as Unix time; None for something else."""
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def number(value: Any) -> int:
    """`preflight_runs_per_day`. Raises BadInput."""
    try:
        return int(value)
    except (TypeError, ValueError):
        raise BadInput([f"preflight_runs_per_day: {value!r} is not a number"]) from None


def seconds(value: Any, site: str) -> float | None:
    """The site's part of `preflight_recovery_time`; None where it has none. Raises BadInput."""
    given = value.get(site) if isinstance(value, Mapping) else value
    if given in (None, ""):
        return None
    try:
        return float(given)
    except (TypeError, ValueError):
        raise BadInput([f"preflight_recovery_time: {given!r} is not a number of seconds"]) from None
