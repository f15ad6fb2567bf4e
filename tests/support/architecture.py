# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages of plugins/module_utils, read from their imports: a picture and a table."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

from support.paths import ROOT

MODULE_UTILS = ROOT / "plugins" / "module_utils"

#: The packages from the top floor down: a package imports only from those below it.
PACKAGES: Mapping[str, str] = {
    "_modules": "Ansible's modules: options in, results out",
    "_reports": "what runs leave for people and machines",
    "_setup": "from a zone to its first inventory",
    "_runbook": "the page for the night, of one site",
    "_engine": "several providers of one zone, side by side",
    "_preflight": "would a failover work today",
    "_dependencies": "what a site depends on, read from the DNS",
    "_failover": "one site, from observation to result",
    "_sync": "one zone, from its variables to its record sets",
    "_providers": "one DNS host each",
    "_dns": "asking name servers",
    "_watching": "fronts watched without end, for the event source; standard library only",
    "_probes": "asking fronts; standard library only",
    "_zone": "names, values, record sets, and the plan",
}

#: All files that lie in no package.
GROUND = "the ground"

_COLOURS = (
    "#0b6e99",
    "#b5541c",
    "#4d7c0f",
    "#7c3aed",
    "#be123c",
    "#0f766e",
    "#a16207",
    "#334155",
    "#86198f",
    "#155e75",
)


def files(package: str) -> list[str]:
    """The names of a package's files, those of its folders as `folder/file`."""
    folder = MODULE_UTILS if package == GROUND else MODULE_UTILS / package
    found = folder.glob("*.py") if package == GROUND else folder.rglob("*.py")
    return sorted(str(path.relative_to(folder).with_suffix("")) for path in found if path.name != "__init__.py")


def _paths(package: str) -> Iterator[Path]:
    folder = MODULE_UTILS if package == GROUND else MODULE_UTILS / package
    yield from (folder / f"{name}.py" for name in files(package))


def _targets(path: Path) -> Iterator[str]:
    """The packages and ground files that a file imports."""
    place = path.parent.relative_to(MODULE_UTILS).parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = (*place[: len(place) - node.level + 1], *(node.module or "").split("."))
            module = next((part for part in base if part), "")
            yield from [module] if module else [alias.name for alias in node.names]


def imports() -> Mapping[str, list[str]]:
    """By package, the other packages that it imports from, in the order of the floors."""
    found = {}
    for package in PACKAGES:
        used = {target for path in _paths(package) for target in _targets(path)} - {package}
        found[package] = [other for other in PACKAGES if other in used]
    return found


def table() -> str:
    """A table of the packages for the documentation."""
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 15 30 30 25", ""]
    rows = [("Package", "What lives there", "Files", "Imports from")]
    used = imports()
    for package, purpose in PACKAGES.items():
        rows.append((f"``{package}``", purpose, _names(files(package)), _names(used[package])))
    rows.append((GROUND, "what all share", _names(files(GROUND)), ""))
    for row in rows:
        for number, cell in enumerate(row):
            lines.append(f"   {'* -' if number == 0 else '  -'} {cell}".rstrip())
    return "\n".join(lines) + "\n"


def _names(names: list[str]) -> str:
    return ", ".join(f"``{name}``" for name in names)


_LEFT, _WIDTH, _HEIGHT, _GAP, _TOP = 20, 420, 48, 26, 20


def picture() -> str:
    """The packages as floors of a house, and an arrow for every package that another one imports, as SVG."""
    rows = [*PACKAGES, GROUND]
    tops = {package: _TOP + number * (_HEIGHT + _GAP) for number, package in enumerate(rows)}
    used = imports()
    height = tops[GROUND] + _HEIGHT + _TOP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" width="760" height="{height}"'
        ' font-family="sans-serif" role="img">',
        "<title>The packages of plugins/module_utils, and what each imports</title>",
        f'<rect width="760" height="{height}" fill="#ffffff"/>',
        "<defs>",
        *(
            f'<marker id="head{number}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
            f' orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{colour}"/></marker>'
            for number, colour in enumerate(_COLOURS)
        ),
        "</defs>",
    ]
    for number, package in enumerate(PACKAGES):
        lines += [
            _arrow(tops, package, other, number % len(_COLOURS), slot) for slot, other in enumerate(used[package])
        ]
    for number, package in enumerate(rows):
        purpose = PACKAGES.get(package, "what all share: " + ", ".join(files(GROUND)))
        colour = "#64748b" if package == GROUND else _COLOURS[number % len(_COLOURS)]
        lines += _box(tops[package], package, purpose, colour)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _box(top: int, package: str, purpose: str, colour: str) -> list[str]:
    size = 13 if len(purpose) < 60 else 10
    return [
        f'<rect x="{_LEFT}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}" rx="5" fill="#f8fafc"'
        f' stroke="{colour}" stroke-width="2"/>',
        f'<text x="{_LEFT + 12}" y="{top + 20}" font-size="14" font-weight="bold" fill="{colour}">{package}</text>',
        f'<text x="{_LEFT + 12}" y="{top + 38}" font-size="{size}" fill="#1e293b">{escape(purpose)}</text>',
    ]


def _arrow(tops: Mapping[str, int], package: str, other: str, colour: int, slot: int) -> str:
    """An arc at the right of the boxes; the further down it goes, the further out it swings."""
    begin, end = tops[package] + 10 + 5 * slot, tops[other] + 6 + 4 * colour
    right = _LEFT + _WIDTH
    swing = right + 30 + (end - begin) * 0.62
    return (
        f'<path d="M{right},{begin} C{swing:.0f},{begin} {swing:.0f},{end} {right + 2},{end}" fill="none"'
        f' stroke="{_COLOURS[colour]}" stroke-width="1.5" marker-end="url(#head{colour})"/>'
    )
