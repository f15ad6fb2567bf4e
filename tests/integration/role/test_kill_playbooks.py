# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of whole runs of ansible-playbook, with all their processes and without; a rerun finishes what was begun."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._engine.lock import ZoneLock
from support import lab_jobs
from support.lab_playbooks import SITE, ZONE
from support.lab_steering import ZONE_RECORDS, check_one_front
from support.quick_failover import QuickPlaybooks
from twinzone_lab.client import LabClient

#: Seconds after which a moment is taken for missed.
_LIMIT = 300


def processes(home: Path) -> set[int]:
    """All that run with this HOME: those of the playbooks, whatever their group and parent."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with suppress(OSError):
                if f"HOME={home}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                    found.add(int(entry.name))
    return found


class Victims:
    """Runs of playbooks that are killed at a given moment."""

    def __init__(self, playbooks: QuickPlaybooks, lab: LabClient) -> None:
        self.playbooks = playbooks
        self.lab = lab

    def killed(self, moment: str | Callable[[], object], playbook: str = "failover", whole: bool = True) -> None:
        """Start a run and kill it when the task of this name begins, or when this becomes true.

        whole: all its processes, as when a container is stopped; otherwise only ansible-playbook itself, as the kernel
        does it that is short of memory, whose module goes on.
        """
        self.lab.log_reset()
        with self.playbooks.started(playbook) as process:
            assert process.stdout is not None
            if isinstance(moment, str):
                shown: list[str] = [""]
                while moment not in shown[-1]:
                    shown.append(process.stdout.readline())
                    assert shown[-1], "".join(shown)
            else:
                end = time.monotonic() + _LIMIT
                while not moment():
                    assert process.poll() is None
                    assert time.monotonic() < end
                    time.sleep(0.05)
            process.kill()
            while whole and (left := processes(self.playbooks.directory)):
                for pid in left:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)

    def asked(self, provider: str, method: str) -> Callable[[], bool]:
        """Whether this provider has got such a request, and answered it unless it hangs."""
        return lambda: any(entry["method"] == method for entry in self.lab.log(provider))


@pytest.fixture
def playbooks(quick: QuickPlaybooks) -> QuickPlaybooks:
    """The runs that are killed are the command's; those that come after them run in this process."""
    return quick


@pytest.fixture
def victims(playbooks: QuickPlaybooks, lab: LabClient) -> Victims:
    """A site whose first front has just failed."""
    lab_jobs.ok(lab_jobs.run(lab, ZONE_RECORDS, verify_seconds=10))
    playbooks.sites[SITE]["failover_policy"] |= {"max_switches_per_hour": 12}
    playbooks.environment["TMPDIR"] = str(playbooks.directory / "tmp")
    (playbooks.directory / "tmp").mkdir()
    return Victims(playbooks, lab)


def test_a_failover_killed_at_its_steps(victims: Victims, playbooks: QuickPlaybooks, lab: LabClient) -> None:
    """There and back again; each way with a death in another step."""
    began = int(time.time())
    lab.break_("front_cloudflare", "refuse")
    victims.killed("Probe from here")
    victims.killed("Decide what to do")
    for provider in lab_jobs.BOTH:
        lab.break_(f"{provider}_api", "hang", methods="GET")
    victims.killed(victims.asked("cloudflare", "GET"))
    assert not playbooks.writes()
    lab.repair("cloudflare_api")
    lab.repair("desec_api")
    playbooks.failover().ok().result("switched", "active_down")
    # A write takes the time as its number, or the next number where that is higher.
    first = check_one_front(lab, "bunny")
    assert began <= first <= int(time.time())

    def turn(front: str) -> None:
        """The active front fails, and the other one is well again."""
        lab.repair()
        lab.break_(f"front_{front}", "refuse")

    turn("bunny")
    lab.break_("cloudflare_api", "hang", methods="GET")
    victims.killed(victims.asked("desec", "PATCH"))
    assert [entry["provider"] for entry in playbooks.writes()] == ["desec"]
    lab.repair("cloudflare_api")
    assert playbooks.failover().ok().result("converged")["front"] == "cloudflare"
    second = check_one_front(lab, "cloudflare")
    assert first < second <= int(time.time())

    turn("cloudflare")
    victims.killed("Ask every name server what it serves now")
    victims.killed("Write the reports")
    assert not playbooks.writes()
    third = check_one_front(lab, "bunny")
    assert second < third <= int(time.time())
    assert playbooks.failover().ok().result("unchanged")["front"] == "bunny"
    assert check_one_front(lab, "bunny") == third

    turn("bunny")
    lab.break_("cloudflare_api", "hang", methods="GET")
    victims.killed(victims.asked("desec", "PATCH"), whole=False)
    assert processes(playbooks.directory), "the module goes on"
    lab.repair("cloudflare_api")
    rerun = playbooks.failover().ok()
    assert rerun.results[SITE]["outcome"] in ("converged", "unchanged")
    lab_jobs.soon(lambda: processes(playbooks.directory), set(), _LIMIT)
    assert third < check_one_front(lab, "cloudflare") <= int(time.time())

    lab.log_reset()
    assert playbooks.failover().ok().changed == 0
    playbooks.check_quiet()
    assert not list(playbooks.reports.rglob(".twinzone-*"))
    # The locks lie in the user's home, whatever TMPDIR says. They are free.
    assert not list((playbooks.directory / "tmp").glob("*twinzone-*"))
    for provider in lab_jobs.BOTH:
        zone_lock = ZoneLock(f"{provider} {lab.info['providers'][provider]['api_url']} {ZONE}")
        zone_lock.look()
        with zone_lock.hold(Deadline(1)) as overtaken:
            assert not overtaken
    # Ansible's own remains of a run that was killed are its code alone.
    left = b"".join(path.read_bytes() for path in playbooks.directory.rglob("*") if path.is_file())
    assert not any(token.encode() in left for token in playbooks.tokens.values())


def test_a_sync_killed_between_its_writes(victims: Victims, playbooks: QuickPlaybooks, lab: LabClient) -> None:
    records = [*ZONE_RECORDS, {"name": "new", "type": "TXT", "values": ["here"]}]
    playbooks.zone_file(records)
    lab.break_("cloudflare_api", "hang", methods="POST")
    victims.killed(victims.asked("desec", "PATCH"), "sync")
    lab.repair()
    assert playbooks.sync().ok().changed in (0, 1)
    for provider in lab_jobs.BOTH:
        assert lab_jobs.served(lab, provider, "new", "TXT") == [['"here"']] * 2
    assert len(lab.zone("cloudflare", ZONE)) == len(records) + 1
    assert playbooks.sync().ok().changed == 0
    assert not processes(playbooks.directory)
