# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long cdn_health takes for one front and for 200 fronts of two addresses each, against TLS servers on loopback.

The aim: 200 fronts take no longer than the slowest single one, plus a second. Clients and servers share this machine's
cores, so the figures are worse than those of real fronts. Run with .collections, roles/lab/files and tests on the
PYTHONPATH; `make benchmark` does.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from support.tls_fronts import HOST, Talk, Town, answer, says

FRONTS = 200
ADDRESSES = ("127.0.0.1", "127.0.0.2")
ROW = "{:28}{:>9}{:>7}{:>7}{:>13}{:>7}{:>6}  {}"
ROUNDS = {"interval": 1.0, "probes": 3, "tolerate": 1, "down_at": 2}

# A fresh process, so that its memory and its start are those of the module alone.
CLIENT = """
import json, resource, sys, time
from ansible_collections.twinzone.edge.plugins.module_utils._probes.observe import observe
from ansible_collections.twinzone.edge.plugins.module_utils._probes.options import read_fronts
fronts = read_fronts(json.load(sys.stdin), lambda key, spec, value: value)
begun = time.monotonic()
found = observe(fronts, None)["fronts"]
print(json.dumps({
    "observe": time.monotonic() - begun,
    "slowest": max(address["seconds"]["total"] for front in found for address in front["addresses"]),
    "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "processor": sum(resource.getrusage(resource.RUSAGE_SELF)[:2]),
    "verdicts": ", ".join(sorted({front["verdict"] for front in found})),
}))
"""


def answers_after(seconds: float) -> Talk:
    def talk(connection: Any, number: int) -> None:
        time.sleep(seconds)
        says(answer())(connection, number)

    return talk


def measure(places: list[list[str]], ca_path: str, timeout: float) -> dict[str, Any]:
    """Probe one front at each of these lists of places."""
    fronts = [{"name": f"front {number}", "connect_to": place} for number, place in enumerate(places)]
    check = {"url": f"https://{HOST}/health", "ca_path": ca_path, "timeout": timeout}
    options = {"fronts": fronts, "check": check, "controls": [], **ROUNDS}
    command = [sys.executable, "-c", CLIENT]
    done = subprocess.run(command, input=json.dumps(options), stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        town = Town(Path(folder))
        tries = f"{ROUNDS['probes']} tries {ROUNDS['interval']:g} s apart"
        print(f"cdn_health: {FRONTS} fronts of {len(ADDRESSES)} addresses, {tries}; seconds")
        print(ROW.format("each front", "1 front", "all", "more", "slowest try", "CPU", "MiB", "verdicts"))
        for name, talk, timeout in (
            ("answers at once", answers_after(0), 5.0),
            ("answers after 0.5 s", answers_after(0.5), 5.0),
            ("never answers, timeout 2 s", answers_after(60), 2.0),
        ):
            place = [town.front(talk, address=address).place for address in ADDRESSES]
            one = measure([place], town.ca_path, timeout)["observe"]
            every = measure([place] * FRONTS, town.ca_path, timeout)
            times = [one, every["observe"], every["observe"] - one, every["slowest"], every["processor"]]
            print(
                ROW.format(name, *(f"{seconds:.2f}" for seconds in times), f"{every['memory']:.0f}", every["verdicts"])
            )
        town.close()
    print("Each in a process of its own; the fronts are on this machine too, and share its processors.")
    print("all: of all fronts; more: than one front alone (aim: at most 1). MiB: the most that the process ever had.\n")


if __name__ == "__main__":
    main()
