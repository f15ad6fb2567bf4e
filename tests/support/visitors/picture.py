# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures as a picture: a line for each replay, a point for each strategy, minutes on a logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape

from .measure import FLOOR, FROM_THREE, NO_FAILOVER, SHARP_EYED, WATCHED, Costs, mean
from .replays import REPLAYS

#: Colour and radius; what is not here is not shown, so that the picture can be read.
_POINTS = {
    NO_FAILOVER: ("#be123c", 7),
    "by hand after 44 minutes": ("#b5541c", 6),
    "inspiring script, own URLs": ("#a16207", 6),
    "cron, three in a row": ("#7c3aed", 6),
    "Route 53, every 30 s": ("#64748b", 6),
    "Cloudflare load balancer": ("#0f172a", 5),
    "twinzone, every two minutes": ("#4d7c0f", 6),
    WATCHED: ("#0b6e99", 7),
    FROM_THREE: ("#0f766e", 6),
    SHARP_EYED: ("#0ea5e9", 5),
}

_LEFT, _RIGHT, _TOP, _STEP, _WIDTH = 110, 20, 100, 42, 960
_LEAST, _MOST = 0.05, 500.0
_TICKS = (0.1, 0.3, 1, 3, 10, 30, 100, 300)


def _x(minutes: float) -> float:
    share = math.log(max(minutes, _LEAST) / _LEAST) / math.log(_MOST / _LEAST)
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def picture(costs: Costs) -> str:
    """The picture as SVG."""
    height = _TOP + _STEP * len(REPLAYS) + 40
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
        ' font-family="sans-serif" font-size="13" role="img">',
        "<title>Minutes that a visitor loses in real outages, by what reacts to them</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        *_legend(),
    ]
    bottom = _TOP + _STEP * len(REPLAYS) - 10
    for tick in _TICKS:
        lines.append(f'<path d="M{_x(tick):.1f},{_TOP - 14} V{bottom}" stroke="#e2e8f0"/>')
        lines.append(_text(_x(tick), bottom + 18, f"{tick:g}", "middle"))
    lines.append(_text(_WIDTH - _RIGHT, bottom + 36, "minutes that a visitor loses", "end"))
    for number, replay in enumerate(REPLAYS):
        lines += _replay(costs, replay.short, _TOP + number * _STEP)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _replay(costs: Costs, short: str, top: float) -> Iterator[str]:
    yield _text(_LEFT - 12, top + 5, short, "end")
    floor = mean(costs[FLOOR][short])
    if not mean(costs[NO_FAILOVER][short]):
        yield _text(_LEFT + 8, top + 5, "nobody loses anything, and nothing may move", "start")
        return
    yield f'<path d="M{_LEFT},{top} H{_WIDTH - _RIGHT}" stroke="#cbd5e1"/>'
    yield f'<path d="M{_x(floor):.1f},{top - 12} V{top + 12}" stroke="#16a34a" stroke-width="4"/>'
    for name, (colour, radius) in _POINTS.items():
        minutes = mean(costs[name][short])
        label = escape(f"{short}, {name}: {minutes:.2f} minutes")
        yield (
            f'<circle cx="{_x(minutes):.1f}" cy="{top}" r="{radius}" fill="{colour}" fill-opacity="0.85">'
            f"<title>{label}</title></circle>"
        )


def _legend() -> Iterator[str]:
    for number, (name, (colour, radius)) in enumerate(_POINTS.items()):
        x, y = 30 + 235 * (number % 4), 22 + 22 * (number // 4)
        yield f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}"/>'
        yield _text(x + 13, y + 5, name, "start")
    x, y = 30 + 235 * 2, 22 + 22 * 2
    yield f'<path d="M{x},{y - 9} V{y + 9}" stroke="#16a34a" stroke-width="4"/>'
    yield _text(x + 13, y + 5, FLOOR, "start")


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#1e293b">{escape(text)}</text>'
