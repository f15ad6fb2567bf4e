# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small layered drawing: public names, the way that they take now, and who runs each step. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from .answers import Answers
from .facts import SiteData

_WIDTH, _HEIGHT = 190, 26
_COLUMN, _ROW = 235, 36

#: More boxes than this in one column are not drawn; the tables have all of them.
MOST_BOXES = 12


def drawing(answers: Answers) -> str:
    """An SVG image in three columns: public names, routers, and the targets of the fronts."""
    columns = _columns(answers["facts"]["sites"])
    height = _ROW * max((len(column) for column in columns), default=1)
    box = f"0 0 {_COLUMN * len(columns)} {height}"
    parts = [f'<svg role="img" aria-label="The way to each name" viewBox="{box}" width="100%">']
    for place, column in enumerate(columns):
        parts += [_box(place, row, text) for row, text in enumerate(column)]
    parts += [
        _line(place, one, other)
        for place, (left, right) in enumerate(pairwise(columns))
        for one in range(len(left))
        for other in range(len(right))
        if _joined(answers, place, left[one], right[other])
    ]
    return "".join([*parts, "</svg>"])


def _columns(sites: Sequence[SiteData]) -> list[list[str]]:
    names = [name for site in sites for name in site["public_names"]]
    routers = [site["router"] for site in sites if site["router"]]
    fronts = [front["target"] for site in sites if site["router"] for front in site["fronts"]]
    return [list(dict.fromkeys(column))[:MOST_BOXES] for column in (names, routers, fronts)]


def _joined(answers: Answers, place: int, left: str, right: str) -> bool:
    sites = answers["facts"]["sites"]
    if place == 0:
        through = {name["name"] for name in answers["names"] if name["leads_through"]}
        return any(left in through and left in site["public_names"] and right == site["router"] for site in sites)
    return any(left == site["router"] and right in [front["target"] for front in site["fronts"]] for site in sites)


def _box(place: int, row: int, text: str) -> str:
    x, y = place * _COLUMN + 2, row * _ROW + 4
    shown = text.rstrip(".")
    short = shown if len(shown) <= 28 else f"{shown[:27]}…"
    return (
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="4" fill="none" stroke="currentColor"/>'
        f'<text x="{x + 6}" y="{y + 17}" font-size="11" fill="currentColor">{escape(short)}</text>'
    )


def _line(place: int, one: int, other: int) -> str:
    x1, x2 = place * _COLUMN + 2 + _WIDTH, (place + 1) * _COLUMN + 2
    y1, y2 = (row * _ROW + 4 + _HEIGHT // 2 for row in (one, other))
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="currentColor" stroke-opacity=".5"/>'
