# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user asks to be probed: reads options into values, and names everything that is wrong with them at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from .. import _hints
from .._errors import BadInput
from .check import Check, Control, Front
from .places import Endpoint, place_with_port, read_host, read_place, read_url
from .thresholds import Thresholds, thresholds
from .trust import trust

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""The name of a header, RFC 9110 section 5.6.2."""
_OWN_HEADERS = {
    "host": "it follows from url",
    "content-length": "no body is sent",
    "transfer-encoding": "no body is sent",
}


class Option(NamedTuple):
    """One key of a front or of a check."""

    spec: dict[str, Any]
    """Its type, as an argument spec describes it."""
    read: Callable[[Any], Any]
    """From a value of that type to what is used. Raises ValueError saying what is wrong with it."""


class Convert(Protocol):
    def __call__(self, key: str, spec: Mapping[str, Any], value: Any) -> Any:
        """The value of this key, converted to the type that the spec describes. Raises ValueError when it cannot be."""


class _Defaults(NamedTuple):
    """What holds for every front that says nothing else."""

    asked: Mapping[str, Any]
    """The check as it was written."""
    check: Mapping[str, Any]
    """The check as it was read, without what is wrong."""
    controls: Sequence[Control]
    thresholds: Mapping[str, Any]


def read_fronts(params: Mapping[str, Any], convert: Convert) -> list[Front]:
    """The fronts that the options of cdn_health describe. Raises BadInput with everything that is wrong with them."""
    problems = _wrong_names(params["fronts"])
    asked = params["check"] or {}
    defaults = _Defaults(
        asked,
        _read(asked, CHECK, "check.", convert, problems),
        _read({"controls": params["controls"]}, FRONT, "", convert, problems).get("controls", []),
        {name: params[name] for name in Thresholds._fields},
    )
    fronts = [_read_front(place, entry, defaults, convert, problems) for place, entry in enumerate(params["fronts"])]
    if problems:
        raise BadInput(list(dict.fromkeys(problems)))
    return [front for front in fronts if front]


def _wrong_names(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    if not entries:
        return ["fronts: is empty; name at least one front"]
    counts = Counter((entry.get("site") or "", entry.get("name")) for entry in entries)
    return [
        f"{_label(site, name)}is listed {count} times; name each front of a site once"
        for (site, name), count in counts.items()
        if name and count > 1
    ]


def _read_front(
    place: int, entry: Mapping[str, Any], defaults: _Defaults, convert: Convert, problems: list[str]
) -> Front | None:
    """The front that an entry describes, or None and why among the problems."""
    label = _label(entry.get("site"), entry["name"]) if entry.get("name") else f"fronts[{place}]: "
    found: list[str] = []
    given = _read(entry, FRONT, label, convert, found)
    own_check = given.get("check", {})
    check = {**defaults.check, **_read(own_check, CHECK, f"{label}check.", convert, found)}
    found += _missing(label, entry, {**defaults.asked, **own_check}, check)
    numbers = {name: given.get(name, value) for name, value in defaults.thresholds.items()}
    try:
        rules = thresholds(**numbers)
    except ValueError as error:
        found.append(f"{label if given.keys() & numbers.keys() else ''}{error}")
    problems += found
    if problems:
        return None
    places = given.get("connect_to") or [(given["target"], None)]
    endpoints = dict.fromkeys(Endpoint(host, port or check["url"].port) for host, port in places)
    controls = given.get("controls", defaults.controls)
    return Front(given.get("site", ""), given["name"], tuple(endpoints), Check(**check), rules, tuple(controls))


def _missing(label: str, entry: Mapping[str, Any], asked: Mapping[str, Any], check: Mapping[str, Any]) -> list[str]:
    """What an entry lacks, and which of its keys do not fit together.

    asked: its whole check as it was written. check: the same as it was read.
    """
    found = []
    if not entry.get("name"):
        found.append(f"{label}name: is missing; give the front a name")
    if not entry.get("target") and not entry.get("connect_to"):
        found.append(f"{label}has neither target nor connect_to; say where it can be reached")
    if asked.get("url") is None:
        found.append(f"{label}check.url: is missing; set it here, or for all fronts in the module's check")
    if check.get("method") == "HEAD" and check.get("contains"):
        found.append(f"{label}check.contains: an answer to HEAD has no body; drop one of method and contains")
    return found


def _label(site: Any, name: Any) -> str:
    """How messages name a front."""
    return f"front {name} of {site}: " if site else f"front {name}: "


def _read(
    entry: Mapping[str, Any], options: Mapping[str, Option], label: str, convert: Convert, problems: list[str]
) -> dict[str, Any]:
    """The values of an entry that are set and right; what is wrong with the others goes to the problems."""
    values = {}
    for key, value in entry.items():
        if key not in options:
            problems.append(f"{label}{key}: {_hints.unknown(key, sorted(options))}")
        elif value is not None:
            try:
                values[key] = options[key].read(convert(key, options[key].spec, value))
            except ValueError as error:
                problems.append(f"{label}{key}: {error}")
    return values


def _control(text: str) -> Control:
    if "://" not in text:
        return Control(text, place_with_port(text))
    url = read_url(text)
    return Control(text, Endpoint(url.host, url.port), url)


def _text(value: Any) -> str:
    """A text or a number. Other values would be searched for as Python writes them: True, None, ['a', 'b']."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError(f"{value!r} is not text; put it into quotes")
    return str(value)


def _regexes(value: Any) -> Sequence[re.Pattern[str]]:
    """One text or a list of texts."""
    values = value if isinstance(value, list) else [value]
    if not values:
        raise ValueError("an empty list asks for nothing; leave it out, or name what the body must contain")
    return [_regex(_text(one)) for one in values]


def _regex(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from None


def _status(codes: Sequence[int]) -> Sequence[int]:
    wrong = [code for code in codes if not 100 <= code <= 599]
    if not codes:
        raise ValueError("an empty list accepts no answer; name at least one HTTP status")
    if wrong:
        raise ValueError(f"{', '.join(map(str, wrong))} is not an HTTP status; they go from 100 to 599")
    return codes


def _headers(headers: Mapping[str, Any]) -> Mapping[str, re.Pattern[str]]:
    return {_header_name(name): _header_pattern(name, pattern) for name, pattern in headers.items()}


def _header_pattern(name: str, pattern: Any) -> re.Pattern[str]:
    try:
        return _regex(_text(pattern))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _request_headers(headers: Mapping[str, Any]) -> Mapping[str, str]:
    """Headers to send. No message repeats a value: it may be a secret."""
    for name, value in headers.items():
        _header_name(name)
        if name.lower() in _OWN_HEADERS:
            raise ValueError(f"{name} cannot be set: {_OWN_HEADERS[name.lower()]}")
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise ValueError(f"the value of {name} is not text; put it into quotes")
        if not re.fullmatch(r"[\t\x20-\x7e\xa0-\xff]*", str(value)):
            raise ValueError(f"the value of {name} holds characters that a header cannot hold")
    return {name: str(value).strip() for name, value in headers.items()}


def _header_name(name: Any) -> str:
    if not _TOKEN.fullmatch(str(name)):
        raise ValueError(f"{name!r} is not the name of a header")
    return str(name)


def _ca_path(path: str) -> str:
    try:
        trust(path)
    except OSError as error:
        raise ValueError(f"{path!r} on this host holds no certificate authorities: {error.strerror or error}") from None
    return path


def _more_than_zero(number: float) -> float:
    if not 0 < number < float("inf"):
        raise ValueError(f"{number:g} is not a number of seconds above 0")
    return number


def _not_negative(number: int) -> int:
    if number < 0:
        raise ValueError(f"{number} is negative; 0 asks only that the certificate is valid")
    return number


def _each(read: Callable[[str], Any]) -> Callable[[Sequence[str]], list[Any]]:
    return lambda texts: [read(text) for text in texts]


def _as_it_is(value: Any) -> Any:
    return value


#: The keys of a check. Their defaults are those of the class Check, so that a front's own check overrides key by key.
CHECK = {
    "url": Option({"type": "str"}, read_url),
    "status": Option({"type": "list", "elements": "int"}, _status),
    "contains": Option({"type": "raw"}, _regexes),
    "headers": Option({"type": "dict"}, _headers),
    "method": Option({"type": "str", "choices": ["GET", "HEAD"]}, _as_it_is),
    "request_headers": Option({"type": "dict"}, _request_headers),
    "timeout": Option({"type": "float"}, _more_than_zero),
    "certificate_days": Option({"type": "int"}, _not_negative),
    "max_seconds": Option({"type": "float"}, _more_than_zero),
    "ca_path": Option({"type": "path"}, _ca_path),
    "family": Option({"type": "str", "choices": ["both", "4", "6"]}, _as_it_is),
}

#: The keys of a front.
FRONT = {
    "name": Option({"type": "str"}, _as_it_is),
    "site": Option({"type": "str"}, _as_it_is),
    "target": Option({"type": "str"}, read_host),
    "connect_to": Option({"type": "list", "elements": "str"}, _each(read_place)),
    "check": Option({"type": "dict"}, _as_it_is),
    "probes": Option({"type": "int"}, _as_it_is),
    "interval": Option({"type": "float"}, _as_it_is),
    "tolerate": Option({"type": "int"}, _as_it_is),
    "down_at": Option({"type": "int"}, _as_it_is),
    "controls": Option({"type": "list", "elements": "str"}, _each(_control)),
}
