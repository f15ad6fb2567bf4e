# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What whole runs of ansible-playbook take against the lab: requests, and seconds.

Lab, Ansible and modules share this machine's cores, so run it while nothing else does; `make benchmark` does, with
everything on the PYTHONPATH. `verdict` is the moment at which the role has decided.

The floor is what no program of this kind can undercut here: the start of ansible-playbook and runs of a module that
does nothing, both measured now, and the requests that must follow each other, at the latency of the lab.

Rows with x are multiples of a bare run; `measuring` says how.
"""

from __future__ import annotations

from benchmark.measuring import (
    BURST_SECONDS,
    LATENCY,
    QUIET_BURST_SECONDS,
    ROUNDS,
    Bare,
    Floor,
    Times,
    beside,
    fill,
    heading,
    in_a_row,
    lab_and_playbooks,
    machine,
    measured_floor,
    show,
    show_multiples,
)
from benchmark.site_zones import create, spread
from support.lab_playbooks import ZONE, Playbooks, Run

DEADLINE = 3
SETS = 1000

#: Seconds for which a sync that creates the zone waits in the lab. At deSEC a bulk of 200 sets must be served before
#: the next one is sent, and a zone transfer takes 0.6 ms for each set that the zone then has, as was measured there.
TRANSFERS = sum(0.0006 * sets for sets in range(200, SETS + 1, 200))
SITES = 30


def bench_requests() -> None:
    """How many requests a small sync needs."""
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
    """A large zone: all of it created, and nothing to do."""
    bare, create_times, again = Bare(), Times(), Times()
    floors = [0.0, 0.0]
    with lab_and_playbooks(latency=LATENCY) as playbooks:
        fill(playbooks, SETS)
        for _unused in range(ROUNDS):
            playbooks.lab.reset()
            playbooks.lab.log_reset()
            for kind, times in enumerate((create_times, again)):
                beside(bare, times, lambda: playbooks.sync().ok().seconds)
                # At deSEC the look-up and the first page go side by side.
                floors[kind] = floor.of(starts=1, modules=1, requests=in_a_row(playbooks) - 1)
    floors[0] += TRANSFERS
    what = f"sync of {SETS} sets at both providers, 50 ms a request:"
    show_multiples(f"{what} create", "≤ 1.9 x", floors[0], bare, create_times)
    beyond = Times([seconds - TRANSFERS for seconds in create_times.seconds], create_times.cpu)
    show_multiples("… create, beyond the waits for zone transfers", "≤ 1.9 x", floors[0] - TRANSFERS, bare, beyond)
    show_multiples(f"{what} no-op", "≤ 1.4 x", floors[1], bare, again)


def bench_quiet(floor: Floor) -> None:
    """A failover with nothing to do."""
    bare, times = Bare(), Times()
    with lab_and_playbooks() as playbooks:
        create(playbooks)
        for _unused in range(ROUNDS + 2):
            beside(bare, times, lambda: playbooks.failover(failover_report_dir="").ok().seconds - QUIET_BURST_SECONDS)
    what = "failover of one quiet site, beyond its burst"
    show_multiples(what, "≤ 1.5 x", floor.of(starts=1, modules=1), bare, times)


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
    """From the verdict to the write, also where an API hangs."""
    with lab_and_playbooks(latency=LATENCY) as playbooks:
        figures = []
        for _unused in range(ROUNDS):
            create(playbooks)
            playbooks.lab.break_("front_cloudflare", "refuse")
            done = since_verdict(playbooks, playbooks.failover("-v").ok())
            if len(done) != 2:
                raise RuntimeError(f"written at {sorted(done)} alone")
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
    """Many sites of one zone that leave a front in one run."""
    whole, verified, writes = [], [], []
    with lab_and_playbooks(throttle=True) as playbooks:
        spread(playbooks, SITES)
        for _unused in range(ROUNDS):
            create(playbooks)
            playbooks.lab.break_("front_cloudflare", "refuse")
            run = playbooks.failover("-v").ok()
            done = since_verdict(playbooks, run)
            outcomes = {result["outcome"] for result in run.results.values()}
            if outcomes != {"switched"}:
                raise RuntimeError(f"the outcomes are {sorted(outcomes)}")
            whole.append(run.seconds - BURST_SECONDS)
            verified.append(max(seconds for _unused, seconds in done.values()))
            writes.append(len(playbooks.writes()) / len(done))
    what = f"{SITES} sites of one zone in one run, throttled:"
    show(f"{what} writes at each provider", "1", 1, writes, "{:.0f}")
    show(f"{what} verdict → all verified", "≤ 4", floor.of(modules=1), verified)
    show(f"{what} whole run beyond its burst", "≤ 4", floor.of(starts=1, modules=2), whole)


def main() -> None:
    print(f"Measured by {machine()}.")
    heading(f"Whole runs: multiples of a bare run, requests, or seconds; {ROUNDS} or more runs of each")
    floor = measured_floor()
    bench_sync(floor)
    bench_quiet(floor)
    bench_requests()
    bench_switch(floor)
    bench_many_sites(floor)
    print(
        f"floor: {floor.start:.2f} s for the start of ansible-playbook, {floor.module:.2f} s for each module run",
        flush=True,
    )


if __name__ == "__main__":
    main()
