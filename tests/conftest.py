# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests share, whether pytest runs them in a plain clone or ansible-test in a tree."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# ansible-test does not read pyproject.toml; this is its `pythonpath` again, less the link that only a clone has.
for folder in ("tests", "roles/lab/files"):
    if str(ROOT / folder) not in sys.path:
        sys.path.insert(0, str(ROOT / folder))

# No example fails for being slow: the machine may be busy. And each run tries the same examples, so that a change is
# judged by what it does; `make explore` looks further.
settings.register_profile("twinzone", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("twinzone")
