# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight as one page of HTML that needs nothing else, and prints. Pure."""

from __future__ import annotations

from html import escape

from .._page import page
from .finding import LEVELS, OK, Result
from .report import Report

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em }
body { color: #222; background: #fff } h1 { font-size: 1.4em }
td, th { text-align: left; vertical-align: top; padding: .35em .7em; border-bottom: 1px solid #ddd }
table { border-collapse: collapse; width: 100% } .level { font-weight: bold; white-space: nowrap }
.fail .level { color: #b00020 } .warn .level { color: #945800 } .unknown .level { color: #555 }
.accepted .level { color: #555 } .ok .level { color: #1b6e2e } .remedy { color: #444 } td { overflow-wrap: anywhere }
@media print { body { margin: 0; max-width: none; font-size: 10pt } tr { break-inside: avoid } }
"""


def html(report: Report) -> str:
    """The page. Names and texts come from others, so all are escaped, and no script runs."""
    counts = ", ".join(f"{report['counts'][level]} {level}" for level in LEVELS if report["counts"][level])
    verdict = "A failover would work" if report["passed"] else "A failover would not work as it should"
    rows = "".join(map(_row, report["results"]))
    body = (
        f"<h1>{verdict}</h1><p>Seen at {escape(report['when'])}: {counts or 'nothing was checked'}.</p>"
        f"<table><thead><tr><th>Level</th><th>Check</th><th>Subject</th><th>Seen</th></tr></thead><tbody>{rows}"
        "</tbody></table>"
    )
    return page(f"Preflight: {verdict}", _STYLE, [body])


def _row(one: Result) -> str:
    notes = [one["remedy"] if one["level"] != OK else "", one["note"]]
    more = "".join(f'<br><span class="remedy">{escape(note)}</span>' for note in notes if note)
    return (
        f'<tr class="{escape(one["level"])}"><td class="level">{escape(one["level"])}</td><td>{escape(one["id"])}</td>'
        f"<td>{escape(one['subject'])}</td><td>{escape(one['seen'])}{more}</td></tr>\n"
    )
