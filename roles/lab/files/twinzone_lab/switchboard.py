# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of all parts, found by the part's name."""

from __future__ import annotations

from collections.abc import Mapping

from .faults import FaultBox, Kind, make_fault


class Switchboard:
    """One box for every part. Parts of several addresses are named `part/address`."""

    def __init__(self) -> None:
        self._boxes: dict[str, FaultBox] = {}

    def box(self, part: str, kinds: Mapping[str, Kind]) -> FaultBox:
        """A part's own box, with the faults that it can have."""
        return self._boxes.setdefault(part, FaultBox(kinds))

    def break_part(self, part: str, fault: str, options: Mapping[str, str]) -> None:
        """Set a fault. `LookupError` for an unknown part, `UnknownFault` for an unknown fault or option."""
        for name in self._named(part):
            box = self._boxes[name]
            box.set(make_fault(box.kinds, fault, options))

    def repair(self, part: str = "all") -> list[str]:
        """Take the fault of a part away, or all; the parts that had one. `LookupError` for an unknown part."""
        broken = [name for name in (self._boxes if part == "all" else self._named(part)) if self._boxes[name].present]
        for name in broken:
            self._boxes[name].set(None)
        return broken

    def faults(self) -> dict[str, str]:
        """Part → fault that is set."""
        return {part: box.present.kind for part, box in self._boxes.items() if box.present}

    def _named(self, part: str) -> list[str]:
        """All that `part`, `part/address` or `part/1` (counted from one) means."""
        group = [name for name in self._boxes if name.partition("/")[0] == part.partition("/")[0]]
        which = part.partition("/")[2]
        chosen = [name for name in group if name == part or not which]
        if which.isdigit() and 1 <= int(which) <= len(group):
            chosen = [group[int(which) - 1]]
        if not chosen:
            known = sorted({name.partition("/")[0] for name in self._boxes})
            raise LookupError(f"no part {part!r}; there are: {', '.join(known)}, some with /1, /2 or /address")
        return chosen
