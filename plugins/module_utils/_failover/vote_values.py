# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the evidence in a vote: known keys only, each in its shape and size. Pure.

Every reader raises ValueError for what cdn_health would not return.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from .._text import visible
from .data.observed import AddressVerdict, ControlAnswer

#: Characters of a text, names of a certificate, links of a chain, headers of an identity; numbers beyond the last are
#: none that a front or a clock shows.
_LONGEST, _NAMES, _LINKS, _HEADERS, _GREATEST = 4000, 1000, 20, 40, 10**12

_Reader = Callable[[Any], Any]


def items(given: Any, most: int) -> list[Any]:
    """A list of at most so many."""
    if not isinstance(given, list) or len(given) > most:
        raise ValueError
    return given


def text(given: Any) -> str:
    """A text of reasonable length, with every control character as its escape."""
    if not isinstance(given, str) or len(given) > _LONGEST:
        raise ValueError
    return visible(given)


def address(given: Any) -> AddressVerdict:
    """What was found at one address."""
    return cast(AddressVerdict, _mapping(_ADDRESS)(given))


def control(given: Any) -> ControlAnswer:
    """How a control answered."""
    return cast(ControlAnswer, {**_complete({"control": text})(given), **_mapping(_DATED)(given)})


def _whole(given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or abs(given) > _GREATEST:
        raise ValueError
    return given


def _number(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) <= _GREATEST:
        raise ValueError
    return given


def _flag(given: Any) -> bool:
    if not isinstance(given, bool):
        raise ValueError
    return given


def _or_none(read: _Reader) -> _Reader:
    return lambda given: None if given is None else read(given)


def _list(read: _Reader, most: int) -> _Reader:
    return lambda given: [read(one) for one in items(given, most)]


def _mapping(readers: Mapping[str, _Reader]) -> _Reader:
    """A mapping of which only these keys are taken, as far as they are there."""

    def read(given: Any) -> dict[str, Any]:
        if not isinstance(given, Mapping):
            raise ValueError
        return {key: reader(given[key]) for key, reader in readers.items() if key in given}

    return read


def _complete(readers: Mapping[str, _Reader]) -> _Reader:
    """A mapping that has all these keys."""

    def read(given: Any) -> dict[str, Any]:
        if not isinstance(given, Mapping) or not readers.keys() <= given.keys():
            raise ValueError
        return {key: reader(given[key]) for key, reader in readers.items()}

    return read


def _headers(given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping) or len(given) > _HEADERS:
        raise ValueError
    return {text(name): text(value) for name, value in given.items()}


_LINK = {"subject": text, "issuer": text, "not_before": _whole, "not_after": _whole}
_CERTIFICATE = {
    "names": _list(text, _NAMES),
    "issuer": text,
    "not_before": _whole,
    "not_after": _whole,
    "lifetime_left": _number,
    "sha256": text,
    "chain_known": _flag,
    "chain": _list(_complete(_LINK), _LINKS),
}
_DATED = {
    "date": _or_none(_whole),
    "age": _or_none(_whole),
    "received": _or_none(_whole),
    "cached": _or_none(_flag),
}
_ADDRESS = {
    **_DATED,
    "address": text,
    "bad": _whole,
    "server_errors": _whole,
    "cause": text,
    "detail": text,
    "status": _or_none(_whole),
    "certificate_days": _or_none(_whole),
    "certificate": _or_none(_complete(_CERTIFICATE)),
    "cache": text,
    "identity": _headers,
}
