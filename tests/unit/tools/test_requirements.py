# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What continuous integration installs is what the requirements ask for, and is known by its hashes."""

from __future__ import annotations

import re

import pytest
from support.paths import ROOT

REQUIREMENT = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)", re.MULTILINE)


def names(path: str) -> set[str]:
    """The packages that a requirements file names, in their canonical spelling."""
    return {re.sub(r"[-_.]+", "-", name).lower() for name in REQUIREMENT.findall((ROOT / path).read_text())}


@pytest.mark.parametrize("path", ["requirements.txt", "requirements-dev.txt"])
def test_everything_required_is_locked(path: str) -> None:
    """`make lock` chooses the versions anew."""
    assert names(path) <= names(".ci/requirements.lock")


def test_every_locked_version_has_hashes() -> None:
    lock = (ROOT / ".ci" / "requirements.lock").read_text()
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert len(entries) > 50
    assert not [entry for entry in entries if not re.match(r"\S+==\S+", entry) or "--hash=sha256:" not in entry]
