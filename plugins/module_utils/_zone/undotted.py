# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Targets that look absolute and lack the trailing dot: `CNAME example.b-cdn.net` leads to a name in the zone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .record_sets import Declared


@dataclass(frozen=True)
class Undotted:
    """A target that looks absolute and is relative. label: of its entry; written: as it stands there; means: what that
    is; meant: what was probably meant. Both are absolute names."""

    label: str
    written: str
    means: str
    meant: str

    @property
    def words(self) -> str:
        """What is wrong, and the lines to write."""
        return (
            f"{self.label}: {self.written} has no trailing dot, so it means {self.means}; write {self.meant}, "
            f"or {self.means} if that is what you want"
        )


def undotted(declared: Sequence[Declared], zone: str) -> list[Undotted]:
    """The targets that look absolute and are relative, less those that are declared as names of the zone."""
    names = {entry.key[0] for entry in declared if not entry.absent}
    return [
        Undotted(entry.label, written, f"{written}.{zone}.", f"{written}.")
        for entry in declared
        for written in entry.undotted
        if written.lower() not in names
    ]
