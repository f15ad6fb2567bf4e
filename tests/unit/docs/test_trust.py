# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page on trust: each of its lines names tests that there are."""

from __future__ import annotations

import ast
import re

from support.paths import ROOT

PAGE = (ROOT / "docs" / "docsite" / "rst" / "guide_trust.rst").read_text()

TEST = re.compile(r"``(tests/[\w/]+\.py)?::(\w+)``")


def rows(heading: str) -> dict[str, str]:
    """The rows of the table under a heading, by their first column."""
    table = PAGE.split(f"\n{heading}\n---", 1)[1].split(".. list-table::", 1)[1]
    table = re.split(r"\n(?=\S)", table)[0]
    found = [re.split(r"\n\s+- ", row, maxsplit=1) for row in table.split("   * - ")[2:]]
    return {" ".join(first.split()): " ".join(rest.split()) for first, rest in found}


def test_each_party_has_its_tests() -> None:
    parties = rows("Who can do what")
    assert len(parties) > 12
    assert list(rows("What shows it")) == list(parties)


def test_the_tests_are_there() -> None:
    known: dict[str, set[str]] = {}
    for party, text in rows("What shows it").items():
        path, found = "", TEST.findall(text)
        assert found, party
        for named, test in found:
            path = named or path
            if path not in known:
                tree = ast.parse((ROOT / path).read_text())
                known[path] = {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)}
            assert test in known[path], f"{party}: {path}::{test}"
