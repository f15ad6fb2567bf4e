# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the default policy does in simulated outages, beside the simple rules that most monitors have.

The simulation is tests/outages.py. Run with .collections and tests on the PYTHONPATH; `make benchmark` does.
"""

from __future__ import annotations

import time

from support import outages

PERIODS = (60, 120)
COURSES = 30
#: Of the month, of which the collection's own rules take seconds.
MONTHS, MONTHS_OF_SIMPLE_RULES = 1, 12

ROW = "  {:28}{:>10}{:>9}{:>9}{:>9}{:>9}"


def courses(scenario: outages.Scenario, guard: outages.Guard) -> int:
    if scenario is not outages.MONTH:
        return COURSES
    return MONTHS_OF_SIMPLE_RULES if isinstance(guard, outages.InARow) else MONTHS


def main() -> None:
    begun = time.monotonic()
    for period in PERIODS:
        print(f"Simulated outages, a run every {period} s; means of {COURSES} courses")
        print(ROW.format("", "switches", "wrong", "bad s", "left", "after s"))
        for scenario in outages.SCENARIOS:
            print(scenario.name)
            for name, make in outages.GUARDS.items():
                if scenario is outages.MONTH and name == outages.AUTO:
                    continue  # It never leaves, so there is no way back.
                every = outages.WATCH if name in (outages.WATCHED, outages.WATCHED_FROM_THREE) else period
                found = outages.measure(scenario, make, every, courses(scenario, make()))
                left = [f"{100 * found.left:.0f} %", f"{found.until:.0f}"] if found.left else ["-", "-"]
                print(ROW.format(name, f"{found.switches:.1f}", f"{found.wrong:.1f}", f"{found.bad:.0f}", *left))
        print(flush=True)
    print("wrong: switches to a bad front, or away from the first while it was well. bad: seconds on a bad front.")
    print(f"watched: the watcher looks every {outages.WATCH} s and adds runs to those of a schedule of 120 s.")
    print("left: courses with a switch away from the trouble; in the others it was never left, or not met, since an")
    print("earlier mistake had led elsewhere. after: seconds from its begin to that switch.")
    print(f"Simulated in {time.monotonic() - begun:.0f} s.")


if __name__ == "__main__":
    main()
