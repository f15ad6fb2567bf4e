# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers in the formats of other tools: JSON, CSV, Mermaid; and what changed since the last time. Pure."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .answers import Answers
from .irn import SOURCE, VERSION, CriterionData

#: A cell that begins so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_COLUMNS = (
    "operator",
    "role",
    "how",
    "takes down now",
    "takes down after a failover",
    "entity",
    "jurisdiction",
    "source",
)


def to_json(answers: Answers, irn: Sequence[CriterionData] = ()) -> str:
    """The answers as text, sorted, so that equal answers are equal bytes. irn: the sheet for the IRN."""
    whole = {**answers, "irn": {"version": VERSION, "source": SOURCE, "criteria": list(irn)}}
    return json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def to_csv(answers: Answers) -> str:
    """One line for each role of each operator, for a spreadsheet or a risk register."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in answers["operators"]:
        down = [_names(row["takes_down_now"]), _names(row["takes_down_after"])]
        about = [row["entity"], row["jurisdiction"], row["source"]]
        for role, how in row["roles"].items():
            writer.writerow([_cell(one) for one in (row["operator"], role, how, *down, *about)])
    return text.getvalue()


def _names(found: Mapping[str, str]) -> str:
    return " ".join(f"{name.rstrip('.')}{'' if value == 'down' else '?'}" for name, value in found.items())


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def to_mermaid(answers: Answers) -> str:
    """A flowchart from public names to operators that can take them down.

    A thick arrow: even after a failover. A thin one: now. A dotted one: possibly, as not all could be seen.
    """
    lines = ["flowchart LR"]
    operators = [row["operator"] for row in answers["operators"] if row["takes_down_now"] or row["takes_down_after"]]
    ids = {operator: f"o{number}" for number, operator in enumerate(operators)}
    lines += [f"  {ids[operator]}[{_quoted(operator)}]" for operator in operators]
    for number, name in enumerate(answers["names"]):
        lines.append(f"  n{number}({_quoted(name['name'].rstrip('.'))})")
        points = name["single_points"]
        for operator in sorted({*points["now"], *points["after"]} & ids.keys()):
            lines.append(f"  n{number} {_arrow(operator, points)} {ids[operator]}")
    return "\n".join(lines) + "\n"


def _arrow(operator: str, points: Mapping[str, Mapping[str, str]]) -> str:
    if points["after"].get(operator) == "down":
        return "==>"
    return "-->" if points["now"].get(operator) == "down" else "-.->"


def _quoted(text: str) -> str:
    return '"' + re.sub(r'[^ -~]|["<>&#;`]', "_", text) + '"'


def changes(before: Mapping[str, Any], now: Answers) -> list[str]:
    """What is answered otherwise than the last time, one line each; empty where nothing is."""
    return [*_changes(before, now), *_of_certificates(before.get("certificates", ()), now["certificates"])]


def _changes(before: Mapping[str, Any], now: Answers) -> Iterator[str]:
    old = {one["name"]: one for one in before.get("names", ())}
    new = {one["name"]: one for one in now["names"]}
    yield from (f"{name.rstrip('.')}: new" for name in new if name not in old)
    yield from (f"{name.rstrip('.')}: gone" for name in old if name not in new)
    for name in new:
        yield from _differences(name.rstrip("."), old.get(name), new[name])


def _of_certificates(before: Iterable[Mapping[str, Any]], now: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Where another authority signs than the last time."""
    old = {(one["site"], one["front"]): one["authority"] for one in before}
    for one in now:
        was = old.get((one["site"], one["front"]), "")
        if was and one["authority"] and was != one["authority"]:
            yield f"{one['site']}: {one['authority']} signs the certificate of {one['front']}, no longer {was}"


def _differences(name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> Iterator[str]:
    """What is answered otherwise about one name; nothing about one that is new."""
    if old is None:
        return
    for when, words in (("now", "now"), ("after", "after a failover")):
        was, has = old["single_points"][when], new["single_points"][when]
        for operator in sorted(was.keys() | has.keys()):
            if was.get(operator) != has.get(operator):
                verb = "can take it down" if operator in has else "can no longer take it down"
                yield f"{name}: {operator} {verb} {words}"
    if old["why_not"] != new["why_not"]:
        yield f"{name}: {new['why_not'] or 'a failover moves it now'}"
