# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of Cloudflare's API in the form that they must have, and its lists, which come in pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..api import MOST_PAGES, Answer, Api, json_of
from ..body import Malformed
from .errors import checked


def pages(api: Api, path: str, size: int, **query: str) -> Iterator[dict[str, Any]]:
    """The items on all pages of a list. size: items on a page, of which the server may make fewer."""
    known: set[str] = set()
    for number in range(1, MOST_PAGES + 1):
        answer = api.get(path, {**query, "per_page": size, "page": number}, page)
        items, info = answer["result"], answer.get("result_info") or {}
        yield from items
        before = len(known)
        known.update(item["id"] for item in items)
        total = usable_total(info, items)
        if len(known) == before:
            if total is None or len(known) >= total:
                return
            raise Malformed(f"of {total} items it lists only {len(known)}")
        # After a full page more may come, whatever the total says.
        if total is not None and len(known) >= total and len(items) < _page_size(info, size):
            return
    raise Malformed(f"a list of more than {MOST_PAGES} pages")


def page(answer: Answer) -> dict[str, Any]:
    """One page of a list. Raises ProviderError."""
    return dict(json_of(checked(answer), _is_list))


def usable_total(info: Mapping[str, Any], items: Sequence[Any]) -> float | None:
    """How many items there are on all pages; None where the answer does not say so."""
    total = info.get("total_count")
    if not isinstance(total, (int, float)) or isinstance(total, bool) or total < len(items):
        return None
    return total


def _page_size(info: Mapping[str, Any], asked: int) -> int:
    """How many items a page of a list has, of which the server may make fewer than were asked for."""
    given = info.get("per_page")
    return given if isinstance(given, int) and 0 < given < asked else asked


def is_success(data: Any) -> bool:
    """Whether an answer says of itself that it is a success."""
    return isinstance(data, dict) and data.get("success") is True


def _is_list(data: Any) -> bool:
    return is_success(data) and _are_dicts(data.get("result"))


def _are_dicts(items: Any) -> bool:
    return isinstance(items, list) and all(isinstance(item, dict) for item in items)
