# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How all sites stand as one page for a screen on the wall, with what happened lately. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from .._failover.summary import movement
from .._page import page
from .._timestamps import timestamp
from .history import Stretch
from .incidents import Incident
from .standing_rows import Row

#: Seconds after which a browser loads the page again.
_REFRESH = 60

#: The most lines of the timeline, and the most incidents; the newest are shown.
_LINES, _INCIDENTS = 20, 5

_STYLE = """
:root{color-scheme:light dark;font:18px/1.4 system-ui,sans-serif}
body{margin:1rem auto;max-width:100rem;padding:0 1.2rem}
h1{font-size:1.8rem;margin:.2rem 0;padding:.3rem .8rem;border-radius:.4rem;color:#fff}
h1.well{background:#116329}h1.ill{background:#b00020}h2{font-size:1.1rem;margin:1.2rem 0 .3rem}
.sites{display:grid;grid-template-columns:repeat(auto-fill,minmax(24rem,1fr));gap:.8rem}
.site{border:1px solid #8888;border-left:.5rem solid #b00020;border-radius:.4rem;padding:.4rem .8rem}
.site.well{border-left-color:#116329}.site b{font-size:1.3rem}.site p{margin:.15rem 0;overflow-wrap:anywhere}
.up{color:#116329}.down{color:#b00020;font-weight:600}.degraded,.unknown{color:#8a5a00}
@media (prefers-color-scheme:dark){.up{color:#7ee29a}.down{color:#ff8a9a}.degraded,.unknown{color:#ffc14d}}
table{border-collapse:collapse;width:100%;font-size:.85rem}td,th{text-align:left;padding:.15rem .5rem}
td,th{border-bottom:1px solid #8886;vertical-align:top;overflow-wrap:anywhere}.note{font-size:.85rem;opacity:.8}
@media print{:root{font-size:10px}h1{color:#000;border:1px solid}}
"""

#: Verdicts that have a style of their own.
_VERDICTS = ("up", "down", "degraded", "unknown")


def to_html(rows: Sequence[Row], stretches: Sequence[Stretch], incidents: Sequence[Incident], taken: str) -> str:
    """The whole page. taken: when it was made, in ISO 8601."""
    return page("How the sites stand", _STYLE, _body(rows, stretches, incidents, taken), refresh=_REFRESH)


def _body(
    rows: Sequence[Row], stretches: Sequence[Stretch], incidents: Sequence[Incident], taken: str
) -> Iterator[str]:
    ill = [row["site"] for row in rows if not row["well"]]
    heading = (
        f"{len(ill)} of {len(rows)} sites need a look: {', '.join(ill)}" if ill else f"All {len(rows)} sites are well"
    )
    yield f'<h1 class="{"ill" if ill else "well"}">{escape(heading)}</h1>'
    yield f'<p class="note">Made {escape(taken)}. If that is long ago, no run has come since: look at the schedule.</p>'
    yield '<div class="sites">'
    for row in sorted(rows, key=lambda row: (row["well"], row["site"])):
        yield from _site(row)
    yield "</div>"
    if incidents:
        yield "<h2>Last incidents</h2>"
        yield _table(
            ("Began", "Site", "Why", "Moved", "Everywhere", "Back"), map(_incident, incidents[::-1][:_INCIDENTS])
        )
    if stretches:
        yield "<h2>What happened</h2>"
        yield _table(("Since", "Until", "Site", "Outcome", "Front", "Why"), map(_stretch, stretches[::-1][:_LINES]))


def _site(row: Row) -> Iterator[str]:
    yield f'<div class="site{" well" if row["well"] else ""}"><p><b>{escape(row["site"])}</b></p>'
    since = f" since {row['since']}" if row["since"] else ""
    yield f"<p>at <b>{escape(row['active'] or '?')}</b>{escape(since)}</p>"
    yield f"<p>{', '.join(_front(name, one['verdict']) for name, one in row['fronts'].items())}</p>"
    lines = {
        "": f"{row['outcome']}: {row['reason']}" if row["outcome"] else row["reason"],
        "servers": ""
        if row["agree"]
        else "differ: " + ", ".join(f"{name}: {to}" for name, to in row["served"].items()),
        "names": row["names"] if row["names"] != "follow" else "",
        "pin": row["pin"],
        "next": row["next"] if row["next"] != "nothing" else "",
        "drill": row["drill"],
        "seen": row["seen"],
    }
    for label, text in lines.items():
        if text:
            yield f"<p>{escape(f'{label} {text}'.strip())}</p>"
    yield "</div>"


def _front(name: str, verdict: str) -> str:
    style = verdict if verdict in _VERDICTS else "unknown"
    return f'<span class="{style}">{escape(name)} {escape(verdict)}</span>'


def _incident(incident: Incident) -> tuple[str, ...]:
    moments = (incident.moved, incident.settled, incident.back)
    moved, settled, back = (timestamp(moment or 0) or "not yet" for moment in moments)
    to = f"to {incident.moved_to}, " if incident.moved_to else ""
    return timestamp(incident.began), incident.site, incident.reason, f"{to}{moved}", settled, back


def _stretch(stretch: Stretch) -> tuple[str, ...]:
    last = stretch.last
    front = movement(last.before, last.front)
    times = (timestamp(stretch.first.started), timestamp(last.finished))
    return (*times, last.site, last.outcome, front, last.reason)


def _table(heading: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{cell}</th>" for cell in heading)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
