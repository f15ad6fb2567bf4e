# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the guide to faults, from the table that is tested: `make fault-table` runs it and writes them.

What the outcomes are comes from the expectations, which the tests hold against what happens; only the seconds come from
what was seen.
"""

from __future__ import annotations

import itertools
import re
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from support import fault_runs
from support.fault_runs import Seen
from support.fault_table import API, DNS, FRONT, HELD, SWITCHED, UNVERIFIED, WHOLE, Row, rows
from support.paths import ROOT

GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_faults.rst"

#: Between these lines of the guide stands what this module writes.
_BEGIN, _END = ".. begin of the table: {}", ".. end of the table: {}"

_SECONDS = re.compile(r"\d+\.\d s")

#: What fixes a fault of an API, by the provider's result.
_MENDED_BY = {
    "unreachable": "the API's recovery",
    "deadline": "the API's recovery",
    "throttled": "the time it asked for",
    "unauthorized": "a token that it accepts",
}

_DEAD, _NEW = "the dead front", "the new front"

#: The provider that a line is about, and the other one.
_IT, _OTHER = "this provider", "the other"

Line = Sequence[str]


def render(section: str, seen: Mapping[str, Seen]) -> list[str]:
    """The lines of one table. seen: by the names of the rows; where it is empty the seconds are left open."""
    headings, widths, lines = _TABLES[section]([row for row in rows() if row.section == section], seen)
    found = [".. list-table::", "   :header-rows: 1", f"   :widths: {' '.join(map(str, widths))}", ""]
    for line in [headings, *lines]:
        found += [f"   {'* -' if number == 0 else '  -'} {cell}" for number, cell in enumerate(line)]
    return [*found, "", f"In all of this table: {_speed(seen)}"] if section == API else found


def _speed(seen: Mapping[str, Seen]) -> str:
    times = fault_runs.written_beside(rows(), seen) or [0.0]
    return (
        f"a provider that was well had taken the write {statistics.median(times):.1f} s after the decision in the "
        f"middle, and {times[-1]:.1f} s at most."
    )


def written(text: str, seen: Mapping[str, Seen]) -> str:
    """The guide's text with all tables made again."""
    for section in _TABLES:
        begin, end = _BEGIN.format(section), _END.format(section)
        before, _begin, rest = text.partition(f"{begin}\n")
        _old, _end, after = rest.partition(f"{end}\n")
        text = "\n".join([before + begin, "", *render(section, seen), "", end, ""]) + after
    return text


def without_seconds(text: str) -> str:
    """The text with all measured times made equal."""
    return _SECONDS.sub("? s", text)


def _api(api_rows: Sequence[Row], seen: Mapping[str, Seen]) -> tuple[Line, Sequence[int], Sequence[Line]]:
    lines = []
    for fault, of_fault in itertools.groupby(api_rows, lambda row: row.fault):
        for moment, of_moment in itertools.groupby(of_fault, lambda row: row.where.partition(",")[0]):
            same = list(of_moment)
            well, ill = ([row for row in same if len(row.ill) == count] for count in (1, 2))
            (result,) = {row.results[name] for row in well for name in row.ill}
            lines.append(
                [
                    f"{fault}, {moment}",
                    f"{_one(well)}, ``{result}``",
                    _served(well),
                    f"{_one(ill)}: {_served(ill)}",
                    _fixes(result, well[0]),
                    _times(well, seen),
                ]
            )
    headings = [
        "The API's fault",
        "Reported",
        "Served meanwhile",
        "The other API silent, too",
        "What fixes it",
        "Seen",
    ]
    return headings, [22, 16, 20, 20, 14, 16], lines


def _one(same: Sequence[Row]) -> str:
    """The outcome that all these rows have."""
    (outcome,) = {row.outcome for row in same}
    return f"``{outcome}``"


def _served(same: Sequence[Row]) -> str:
    """Which provider's servers serve what."""
    (found,) = {_places(row) for row in same}
    on_new = [place for place, front in found if front != "cloudflare"]
    if len(on_new) == len(found):
        return f"{_NEW}, everywhere"
    if not on_new:
        return f"{_DEAD}, everywhere"
    (on_dead,) = {_IT, _OTHER} - set(on_new)
    return f"{_NEW} by {on_new[0]}, {_DEAD} by {on_dead}"


def _places(row: Row) -> tuple[tuple[str, str], ...]:
    (ill, *_others) = row.ill
    return tuple(sorted((_IT if name == ill else _OTHER, servers[0]) for name, servers in row.served.items()))


def _fixes(result: str, row: Row) -> str:
    """What brings the ill provider in line, when its own server does not serve the new front already."""
    if row.outcome == SWITCHED:
        return "nothing more to do" if result == "ok" else f"all is served; {_MENDED_BY[result]} for the next time"
    return f"{_MENDED_BY[result]}, then the next run"


def _times(same: Sequence[Row], seen: Mapping[str, Seen]) -> str:
    """The slowest write of a provider that is well, and the longest run, both from the decision on."""
    written = [
        seconds
        for row in same
        if row.name in seen
        for name, seconds in seen[row.name].written.items()
        if name not in row.ill
    ]
    over = [seen[row.name].seconds for row in same if row.name in seen]
    return f"other written after {max(written, default=0.0):.1f} s, over after {max(over, default=0.0):.1f} s"


def _front(front_rows: Sequence[Row], seen: Mapping[str, Seen]) -> tuple[Line, Sequence[int], Sequence[Line]]:
    lines = []
    for fault, of_fault in itertools.groupby(front_rows, lambda row: row.fault):
        active, other, only = of_fault
        later = f"; for longer than ``degraded_for``: ``{active.later[0]}``" if active.later else ""
        lines.append(
            [
                fault,
                f"``{active.verdicts['cloudflare']}``",
                f"``{active.outcome}``{later}",
                f"``{other.outcome}``, and it is not moved to",
                f"``{only.outcome}``: nothing to move to",
                "the CDN, or you: the next run sees it",
            ]
        )
    headings = [
        "The front's fault",
        "Its verdict",
        "It is the active front",
        "It is the other front",
        "It is the other one, and the active front is down",
        "What fixes it",
    ]
    return headings, [20, 10, 20, 16, 18, 16], lines


def _dns(dns_rows: Sequence[Row], seen: Mapping[str, Seen]) -> tuple[Line, Sequence[int], Sequence[Line]]:
    lines = []
    for fault, of_fault in itertools.groupby(dns_rows, lambda row: row.fault):
        for which, of_which in itertools.groupby(of_fault, lambda row: row.where.partition(", ")[0]):
            quiet, due = of_which
            lines.append(
                [
                    f"{fault}, {which}",
                    f"``{quiet.outcome}``",
                    f"``{due.outcome}``",
                    _of_servers(due),
                    _DNS_MENDED_BY[due.outcome],
                ]
            )
    headings = [
        "The servers' fault, and whose",
        "Nothing was due",
        "A switch was due",
        "Served meanwhile",
        "What fixes it",
    ]
    return headings, [26, 14, 14, 26, 26], lines


_DNS_MENDED_BY = {
    UNVERIFIED: "their recovery: the change is made, the next run sees it served",
    HELD: "their recovery, then the next run; until then no front of the zone has an address",
}


def _of_servers(row: Row) -> str:
    words = {"bunny": _NEW, "cloudflare": _DEAD, "(silent)": "nothing"}
    counts = [(words[what], sum(servers.count(what) for servers in row.served.values())) for what in words]
    return ", ".join(f"{what} by {count} of 4" for what, count in counts if count)


def _whole(whole_rows: Sequence[Row], seen: Mapping[str, Seen]) -> tuple[Line, Sequence[int], Sequence[Line]]:
    lines = [
        [
            f"{row.fault}, {row.where}",
            f"``{row.outcome}``",
            _of_servers(row),
            "its recovery, then the next run",
            _times([row], seen),
        ]
        for row in whole_rows
    ]
    return (
        ["The provider's fault", "Reported", "Served meanwhile", "What fixes it", "Seen"],
        [26, 12, 22, 18, 22],
        lines,
    )


_TABLES = {API: _api, FRONT: _front, DNS: _dns, WHOLE: _whole}


def main() -> int:
    """Run the table, and write it into the guide if all is as it must be."""
    with tempfile.TemporaryDirectory() as directory:
        seen = fault_runs.see(rows(), Path(directory))
    failures = [f"{row.name}: {one}" for row in rows() if row.name in seen for one in seen[row.name].wrong(row)]
    print(f"{len(seen)} rows. {_speed(seen)}")
    if failures:
        print("\n".join([*failures, "The guide is left as it is."]), file=sys.stderr)
        return 1
    GUIDE.write_text(written(GUIDE.read_text(), seen))
    return 0


if __name__ == "__main__":
    sys.exit(main())
