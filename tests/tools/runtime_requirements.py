# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints what the collection needs at run time, with the installed versions: the input for an audit and for an SBOM."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement


def lines(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    yield from (stripped for line in text.splitlines() if (stripped := line.partition("#")[0].strip()))


def closure(wanted: list[str]) -> dict[str, str]:
    """The versions of these requirements and of all that they require."""
    found: dict[str, str] = {}
    while wanted:
        requirement = Requirement(wanted.pop())
        if requirement.name.lower() in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        try:
            installed = distribution(requirement.name)
        except PackageNotFoundError:
            sys.exit(f"{requirement.name} is not installed")
        found[requirement.name.lower()] = installed.version
        wanted += installed.requires or []
    return found


if __name__ == "__main__":
    for name, version in sorted(closure(list(lines(Path(sys.argv[1])))).items()):
        print(f"{name}=={version}")
