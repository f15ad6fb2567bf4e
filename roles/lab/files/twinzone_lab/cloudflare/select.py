# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list call's filters, order and pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from .errors import invalid
from .records import Record

T = TypeVar("T")

_TEXT_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "": lambda have, want: have == want,
    "exact": lambda have, want: have == want,
    "contains": lambda have, want: want in have,
    "startswith": lambda have, want: have.startswith(want),
    "endswith": lambda have, want: have.endswith(want),
}


def page_of(items: Sequence[T], query: Mapping[str, str], default: int, most: int) -> tuple[list[T], dict[str, int]]:
    """One page and its `result_info`. A page beyond the end is empty."""
    page = max(_number(query, "page", 1), 1)
    per_page = min(max(_number(query, "per_page", default), 1), most)
    part = list(items[(page - 1) * per_page : page * per_page])
    pages = -(-len(items) // per_page)
    return part, {
        "page": page,
        "per_page": per_page,
        "count": len(part),
        "total_count": len(items),
        "total_pages": pages,
    }


def select(records: list[Record], query: Mapping[str, str]) -> list[Record]:
    """The records that the query asks for, in its order. Every comparison is case-insensitive."""
    tests = [test for key, value in query.items() if (test := _test(key, value.lower(), query))]
    combine = any if query.get("match") == "any" and tests else all
    found = [record for record in records if combine(test(record) for test in tests)]
    if order := query.get("order"):
        if order not in ("type", "name", "content", "ttl", "proxied"):
            raise invalid("order must be one of type, name, content, ttl, proxied")
        found.sort(key=lambda record: getattr(record, order), reverse=query.get("direction") == "desc")
    return found


def _test(key: str, want: str, query: Mapping[str, str]) -> Callable[[Record], bool] | None:
    field, _unused, operator = key.partition(".")
    if not operator and (plain := _plain_test(field, want)):
        return plain
    if field in ("comment", "tag") and operator in ("present", "absent"):
        return lambda record: bool(_values(record, field)) is (operator == "present")
    if operator not in _TEXT_TESTS or field not in ("tag", "name", "content", "comment"):
        return None
    compare = _TEXT_TESTS[operator]
    if field == "tag":
        combine = any if query.get("tag_match") == "any" else all
        wanted = want.split(",")
        return lambda record: combine(any(compare(have, tag) for have in _values(record, field)) for tag in wanted)
    return lambda record: any(compare(have, want) for have in _values(record, field))


def _plain_test(field: str, want: str) -> Callable[[Record], bool] | None:
    """The test of a field without an operator; None for page, order and whatever is unknown."""
    tests: dict[str, Callable[[Record], bool]] = {
        "type": lambda record: record.type.lower() == want,
        "proxied": lambda record: record.proxied is (want == "true"),
        "search": lambda record: want in f"{record.name} {record.content} {record.comment or ''}".lower(),
    }
    return tests.get(field)


def _values(record: Record, field: str) -> list[str]:
    if field == "tag":
        return [tag.lower() for tag in record.tags]
    value: Any = getattr(record, field)
    return [value.lower()] if value else []


def _number(query: Mapping[str, str], key: str, default: int) -> int:
    try:
        return int(query.get(key, default))
    except ValueError:
        raise invalid(f"{key} must be a number") from None
