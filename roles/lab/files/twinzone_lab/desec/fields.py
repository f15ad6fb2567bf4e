# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Field checks of the emulated deSEC API, with its words. Each takes a raw JSON value and returns the value meant, or
raises `Invalid` with the list of complaints about that field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from .errors import Invalid
from .records import AUTOMATIC, WRITABLE

MAXIMUM_TTL = 86400

MISSING: Final = object()
"""Stands for a field that is not there."""

REQUIRED = "This field is required."
READ_ONLY = "Can only be written on create."
_NULL = "This field may not be null."
_BLANK = "This field may not be blank."
_NUL = "Null characters are not allowed."

_SUBNAME = re.compile(r"[*]|(?:[*][.])?(?:[a-z0-9_-]{1,63}[.])*[a-z0-9_-]{1,63}")
_SUBNAME_HELP = (
    "Subname can only use (lowercase) a-z, 0-9, ., -, and _, may start with a '*.', or just be '*'. "
    "Components may not exceed 63 characters."
)
_TYPE = re.compile(r"[A-Z][A-Z0-9]*")
_TYPE_HELP = "Type must be uppercase alphanumeric and start with a letter."
_DOMAIN = re.compile(r"(?:[a-z0-9_-]{1,63}[.])*[a-z0-9-]{1,63}", re.IGNORECASE | re.ASCII)
_DOMAIN_HELP = (
    "Domain names must be labels separated by dots. Labels may consist of up to 63 letters, digits, hyphens, and "
    "underscores. The last label may not contain an underscore."
)
MAX_SUBNAME, MAX_TYPE, MAX_DOMAIN, MAX_NAME = 178, 10, 191, 255

T = TypeVar("T")


def collect(checks: Mapping[str, Callable[[], T]]) -> dict[str, T]:
    """Run all checks and return their values by field; raise `Invalid` with the complaints of all fields together."""
    values: dict[str, T] = {}
    errors: dict[str, object] = {}
    for field, check in checks.items():
        try:
            values[field] = check()
        except Invalid as invalid:
            errors[field] = invalid.errors
    if errors:
        raise Invalid(errors)
    return values


def as_object(data: object) -> dict[str, Any]:
    """The body of a request about one thing. `None`: there was no body."""
    if data is None:
        raise Invalid({"non_field_errors": ["No data provided"]})
    if not isinstance(data, dict):
        raise Invalid({"non_field_errors": [f"Invalid data. Expected a dictionary, but got {type(data).__name__}."]})
    return data


def text(value: object, *, blank: bool = False, trim: bool = True, limit: int | None = None) -> str:
    """A string; numbers are taken for their digits."""
    if value is None:
        raise Invalid([_NULL])
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Invalid(["Not a valid string."])
    result = str(value).strip() if trim else str(value)
    if not result:
        if blank:
            return ""
        raise Invalid([_BLANK])
    _complain(*_length(result, limit), _NUL if "\0" in result else None)
    return result


def boolean(value: object) -> bool:
    """True or false, in JSON or as a word."""
    if value is None:
        raise Invalid([_NULL])
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    try:
        return words[str(value).lower()]
    except KeyError:
        raise Invalid(["Must be a valid boolean."]) from None


def ttl(value: object, minimum: int) -> int:
    """Seconds. Whole numbers in any JSON dress."""
    if value is None:
        raise Invalid([_NULL])
    try:
        seconds = int(re.sub(r"\.0*\s*$", "", str(value)))
    except ValueError:
        raise Invalid(["A valid integer is required."]) from None
    _complain(
        f"Ensure this value is less than or equal to {MAXIMUM_TTL}." if seconds > MAXIMUM_TTL else None,
        f"Ensure this value is greater than or equal to {minimum}." if seconds < minimum else None,
    )
    return seconds


def subname(value: object, domain: str) -> str:
    """The name below the domain; the apex is the empty string."""
    if isinstance(value, str) and "\0" in value:
        raise Invalid([_SUBNAME_HELP, _NUL])
    name = text(value, blank=True)
    if name:
        _complain(
            None if name == name.lower() else f"Invalid value (not lowercase): {name}",
            None if _SUBNAME.fullmatch(name) else _SUBNAME_HELP,
            *_length(name, MAX_SUBNAME),
        )
    if name and len(f"{name}.{domain}.") + 1 > MAX_NAME:
        raise Invalid([f"This field combined with the domain name must not exceed {MAX_NAME} characters."])
    return name


def rrset_type(value: object) -> str:
    """An upper-case type that can be written."""
    rtype = type_name(value)
    if rtype in WRITABLE:
        return rtype
    if rtype in AUTOMATIC:
        raise Invalid([f"You cannot tinker with the {rtype} RR set. It is managed automatically."])
    if rtype.startswith("TYPE"):
        raise Invalid(["Generic type format is not supported."])
    raise Invalid([f"The {rtype} RR set type is currently unsupported."])


def type_name(value: object) -> str:
    """Anything that looks like a type."""
    rtype = text(value)
    _complain(
        None if rtype == rtype.upper() else f"Invalid value (not uppercase): {rtype}",
        None if _TYPE.fullmatch(rtype) else _TYPE_HELP,
        *_length(rtype, MAX_TYPE),
    )
    return rtype


def records(value: object, *, may_be_empty: bool) -> list[str]:
    """Contents, stripped and otherwise unread."""
    if value is None:
        raise Invalid([_NULL])
    if not isinstance(value, list):
        raise Invalid({"non_field_errors": [f'Expected a list of items but got type "{type(value).__name__}".']})
    contents: list[str] = []
    complaints: list[object] = []
    for item in value:
        try:
            contents.append(_record(item))
            complaints.append({})
        except Invalid as invalid:
            complaints.append(invalid.errors)
    if any(complaints):
        raise Invalid(complaints)
    if not contents and not may_be_empty:
        raise Invalid(["This field must not be empty when using POST."])
    return contents


def _record(item: object) -> str:
    if item is None:
        raise Invalid([_NULL])
    if not isinstance(item, str):
        raise Invalid(["Must be a string."])
    try:
        return text(item)
    except Invalid as invalid:
        raise Invalid({"content": invalid.errors}) from None


def domain_complaints(value: str) -> list[str]:
    """What is wrong with the form of a domain name; nothing for a good one."""
    return [
        complaint
        for complaint in (
            None if value == value.lower() else f"Invalid value (not lowercase): {value}",
            None if _DOMAIN.fullmatch(value) else _DOMAIN_HELP,
            *_length(value, MAX_DOMAIN),
        )
        if complaint is not None
    ]


def _length(value: str, limit: int | None) -> tuple[str | None]:
    too_long = limit is not None and len(value) > limit
    return (f"Ensure this field has no more than {limit} characters." if too_long else None,)


def _complain(*complaints: str | None) -> None:
    found: list[object] = [complaint for complaint in complaints if complaint is not None]
    if found:
        raise Invalid(found)
