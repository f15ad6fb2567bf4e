# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab for each process that runs tests; every test finds it as on the first day."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.lab_api import CloudflareCaller, DesecCaller
from support.lab_playbooks import Playbooks
from twinzone_lab.client import LabClient, running_lab

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling


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


@pytest.fixture
def playbooks(lab: LabClient, tmp_path: Path) -> Playbooks:
    """The collection's playbooks against the lab, with an inventory of the test's own."""
    return Playbooks(lab, tmp_path)
