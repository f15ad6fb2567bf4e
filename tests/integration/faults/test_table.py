# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault, one by one: the outcome that it must have, the other provider written anyway, the run over in
time, nothing lost after the next run. And the guide says so."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from support import fault_guide, fault_runs
from support.fault_runs import Seen
from support.fault_table import API, API_FAULTS, DNS_FAULTS, FRONT_FAULTS, Row, rows


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Seen]:
    """What became of all rows."""
    found = fault_runs.see(rows(), tmp_path_factory.mktemp("faults"))
    times = fault_runs.written_beside(rows(), found)
    print(f"{len(times)} writes beside an ill provider, at most {times[-1]:.2f} s after the decision")
    return found


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_fault(seen: Mapping[str, Seen], row: Row) -> None:
    if row.name not in seen:
        pytest.skip("this machine has no IPv6")
    assert not seen[row.name].wrong(row), "\n".join(seen[row.name].first["summary"])


def test_the_table_is_whole() -> None:
    assert (len(API_FAULTS), len(FRONT_FAULTS), len(DNS_FAULTS)) == (13, 11, 3)
    assert len([row for row in rows() if row.section == API]) == 13 * 3 * 2 * 2
    assert len({row.name for row in rows()}) == len(rows())


def test_the_guide_has_this_table() -> None:
    """`make fault-table` writes it."""
    text = fault_guide.GUIDE.read_text()
    assert fault_guide.without_seconds(text) == fault_guide.without_seconds(fault_guide.written(text, {}))
