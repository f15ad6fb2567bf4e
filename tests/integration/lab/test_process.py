# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab starts, says where it is, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from support.lab_api import ZONE
from support.lab_dns import soon
from support.paths import ROOT
from twinzone_lab.client import LabClient, running_lab
from twinzone_lab.process import LabError, is_running

PROGRAM = ROOT / "roles" / "lab" / "files" / "lab.py"


def command(*words: str, code: int = 0) -> str:
    """Run the lab's command; what it printed."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM), *words],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def everywhere(lab: LabClient) -> list[tuple[str, int]]:
    """All TCP addresses of a lab."""
    info = lab.info
    network = info["resolver"].rpartition(".")[0]
    dns = [f"{network}.{host}" for host in (21, 22, 31, 32, 41, 42)]
    web = [address for addresses in info["fronts"].values() for address in addresses] + [f"{network}.71"]
    apis = [f"{network}.2", f"{network}.3"]
    return [*((a, 5353) for a in dns), *((a, 8444) for a in web), *((a, 8443) for a in apis), (f"{network}.1", 8080)]


def listens(address: tuple[str, int]) -> bool:
    """Whether somebody accepts connections there."""
    try:
        socket.create_connection(address, timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def test_start_status_and_stop(tmp_path: Path) -> None:
    directory = str(tmp_path / "lab")
    assert "ready" in command("start", "--dir", directory, "--max-seconds", "60")
    lab = LabClient(directory)
    try:
        pid = lab.status()["pid"]
        assert all(map(listens, everywhere(lab)))
        assert "already" in command("start", "--dir", directory)
        assert lab.status()["pid"] == pid
        command("break", "--dir", directory, "cloudflare_api", "429", "retry_after=3")
        assert "cloudflare_api: 429" in command("status", "--dir", directory)
        assert "Repaired: cloudflare_api" in command("repair", "--dir", directory)
        assert "Nothing was broken" in command("repair", "--dir", directory)
        assert "no fault" in command("break", "--dir", directory, "cloudflare_api", "flood", code=1)
        assert "key=value" in command("break", "--dir", directory, "cloudflare_api", "slow", "3", code=1)
    finally:
        assert "Stopped" in command("stop", "--dir", directory)
    assert not is_running(pid)
    assert not any(map(listens, everywhere(lab)))
    assert "No lab" in command("stop", "--dir", directory)
    assert "no lab runs" in command("status", "--dir", directory, code=1)


def test_records_by_command(lab: LabClient) -> None:
    directory = str(lab.directory)
    seed = [{"subname": "low", "type": "A", "ttl": 60, "records": ["192.0.2.1"]}]
    command("seed", "--dir", directory, "desec", ZONE, json.dumps(seed))
    held = [json.loads(line) for line in command("zone", "--dir", directory, "desec", ZONE).splitlines()]
    assert ("low", 60) in [(rrset["subname"], rrset["ttl"]) for rrset in held]
    assert list(lab.served("desec", f"low.{ZONE}", "A").values()) == [["192.0.2.1"], ["192.0.2.1"]]
    command("reset", "--dir", directory)
    assert "low" not in command("zone", "--dir", directory, "desec", ZONE)
    assert "unknown" in command("zone", "--dir", directory, "desec", "example.org", code=1)


def test_two_labs_at_once(lab: LabClient, tmp_path: Path) -> None:
    with running_lab(tmp_path) as other:
        other.break_("desec_api", "refuse")
        assert lab.status()["faults"] == {}
        assert other.info["resolver"] != lab.info["resolver"]


def test_the_lab_ends_by_itself(tmp_path: Path) -> None:
    with running_lab(tmp_path / "a", max_seconds=0.1) as lab:
        soon(lambda: is_running(lab.info["pid"]), False)
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with running_lab(tmp_path / "b", parent_pid=parent.pid) as lab:
        assert lab.status()["pid"] == lab.info["pid"]
        parent.communicate()
        soon(lambda: is_running(lab.info["pid"]), False)


def test_a_number_that_now_is_another_process_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "lab.json").write_text(json.dumps({"pid": os.getpid()}))
    assert "No lab" in command("stop", "--dir", str(tmp_path))
    assert not (tmp_path / "lab.json").exists()


def test_a_lab_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="did not start"), running_lab(tmp_path, propagation="soon"):
        pass


def test_the_inventory(lab: LabClient) -> None:
    inventory = yaml.safe_load((lab.directory / "inventory.yml").read_text())
    common, children = inventory["all"]["vars"], inventory["all"]["children"]
    assert common["dns_resolver"] == lab.info["resolver"]
    assert [provider["api_url"] for provider in common["dns_providers"]] == [
        provider["api_url"] for provider in lab.info["providers"].values()
    ]
    assert children["sites"]["hosts"][f"www.{ZONE}"]["failover_zone"] == ZONE
    file = children["zones"]["hosts"][ZONE]["zone_sync_file"]
    assert yaml.safe_load((lab.directory / file).read_text())["domain"] == ZONE


def test_tokens_are_in_the_environment_file_only(lab: LabClient) -> None:
    tokens = [provider["token"] for provider in lab.info["providers"].values()]
    environment = (lab.directory / "env").read_text()
    assert all(f"={token}\n" in environment for token in tokens)
    assert not any(token in (lab.directory / "inventory.yml").read_text() for token in tokens)
    for name in ("env", "lab.json"):
        assert stat.S_IMODE((lab.directory / name).stat().st_mode) == 0o600


def test_a_reset_is_quick_and_final(lab: LabClient) -> None:
    """What was on its way to the name servers does not arrive afterwards."""
    from support.lab_api import CloudflareCaller

    for _unused in range(5):
        CloudflareCaller(lab).create("x", "A", "192.0.2.1")
        lab.reset()
    time.sleep(0.1)  # longer than a write needs to the name servers
    assert set(map(tuple, lab.served("cloudflare", f"x.{ZONE}", "A").values())) == {("NXDOMAIN",)}
