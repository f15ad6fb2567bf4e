# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What whole runs of ansible-playbook take against the lab: requests, and seconds.

Lab, Ansible and modules share this machine's cores, so run it while nothing else does; `make benchmark` does, with
everything on the PYTHONPATH. `verdict` is the moment at which the role has decided.

The floor is what no program of this kind can undercut here: the start of ansible-playbook and runs of a module that
does nothing, both measured now, and the requests that must follow each other, at the latency of the lab.

Rows with x are multiples of a bare ansible-playbook with one module that does nothing, measured right before each run.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from support import lab_jobs, lab_playbooks
from support.lab_playbooks import SITE, ZONE, Playbooks, Run
from twinzone_lab.client import running_lab

ROUNDS = 3
LATENCY = 0.05
DEADLINE = 3
BURST = {"probes": 3, "interval": 0.2}
BURST_SECONDS = 0.4
SITES = 50
ZONES, SETS = 200, 20
ROW = "{:70}{:>8}{:>8}{:>8}{:>8}"


@contextmanager
def lab_and_playbooks(**options: Any) -> Iterator[Playbooks]:
    """Playbooks against a lab of their own."""
    with tempfile.TemporaryDirectory() as folder, running_lab(Path(folder, "lab"), max_seconds=900, **options) as lab:
        runs = Path(folder, "runs")
        runs.mkdir()
        playbooks = Playbooks(lab, runs)
        playbooks.sites[SITE]["failover_policy"] = BURST
        yield playbooks


@dataclass(frozen=True)
class Floor:
    """Seconds that the start of ansible-playbook takes here, and the run of one module that does nothing."""

    start: float
    module: float

    def of(self, starts: int = 0, modules: int = 0, requests: int = 0) -> float:
        """The least seconds for so many starts, module runs, and requests that follow each other."""
        return starts * self.start + modules * self.module + requests * LATENCY


def measured_floor() -> Floor:
    with tempfile.TemporaryDirectory() as folder:
        plays = [_play_of(Path(folder), count) for count in (0, 10)]
        seconds = [min(_seconds(play) for _unused in range(ROUNDS)) for play in plays]
    return Floor(seconds[0], (seconds[1] - seconds[0]) / 10)


def bare() -> float:
    """Seconds that a bare ansible-playbook with one module that does nothing takes at this moment."""
    with tempfile.TemporaryDirectory() as folder:
        path = _play_of(Path(folder), 1)
        return min(_seconds(path) for _unused in range(2))


def _play_of(folder: Path, count: int) -> Path:
    """A play of so many modules that do nothing."""
    tasks = [{"ansible.builtin.ping": None}] * count
    same = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": same, "tasks": tasks}
    path = folder / f"{count}.yml"
    path.write_text(yaml.safe_dump([play]))
    return path


def _seconds(play: Path) -> float:
    began = time.monotonic()
    subprocess.run(["ansible-playbook", "-i", "localhost,", play], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def cpu() -> float:
    """CPU seconds of all processes so far that this one has started and that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def show(what: str, target: str, floor: float, figures: Sequence[float], form: str = "{:.2f}") -> None:
    """A row: the target, the floor, the median, the best."""
    texts = [form.format(figure) for figure in (floor, statistics.median(figures), min(figures))]
    print(ROW.format(what, target, *texts), flush=True)


def fill(playbooks: Playbooks, count: int) -> list[dict[str, Any]]:
    """Make the zone file hold this many record sets, the steered ones among them."""
    path = playbooks.directory / "zones" / f"{ZONE}.yml"
    steered = yaml.safe_load(path.read_text())["records"]
    hosts = [
        {"name": f"h{number}", "type": "A", "ttl": 3600, "values": [f"192.0.2.{number % 250}"]}
        for number in range(count - len(steered))
    ]
    playbooks.zone_file([*hosts, *steered])
    return [*hosts, *steered]


def bench_requests() -> None:
    with lab_and_playbooks() as playbooks:
        records = fill(playbooks, 100)
        for what, target in (("create", 6), ("no-op", 4), ("one change", 6)):
            playbooks.sync().ok()
            # One look-up and one list at Cloudflare, two pages at deSEC, and one write at each.
            floor = 4 if what == "no-op" else 6
            requests = [playbooks.requests()]
            show(f"requests, 100 sets at both providers: {what}", f"≤ {target}", floor, requests, "{:.0f}")
            if what == "no-op":
                records[7]["values"] = ["198.51.100.1"]
                playbooks.zone_file(records)


def bench_sync(floor: Floor) -> None:
    create, again, floors = [], [], list[float]()
    with lab_and_playbooks(latency=LATENCY) as playbooks:
        fill(playbooks, 1000)
        for _unused in range(ROUNDS):
            playbooks.lab.reset()
            playbooks.lab.log_reset()
            of_bare = bare()
            create.append(playbooks.sync().ok().seconds / of_bare)
            to_create = in_a_row(playbooks)
            again.append(playbooks.sync().ok().seconds / of_bare)
            to_look = in_a_row(playbooks)
            floors = [floor.of(starts=1, modules=1, requests=count) / of_bare for count in (to_create, to_look)]
    what = "sync of 1000 sets at both providers, 50 ms a request"
    show(f"{what}: create", "≤ 1.9 x", floors[0], create, "{:.2f} x")
    show(f"{what}: no-op", "≤ 1.4 x", floors[1], again, "{:.2f} x")


def in_a_row(playbooks: Playbooks) -> int:
    """How many requests the busier provider got since this was last called; those to one provider follow each other."""
    count = max(len(playbooks.lab.log(provider)) for provider in playbooks.tokens)
    playbooks.lab.log_reset()
    return count


def spread(playbooks: Playbooks, count: int) -> None:
    """Make this many sites of the one."""
    pattern = playbooks.sites.pop(SITE)
    for number in range(count):
        check = {**pattern["failover_check"], "url": f"https://s{number}.{ZONE}:8444/health"}
        playbooks.sites[f"s{number}.{ZONE}"] = {
            **pattern,
            "failover_router": f"router-{number}",
            "failover_check": check,
        }


def create(playbooks: Playbooks) -> None:
    """The zone with a router for each site, and the name of its visitors that leads there."""
    playbooks.lab.reset()
    playbooks.create_zone()
    routers = {name: site["failover_router"] for name, site in playbooks.sites.items()}
    leads = {**dict.fromkeys(routers.values(), "cf-front"), **{name.split(".")[0]: to for name, to in routers.items()}}
    entries = [{"name": name, "type": "CNAME", "values": [target]} for name, target in leads.items()]
    lab_jobs.ok(lab_jobs.run(playbooks.lab, entries, verify_seconds=10))
    playbooks.lab.log_reset()


def bench_quiet(floor: Floor, sites: int, target: str) -> float:
    """Quiet runs of so many sites; the CPU seconds of the best."""
    figures, used = [], []
    with lab_and_playbooks() as playbooks:
        if sites > 1:
            spread(playbooks, sites)
        create(playbooks)
        for _unused in range(ROUNDS):
            of_bare, before = bare(), cpu()
            seconds = playbooks.failover(failover_report_dir="").ok().seconds - BURST_SECONDS
            used.append(cpu() - before)
            figures.append(seconds / of_bare if sites == 1 else seconds)
    what = f"failover with nothing to do beyond its burst: {sites} site{'s' * (sites > 1)}"
    least = floor.of(starts=1, modules=2)
    if sites == 1:
        show(what, target, least / floor.of(starts=1, modules=1), figures, "{:.2f} x")
    else:
        show(what, target, least, figures)
    return min(used)


def bench_zones() -> None:
    """All zones of a play."""
    names = [f"zone{number}.example" for number in range(ZONES)]
    with lab_and_playbooks(zone=[ZONE, *names]) as playbooks:
        playbooks.zones.clear()
        playbooks.sites.clear()
        folder = playbooks.directory / "zones"
        for name in names:
            records = [{"name": f"h{number}", "type": "A", "values": [f"192.0.2.{number}"]} for number in range(SETS)]
            (folder / f"{name}.yml").write_text(yaml.safe_dump({"domain": name, "records": records}))
            playbooks.zones[name] = {"zone_sync_file": f"zones/{name}.yml"}
        used = []
        for kind in ("create", "no-op"):
            playbooks.lab.log_reset()
            before = cpu()
            playbooks.sync().ok()
            used.append(cpu() - before)
            show(f"sync of {ZONES} zones of {SETS} sets: requests, {kind}", "", 0, [playbooks.requests()], "{:.0f}")
    show(f"sync of {ZONES} zones of {SETS} sets: CPU seconds, create", "≤ 30", 0, used[:1])
    show(f"sync of {ZONES} zones of {SETS} sets: CPU seconds, no-op", "≤ 30", 0, used[1:])


def since_verdict(playbooks: Playbooks, run: Run) -> dict[str, tuple[float, float]]:
    """By provider that took the write, the seconds from the verdict until it was written, and until it was verified."""
    report = run.task("Write the routers")["zones"][ZONE]["providers"]
    found = {}
    for write in playbooks.writes():
        one = report[write["provider"]]
        if one["result"] == "ok":
            written = write["time"] - run.decided
            found[write["provider"]] = written, written + one["seconds"] - one["written_after"]
    return found


def bench_switch(floor: Floor) -> None:
    with lab_and_playbooks(latency=LATENCY) as playbooks:
        figures = []
        for _unused in range(ROUNDS):
            create(playbooks)
            playbooks.lab.break_("front_cloudflare", "refuse")
            done = since_verdict(playbooks, playbooks.failover("-v").ok())
            assert len(done) == 2
            figures.append(max(verified for _unused, verified in done.values()))
        # At Cloudflare a look-up, a list and the batch.
        least = floor.of(modules=1, requests=3)
        show("verdict → both providers written and verified, 50 ms a request", "≤ 2", least, figures)
        for broken in ("cloudflare", "desec"):
            written, verified, over = [], [], []
            for _unused in range(ROUNDS):
                create(playbooks)
                playbooks.lab.break_("front_cloudflare", "refuse")
                playbooks.lab.break_(f"{broken}_api", "hang")
                run = playbooks.failover("-v", failover_deadline=DEADLINE).failed()
                wrote, checked = next(iter(since_verdict(playbooks, run).values()))
                written.append(wrote)
                verified.append(checked)
                over.append(run.ended - run.decided)
            what = f"the API of {broken} hangs: verdict →"
            least = floor.of(modules=1, requests=2 if broken == "cloudflare" else 3)
            show(f"{what} the other one written", "≤ 2", least, written)
            show(f"{what} the other one verified", "≤ 2", least, verified)
            show(f"{what} run over, deadline {DEADLINE} s", f"≤ {DEADLINE + 2}", DEADLINE + floor.of(modules=2), over)


def bench_many_sites(floor: Floor) -> None:
    whole, verified, writes = [], [], []
    with lab_and_playbooks(throttle=True) as playbooks:
        spread(playbooks, 30)
        for _unused in range(ROUNDS):
            create(playbooks)
            playbooks.lab.break_("front_cloudflare", "refuse")
            run = playbooks.failover("-v").ok()
            done = since_verdict(playbooks, run)
            assert {result["outcome"] for result in run.results.values()} == {"switched"}
            whole.append(run.seconds - BURST_SECONDS)
            verified.append(max(seconds for _unused, seconds in done.values()))
            writes.append(len(playbooks.writes()) / len(done))
    what = "30 sites of one zone in one run, throttled:"
    show(f"{what} writes at each provider", "1", 1, writes, "{:.0f}")
    show(f"{what} verdict → all verified", "≤ 4", floor.of(modules=1), verified)
    show(f"{what} whole run beyond its burst", "≤ 4", floor.of(starts=1, modules=4), whole)


def main() -> None:
    lab_playbooks._LIMIT = 900  # 200 zones on a slow machine
    print(f"whole runs of ansible-playbook: seconds (or requests), median and best of {ROUNDS}")
    floor = measured_floor()
    print(f"floor: {floor.start:.2f} s for the start of ansible-playbook, {floor.module:.2f} s for each module run")
    print(ROW.format("what", "target", "floor", "median", "best"))
    bench_requests()
    bench_sync(floor)
    one = bench_quiet(floor, 1, "≤ 1.5 x")
    many = bench_quiet(floor, SITES, "≤ 6")
    show(f"CPU seconds that a site adds to a play of {SITES}", "≤ 0.05", 0, [(many - one) / (SITES - 1)], "{:.3f}")
    bench_switch(floor)
    bench_many_sites(floor)
    bench_zones()


if __name__ == "__main__":
    main()
