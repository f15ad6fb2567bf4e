# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text for people: columns, times in words, and what others say made harmless. Pure."""

from __future__ import annotations

from collections.abc import Sequence

#: Characters of a text that somebody else wrote; what is longer is no message.
_LONGEST = 4000

_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines, with every column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def in_words(seconds: int) -> str:
    """A duration in at most two units, such as `1 min 6 s`; what is less than the second unit is dropped."""
    for place, (unit, size) in enumerate(_UNITS):
        if seconds >= size:
            count, rest = divmod(seconds, size)
            below = _UNITS[place + 1 : place + 2]
            more = [f"{rest // lesser} {name}" for name, lesser in below if rest >= lesser]
            return " ".join([f"{count} {unit}", *more])
    return "0 s"


def visible(text: str, longest: int = _LONGEST) -> str:
    r"""A text of somebody else on one line, with every character that a terminal would act on as its escape.

    So `\n`, `\x1b` or `\u202e` can be seen, and nobody can forge a line of a log. Apply it where the text comes in: API
    errors, what vantages report, names and values of records in messages.
    """
    if len(text) > longest:
        text = text[:longest] + "…"
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def few(names: Sequence[str], shown: int = 3) -> str:
    """The names side by side; of many the first ones, and how many there are in all."""
    if len(names) <= shown:
        return ", ".join(names)
    return f"{', '.join(names[:shown])} and {len(names) - shown} more ({len(names)} in all)"
