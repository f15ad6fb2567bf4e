# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Play all replays, keep the figures, and write them into the documentation: takes minutes.

python -m support.visitors.publish
"""

from __future__ import annotations

from support import generated_docs

from . import measure

if __name__ == "__main__":
    measure.keep(measure.costs(), measure.worth())
    generated_docs.write()
