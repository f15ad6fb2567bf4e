# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sheet for the IRN as one HTML page that needs nothing else, and prints. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from .._page import page
from .irn import CHECKSUM, ELSEWHERE, READ, SOURCE, VERSION, CriterionData, LevelData

_STYLE = """
:root{color-scheme:light dark;font:14px/1.4 system-ui,sans-serif}
body{margin:1.5rem auto;max-width:75rem;padding:0 1rem}h1{font-size:1.3rem}h2{font-size:1.05rem}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #8888;padding:.3rem .5rem}
th,td{text-align:left;vertical-align:top;overflow-wrap:anywhere}ul{margin:0;padding-left:1.1rem}
.note{font-size:.85rem;opacity:.8}
@page{size:A4 landscape;margin:9mm}
@media print{:root{font-size:9px}body{margin:0;max-width:none;padding:0}tr{break-inside:avoid}}
"""


def to_html(taken: str, rows: Sequence[CriterionData], levels: Mapping[str, LevelData]) -> str:
    """The whole page. taken: when it was measured. levels: those that were entered, of all criteria."""
    return page(f"IRN {VERSION}: what was measured", _STYLE, _body(taken, rows, levels))


def _body(taken: str, rows: Sequence[CriterionData], levels: Mapping[str, LevelData]) -> Iterator[str]:
    yield f"<h1>Evidence for the IRN, version {VERSION}</h1>"
    yield (
        f'<p class="note">Measured {escape(taken)}. Identifiers of the criteria: {escape(SOURCE)} (SHA-256 {CHECKSUM}, '
        f"read in a copy of {READ}). The words are ours, and no substitute for the publisher's, which are under "
        "CC BY-NC-ND 4.0. Nothing here computes a level.</p>"
    )
    yield "<table><thead><tr><th>Criterion</th><th>Measured</th><th>Declared</th><th>Not known here</th>"
    yield "<th>Level entered</th></tr></thead><tbody>"
    for row in rows:
        cells = "".join(f"<td>{_lines(row[key])}</td>" for key in ("measured", "declared", "unknown"))
        yield f"<tr><th>{row['id']}<br>{escape(row['about'])}</th>{cells}"
        yield f"<td>{_level(row['level'], row['level_source'])}</td></tr>"
    yield "</tbody></table><h2>No evidence from outside</h2><p>"
    yield ", ".join(_elsewhere(one, levels.get(one)) for one in ELSEWHERE)
    yield "</p>"


def _lines(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>" if lines else ""


def _level(level: str, source: str) -> str:
    return f"{escape(level)} ({escape(source)})" if level else ""


def _elsewhere(one: str, entered: LevelData | None) -> str:
    return f"{one}: {_level(entered['level'], entered['source'])}" if entered else one
