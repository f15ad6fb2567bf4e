# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What continuous integration installs, and what is released, is known by version and hash."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.paths import ROOT

REQUIREMENT = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)", re.MULTILINE)

#: Which list of versions and hashes stands for which requirements.
LOCKED = {
    "requirements.txt": "requirements",
    "requirements-dev.txt": "requirements",
    "tests/clients/requirements.txt": "clients",
    "tests/eda/requirements.txt": "eda",
    "tests/awx/requirements.txt": "awx",
    "tests/tools/cores/oldest.txt": "oldest",
    "tests/tools/cores/newest.txt": "newest",
}


def names(path: str) -> set[str]:
    """The packages that a requirements file names, in their canonical spelling."""
    return {re.sub(r"[-_.]+", "-", name).lower() for name in REQUIREMENT.findall((ROOT / path).read_text())}


def versions(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^(\S+?)==([^\s;]+)", (ROOT / ".ci" / f"{lock}.lock").read_text(), re.MULTILINE))


@pytest.mark.parametrize("path", LOCKED)
def test_everything_required_is_locked(path: str) -> None:
    """`make lock` chooses the versions again."""
    assert names(path) <= names(f".ci/{LOCKED[path]}.lock")


@pytest.mark.parametrize("name", sorted(set(LOCKED.values())))
def test_every_locked_version_has_hashes(name: str) -> None:
    lock = (ROOT / ".ci" / f"{name}.lock").read_text()
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert len(entries) > 10
    assert not [entry for entry in entries if not re.match(r"\S+==\S+", entry) or "--hash=sha256:" not in entry]


def test_the_cores_are_the_oldest_and_the_newest_that_are_supported() -> None:
    oldest = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["requires_ansible"].lstrip(">=")
    matrix = yaml.safe_load((ROOT / ".github" / "workflows" / "checks.yml").read_text())["jobs"]["matrix"]
    cores = matrix["strategy"]["matrix"]["core"]
    assert versions("oldest")["ansible-core"].startswith((f"{cores[0]}.", oldest))
    assert versions("newest")["ansible-core"].startswith(f"{cores[-1]}.")


def test_actions_are_named_by_their_commit() -> None:
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    used = [line for path in workflows for line in re.findall(r"uses: (.*)", path.read_text())]
    assert used
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[0-9.]+", line) for line in used)


def texts(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for inner in data.values():
            yield from texts(inner)
    elif isinstance(data, list):
        for inner in data:
            yield from texts(inner)
    else:
        yield str(data)


@pytest.mark.parametrize("name", ["execution-environment.yml", "eda/decision-environment.yml"])
def test_an_image_is_in_one_version(name: str) -> None:
    path = ROOT / "extensions" / name
    environment = yaml.safe_load(path.read_text())
    wanted = environment["dependencies"]
    assert re.search(r":[0-9]+\.[0-9]", environment["images"]["base_image"]["name"])
    for text in texts([wanted["ansible_core"], wanted["ansible_runner"], wanted["python"]]):
        name, pinned, version = text.partition("==")
        assert pinned, text
        assert versions("newest").get(name, version) == version, f"the checks run with another {name}"
    release = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    assert [one["version"] for one in wanted["galaxy"]["collections"]] == [release]


def test_the_guide_prints_the_execution_environment() -> None:
    path = ROOT / "extensions" / "execution-environment.yml"
    guide = (ROOT / "docs" / "docsite" / "rst" / "guide_awx.rst").read_text()
    assert "".join(f"   {line}\n" for line in path.read_text().splitlines()[2:]) in guide


def test_the_bill_of_materials_names_what_is_needed_at_run_time(tmp_path: Path) -> None:
    """The commands of `make sbom`."""
    pytest.importorskip("cyclonedx_py", reason="cyclonedx-bom is not installed")
    tool = str(ROOT / "tests" / "tools" / "runtime_requirements.py")
    listed = subprocess.run([sys.executable, tool, str(ROOT / "requirements.txt")], stdout=subprocess.PIPE, check=True)
    runtime, made = tmp_path / "runtime.txt", tmp_path / "sbom.cdx.json"
    runtime.write_bytes(listed.stdout)
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", str(runtime), "--output-reproducible"]
    subprocess.run([*command, "--output-file", str(made)], check=True, stderr=subprocess.DEVNULL)
    bill = json.loads(made.read_text())
    assert bill["bomFormat"] == "CycloneDX"
    found = {one["name"]: one["version"] for one in bill["components"]}
    assert {"ansible-core", "dnspython", "requests", "cryptography", "urllib3"} <= found.keys()
    assert all(found.values())
