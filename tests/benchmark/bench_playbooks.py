# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What whole runs of ansible-playbook take against the lab: requests, and seconds.

Lab, Ansible and modules share this machine's cores, so run it while nothing else does; `make benchmark` does, with
everything on the PYTHONPATH. `verdict` is the moment at which the role has decided.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lab_jobs
import yaml
from lab_playbooks import SITE, ZONE, Playbooks, Run
from twinzone_lab.client import running_lab

ROUNDS = 3
LATENCY = 0.05
DEADLINE = 3
BURST = {"probes": 3, "interval": 0.2}
BURST_SECONDS = 0.4
ROW = "{:66}{:>10}{:>10}{:>10}"


@contextmanager
def lab_and_playbooks(**options: Any) -> Iterator[Playbooks]:
    """Playbooks against a lab of their own."""
    with tempfile.TemporaryDirectory() as folder, running_lab(Path(folder, "lab"), max_seconds=900, **options) as lab:
        runs = Path(folder, "runs")
        runs.mkdir()
        playbooks = Playbooks(lab, runs)
        playbooks.sites[SITE]["failover_policy"] = BURST
        yield playbooks


def show(what: str, target: str, figures: Sequence[float], form: str = "{:.2f}") -> None:
    """A row: the target, the median, the best."""
    print(ROW.format(what, target, form.format(statistics.median(figures)), form.format(min(figures))), flush=True)


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
            show(f"requests, 100 sets at both providers: {what}", f"≤ {target}", [playbooks.requests()], "{:.0f}")
            if what == "no-op":
                records[7]["values"] = ["198.51.100.1"]
                playbooks.zone_file(records)


def bench_sync() -> None:
    create, again = [], []
    with lab_and_playbooks(latency=LATENCY) as playbooks:
        fill(playbooks, 1000)
        for _unused in range(ROUNDS):
            playbooks.lab.reset()
            create.append(playbooks.sync().ok().seconds)
            again.append(playbooks.sync().ok().seconds)
    show("sync of 1000 sets at both providers, 50 ms a request: create", "≤ 3.0", create)
    show("sync of 1000 sets at both providers, 50 ms a request: no-op", "≤ 2.0", again)


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
    """The zone with a router for each site."""
    playbooks.lab.reset()
    playbooks.create_zone()
    routers = [site["failover_router"] for site in playbooks.sites.values()]
    entries = [{"name": router, "type": "CNAME", "values": ["cf-front"]} for router in routers]
    lab_jobs.ok(lab_jobs.run(playbooks.lab, entries, verify_seconds=10))
    playbooks.lab.log_reset()


def bench_quiet(sites: int, target: str) -> None:
    with lab_and_playbooks() as playbooks:
        if sites > 1:
            spread(playbooks, sites)
        create(playbooks)
        figures = [playbooks.failover(failover_report_dir="").ok().seconds - BURST_SECONDS for _unused in range(ROUNDS)]
    show(f"failover with nothing to do beyond its burst: {sites} site{'s' * (sites > 1)}", target, figures)


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


def bench_switch() -> None:
    with lab_and_playbooks(latency=LATENCY) as playbooks:
        figures = []
        for _unused in range(ROUNDS):
            create(playbooks)
            playbooks.lab.break_("front_cloudflare", "refuse")
            done = since_verdict(playbooks, playbooks.failover("-v").ok())
            assert len(done) == 2
            figures.append(max(verified for _unused, verified in done.values()))
        show("verdict → both providers written and verified, 50 ms a request", "≤ 2", figures)
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
            show(f"the API of {broken} hangs: verdict → the other one written", "≤ 2", written)
            show(f"the API of {broken} hangs: verdict → the other one verified", "≤ 2", verified)
            show(f"the API of {broken} hangs: verdict → run over, deadline {DEADLINE} s", f"≤ {DEADLINE + 2}", over)


def bench_together() -> None:
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
    show("30 sites of one zone together, throttled: writes at each provider", "1", writes, "{:.0f}")
    show("30 sites of one zone together, throttled: verdict → all verified", "≤ 4", verified)
    show("30 sites of one zone together, throttled: whole run beyond its burst", "≤ 4", whole)


def main() -> None:
    print(f"whole runs of ansible-playbook: seconds (or requests), median and best of {ROUNDS}")
    print(ROW.format("what", "target", "median", "best"))
    bench_requests()
    bench_sync()
    bench_quiet(1, "≤ 2.5")
    bench_quiet(50, "≤ 6")
    bench_switch()
    bench_together()


if __name__ == "__main__":
    main()
