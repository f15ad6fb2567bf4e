# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs pip-audit over what the collection needs at run time; skipped with a reason where it cannot look."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

TOOLS = Path(__file__).parent
SECONDS = 120


def main() -> None:
    listed = [sys.executable, str(TOOLS / "runtime_requirements.py"), str(TOOLS.parents[1] / "requirements.txt")]
    pinned = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(pinned)
        file.flush()
        command = ["pip-audit", "--requirement", file.name, "--disable-pip", "--no-deps", "--format", "json"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            print(f"pip-audit: skipped: no source of vulnerabilities answered within {SECONDS} seconds")
            return
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        reason = (done.stderr.strip().splitlines() or ["no output"])[-1]
        print(f"pip-audit: skipped: no source of vulnerabilities can be reached: {reason}")
        return
    audited = [one for one in found if "vulns" in one]
    bad = [f"{one['name']} {one['version']}: {flaw['id']}" for one in audited for flaw in one["vulns"]]
    if not audited:
        print("pip-audit: skipped: the package index that is reachable from here knows no vulnerabilities")
    else:
        print("\n".join(bad) or f"pip-audit: {len(audited)} of {len(found)} packages known, no vulnerability")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
