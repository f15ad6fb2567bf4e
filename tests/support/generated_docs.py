# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the documentation that are generated from the code: run `make generate` to write them.

python -m support.generated_docs
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from support import architecture, pictures, preflight_checks, provider_matrix
from support.guides import FOLDER
from support.visitors import measure, report
from support.visitors import picture as visitors_picture


def between(text: str, name: str, table: str) -> str:
    """The text of a page with a generated table between its two comments."""
    begin, end = f".. begin {name}", f".. end {name}"
    pattern = re.compile(rf"({re.escape(begin)}\n).*?({re.escape(end)}\n)", re.DOTALL)
    assert len(pattern.findall(text)) == 1, f"one pair of comments for {name}"
    return pattern.sub(lambda found: f"{found[1]}\n{table}\n{found[2]}", text)


def pages() -> Mapping[Path, str]:
    """Every generated file, and what it must hold."""
    house = FOLDER / "architecture.rst"
    matrix = FOLDER / "guide_providers.rst"
    checks = FOLDER / "guide_preflight.rst"
    visitors = FOLDER / "guide_visitors.rst"
    costs, worth = measure.kept()
    return {
        FOLDER / "architecture.svg": architecture.picture(),
        FOLDER / "phases.svg": pictures.phases(),
        **{FOLDER / f"layout_{letter}.svg": pictures.layout(letter) for letter in pictures.LAYOUTS},
        house: between(house.read_text(), "packages", architecture.table()),
        matrix: between(matrix.read_text(), "matrix", provider_matrix.table()),
        FOLDER / "visitors.svg": visitors_picture.picture(costs),
        visitors: between(
            between(
                between(visitors.read_text(), "costs", _block(report.table(costs))), "replays", f"{report.legend()}\n"
            ),
            "worth",
            _block(report.worth(worth)),
        ),
        checks: between(checks.read_text(), "checks", preflight_checks.table()),
    }


def _block(text: str) -> str:
    """Text as it is, in a page."""
    return ".. code-block:: text\n\n" + "".join(f"   {line}\n" if line else "\n" for line in text.splitlines())


def write() -> None:
    for path, content in pages().items():
        path.write_text(content)


if __name__ == "__main__":
    write()
