# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Some rows of the table of faults with ansible-playbook: it tells what the table tells."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import fault_runs
from support.fault_runs import SITE
from support.fault_table import API_FAULTS, DNS_FAULTS, Row, rows
from support.lab_playbooks import Playbooks, Run
from support.warm_ansible import WarmAnsible
from twinzone_lab.client import LabClient

#: Most faults that are there from the beginning have their runs in test_playbooks_api_faults.
CHOSEN = (
    "API: connection accepted, then silence, before the write, at Cloudflare, deSEC silent",
    "API: 500 although the change was made, during the write, at deSEC, Cloudflare well",
    "API: 429, wait one second, before the write, at Cloudflare, deSEC well",
    "API: 403, during the write, at Cloudflare, deSEC well",
    "API: JSON of another shape, during the write, at Cloudflare, deSEC well",
    "API: the answer drips in byte by byte, after the write, at deSEC, Cloudflare well",
    "API: TLS certificate expired, before the write, at deSEC, Cloudflare silent",
    "front: 200 with the wrong page, the active front",
    "front: slower than ``max_seconds``, the other front, the active one dead",
    "front: one of its two addresses dead, the active front",
    "name servers: REFUSED, Cloudflare's, the active front dead",
    "name servers: old answers, one of deSEC's, the active front dead",
)


def carry_out(lab: LabClient, row: Row, directory: Path, warm: WarmAnsible | None) -> Run:
    """The run that meets the fault. Those after it are in the table: a playbook adds nothing to them."""
    lab.reset()
    playbooks = Playbooks(lab, directory, warm)
    playbooks.create_zone()
    fault_runs.adapt(playbooks.inventory["all"], lab, row)
    fault_runs.break_all(lab, [*row.stays, *row.breaks])
    return playbooks.failover()


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, warm_ansible: WarmAnsible | None) -> Mapping[str, Run]:
    """All of them, two at a time."""
    by_name = {row.name: row for row in rows()}
    with fault_runs.labs_at(tmp_path_factory.mktemp("labs"), 2) as labs, ThreadPoolExecutor(2) as pool:

        def run(name: str) -> Run:
            lab = labs.get()
            try:
                return carry_out(lab, by_name[name], tmp_path_factory.mktemp("playbooks"), warm_ansible)
            finally:
                labs.put(lab)

        return dict(zip(CHOSEN, pool.map(run, CHOSEN), strict=True))


@pytest.mark.parametrize("name", CHOSEN)
def test_fault(runs: Mapping[str, Run], name: str) -> None:
    (row,) = (row for row in rows() if row.name == name)
    run = runs[name]
    assert not fault_runs.wrong(fault_runs.reported(run.results[SITE], row)), run.output
    run.result(row.outcome, row.rule)


def test_the_choice_is_a_varied_one() -> None:
    chosen = [row for row in rows() if row.name in CHOSEN]
    assert {row.outcome for row in chosen} == {row.outcome for row in rows()}
    assert len({row.fault for row in chosen} & {fault.words for fault in API_FAULTS}) == 7
    assert len({row.fault for row in chosen} & set(DNS_FAULTS)) == 2
