# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of a BIND zone file: what stands in brackets is one line, comments are kept apart. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

with suppress(ImportError):  # comes with dnspython, but not into the tests of imports
    import dns.exception
    import dns.tokenizer

#: The most lines that one $GENERATE may make.
_MOST_GENERATED = 65536

_RANGE = re.compile(r"(\d+)-(\d+)(?:/(\d+))?")
_PLACE = re.compile(r"\\\$|\$\$|\$(?:\{(-?\d+)(?:,(\d+)(?:,([doxXnN]))?)?\})?")


@dataclass(frozen=True)
class Line:
    """One entry of a zone file.

    number: of its first line. fields: its words, quoted strings with their quotation marks. continues: whether it
    begins with a blank, so it is about the name of the line before. comment: what stands after the semicolon.
    """

    number: int
    fields: tuple[str, ...]
    continues: bool = False
    comment: str = ""


def lines(text: str) -> Iterator[Line]:
    """The entries of a zone file. Raises ValueError with the number of the line that cannot be read."""
    tokenizer = dns.tokenizer.Tokenizer(text)
    fields: list[str] = []
    number, continues, comment = 1, False, ""
    while True:
        try:
            token = tokenizer.get(want_leading=not fields, want_comment=True)
        except dns.exception.DNSException as error:
            raise ValueError(f"line {number}: a quotation mark or bracket is not closed ({error})") from None
        if token.is_whitespace():
            continues = True
        elif token.is_comment():
            comment = token.value.strip()
        elif token.is_eol_or_eof():
            if fields:
                yield Line(number, tuple(fields), continues, comment)
            if token.is_eof():
                return
            number, fields, continues, comment = tokenizer.line_number, [], False, ""
        else:
            fields.append(f'"{token.value}"' if token.is_quoted_string() else token.value)


def generated(line: Line) -> Iterator[Line]:
    """The lines that $GENERATE makes: a range, the name, and the rest of an entry. Raises ValueError."""
    match = _RANGE.fullmatch(line.fields[1]) if len(line.fields) > 3 else None
    if match is None:
        raise ValueError("$GENERATE needs a range such as 1-10, a name, a type and a value")
    numbers = range(int(match[1]), int(match[2]) + 1, int(match[3] or 1) or 1)
    if len(numbers) > _MOST_GENERATED:
        raise ValueError(f"$GENERATE makes more than {_MOST_GENERATED} entries")
    for number in numbers:
        yield Line(line.number, tuple(_with(number, field) for field in line.fields[2:]), comment=line.comment)


def _with(number: int, text: str) -> str:
    """A field of $GENERATE with the number in its places."""
    return _PLACE.sub(lambda place: _filled(place, number), text)


def _filled(place: re.Match[str], number: int) -> str:
    """What stands in the place of a `$` with its modifiers: offset, width, base."""
    if place[0] in ("\\$", "$$"):
        return "$"
    value, width, base = number + int(place[1] or 0), int(place[2] or 0), place[3] or "d"
    if base in "nN":
        nibbles = f"{value:x}"[::-1] if base == "n" else f"{value:X}"[::-1]
        return ".".join(nibbles.ljust((width + 1) // 2, "0"))
    return format(value, f"0{width}{base}")
