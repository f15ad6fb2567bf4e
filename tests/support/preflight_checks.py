# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of the preflight as a table for the documentation, read from their registry."""

from __future__ import annotations

import re

from ansible_collections.twinzone.edge.plugins.module_utils._preflight.registry import CHECKS


def table() -> str:
    """Every check, in the order in which they run."""
    rows = [["Check", "Question", "Fails when", "Warns when"]]
    rows += [[f"``{check.id}``", check.question, check.fails or "never", check.warns or "never"] for check in CHECKS]
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 16 28 30 26", ""]
    for row in rows:
        lines += [f"   {'* -' if number == 0 else '  -'} {_rst(cell)}" for number, cell in enumerate(row)]
    return "\n".join(lines) + "\n"


def _rst(text: str) -> str:
    """A cell; what is code in a text has one backtick around it, and two in RST."""
    return re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", text)
