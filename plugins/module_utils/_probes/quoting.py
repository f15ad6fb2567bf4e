# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes what others say fit for a message: short, without control characters, without secrets of the request. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from .._text import visible

_QUOTED = 80
"""Characters that a message quotes."""
_SECRET = 4
"""Characters that a word of a request header must have to count as a secret; shorter ones occur everywhere."""


def shortened(text: str, size: int = _QUOTED) -> str:
    """The visible text, cut to so many characters."""
    text = visible(text[: size + 1])
    return text if len(text) <= size else text[:size] + "..."


def quoted(text: str, secrets: Iterable[str] = (), size: int = _QUOTED) -> str:
    """The beginning of a text, without what it repeats of the request. secrets: the values of request headers."""
    words = {word for value in secrets for word in (value, *value.split()) if len(word) >= _SECRET}
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "***")
    return shortened(text, size)
