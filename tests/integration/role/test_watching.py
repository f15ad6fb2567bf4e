# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The watcher against the lab's own fronts: as an event source, without ansible-rulebook."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support import warm_command
from support.event_sources import Queue, source
from support.lab_playbooks import SITE, ZONE, Playbooks
from support.warm_ansible import WarmAnsible

SECRET = "sesame-open-for-the-watcher"
OFTEN = {"interval": 0.5, "again": 2, "beat": 0.5}


@pytest.fixture
def watched(playbooks: Playbooks, monkeypatch: pytest.MonkeyPatch) -> Playbooks:
    """A site whose check has a secret, and the environment in which ansible-rulebook would run."""
    for name, value in playbooks.environment.items():
        monkeypatch.setenv(name, value)
    headers = {"X-Probe-Key": SECRET}
    playbooks.sites[SITE]["failover_check"] = {**playbooks.sites[SITE]["failover_check"], "request_headers": headers}
    playbooks.create_zone()
    return playbooks


@pytest.fixture
def warm(warm_ansible: WarmAnsible | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The source finds the command beside its Python; there it is a warm one."""
    if warm_ansible is None:
        yield
        return
    with warm_command.command(warm_ansible) as folder:
        # Without an ansible.cfg.
        monkeypatch.chdir(tmp_path)
        python = folder / "python"
        python.symlink_to(sys.executable)
        monkeypatch.setattr(sys, "executable", str(python))
        yield


def children() -> list[int]:
    """The watchers that this process has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # a process may end while it is looked at
            words = (folder / "cmdline").read_text().split("\0")
            parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
            if any(word.endswith("watch_fronts.py") for word in words) and int(parent) == os.getpid():
                assert SECRET not in str(words)
                found.append(int(folder.name))
    return found


def test_trouble_and_its_end_are_events_without_secrets(
    watched: Playbooks, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The front that fails is named, and the fronts see the secret that the inventory has for them."""
    metrics = tmp_path / "watch.prom"
    seen: list[dict[str, Any]] = []

    async def go() -> None:
        args = {**OFTEN, "inventory": watched.inventory_file(), "metrics_file": str(metrics)}
        async with source("fronts", **args) as queue:
            seen.append(await queue.next())
            watched.lab.break_("front_cloudflare", "status", code=503)
            seen.append(await queue.next("suspicion", "recovery"))
            watched.lab.repair()
            seen.append(await queue.next("recovery"))
            await queue.next("beat")

    asyncio.run(go())
    beat, suspicion, recovery = seen
    assert (beat["twinzone"], beat["sites"], beat["suspected_fronts"]) == ("beat", 1, 0)
    assert suspicion["twinzone"] == "suspicion"
    assert suspicion["sites"] == [SITE]
    assert suspicion["meta"] == recovery["meta"] == {"hosts": SITE}
    (front,) = suspicion["fronts"]
    assert (front["front"], front["cause"]) == ("cloudflare", "status")
    assert "503" in front["reason"]
    families = {one.name: one for one in text_string_to_metric_families(metrics.read_text())}
    assert families["twinzone_watch_sites"].samples[0].value == 1
    assert families["twinzone_watch_timestamp_seconds"].samples[0].value > recovery["at"] - 60
    assert SECRET not in f"{seen}{caplog.text}{metrics.read_text()}"
    assert not children()


@pytest.mark.usefixtures("warm")
def test_a_watcher_that_dies_is_started_again(watched: Playbooks) -> None:
    async def go() -> None:
        async with source("fronts", **OFTEN, inventory=watched.inventory_file()) as queue:
            await queue.next("beat")
            (first,) = children()
            os.kill(first, signal.SIGKILL)
            while not (set(children()) - {first}):
                await asyncio.sleep(0.2)
            while not queue.empty():
                queue.get_nowait()
            watched.lab.break_("front_bunny", "refuse")
            event = await queue.next("suspicion")
            assert event["fronts"][0]["front"] == "bunny"

    asyncio.run(go())


@pytest.mark.usefixtures("warm")
def test_an_inventory_that_breaks_or_changes_while_it_watches(
    watched: Playbooks, caplog: pytest.LogCaptureFixture
) -> None:
    """A broken one is waited for, and later leaves what was watched; a new site is watched without a restart."""

    async def go() -> None:
        path = Path(watched.inventory_file())
        good = path.read_text()
        path.write_text("all: [")
        async with source("fronts", **OFTEN, inventory=str(path), refresh=0.5) as queue:
            while "could not be read" not in caplog.text:
                await asyncio.sleep(0.2)
            path.write_text(good)
            assert (await queue.next("beat"))["sites"] == 1
            path.write_text("all: [")
            while "watching what it said before" not in caplog.text:
                await asyncio.sleep(0.2)
            watched.add_site(f"two.{ZONE}", router="router-2")
            watched.add_site(f"from-elsewhere.{ZONE}", vantages=["probe1.example.net"])
            watched.inventory_file()
            while (await queue.next("beat"))["sites"] == 1:
                pass

    asyncio.run(asyncio.wait_for(go(), 200))


@pytest.mark.usefixtures("warm")
def test_without_a_way_to_any_control_nothing_is_said_about_a_front(
    watched: Playbooks, caplog: pytest.LogCaptureFixture
) -> None:
    """The watcher is offline then, and its sign of life says so. A misdescribed site is named, and keeps no other from
    being watched."""
    watched.add_site(f"wrong.{ZONE}", fronts=[])
    watched.sites[SITE]["failover_controls"] = ["127.0.0.1:1"]
    watched.lab.break_("front_cloudflare", "refuse")
    watched.lab.break_("front_bunny", "refuse")

    async def go(queue: Queue) -> None:
        while True:
            event = await queue.next()
            assert (event["twinzone"], event["sites"]) == ("beat", 1)
            if event["blind_sites"]:
                return

    async def all_of_it() -> None:
        async with source("fronts", **OFTEN, inventory=watched.inventory_file()) as queue:
            await go(queue)

    asyncio.run(all_of_it())
    assert f"not watched, as it is not well described: wrong.{ZONE}: failover_fronts" in caplog.text
