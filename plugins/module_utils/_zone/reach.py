# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""To which names of a zone others lead. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress

from . import names
from .record_sets import RecordSet


def reached(wanted: Collection[str], sets: Iterable[RecordSet], zone: str) -> set[str]:
    """The names, all to which CNAMEs lead from them within the zone, and the wildcards that stand for one of them.

    All names are relative to the zone.
    """
    targets: dict[str, set[str]] = {}
    for one in sets:
        targets.setdefault(one.name, set())
        if one.type == "CNAME":
            with suppress(ValueError):  # it lies outside the zone
                targets[one.name] |= {names.relative(value.text, zone) for value in one.values}
    found = list(dict.fromkeys(wanted))
    for name in found:  # grows on the way
        onward = targets.get(name, set(wildcards(name)) & targets.keys())
        found += sorted(onward - set(found))
    return set(found)


def wildcards(name: str) -> list[str]:
    """The wildcards that may stand for a relative name where nothing else does, the closest first."""
    found = []
    while name != names.APEX:
        name = name.partition(".")[2] or names.APEX
        found.append("*" if name == names.APEX else f"*.{name}")
    return found
