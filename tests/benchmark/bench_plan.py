# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long 10,000 record sets take to be read, planned and made into requests, and how much memory that needs.

The aim: planned within a second and 150 MiB. `make benchmark` runs this with everything on the PYTHONPATH.
"""

from __future__ import annotations

import json
import subprocess
import sys

SETS = 10_000
ROW = "{:34}{:>10}{:>10}{:>10}{:>10}{:>9}"

# A fresh process for each figure, so that its memory is that of one plan alone.
CLIENT = """
import json, resource, sys, time
from dataclasses import replace
from ansible_collections.twinzone.edge.plugins.module_utils._zone import desired, entries as zone_entries
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Held, PlanPolicy
from ansible_collections.twinzone.edge.plugins.module_utils._zone.planner import plan
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._zone.entries import Context

name, state, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
types = [("A", "192.0.2.%d"), ("AAAA", "2001:db8::%x"), ("TXT", "v=spf1 ip4:192.0.2.%d -all"), ("MX", "10 mail%d"),
         ("CNAME", "www%d.example.org.")]
entries = [
    {"name": f"host-{number}", "type": rdtype, "ttl": 3600, "values": [text % (number % 250)]}
    for number, (rdtype, text) in enumerate(types * (count // len(types)))
]
settings = PROVIDERS[name].read_settings({"name": name, "type": name, "token": "x"}, 60)
provider = PROVIDERS[name]("example.com", settings, Deadline(60))
begun = time.monotonic()
declared = zone_entries.parse_declared(entries, Context("example.com", {name: provider.attributes}))
parsed = time.monotonic()
sets = {entry.key: entry.record_set for entry in declared} if state != "empty" else {}
if state == "changed":
    sets = {key: replace(one, ttl=7200) for key, one in sets.items()}
native = {key: [{"id": f"{number:032x}", "content": value.text, "name": f"{key[0]}.example.com", "type": key[1],
                 "ttl": one.ttl} for value in one.values] for number, (key, one) in enumerate(sets.items())}
held = Held(sets, 60, native=native, facts={"zone_id": "z", "plan": "free"})
ready = time.monotonic()
wanted = desired.sets_at(name, "example.com", declared, [], "copy").wanted
planned = plan(wanted, held, PlanPolicy(force=True), provider)
done = time.monotonic()
writes = provider.writes(planned.changes, held)
print(json.dumps({
    "read": parsed - begun, "plan": done - ready, "write": time.monotonic() - done, "changes": len(planned.changes),
    "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def main() -> None:
    print(f"{SETS} record sets in memory; seconds (aim: planned within 1 s and 150 MiB)")
    print(ROW.format("provider, zone before", "read", "plan", "requests", "changes", "MiB"))
    for name in ("cloudflare", "desec"):
        for state in ("empty", "equal", "changed"):
            done = subprocess.run(
                [sys.executable, "-c", CLIENT, name, state, str(SETS)], stdout=subprocess.PIPE, text=True, check=True
            )
            found = json.loads(done.stdout)
            times = [f"{found[key]:.2f}" for key in ("read", "plan", "write")]
            print(ROW.format(f"{name}, {state}", *times, found["changes"], f"{found['memory']:.0f}"))
    print("Each in a process of its own, without a network. read: the declared sets; plan: beside what the zone holds;")
    print("requests: to make them of the changes. MiB: the most that the process ever had.\n", flush=True)


if __name__ == "__main__":
    main()
