# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failover shown on one terminal, in the lab, with the commands that a person would type: `demo.py --help`."""

from __future__ import annotations

import sys

from twinzone_demo.cli import main

if __name__ == "__main__":
    sys.exit(main())
