# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab for the whole run, and an environment in which other people's clients trust it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.octodns_zones import OctoDns
from twinzone_lab.client import LabClient, running_lab


@pytest.fixture(scope="session")
def lab_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabClient]:
    """A running lab; tests take `lab` instead."""
    with running_lab(tmp_path_factory.mktemp("lab"), max_seconds=600) as lab:
        yield lab


@pytest.fixture
def lab(lab_process: LabClient, monkeypatch: pytest.MonkeyPatch) -> LabClient:
    """A lab as on its first day, whose authority requests and httpx trust, and which no proxy stands before."""
    lab_process.reset()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", lab_process.info["ca"])
    monkeypatch.setenv("SSL_CERT_FILE", lab_process.info["ca"])
    monkeypatch.setenv("NO_PROXY", "*")
    return lab_process


@pytest.fixture
def octodns(lab: LabClient, monkeypatch: pytest.MonkeyPatch) -> OctoDns:
    """octoDNS, which knows the lab's providers."""
    return OctoDns(lab, monkeypatch)
