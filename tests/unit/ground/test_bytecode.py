# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was compiled is used again, and only as long as its source is the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from support.paths import ROOT

PLACE = "ansible_collections/twinzone/edge/plugins/module_utils"
PACKAGE = PLACE.replace("/", ".")
PROGRAM = f"""
from {PACKAGE} import _bytecode
_bytecode.use()
from {PACKAGE}._inner import value
print(value.VALUE, type(value.__loader__).__module__)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A collection with one package, `_inner`."""
    made = tmp_path / PLACE
    (made / "_inner").mkdir(parents=True)
    shutil.copy(ROOT / "plugins" / "module_utils" / "_bytecode.py", made)
    (made / "_inner" / "__init__.py").touch()
    (made / "_inner" / "value.py").write_text("VALUE = 1\n")
    return made


def run(place: Path, **environment: str) -> str:
    """What a program prints that imports the package. It must be loaded by the loader under test."""
    root = place.parents[4]
    inherited: Mapping[str, str] = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**inherited, "PYTHONPATH": str(root), **environment},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    value, _space, loader = done.stdout.strip().partition(" ")
    assert loader == f"{PACKAGE}._bytecode"
    return value


def kept(place: Path) -> Path:
    (found,) = (place / "_inner").glob("value.*.pyc")
    return found


def test_it_is_kept_beside_the_source_and_used(place: Path) -> None:
    assert run(place) == "1"
    octets = kept(place).read_bytes()
    kept(place).write_bytes(octets.replace(b"VALUE", b"OTHER"))
    with pytest.raises(subprocess.CalledProcessError):
        run(place)


@pytest.mark.parametrize("spoilt", [b"", b"rubbish", b"\0"])
def test_what_is_spoilt_is_made_again(place: Path, spoilt: bytes) -> None:
    assert run(place) == "1"
    octets = kept(place).read_bytes()
    head = octets[: octets.index(b"\n") + 1] if spoilt == b"\0" else b""
    kept(place).write_bytes(head + spoilt)
    assert run(place) == "1"
    assert kept(place).read_bytes() == octets


def test_a_source_that_has_changed_is_compiled_anew(place: Path) -> None:
    assert run(place) == "1"
    source = place / "_inner" / "value.py"
    before = source.stat().st_mtime_ns
    source.write_text("VALUE = 2\n")
    os.utime(source, ns=(before + 10**10, before + 10**10))
    assert run(place) == "2"


def test_nothing_is_written_where_it_is_not_wanted(place: Path) -> None:
    assert run(place, PYTHONDONTWRITEBYTECODE="1") == "1"
    assert not list(place.rglob("*.pyc"))
