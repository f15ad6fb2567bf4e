# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dependency page: one HTML file that needs no network and no script, and prints on one sheet. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from .._page import page
from .answers import Answers, CertificateAnswer, NameAnswer, RowAnswer, Scenario
from .drawing import drawing
from .operators import ROLES

#: More rows than this do not fit on a page; the CSV file has all of them.
MOST_ROWS = 15

#: More names than these are counted: in a table, and in one of its cells.
MOST_NAMES, _IN_A_CELL = 40, 8

_COLUMNS = {
    "dns": "DNS host",
    "registry": "Registry",
    "cdn_active": "CDN, active",
    "cdn_standby": "CDN, standby",
    "ca_active": "CA, active",
    "ca_standby": "CA, standby",
    "api": "API",
    "origin": "Origin",
    "resolver": "Resolver",
    "controls": "Controls",
    "vantages": "Vantages",
    "webhooks": "Alerts",
    "registrar": "Registrar",
    "runner": "Runner",
    "secrets": "Secrets",
    "git": "Git",
    "sso": "SSO",
    "mail": "Mail",
    "status_page": "Status page",
}

_SYMBOLS = {"direct": "●", "behind": "○", "unknown": "?"}

_STYLE = """
:root{color-scheme:light dark;font:14px/1.4 system-ui,sans-serif}
body{margin:1.5rem auto;max-width:75rem;padding:0 1rem}
h1{font-size:1.3rem}h2{font-size:1.05rem;margin:1.4rem 0 .4rem}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #8888;padding:.2rem .4rem;text-align:left}
td.c{text-align:center;width:1.6rem}th.v{font-weight:400;font-size:.8rem;vertical-align:bottom}
th.v span{writing-mode:vertical-rl;transform:rotate(180deg);white-space:nowrap}
td,th{overflow-wrap:anywhere}ol{margin:.2rem 0;padding-left:1.4rem}
.down{color:#b00020;font-weight:600}.possible{color:#8a5a00}.up{color:#116329}
@media (prefers-color-scheme:dark){.down{color:#ff8a9a}.possible{color:#ffc14d}.up{color:#7ee29a}}
.note{font-size:.85rem;opacity:.8}svg{max-width:100%;height:auto}
@page{size:A4 landscape;margin:9mm}
@media print{:root{font-size:8.5px}body{margin:0;max-width:none;padding:0}h1{font-size:13px}h2{margin:5px 0 2px}
.screen{display:none}th,td{padding:0 3px}svg{max-height:30mm}.parts{columns:2;column-gap:4mm}h2{break-after:avoid}
.parts h2:first-child{margin-top:0}table{line-height:1.25}}
"""

# Shows one scenario and hides the others; without it, all are there to read.
_SCRIPT = """
const choice=document.getElementById('choice');
const rows=[...document.querySelectorAll('[data-fails]')];
for(const name of new Set(rows.map(row=>row.dataset.fails)))choice.add(new Option(name,name));
choice.onchange=()=>{for(const row of rows)row.hidden=choice.value!==''&&row.dataset.fails!==choice.value};
choice.parentElement.hidden=false;
"""


def to_html(answers: Answers, changed: Sequence[str] = ()) -> str:
    """The whole page. changed: what is answered otherwise than the last time."""
    return page("Who can take the site down", _STYLE, _body(answers, changed), _SCRIPT)


def _body(answers: Answers, changed: Sequence[str]) -> Iterator[str]:
    yield f"<h1>{escape(answers['headline'])}</h1>"
    legend = "● has the role itself, ○ what has the role depends on it, ? not declared"
    certain = '<span class="down">certainly</span>, <span class="possible">possibly</span>'
    yield f'<p class="note">Seen {escape(answers["taken"])}. {legend}. It takes a name down: {certain}.</p>'
    if answers["advice"]:
        yield "<h2>What to change first</h2><ol>"
        yield from (f"<li>{escape(line)}</li>" for line in answers["advice"])
        yield "</ol>"
    yield from _matrix(answers["operators"])
    yield '<div class="parts">'
    yield from _scenarios(answers["scenarios"], answers["names"])
    yield "<h2>The way to each name</h2>"
    yield drawing(answers)
    yield from _points(answers["names"])
    yield from _certificates(answers["certificates"])
    yield from _stays(answers)
    if changed:
        yield "<h2>Changed since the last time</h2><ul>"
        yield from (f"<li>{escape(line)}</li>" for line in changed)
        yield "</ul>"
    yield "</div>"


def _matrix(rows: Sequence[RowAnswer]) -> Iterator[str]:
    roles = [role for role in ROLES if any(role in row["roles"] for row in rows)]
    yield "<h2>Who is what</h2><table><thead><tr><th>Operator</th><th>takes down now</th><th>after a failover</th>"
    yield from (f'<th class="v"><span>{escape(_COLUMNS[role])}</span></th>' for role in roles)
    yield "</tr></thead><tbody>"
    for row in rows[:MOST_ROWS]:
        cells = "".join(
            f'<td class="c">{_SYMBOLS[row["roles"][role]] if role in row["roles"] else ""}</td>' for role in roles
        )
        down = f"<td>{_down(row['takes_down_now'])}</td><td>{_down(row['takes_down_after'])}</td>"
        yield f"<tr><th>{escape(row['operator'])}</th>{down}{cells}</tr>"
    yield "</tbody></table>"
    if len(rows) > MOST_ROWS:
        yield f'<p class="note">{len(rows) - MOST_ROWS} more operators are in the CSV file.</p>'


def _heading(*columns: str) -> str:
    return f"<table><thead><tr>{''.join(f'<th>{column}</th>' for column in columns)}</tr></thead><tbody>"


def _down(names: Mapping[str, str]) -> str:
    shown = [f'<span class="{value}">{escape(name.rstrip("."))}</span>' for name, value in names.items()]
    more = [f"and {len(shown) - _IN_A_CELL} more"] if len(shown) > _IN_A_CELL else []
    return ", ".join([*shown[:_IN_A_CELL], *more])


def _uncounted(names: Sequence[NameAnswer]) -> Iterator[str]:
    if len(names) > MOST_NAMES:
        yield f'<p class="note">{len(names) - MOST_NAMES} more names are in the JSON file.</p>'


def _scenarios(scenarios: Sequence[Scenario], names: Sequence[NameAnswer]) -> Iterator[str]:
    yield '<h2>What if it fails?</h2><p class="screen" hidden><label for="choice">Show only: </label>'
    yield '<select id="choice"><option value="">all</option></select></p>'
    yield _heading("If this fails", "Name", "Without a failover", "After it", "")
    for scenario in scenarios:
        operator = scenario["operator"]
        for name in names[:MOST_NAMES]:
            fate = name["if_fails"][operator]
            cells = "".join(f'<td class="{value}">{value}</td>' for value in (fate["now"], fate["after"]))
            shown = escape(name["name"].rstrip("."))
            yield f'<tr data-fails="{escape(operator)}"><td>{escape(operator)}</td><td>{shown}</td>'
            yield f"{cells}<td>{escape(fate['word'])}</td></tr>"
    yield "</tbody></table>"
    yield from _uncounted(names)


def _points(names: Sequence[NameAnswer]) -> Iterator[str]:
    yield "<h2>Single points of failure</h2>"
    yield _heading("Name", "now", "after a failover", "no way out")
    for name in names[:MOST_NAMES]:
        points = name["single_points"]
        cells = "".join(f"<td>{_down(points[when])}</td>" for when in ("now", "after"))
        yield f"<tr><th>{escape(name['name'].rstrip('.'))}</th>{cells}<td>{escape(name['why_not'])}</td></tr>"
    yield "</tbody></table>"
    yield from _uncounted(names)


def _certificates(certificates: Sequence[CertificateAnswer]) -> Iterator[str]:
    if not certificates:
        return
    yield "<h2>Who signs the certificates</h2>"
    yield _heading("Front", "signed by", "until", "not renewed without")
    for one in certificates:
        authority, ends = one["authority"] or "not seen", one["ends"] or "not seen"
        cells = f"<td>{escape(authority)}</td><td>{escape(ends)}</td><td>{_down(one['renewal'])}</td>"
        yield f"<tr><th>{escape(one['site'])}: {escape(one['front'])}</th>{cells}</tr>"
    yield "</tbody></table>"


def _stays(answers: Answers) -> Iterator[str]:
    """What cannot leave its provider, and where nobody could look for that."""
    if answers["locked"]:
        yield "<h2>What cannot leave</h2>"
        yield _heading("Record", "at", "needs")
        for one in answers["locked"]:
            record = f"{one['name'].rstrip('.')} {one['type']}"
            cells = f"<td>{escape(one['provider'])}</td><td>{escape(one['product'])}</td>"
            yield f"<tr><th>{escape(record)}</th>{cells}</tr>"
        yield "</tbody></table>"
    if answers["unread"]:
        unread = escape("; ".join(answers["unread"]))
        yield f'<p class="note">What proxies hide is not known of zones that could not be read: {unread}.</p>'
