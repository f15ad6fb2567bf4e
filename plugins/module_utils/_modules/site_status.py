# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module site_status: what a run decided or reported in, lines, a document and a page out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .._failover.data.result import RESULT_SCHEMA
from .._preflight.facts import Drilled
from .._preflight.gather import last_drills
from .._providers.registry import PROVIDERS
from .._reports import files as reports_files
from .._reports import history, standing_rows, status
from .._reports.standing_rows import Row
from .._reports.status_page import to_html
from .._timestamps import timestamp
from .module import fail, make_module

#: For whoever shows it on a screen, mostly a web server that runs as another user.
_MODE = 0o644

#: Reports of a site that are read for the page: enough for its timeline.
_NEWEST = 100

SPEC: dict[str, Any] = {
    "decisions": {"type": "list", "elements": "dict", "default": []},
    "results": {"type": "dict", "default": {}},
    "types": {"type": "list", "elements": "str", "default": []},
    "directory": {"type": "path"},
    "page": {"type": "path"},
}


def main() -> None:
    module = make_module(SPEC)
    params = module.params
    now = int(time.time())
    place = Path(params["directory"]) if params["directory"] else None
    drilled = last_drills(_texts(place, "*.drill.json"))
    rows = [standing_rows.of_decision(one, drilled, now) for one in params["decisions"]]
    notes = [one.status_note for name, one in PROVIDERS.items() if name in params["types"] and one.status_note]
    lines = status.table(rows, params["decisions"], notes) if rows else []
    rows += [standing_rows.of_result(one, drilled, now) for one in params["results"].values()]
    html = _page([*rows, *_others(rows, place, drilled, now)], place, now)
    if params["page"] and not module.check_mode:
        try:
            reports_files.write(Path(params["page"]), html, _MODE)
        except OSError as error:
            raise fail(module, f"{error.filename} could not be written: {error.strerror}") from None
    module.exit_json(changed=False, lines=lines, status=standing_rows.document(rows, timestamp(now)), html=html)


def _texts(place: Path | None, pattern: str) -> list[str]:
    return [reports_files.content(path) for path in sorted(place.glob(pattern))] if place else []


def _others(rows: Sequence[Row], place: Path | None, drilled: Mapping[str, Drilled], now: int) -> list[Row]:
    """The sites that this run did not look at, as they were when one last did."""
    known = {row["site"] for row in rows}
    found = []
    for path in sorted(place.glob("*.json")) if place else ():
        report: Any = reports_files.latest(path.parent, path.stem)
        try:
            if report["schema"] == RESULT_SCHEMA and report["site"] not in known:
                found.append(standing_rows.of_result(report, drilled, now))
        except (KeyError, TypeError, AttributeError):
            # Of another kind or version, or only half of a report.
            continue
    return found


def _page(rows: Sequence[Row], place: Path | None, now: int) -> str:
    sites = [row["site"] for row in rows]
    runs, _left_out = reports_files.load(place, sites, _NEWEST) if place else ([], [])
    stretches, incidents = history.timeline(runs)
    return to_html(rows, stretches, incidents, timestamp(now))
