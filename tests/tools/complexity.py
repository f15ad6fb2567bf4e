# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print how complex the functions of the plugins are, by radon's count; fail where too many have too many branches.

python tests/tools/complexity.py FOLDER...
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from radon.complexity import cc_visit

#: Hard to read above; the share of functions, in per cent, that may be so nevertheless.
MANY, SHARE = 10, 4.0
#: No function may have more.
MOST = 15


def functions(folder: str) -> Iterator[tuple[int, str]]:
    """The complexity and the place of every function and method."""
    for path in sorted(Path(folder).rglob("*.py")):
        for block in cc_visit(path.read_text(encoding="utf-8")):
            if block.letter in "FM":
                yield block.complexity, f"{path}:{block.lineno} {block.fullname}"


def main(folders: list[str]) -> int:
    """Print the figures; return the exit status."""
    found = [one for folder in folders for one in functions(folder)]
    many = sorted((one for one in found if one[0] > MANY), reverse=True)
    share = 100 * len(many) / len(found)
    mean = sum(complexity for complexity, _place in found) / len(found)
    print(f"{len(found)} functions, mean complexity {mean:.1f}, {len(many)} ({share:.1f} %) above {MANY}")
    for complexity, place in many:
        print(f"  {complexity} {place}")
    return 1 if share > SHARE or (many and many[0][0] > MOST) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
