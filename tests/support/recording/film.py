# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording as an SVG that moves by CSS alone, and can be read back. Pure.

All rows stand on one long strip, which moves up by a row whenever one is added; the window shows its end. So nothing
but the position of the strip changes. Who prefers pictures that stand still sees the last rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from xml.etree import ElementTree

from .terminal import Recording, Row, Span

COLUMNS, ROWS = 100, 30

_CHARACTER, _LINE, _MARGIN, _HEAD = 7.8, 17, 14, 30
#: Seconds for which the end stays, before it begins again.
_END = 6.0

#: By the numbers of a style, its class.
_CLASSES = {
    "1": "b",
    "2": "d",
    "1;36": "t",
    "0;31": "r",
    "1;31": "r",
    "0;32": "g",
    "0;33": "y",
    "0;34": "l",
    "0;36": "l",
    "1;30": "d",
    "1;35": "y",
}

_STYLE = """\
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d4d4d8;
  white-space: pre; }
.b { fill: #ffffff; font-weight: bold; } .d { fill: #94a3b8; } .t { fill: #67e8f9; font-weight: bold; }
.r { fill: #fca5a5; } .g { fill: #86efac; } .y { fill: #fde047; } .l { fill: #93c5fd; }"""

_NAME = "{http://www.w3.org/2000/svg}"


def draw(recording: Recording, title: str) -> str:
    """The SVG."""
    width = round(2 * _MARGIN + COLUMNS * _CHARACTER)
    height = _HEAD + (ROWS + 1) * _LINE + _MARGIN
    seconds = recording.seconds + _END
    strip = [(row.at, number) for number, row in enumerate(recording.rows, 1)]
    status = [(row.at, number) for number, row in enumerate(recording.passing, 1)]
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{_STYLE}\n{_motion('strip', strip, seconds)}\n{_motion('status', status, seconds)}\n</style>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#18181b"/>',
        *(f'<circle cx="{18 + 18 * number}" cy="15" r="5" fill="#52525b"/>' for number in range(3)),
        f'<svg x="{_MARGIN}" y="{_HEAD}" width="{width - 2 * _MARGIN}" height="{ROWS * _LINE}"><g id="strip">',
        *_rows(recording.rows, ROWS),
        "</g></svg>",
        f'<svg x="{_MARGIN}" y="{_HEAD + ROWS * _LINE}" width="{width - 2 * _MARGIN}" height="{_LINE}"><g id="status">',
        *_rows(recording.passing, 1),
        "</g></svg>",
        "</svg>",
    ]
    return "\n".join(body) + "\n"


def _motion(name: str, steps: Sequence[tuple[float, int]], seconds: float) -> str:
    """The rules that move a strip to the row of each step, and without motion to the last one."""
    places = {0.0: 0}
    for at, number in steps:
        places[round(100 * at / seconds, 3)] = number
    frames = " ".join(
        f"{share:g}% {{ transform: translateY({-number * _LINE}px); }}" for share, number in places.items()
    )
    last = -places[max(places)] * _LINE
    return (
        f"#{name} {{ transform: translateY({last}px); }}\n@keyframes {name} {{ {frames} }}\n"
        f"@media (prefers-reduced-motion: no-preference) {{ #{name} {{ animation: {name} {seconds:.1f}s step-end"
        " infinite; } }"
    )


def _rows(rows: Sequence[Row], window: int) -> Iterator[str]:
    """The rows below the window, into which they move."""
    for number, row in enumerate(rows):
        y = (window + number) * _LINE + 13
        kind = ' class="more"' if row.continues else ""
        yield f"<g{kind}>{''.join(_spans(row, y))}</g>"


def _spans(row: Row, y: float) -> Iterator[str]:
    column = 0
    for span in row.spans:
        yield _text(span, column, y)
        column += len(span.text)


def _text(span: Span, column: int, y: float) -> str:
    kind = _CLASSES.get(span.style, "")
    names = f' class="{kind}"' if kind else ""
    length = len(span.text) * _CHARACTER
    return (
        f'<text x="{column * _CHARACTER:.1f}" y="{y}" textLength="{length:.1f}" xml:space="preserve"{names}>'
        f"{escape(span.text)}</text>"
    )


def shown(picture: str) -> list[str]:
    """The lines that a picture shows, those that pass left out."""
    found: list[str] = []
    strip = next(one for one in ElementTree.fromstring(picture).iter(f"{_NAME}g") if one.get("id") == "strip")
    for row in strip:
        text = "".join(one.text or "" for one in row)
        if row.get("class") == "more":
            found[-1] += text
        else:
            found.append(text)
    return found
