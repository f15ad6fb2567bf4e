# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where tests find the tree that they test, and what may lie beside it."""

from __future__ import annotations

from pathlib import Path

#: The collection's own tree.
ROOT = Path(__file__).resolve().parents[2]

#: Facts and cases that a checkout may have beside it; tests that read them skip where they are missing.
SHARED = ROOT.parent / "shared"
