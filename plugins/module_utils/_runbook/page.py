# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A document as one HTML page, which prints. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape

from .._page import inline, page
from .document import Block, Commands, Document, Table, Text

_STYLE = """
:root{color-scheme:light dark;font:16px/1.45 system-ui,sans-serif}
body{margin:1.2rem auto;max-width:60rem;padding:0 1rem}
h1{font-size:1.7rem;margin:.2rem 0}h2{font-size:1.2rem;margin:1.3rem 0 .3rem;border-bottom:1px solid #8888}
p{margin:.4rem 0}code,pre{font:.85rem/1.4 ui-monospace,monospace}
pre{border:1px solid #8888;border-left:4px solid #b00020;padding:.4rem .6rem;margin:.3rem 0;white-space:pre-wrap}
pre{overflow-wrap:anywhere;user-select:all}td,th{border:1px solid #8888;padding:.2rem .5rem;text-align:left}
table{border-collapse:collapse;margin:.4rem 0}td{overflow-wrap:anywhere}details pre{border-left-width:1px}
@page{size:A4;margin:11mm}
@media print{:root{font-size:10px}body{margin:0;max-width:none;padding:0}h2{break-after:avoid}
pre,tr{break-inside:avoid}details{display:block}}
"""

_EMPHASIS = re.compile(r"\*([^*]+)\*")


def to_html(document: Document, scripts: Mapping[str, str]) -> str:
    """The whole page. scripts: by the names of their files; they are printed at the end, to be typed in."""
    return page(f"Runbook: {document.title}", _STYLE, _body(document, scripts))


def _body(document: Document, scripts: Mapping[str, str]) -> Iterator[str]:
    yield f"<h1>{escape(document.title)}</h1>"
    for block in document.lead:
        yield from _block(block)
    for section in document.sections:
        yield f"<h2>{escape(section.title)}</h2>"
        for block in section.blocks:
            yield from _block(block)
    if scripts:
        yield "<h2>Scripts</h2>"
    for name, text in scripts.items():
        yield f"<details open><summary><code>{escape(name)}</code></summary><pre>{escape(text)}</pre></details>"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Text(text):
            yield f"<p>{_text(text)}</p>"
        case Commands(lines):
            # Each by itself: one click marks a whole command.
            yield from (f"<pre>{escape(line)}</pre>" for line in lines)
        case Table(heading, rows):
            yield "<table>"
            if any(heading):
                yield f"<thead><tr>{''.join(f'<th>{_text(cell)}</th>' for cell in heading)}</tr></thead>"
            yield "<tbody>"
            for row in rows:
                yield f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>"
            yield "</tbody></table>"


def _text(text: str) -> str:
    return _EMPHASIS.sub(r"<em>\1</em>", inline(text))
