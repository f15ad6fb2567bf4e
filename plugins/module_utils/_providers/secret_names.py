# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment variables that hold secrets where a zone has several providers of one type. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

#: What the name of a provider may have and that of a variable may not.
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9]+")


def own_variables(types: Mapping[str, str], usual: Mapping[str, str]) -> dict[str, str]:
    """By provider its own variable, for those whose type others have too; no two of them are the same.

    types: of all providers of a zone, by name. usual: the variable of each type that has a secret. Names that differ in
    their punctuation only get numbers, in the order of the names: so it does not matter who stands first.
    """
    several = {kind for kind, number in Counter(types.values()).items() if number > 1 and usual.get(kind)}
    # A name that is plain as it stands keeps its variable, whatever the others are called.
    names = sorted((_plain(name) != name, name) for name, kind in types.items() if kind in several)
    found: dict[str, str] = {}
    for _is_changed, name in names:
        found[name] = _free(f"{usual[types[name]]}_{_plain(name).upper()}", set(found.values()))
    return found


def _plain(name: str) -> str:
    return _NOT_PLAIN.sub("_", name)


def _free(variable: str, taken: set[str]) -> str:
    number = 1
    while (made := variable if number == 1 else f"{variable}_{number}") in taken:
        number += 1
    return made
