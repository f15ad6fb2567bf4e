# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that are printed at night: a shell runs them as meant, whatever is in them, and shows no token."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._providers.curl import Curl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TOKEN = "s3cret-token"
FAKE = """#!/bin/sh
for word; do printf '%s\\0' "$word"; done >"$SEEN/words"
cat >"$SEEN/input"
printf '%s' "$ANSWER"
"""
URL = "https://api.example.org/v4"
API = Curl("api", "Authorization: Bearer", ("FIRST_TOKEN", "SECOND_TOKEN"), URL)


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a `curl` that notes how it is called."""
    directory = tmp_path_factory.mktemp("fake")
    (directory / "curl").write_text(FAKE)
    (directory / "curl").chmod(0o755)
    return directory


def paste(fake: Path, lines: Sequence[str], answer: str = "", **tokens: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{fake}:{os.environ['PATH']}", "SEEN": str(fake), "ANSWER": answer, **tokens}
    for name in ("words", "input"):
        (fake / name).unlink(missing_ok=True)
    return subprocess.run(["sh"], input="\n".join(lines), env=environment, capture_output=True, text=True, check=False)


def words(fake: Path) -> list[str]:
    return (fake / "words").read_text().split("\0")[:-1]


def test_the_token_goes_by_standard_input(fake: Path) -> None:
    done = paste(fake, [API.definition(), API.call(["/zones"])], FIRST_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    assert (fake / "input").read_text() == f"Authorization: Bearer {TOKEN}\n"
    assert words(fake)[-1] == f"{URL}/zones"
    assert words(fake)[1:3] == ["-m", "20"]
    assert TOKEN not in " ".join(words(fake))
    assert "--noproxy" not in words(fake)


def test_the_second_variable_serves_too_and_without_one_nothing_is_sent(fake: Path) -> None:
    lines = [API.definition(), API.call(["/zones"])]
    paste(fake, lines, SECOND_TOKEN=TOKEN)
    assert TOKEN in (fake / "input").read_text()
    done = paste(fake, lines)
    assert "SECOND_TOKEN: is not set" in done.stderr and done.returncode != 0
    assert not (fake / "words").exists()


def test_a_local_api_is_not_asked_through_a_proxy(fake: Path) -> None:
    local = Curl("api", "Token", ("FIRST_TOKEN",), "http://127.0.0.1:8000", "/with a/blank.pem")
    paste(fake, [local.definition(), local.call(["/"])], FIRST_TOKEN=TOKEN)
    assert words(fake)[-5:-1] == ["--cacert", "/with a/blank.pem", "--noproxy", "*"]


nasty = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


@given(nasty, nasty)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_values_arrive_as_they_are(fake: Path, path: str, value: str) -> None:
    lines = [API.definition(), API.call([f"/{path}"], "PATCH", {"content": value})]
    done = paste(fake, lines, FIRST_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    *_options, method, flag, body, url = words(fake)
    assert (method, flag, url) == ("PATCH", "--data", f"{URL}/{path}")
    assert json.loads(body) == {"content": value}


def test_an_id_of_the_api_is_not_run(fake: Path, tmp_path: Path) -> None:
    evil = f'$(touch {tmp_path}/x) `touch {tmp_path}/x`; touch {tmp_path}/x "'
    lines = [API.definition(), API.assign("ZONE", ["/zones"], ".id"), API.call(["/zones/", "$ZONE", "/x y"])]
    done = paste(fake, lines, json.dumps({"id": evil}), FIRST_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    assert words(fake)[-1] == f"{URL}/zones/{evil}/x y"
    assert not (tmp_path / "x").exists()
