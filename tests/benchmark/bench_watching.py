# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seconds from the first failing answer to a switch that every name server serves, by ansible-rulebook at the default
policy. It is the test of `make eda`, which makes its environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PYTEST = Path(__file__).parents[2] / ".cache" / "eda" / "bin" / "pytest"


def main() -> int:
    """The exit status."""
    if not PYTEST.exists():
        print("the watcher: not measured, as ansible-rulebook is not here; `make eda` brings and measures it")
        return 0
    command = [str(PYTEST), "-q", "-s", "-rs", "tests/eda"]
    done = subprocess.run(command, cwd=PYTEST.parents[3], check=False, capture_output=True, text=True)
    found = [line for line in done.stdout.splitlines() if "→" in line or line.startswith("SKIPPED")]
    print("the watcher:", found[0] if found else done.stdout + done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
