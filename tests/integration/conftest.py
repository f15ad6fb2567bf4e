# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab for each process that runs tests; every test finds it as on the first day."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import lab_machines
from support.lab_api import CloudflareCaller, DesecCaller
from support.lab_machines import Machines
from support.lab_playbooks import SETTINGS, Playbooks
from support.quick_failover import QuickPlaybooks
from support.role_in_process import modules_in_process
from support.warm_ansible import WarmAnsible
from twinzone_lab.client import LabClient, running_lab

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling


#: A mark of tests whose playbooks are run by the command itself, as users run it.
REAL_COMMAND = "real_command"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{REAL_COMMAND}: playbooks are run by the command, not by a warm process")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Give out tests one by one, but files whose tests share a fixture in one piece, and those first."""
    from xdist.scheduler import LoadScopeScheduling

    @cache
    def shares(path: str) -> bool:
        return 'scope="module"' in (config.rootpath / path).read_text()

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            return path if shares(path) else nodeid

    return Scheduling(config, log)


@pytest.fixture(scope="session")
def lab_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabClient]:
    """A running lab; tests take `lab` instead."""
    with running_lab(tmp_path_factory.mktemp("lab"), max_seconds=3600) as lab:
        yield lab


@pytest.fixture
def lab(lab_process: LabClient) -> LabClient:
    """A lab in which nothing is broken and the zone is empty."""
    lab_process.reset()
    return lab_process


@pytest.fixture
def cloudflare(lab: LabClient) -> CloudflareCaller:
    """The zone example.com at the emulated Cloudflare."""
    return CloudflareCaller(lab)


@pytest.fixture
def desec(lab: LabClient) -> DesecCaller:
    """The zone example.com at the emulated deSEC."""
    return DesecCaller(lab)


@pytest.fixture(scope="session")
def ready_to_fork(lab_process: LabClient) -> Iterator[Connection]:
    """What carries out the runs of all `machines`."""
    with lab_machines.ready_to_fork(lab_process) as connection:
        yield connection


@pytest.fixture
def machines(lab: LabClient, tmp_path: Path, ready_to_fork: Connection) -> Machines:
    """Machines that look after the lab's site, and have no locks yet."""
    return Machines(lab, tmp_path, ready_to_fork)


@pytest.fixture(scope="session")
def warm_ansible() -> Iterator[WarmAnsible | None]:
    """What starts ansible-playbook sooner; none for an ansible-core other than that of the tests."""
    if "TWINZONE_ANSIBLE_BIN" in os.environ:
        yield None
        return
    server = WarmAnsible(SETTINGS)
    yield server
    server.close()


@pytest.fixture
def playbooks(request: pytest.FixtureRequest, lab: LabClient, tmp_path: Path) -> Playbooks:
    """The collection's playbooks against the lab, with an inventory of the test's own."""
    if request.node.get_closest_marker(REAL_COMMAND):
        return Playbooks(lab, tmp_path)
    return Playbooks(lab, tmp_path, request.getfixturevalue("warm_ansible"))


@pytest.fixture
def quick(request: pytest.FixtureRequest, lab: LabClient, tmp_path: Path) -> Iterator[QuickPlaybooks]:
    """The same, but their failovers run in this process."""
    with modules_in_process():
        yield QuickPlaybooks(lab, tmp_path, request.getfixturevalue("warm_ansible"))
