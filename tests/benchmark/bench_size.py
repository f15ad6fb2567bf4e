# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What large plays cost: processor seconds of ansible-playbook and of all that it starts, and requests.

The seconds on the clock depend on how many hosts Ansible works for at once and on the machine's cores; those of the
processor do not. The floor is a play of as many hosts with one task that does nothing, measured now: less than one task
for each host is not possible, as each host has its own outcome and its own line in the recap.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import yaml
from benchmark.bench_playbooks import create, lab_and_playbooks, spread
from support.lab_playbooks import ANSIBLE_PLAYBOOK, ZONE, Playbooks

ROUNDS = 2
SITES, ZONES, SETS = 200, 200, 20
ROW = "{:60}{:>10}{:>10}{:>10}{:>10}"


def processor_seconds(run: Callable[[], object]) -> float:
    """What the programs cost that `run` starts and waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured_floor(hosts: int, task: str = "debug") -> float:
    """Of a play with one task for each host."""
    with tempfile.TemporaryDirectory() as folder:
        play = {"hosts": "all", "gather_facts": False, "tasks": [{f"ansible.builtin.{task}": None}]}
        playbook, inventory = Path(folder, "play.yml"), Path(folder, "inventory.yml")
        playbook.write_text(yaml.safe_dump([play]))
        inventory.write_text(
            yaml.safe_dump({"all": {"hosts": {f"s{number}.example.com": {} for number in range(hosts)}}})
        )
        command = [str(ANSIBLE_PLAYBOOK), "-i", str(inventory), str(playbook)]
        return min(
            processor_seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
            for _unused in range(ROUNDS)
        )


def show(what: str, target: str, floor: float, figures: list[float], form: str = "{:.1f}") -> None:
    """A row: the target, the floor, the median, the best."""
    texts = [form.format(figure) for figure in (floor, statistics.median(figures), min(figures))]
    print(ROW.format(what, target, *texts), flush=True)


def bench_sites(floor: float, count: int = SITES) -> None:
    """A quiet failover of many sites of one zone."""
    with lab_and_playbooks() as playbooks:
        spread(playbooks, count)
        create(playbooks)
        figures = [
            processor_seconds(lambda: playbooks.failover(failover_report_dir="").ok()) for _unused in range(ROUNDS)
        ]
    show(f"failover of {count} quiet sites: CPU seconds", f"≤ {count * 0.05:.0f}", floor, figures)


def many_zones(playbooks: Playbooks, names: list[str]) -> None:
    """Describe the zones, each with a file of its own."""
    pattern = playbooks.zones.pop(ZONE)
    playbooks.sites.clear()
    for name in names:
        entries = [
            {"name": f"h{number}", "type": "A", "ttl": 3600, "values": [f"192.0.2.{number}"]} for number in range(SETS)
        ]
        Path(playbooks.directory, "zones", f"{name}.yml").write_text(
            yaml.safe_dump({"domain": name, "records": entries})
        )
        playbooks.zones[name] = {**pattern, "zone_sync_file": f"zones/{name}.yml"}


def bench_zones(floor: float, count: int = ZONES) -> None:
    """A sync of many zones: all of them created, and nothing to do."""
    names = [f"zone{number}.example" for number in range(count)]
    with lab_and_playbooks(zone=[ZONE, *names]) as playbooks:
        many_zones(playbooks, names)
        for what in ("create", "no-op"):
            playbooks.lab.log_reset()
            seconds = processor_seconds(lambda: playbooks.sync().ok())
            show(f"sync of {count} zones of {SETS} sets, {what}: CPU seconds", "≤ 30", floor, [seconds])
            for provider, least in (("cloudflare", -(-count // 50)), ("desec", 1)):
                requests = [float(len(playbooks.lab.log(provider)))]
                written = count if what == "create" else 0
                show(f"… requests to {provider}", "", least + count + written, requests, "{:.0f}")


def main() -> None:
    print(f"large plays: processor seconds (or requests), median and best of up to {ROUNDS}")
    print(ROW.format("what", "target", "floor", "median", "best"))
    bench_sites(measured_floor(SITES))
    bench_zones(measured_floor(ZONES))


if __name__ == "__main__":
    main()
