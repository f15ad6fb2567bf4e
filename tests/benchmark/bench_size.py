# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What large plays cost: processor seconds of ansible-playbook and of all that it starts, and requests.

The seconds on the clock depend on how many hosts Ansible works for at once and on the machine's cores; those of the
processor do not. The floor is a play of as many hosts with one task that does nothing, measured now: less than one task
for each host is not possible, as each host has its own outcome and its own line in the recap.
"""

from __future__ import annotations

import time

from benchmark.measuring import Bare, Times, heading, lab_and_playbooks, show
from benchmark.site_zones import create, many_zones, spread
from support.lab_playbooks import ZONE

ROUNDS = 2
SITES, ZONES, SETS = 200, 200, 20


def bench_sites(floor: float, count: int = SITES) -> None:
    """A quiet failover of one site, and of many of one zone."""
    one, times = Times(), Times()
    with lab_and_playbooks() as playbooks:
        create(playbooks)
        for _unused in range(ROUNDS):
            one.add(lambda: playbooks.failover(failover_report_dir="").ok().seconds)
        spread(playbooks, count)
        create(playbooks)
        for _unused in range(ROUNDS):
            times.add(lambda: playbooks.failover(failover_report_dir="").ok().seconds)
    show(f"failover of {count} quiet sites: CPU seconds", f"≤ {count * 0.05:.0f}", floor, times.cpu, "{:.1f}")
    each = [(min(times.cpu) - min(one.cpu)) / (count - 1)]
    show("… that each site adds to a run of one", "≤ 0.05", floor / count, each, "{:.3f}")


def bench_zones(floor: float, count: int = ZONES) -> None:
    """The start of a lab with many zones, and a sync of them: all created, and nothing to do."""
    names = [f"zone{number}.example" for number in range(count)]
    began = time.monotonic()
    with lab_and_playbooks(zone=[ZONE, *names]) as playbooks:
        show(f"the lab starts with {count} zones: seconds", "≤ 10", None, [time.monotonic() - began], "{:.1f}")
        many_zones(playbooks, names, SETS)
        for what in ("create", "no-op"):
            playbooks.lab.log_reset()
            times = Times()
            times.add(lambda: playbooks.sync().ok().seconds)
            show(f"sync of {count} zones of {SETS} sets, {what}: CPU seconds", "≤ 30", floor, times.cpu, "{:.1f}")
            # A list of zones has 50 a page at Cloudflare, and one read of each zone follows.
            for provider, pages in (("cloudflare", -(-(count + 1) // 50)), ("desec", 1)):
                requests = [len(playbooks.lab.log(provider))]
                written = count if what == "create" else 0
                show(f"… requests to {provider}", "floor", pages + count + written, requests, "{:.0f}")


def main() -> None:
    heading(f"Large plays: processor seconds, or requests; up to {ROUNDS} runs of each")
    floors = {hosts: min(Bare.best(hosts=hosts, rounds=ROUNDS).cpu) for hosts in sorted({SITES, ZONES})}
    bench_zones(floors[ZONES])
    bench_sites(floors[SITES])


if __name__ == "__main__":
    main()
