# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All measurements, one after the other; the simulations come last, side by side, as no clock matters to them.

`make benchmark` runs this. With names as arguments only those are made, for instance `everything.py plan size`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

#: About how many seconds each takes on an idle machine of two cores.
MEASURED = {"playbooks": 75, "size": 60, "beside": 90, "watching": 60, "cdn_health": 30, "plan": 15}
SIMULATED = {"outages": 310, "visitors": 140}

METHOD = """\
How it is measured: everything against the lab on this machine; where it says so, each answer of an API takes 50 ms.
  x      multiples of a bare run: ansible-playbook with one module that does nothing (ping). Each run of ours follows a
         bare one at once; the best of three or more is divided by the best bare one.
  floor  what no program of this kind can undercut: the start of ansible-playbook, one module, and the requests and zone
         transfers that must follow each other. target: the aim of the project.
  CPU    seconds of the processor, of ansible-playbook and all that it starts. They and the requests hardly depend on
         what else the machine does; all other seconds do, so let it do nothing else.
What a table needs besides stands below it. A figure whose program is not here is left out, with the reason.
"""


def command(name: str) -> list[str]:
    return [sys.executable, str(Path(__file__).with_name(f"bench_{name}.py"))]


def main(names: list[str]) -> int:
    """The exit status: of the last one that failed."""
    chosen = names or [*MEASURED, *SIMULATED]
    measured = [name for name in MEASURED if name in chosen]
    simulated = [name for name in SIMULATED if name in chosen]
    seconds = sum(MEASURED[name] for name in measured) + max((SIMULATED[name] for name in simulated), default=0)
    print(f"This takes about {max(1, round(seconds / 60))} min on an idle machine of two cores.\n")
    print(METHOD, flush=True)
    began, status = time.monotonic(), 0
    for name in measured:
        status = subprocess.run(command(name), check=False).returncode or status
    if simulated:
        print(f"\nSimulating {' and '.join(simulated)}, which prints nothing until it is done …", flush=True)
    running = [subprocess.Popen(command(name), stdout=subprocess.PIPE, text=True) for name in simulated]
    for process in running:
        print("\n" + process.communicate()[0], flush=True)
        status = process.returncode or status
    print(f"\nDone in {time.monotonic() - began:.0f} s.")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
