# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a terminal shows: rows that stay, rows that pass, and when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.recording.film import draw, shown
from support.recording.terminal import PATIENCE, Recording, Row, Span, lines, read


def test_rows_and_styles() -> None:
    printed = "\x1b[K\x1b[1;36m=== One\x1b[0m ==\r\nplain\r\n"
    assert read([(0.5, printed)], 80).rows == [
        Row(0.5, (Span("1;36", "=== One"), Span("", " =="))),
        Row(0.5, (Span("", "plain"),)),
    ]


def test_a_line_that_is_replaced_passes() -> None:
    """As the demo's progress does."""
    found = read([(0.1, "\r\x1b[KTASK [One]\r"), (0.2, "\r\x1b[KTASK [Two]\r"), (0.3, "\x1b[Kdone\r\n")], 80)
    assert [(row.at, row.text) for row in found.passing] == [(0.1, "TASK [One]"), (0.2, "TASK [Two]"), (0.3, "")]
    assert lines(found.rows) == ["done"]


def test_pieces_of_a_line_are_put_together() -> None:
    found = read([(0.1, "\x1b[32mgre"), (0.2, "en\x1b[0m pl"), (0.3, "ain\r\n")], 80)
    assert lines(found.rows) == ["green plain"]
    assert found.rows[0].at == 0.3


def test_pauses_are_cut() -> None:
    found = read([(100.0, "a\r\n"), (100.2, "b\r\n"), (300.0, "c\r\n")], 80)
    assert [round(row.at, 3) for row in found.rows] == [PATIENCE, PATIENCE + 0.2, 2 * PATIENCE + 0.2]


@given(st.text(st.characters(codec="ascii", exclude_categories=["C"])), st.integers(1, 30))
def test_long_lines_are_wrapped_and_found_again(text: str, columns: int) -> None:
    found = read([(0.0, f"{text}\r\n\x1b[1m{text}\x1b[0m{text}\r\n")], columns)
    assert lines(found.rows) == [text, text + text]
    assert all(len(row.text) <= columns for row in found.rows)
    assert [line.rstrip() for line in shown(draw(found, "<title>"))] == [text.rstrip(), (text + text).rstrip()]


def test_nothing_at_all_can_be_drawn() -> None:
    assert shown(draw(Recording([], [], 0.0), "")) == []
