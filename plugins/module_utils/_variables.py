# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the variables of a role: types, ranges, misspelt names; every problem at once. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

from . import _hints
from ._errors import BadInput

_DURATION = re.compile(r"([0-9]+)([smhd]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}

#: What decides where tokens are sent, what is read and what is written. A fact of such a name is not the user's.
_INPUTS = re.compile(
    r"(__)?(failover|zone_sync|drill|preflight|dependency|dependencies|history|tokens|runbook|twinzone)_"
    r"|init_(zone|second_cdn|dir)$|status_format$|coverage$|dns_(providers|resolver|port|require_ad)$"
)

#: How alike two ends of names must be: all but one letter of five, or two of eight.
_ALIKE = 0.75

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def misspelt(given: Iterable[str], valid: Sequence[str]) -> list[str]:
    """A problem for each given name that is not valid, with the nearest valid one and all of them."""
    return [f"{name}: {_hints.unknown(name, sorted(valid))}" for name in given if name not in valid]


def nearly(given: Iterable[str], valid: Sequence[str]) -> list[str]:
    """A problem for each given name that is nearly a valid one.

    For beginnings that are common words, as in `runbook_url`: other variables of an inventory may begin so too. What
    follows the beginning must be alike.
    """
    ends = {_end(name): name for name in valid}
    found = {name: difflib.get_close_matches(_end(name), ends, 1, _ALIKE) for name in given if name not in valid}
    return [f"{name}: is unknown; {_hints.meant(ends[near[0]])}" for name, near in found.items() if near]


def _end(name: str) -> str:
    return name.lower().replace("-", "_").partition("_")[2]


def refuse_nearly(given: Iterable[str], valid: Sequence[str]) -> None:
    """Raise BadInput where a name is nearly a valid one."""
    if problems := nearly(given, valid):
        raise BadInput(problems)


def inputs_among(facts: Iterable[str] | None) -> list[str]:
    """The inputs of ours among the names of a host's facts."""
    return sorted(name for name in facts or () if _INPUTS.match(name))


def among_facts(names: Sequence[str]) -> str:
    """The problem with inputs that came as facts: a host returned them, or a cache kept them; no user wrote them."""
    return (
        f"{', '.join(names)}: found among the facts of this host, where a host that was probed or a cache may have put "
        "it; run with --flush-cache, and look for what set it"
    )


class Reader:
    """Takes values out of a mapping and gathers what is wrong with them. prefix: put before every name in problems."""

    def __init__(self, values: Mapping[str, Any], prefix: str = "") -> None:
        self.values = values
        self.prefix = prefix
        self.problems: list[str] = []

    def problem(self, name: str, text: str) -> None:
        self.problems.append(f"{self.prefix}{name}: {text}")

    def text(self, name: str, default: str = "", required: bool = False) -> str:
        value = self.values.get(name)
        if value is None or value == "":
            if required:
                self.problem(name, "is missing")
            return default
        if not isinstance(value, str):
            self.problem(name, f"{value!r} is not text")
            return default
        return str(value).strip()

    def number(self, name: str, default: Any, least: float = 0) -> Any:
        """A number of the default's type, at least `least`."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        try:
            number = type(default)(value)
            if isinstance(value, bool) or number < least or float(number) != float(value) or not isfinite(number):
                raise ValueError
        except (OverflowError, TypeError, ValueError):
            kind = "whole number" if isinstance(default, int) else "number"
            self.problem(name, f"{value!r} is not a {kind} of at least {least:g}")
            return default
        return number

    def truth(self, name: str) -> bool:
        """A yes or no; `-e name=true` comes as text."""
        value = self.values.get(name)
        text = str(value).strip().lower()
        if value is None or text in (*_FALSE, ""):
            return False
        if text not in _TRUE:
            self.problem(name, f"{value!r} is not true or false")
        return text in _TRUE

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        value = self.text(name, default)
        if value not in choices:
            self.problem(name, f"{value!r} is not one of {', '.join(choices)}")
            return default
        return value

    def seconds(self, name: str, default: int, forever: int | None = None) -> int:
        """A duration: seconds, or with a unit such as `90s`, `30m`, `4h`, `2d`; `forever` where that is allowed."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        text = str(value).strip().lower()
        if forever is not None and text == "forever":
            return forever
        match = _DURATION.fullmatch(text)
        if match is None or int(match[1]) == 0:
            also = ", or forever" if forever is not None else ""
            self.problem(name, f"{value!r} is not a duration such as 90s, 30m, 4h, 2d{also}")
            return default
        return int(match[1]) * _SECONDS[match[2]]

    def items(self, name: str) -> list[Any]:
        """A list; one thing alone is a list of one."""
        value = self.values.get(name)
        if value is None or value == "":
            return []
        return list(value) if isinstance(value, (list, tuple)) else [value]

    def mapping(self, name: str) -> dict[str, Any]:
        value = self.values.get(name)
        if value is None or value == "":
            return {}
        if not isinstance(value, Mapping):
            self.problem(name, f"{value!r} is not a mapping")
            return {}
        return {str(key): inner for key, inner in value.items()}
