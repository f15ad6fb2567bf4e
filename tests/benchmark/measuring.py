# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How runs of ansible-playbook are measured: beside a bare one, in turns with it.

A bare run is ansible-playbook with one module that does nothing (`ping`) at the controller. Each run of ours follows a
bare one at once, so that what else the machine does slows both. The multiple is that of the best of both.

Seconds of the processor are those of ansible-playbook and of all that it starts; the lab's are not among them. They
depend less on what else the machine does, and a wait costs nothing of them.
"""

from __future__ import annotations

import platform
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from support import lab_playbooks
from support.lab_playbooks import ANSIBLE_PLAYBOOK, SETTINGS, SITE, ZONE, Playbooks
from twinzone_lab.client import running_lab

ROUNDS = 3

#: Of each answer of an API in the lab, in seconds.
LATENCY = 0.05

BURST = {"probes": 3, "interval": 0.2}
BURST_SECONDS = 0.4

#: The same where all fronts are healthy: two good tries settle the verdict, and the third one is not made.
QUIET_BURST_SECONDS = 0.2

ROW = "{:66}{:>9}{:>9}{:>9}{:>9}{:>9}"

# 200 zones on a slow machine.
lab_playbooks._LIMIT = 900


@contextmanager
def lab_and_playbooks(**options: Any) -> Iterator[Playbooks]:
    """Playbooks against a lab of their own."""
    with tempfile.TemporaryDirectory() as folder, running_lab(Path(folder, "lab"), max_seconds=900, **options) as lab:
        runs = Path(folder, "runs")
        runs.mkdir()
        playbooks = Playbooks(lab, runs)
        playbooks.sites[SITE]["failover_policy"] = BURST
        yield playbooks


@dataclass
class Times:
    """What some runs of the same took. cpu: seconds of the processor."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def add(self, run: Callable[[], float | None]) -> None:
        """Run it once more. It may say itself how many seconds it took."""
        began, before = time.monotonic(), _cpu()
        said = run()
        self.cpu.append(_cpu() - before)
        self.seconds.append(time.monotonic() - began if said is None else said)


def _cpu() -> float:
    """Of all processes so far that this one has started and that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Bare:
    """Runs of ansible-playbook that do nothing."""

    def __init__(self, tasks: int = 1, hosts: int = 1) -> None:
        """So many modules that do nothing, or for more than one host one `debug` for each."""
        self.times = Times()
        self._folder = tempfile.TemporaryDirectory()
        names = ["localhost"] if hosts == 1 else [f"s{number}.example.com" for number in range(hosts)]
        task = {"ansible.builtin.ping" if hosts == 1 else "ansible.builtin.debug": None}
        same = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        play = {"hosts": "all", "connection": "local", "gather_facts": False, "vars": same, "tasks": [task] * tasks}
        self._path = Path(self._folder.name, "play.yml")
        self._path.write_text(yaml.safe_dump([play]))
        self._inventory = Path(self._folder.name, "inventory.yml")
        self._inventory.write_text(yaml.safe_dump({"all": {"hosts": {name: {} for name in names}}}))

    def run(self) -> None:
        """Run it once more."""
        self.times.add(self._once)

    def _once(self) -> None:
        words = [str(ANSIBLE_PLAYBOOK), "-i", str(self._inventory), str(self._path)]
        settings: Mapping[str, str] = {**SETTINGS, "HOME": self._folder.name}
        subprocess.run(words, env=settings, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    @classmethod
    def best(cls, tasks: int = 1, hosts: int = 1, rounds: int = ROUNDS) -> Times:
        """What it takes."""
        bare = cls(tasks, hosts)
        for _unused in range(rounds):
            bare.run()
        return bare.times


def beside(bare: Bare, times: Times, run: Callable[[], float | None]) -> None:
    """A bare run, and one of ours."""
    bare.run()
    times.add(run)


@dataclass(frozen=True)
class Floor:
    """Seconds that the start of ansible-playbook takes here, and the run of one module that does nothing."""

    start: float
    module: float

    def of(self, starts: int = 0, modules: int = 0, requests: int = 0) -> float:
        """The least seconds for so many starts, module runs, and requests that follow each other."""
        return starts * self.start + modules * self.module + requests * LATENCY


def measured_floor() -> Floor:
    """Of a play without a module, and of one with ten."""
    empty, ten = (min(Bare.best(tasks).seconds) for tasks in (0, 10))
    return Floor(empty, (ten - empty) / 10)


def machine() -> str:
    """What measures, in words."""
    words = subprocess.run(
        [str(ANSIBLE_PLAYBOOK), "--version"], env=SETTINGS, check=True, capture_output=True, text=True
    )
    core = words.stdout.split("]")[0].partition("[")[2]
    with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cpu = f"{len(names)} cores of {names[0]}" if names else platform.processor()
    return f"{cpu}, {platform.system()}, Python {platform.python_version()}, ansible-{core}"


def heading(what: str) -> None:
    """The heading of a table of figures, and of one of multiples."""
    print(f"\n{what}")
    print(ROW.format("", "target", "floor", "median", "best", "CPU"), flush=True)


def show(
    what: str, target: str, floor: float | None, figures: Sequence[float], form: str = "{:.2f}", cpu: str = ""
) -> None:
    """A row: the target, the floor, the median, the best."""
    least = "" if floor is None else form.format(floor)
    texts = [form.format(figure) for figure in (statistics.median(figures), min(figures))]
    print(ROW.format(what, target, least, *texts, cpu), flush=True)


def show_multiples(what: str, target: str, floor: float, bare: Bare, times: Times) -> None:
    """A row of multiples of the bare run. floor: in seconds."""
    of, cpu_of = min(bare.times.seconds), min(bare.times.cpu)
    cpu = f"{min(times.cpu) / cpu_of:.2f} x"
    show(what, target, floor / of, [seconds / of for seconds in times.seconds], "{:.2f} x", cpu)


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


def in_a_row(playbooks: Playbooks) -> int:
    """How many requests the busier provider got since this was last called; those to one provider follow each other."""
    count = max(len(playbooks.lab.log(provider)) for provider in playbooks.tokens)
    playbooks.lab.log_reset()
    return count
