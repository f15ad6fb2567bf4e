# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What real outages cost the visitors, by what reacts to them.

The simulation is tests/support/visitors. Run with .collections, the lab and tests on the PYTHONPATH; `make benchmark`
does. It depends on no clock: the figures are those of the documentation.
"""

from __future__ import annotations

import time

from support.visitors import measure, report


def main() -> None:
    begun = time.monotonic()
    print(report.table(measure.costs()))
    print()
    print(report.worth(measure.worth()))
    print(report.METHOD)
    print(f"Simulated in {time.monotonic() - begun:.0f} s.\n", flush=True)


if __name__ == "__main__":
    main()
