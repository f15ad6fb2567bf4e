# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comments, docstrings, task names, messages and documentation are in plain, present-day English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from support.paths import ROOT

#: What is not written here, and what to write instead.
INSTEAD: Mapping[str, str] = {
    r"\bshall\b": "must, should",
    r"\bdear(ly)?\b": "slow, expensive",
    r"\btold\b(?! (you|apart)| \"$)": "reported, shown, asked",
    r"\b(are|is|was|be|being) said\b": "stated, reported",
    r"\b(came|comes|come) of\b": "resulted from, became of",
    r"\bcame to\b": "resulted in",
    r"\b(is|are) no (list|port|name|URL|number|mapping|address|secret)\b": "is not a valid …, must be a …",
    r"\bnothing is awaited\b": "do not wait",
    r"\bin good weather\b": "when nothing is wrong",
    r"\bin earnest\b": "for real",
    r"\bto oneself\b": "",
    r"\bto the letter\b": "exactly",
    r"\bin vain\b": "without effect",
    r"\blest\b": "so that … not",
    r"\b(thereof|thereby|whereby|wherein|therein)\b": "of it, by it",
    r"(?i)\bmend(s|ed|ing)?\b": "fix, repair",
    r"\ball the same\b": "anyway, still",
    r"\banew\b": "again",
    r"\b(hence|thus)\b": "so",
    r"\b(agreed?|decided?) upon\b": "on",
    r"\bseldom\b": "rarely",
    r"\bfor want of\b": "for lack of",
    r"\bought to\b": "should",
    r"^ *- name: (Tell|Say)\b": "Show, Report",
}

FOLDERS = ("plugins", "roles", "playbooks", "docs", "tests", "extensions")
FILES = [
    path
    for path in (
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "Makefile")),
        *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*")),
    )
    if path.suffix in (".py", ".yml", ".rst", ".md", ".sh", "") and path.is_file() and "output" not in path.parts
]


@pytest.mark.parametrize("pattern", INSTEAD)
def test_plain_words(pattern: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in FILES
        if path != Path(__file__).resolve()
        for number, line in enumerate(_text(path).splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert not found, f"write instead: {INSTEAD[pattern]}\n" + "\n".join(found)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
