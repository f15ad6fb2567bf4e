# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebook run by ansible-rulebook itself against the lab, at the default policy; `make eda` does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from support import guides
from support.event_sources import free_port
from support.lab_playbooks import SITE, Playbooks
from twinzone_lab.client import running_lab

RULEBOOK = Path(sys.executable).with_name("ansible-rulebook")
JAVA = shutil.which("java")
TOKEN = "a-secret-of-some-length"

#: Seconds after which what should happen is taken for missing, on a busy machine.
LIMIT = 300


@pytest.mark.skipif(not RULEBOOK.exists(), reason="ansible-rulebook is not installed beside this Python")
@pytest.mark.skipif(JAVA is None, reason="ansible-rulebook needs Java 17")
def test_an_outage_is_left_and_a_monitor_may_ask_for_a_look(tmp_path: Path) -> None:
    """The first run switches at both providers; the webhook starts another one; no secret is printed."""
    assert JAVA
    with running_lab(tmp_path / "lab", max_seconds=900) as lab:
        (tmp_path / "runs").mkdir()
        playbooks = Playbooks(lab, tmp_path / "runs")
        del playbooks.sites[SITE]["failover_policy"]
        playbooks.create_zone()
        inventory = tmp_path / "inventory"
        inventory.mkdir()
        (inventory / "inventory.yml").write_text(yaml.safe_dump(playbooks.inventory))
        sign, port = tmp_path / "watch.prom", free_port()
        variables = {
            "twinzone_inventory": str(inventory),
            "twinzone_report_dir": str(playbooks.reports),
            "twinzone_watch_metrics": str(sign),
            "twinzone_monitor_token": TOKEN,
            "twinzone_monitor_port": port,
        }
        (tmp_path / "vars.yml").write_text(yaml.safe_dump(variables))
        words = ["-r", "twinzone.edge.failover", "-i", str(inventory), "-e", str(tmp_path / "vars.yml")]
        path = f"{RULEBOOK.parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**playbooks.environment, "PATH": path, "JAVA_HOME": str(Path(JAVA).resolve().parents[1])}
        output = tmp_path / "output.txt"
        with (
            output.open("w") as file,
            subprocess.Popen(
                [RULEBOOK, *words], cwd=tmp_path, env=environment, stdout=file, stderr=subprocess.STDOUT
            ) as process,
        ):
            try:
                wait(sign.exists, output)
                lab.break_("front_cloudflare", "status", code=503)
                began = time.monotonic()
                away = {"cloudflare": ["bunny", "bunny"], "desec": ["bunny", "bunny"]}
                wait(lambda: playbooks.visitors() == away, output)
                print(f"first failing answer → served by every name server: {time.monotonic() - began:.1f} s")
                wait(lambda: output.read_text().count("PLAY RECAP") >= 1, output)
                direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                headers = {"Authorization": f"Bearer {TOKEN}"}
                ring = urllib.request.Request(f"http://127.0.0.1:{port}/{SITE}", b"{}", headers)
                assert direct.open(ring, timeout=30).status == 202
                wait(lambda: output.read_text().count("PLAY RECAP") >= 2, output)
            finally:
                process.terminate()
        text = output.read_text()
        shown = guides.sections("guide_watching")["Setting it up"].file("what a run of the watcher shows")
        assert set(guides.in_form(shown)) <= set(guides.in_form(text))
        assert "UNCHANGED" in text
        assert not any(secret in text for secret in [TOKEN, *playbooks.tokens.values()])


def wait(done: Callable[[], bool], output: Path) -> None:
    """Until it is done; fails showing what ansible-rulebook printed."""
    end = time.monotonic() + LIMIT
    while not done():
        assert time.monotonic() < end, output.read_text()
        time.sleep(0.2)
