# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to say of a key that nobody knows: it may be misspelt. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def unknown(given: object, known: Iterable[str]) -> str:
    """What is wrong with a given key: the nearest of those that are known, and all of them."""
    names = list(known)
    near = difflib.get_close_matches(str(given), names, 1)
    all_of_them = f"nown are {', '.join(names)}"
    return f"is unknown; {meant(near[0])} K{all_of_them}" if near else f"is unknown; k{all_of_them}"


def meant(name: str) -> str:
    """The question whether this name was meant."""
    return f"did you mean {name}?"
