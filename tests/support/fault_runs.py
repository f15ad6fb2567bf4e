# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out the rows of the table of faults: each in a lab of its own for the time, many side by side."""

from __future__ import annotations

import copy
import queue
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from twinzone_lab.client import LabClient, running_lab

from support import lab_jobs
from support.fault_table import (
    API,
    CONVERGED,
    FRONT,
    FRONTS,
    MAX_SECONDS,
    PROVIDERS,
    SWITCHED,
    TIMEOUT,
    UNCHANGED,
    Break,
    Row,
)
from support.role_in_process import Role, modules_in_process

SITE, ZONE = "www.example.com", "example.com"
ROUTER, MARKER = "web-router", "_twinzone.web-router"

#: Labs side by side. Most of the time of a row is waiting, and a lab that waits costs nothing.
LABS = 12

#: Seconds that a provider has that is well, so that a busy machine makes none ill.
_WELL_DEADLINE = 60.0

#: Seconds of a probe where none is meant to run out.
_PATIENT_TIMEOUT = 30.0

#: Seconds that a busy machine may add.
MARGIN = 20.0

#: Seconds between the first run and the later one, more than `degraded_for`.
_LATER = 660.0


#: What is looked at, what it is, and what it must be.
Finding = tuple[str, object, object]


def reported(result: Mapping[str, Any], row: Row) -> Iterator[Finding]:
    """The findings in the report of the run that meets the fault."""
    yield "outcome", (result["outcome"], result["rule"]), (row.outcome, row.rule)
    yield "play failed", result["failed"], row.outcome not in (UNCHANGED, SWITCHED, CONVERGED)
    for name, wanted in row.results.items():
        got = result["providers"][name]["result"]
        # On a slow machine the time may be over before the last try has failed.
        yield name, wanted if wanted == "unreachable" and got == "deadline" else got, wanted
    yield "served", list(result["served"].values()), [what for name in PROVIDERS for what in row.served[name]]
    for name, wanted in row.verdicts.items():
        yield f"verdict on {name}", result["fronts"][name]["verdict"], wanted
    evidence = [front["evidence"] for front in result["fronts"].values()]
    yield f"evidence {evidence}", any(row.evidence in one for one in evidence), True


def wrong(findings: Iterable[Finding]) -> list[str]:
    """All that is not as it must be, in words."""
    return [f"{what}: {got} in place of {wanted}" for what, got, wanted in findings if got != wanted]


@dataclass(frozen=True)
class Seen:
    """What became of a row.

    first, later, repaired, quiet: the results of the runs; later is empty where there was none. written: of each
    provider the seconds from the decision until its write was answered. seconds: that the first run took once it had
    decided. requests: those of the last run to the APIs that it did not need. kept: whether both zones are as they were
    but for router and marker. routers, markers: the values of these sets at each provider's API in the end.
    """

    first: Mapping[str, Any]
    later: Mapping[str, Any]
    repaired: Mapping[str, Any]
    quiet: Mapping[str, Any]
    written: Mapping[str, float]
    seconds: float
    requests: int
    kept: bool
    routers: Mapping[str, Sequence[str]]
    markers: Mapping[str, Sequence[str]]

    def wrong(self, row: Row) -> list[str]:
        """All that is not as it must be, in words."""
        return wrong([*self._first_run(row), *self._later_runs(row)])

    def _first_run(self, row: Row) -> Iterator[Finding]:
        """The findings about the first run."""
        yield from reported(self.first, row)
        # Whoever is well does not wait for one that takes all of its time.
        limits = [seconds for name, seconds in row.ill.items() if row.results[name] == "deadline"]
        for name in self.written.keys() - row.ill.keys() if limits else ():
            yield (
                f"{name} written in {min(limits)} s, after {self.written[name]}",
                self.written[name] < min(limits),
                True,
            )
        limit = max(row.ill.values(), default=0.0) + row.verify + MARGIN
        yield f"over in {limit} s, after {self.seconds}", self.seconds < limit, True

    def _later_runs(self, row: Row) -> Iterator[Finding]:
        """The findings about the runs after it, and about what is left in the end."""
        if row.later:
            yield "later outcome", (self.later["outcome"], self.later["rule"]), row.later
        yield "outcome when all is well", self.repaired["outcome"], row.next_outcome
        yield "the run after that", (self.quiet["outcome"], self.requests), (UNCHANGED, 0)
        yield "everything else kept", self.kept, True
        front = self.repaired["front"]
        target = {"cloudflare": f"cf-front.{ZONE}.", "bunny": f"cdn2-front.{ZONE}."}[front]
        yield "routers", dict(self.routers), {name: [target] for name in PROVIDERS}
        yield "served in the end", set(self.quiet["served"].values()), {front}
        markers = [_front_of(values) for values in self.markers.values() if values]
        yield "fronts of the markers", markers, [front] * (2 if markers or front != FRONTS[0] else 0)


def _front_of(marker: Sequence[str]) -> str:
    """The front that a marker names; all values of the set, if it is not one."""
    found = re.findall(r" front=(\S+)", " ".join(marker))
    return found[0] if len(marker) == len(found) == 1 else str(marker)


def written_beside(table: Sequence[Row], seen: Mapping[str, Seen]) -> list[float]:
    """How fast the providers were that were well while another was ill: seconds from the decision to the write, in
    order."""
    return sorted(
        seconds
        for row in table
        if row.ill and row.name in seen
        for name, seconds in seen[row.name].written.items()
        if name not in row.ill
    )


def see(rows: Sequence[Row], directory: Path) -> dict[str, Seen]:
    """Carry out these rows; what became of each, by its name, but for those that need IPv6 where there is none."""
    with modules_in_process(), labs_at(directory, min(LABS, len(rows))) as labs, ThreadPoolExecutor(LABS) as pool:

        def play(row: Row) -> Seen:
            lab = labs.get()
            try:
                return _Play(lab, row).seen()
            finally:
                labs.put(lab)

        first = labs.get()
        labs.put(first)
        # The slow ones, whose name servers are silent, stand last in the table: whoever begins with them ends sooner.
        possible = [row for row in reversed(rows) if not row.over_ipv6 or first.info["fronts_ipv6"]]
        return dict(zip((row.name for row in possible), pool.map(play, possible), strict=True))


@contextmanager
def labs_at(directory: Path, count: int) -> Iterator[queue.SimpleQueue[LabClient]]:
    """Some labs for the time of a `with` block."""
    labs: queue.SimpleQueue[LabClient] = queue.SimpleQueue()
    with ExitStack() as stack:
        for number in range(count):
            labs.put(stack.enter_context(running_lab(directory / f"lab{number}", max_seconds=1800)))
        yield labs


@cache
def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


#: By provider, the values of its record sets by name and type.
_Zones = dict[str, dict[tuple[str, str], list[str]]]

#: By lab, the zone of all rows: as it is held, and by provider what is put into a lab for it.
_MADE: dict[Path, tuple[_Zones, Mapping[str, Sequence[Mapping[str, Any]]]]] = {}


def _make_zone(lab: LabClient) -> _Zones:
    """Reset the lab, and let it have the zone of all rows: made as users do it once, and put there after that."""
    lab.reset()
    if lab.directory not in _MADE:
        entries = _read(lab.directory / "zones" / f"{ZONE}.yml")["records"]
        lab_jobs.ok(lab_jobs.run(lab, entries, verify_seconds=20))
        # What stands at the apex is there on the first day.
        records = {name: [one for one in lab.zone(name, ZONE) if one["name"].rstrip(".") != ZONE] for name in PROVIDERS}
        _MADE[lab.directory] = _zones(lab), records
        lab.reset()
    zones, made = _MADE[lab.directory]
    for name, found in made.items():
        lab.seed(name, ZONE, found)
    return zones


def _zones(lab: LabClient) -> _Zones:
    return {
        name: {key: sorted(value.text for value in one.values) for key, one in zone.sets.items()}
        for name in PROVIDERS
        for zone in [lab_jobs.held(lab, name)]
    }


class _Play:
    def __init__(self, lab: LabClient, row: Row) -> None:
        self.lab = lab
        self.row = row

    def seen(self) -> Seen:
        lab, row = self.lab, self.row
        before = _make_zone(lab)
        break_all(lab, [*row.stays, *row.breaks])
        role = self._role()
        first = role.run()
        # Between the two it is looked at once more: a time during which nobody looked does not count.
        later = [self._role(seconds).run() for seconds in (_LATER / 2, _LATER)][-1] if row.later else {}
        repair_all(lab, row)
        repaired = self._role(2 * _LATER).run()
        lab.log_reset()
        quiet = self._role(2 * _LATER + 60).run()
        requests = _needless(lab.log())
        after = _zones(lab)
        written = role.facts["__failover_written"].get("zones", {}).get(ZONE, {}).get("providers", {})
        return Seen(
            first=first,
            later=later,
            repaired=repaired,
            quiet=quiet,
            written={name: one["written_after"] for name, one in written.items()},
            seconds=sum(seconds for phase, seconds in first["phases"].items() if phase != "observe"),
            requests=requests,
            kept=_without_steering(before) == _without_steering(after),
            routers={name: zone.get((ROUTER, "CNAME"), []) for name, zone in after.items()},
            markers={name: zone.get((MARKER, "TXT"), []) for name, zone in after.items()},
        )

    def _role(self, later: float = 0.0) -> Role:
        """The role with the inventory of the lab."""
        inventory = copy.deepcopy(_read(self.lab.directory / "inventory.yml")["all"])
        for entry in inventory["vars"]["dns_providers"]:
            entry["token"] = self.lab.info["providers"][entry["name"]]["token"]
        adapt(inventory, self.lab, self.row)
        return Role(SITE, {**inventory["vars"], **inventory["children"]["sites"]["hosts"][SITE]}, later)


def adapt(inventory: Mapping[str, Any], lab: LabClient, row: Row) -> None:
    """Give the hosts of the lab's inventory, its part `all`, what a row needs."""
    for entry in inventory["vars"]["dns_providers"]:
        entry["deadline"] = row.ill.get(entry["name"], _WELL_DEADLINE)
    site = inventory["children"]["sites"]["hosts"][SITE]
    site["failover_check"] |= {"contains": "^ok", "timeout": TIMEOUT}
    if row.section == FRONT:
        site["failover_check"]["max_seconds"] = MAX_SECONDS
    elif row.section == API:
        # The fronts are well or refuse at once: nothing is waited for but a busy machine.
        site["failover_check"]["timeout"] = _PATIENT_TIMEOUT
    site["failover_policy"] = {"probes": 1 if row.section != FRONT else 3, "interval": 0.02}
    site["failover_verify_timeout"] = row.verify
    for front in site["failover_fronts"]:
        del front["check"]
        if row.over_ipv6:
            ipv4 = [f"{address}:{lab.info['front_port']}" for address in lab.info["fronts"][front["name"]]]
            front["connect_to"] = [*ipv4, lab.info["fronts_ipv6"][front["name"]]]


def _needless(log: Sequence[Mapping[str, Any]]) -> int:
    """The requests of a quiet run beyond the one list that Cloudflare's servers hide, with the id of its zone."""
    reads = [entry for entry in log if (entry["provider"], entry["method"]) == ("cloudflare", "GET")]
    return len(log) - min(len(reads), 2)


def break_all(lab: LabClient, breaks: Iterable[Break]) -> None:
    """Break these parts of a lab."""
    for broken in breaks:
        lab.break_(broken.part, broken.fault, **broken.options)


def repair_all(lab: LabClient, row: Row) -> None:
    """Repair what a row has broken, but not what stays so."""
    for broken in row.breaks:
        lab.repair(broken.part)
    break_all(lab, row.stays)


def _without_steering(zones: Mapping[str, Mapping[tuple[str, str], Any]]) -> dict[str, dict[tuple[str, str], Any]]:
    return {
        name: {key: one for key, one in zone.items() if key[0] not in (ROUTER, MARKER)} for name, zone in zones.items()
    }
