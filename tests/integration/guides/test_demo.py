# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo tells its story to the end, notices when it goes another way, and leaves nothing behind in any case."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.paths import ROOT
from support.recording import film
from support.recording.record import PICTURE
from twinzone_lab.client import LabClient
from twinzone_lab.process import LabError

DEMO = [sys.executable, str(ROOT / "roles" / "lab" / "files" / "demo.py")]


@dataclass(frozen=True)
class Cage:
    """An environment whose processes are known by a mark, and whose temporary files lie in one directory."""

    environment: Mapping[str, str]
    mark: str
    temporary: Path

    def start(self, words: list[str]) -> subprocess.Popen[str]:
        """Start a command as the leader of a process group of its own."""
        return subprocess.Popen(
            words,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str) -> tuple[int, str]:
        """Run a command to its end; its exit status and output."""
        process = self.start(list(words))
        output = process.communicate(timeout=300)[0]
        return process.returncode, output

    def left(self) -> list[str]:
        """What still runs with the mark in its environment: command lines."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if self.mark.encode() in (folder / "environ").read_bytes():
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        return found

    def is_clean(self) -> bool:
        """Whether neither a process nor a file is left; says what is."""
        assert self.left() == []
        assert list(self.temporary.iterdir()) == []
        return True


@pytest.fixture
def cage(tmp_path: Path) -> Iterator[Cage]:
    """With an empty HOME, and a proxy that leads nowhere."""
    mark = f"demo-{uuid.uuid4()}"
    places = {name: tmp_path / name for name in ("HOME", "TMPDIR")}
    for place in places.values():
        place.mkdir()
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        "TWINZONE_TEST_MARK": mark,
        "HTTPS_PROXY": "http://127.0.0.1:9",
        **{name: str(place) for name, place in places.items()},
    }
    yield Cage(environment, mark, places["TMPDIR"])
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (folder / "environ").read_bytes():
                os.kill(int(folder.name), signal.SIGKILL)


def in_order(text: str, *pieces: str) -> bool:
    """Whether the pieces occur in this order; says which one does not."""
    place = 0
    for piece in pieces:
        assert piece in text[place:], f"{piece!r} is missing in\n{text[place:]}"
        place = text.index(piece, place) + len(piece)
    return True


def test_the_story(cage: Cage) -> None:
    status, output = cage.run(*DEMO)
    assert status == 0, output
    nobody, bunny, cloudflare = (
        "curl: (7)",
        "HTTP/1.1 200 OK, Server: BunnyCDN-LAB",
        "HTTP/1.1 200 OK, Server: cloudflare",
    )
    if not shutil.which("curl"):
        nobody = "no answer: "

    def visitors(at_cloudflare: str, at_desec: str) -> tuple[str, ...]:
        return "asks Cloudflare (", at_cloudflare, "asks deSEC (", at_desec

    assert in_order(
        output,
        "The lab is ready.",
        "$ ansible-playbook playbooks/sync.yml",
        *visitors(cloudflare, cloudflare),
        "www.example.com: UNCHANGED",
        "changed=0",
        "one list read at Cloudflare, and no other API request in the lab's log",
        "break --dir $LAB front_cloudflare refuse",
        "break --dir $LAB cloudflare_api hang",
        *visitors(nobody, nobody),
        "www.example.com: PARTIAL",
        "curl ",
        "-X PATCH",
        "exit status 2, as expected",
        *visitors(nobody, bunny),
        "Repaired: cloudflare_api.",
        "www.example.com: CONVERGED",
        *visitors(bunny, bunny),
        "Repaired: front_cloudflare/",
        "-e failover_to=cloudflare",
        "www.example.com: SWITCHED",
        *visitors(cloudflare, cloudflare),
        "Stopped.",
        "Everything went as it should",
    )
    table = output[output.index("\nrun  ") :].splitlines()[1:6]
    assert [line.split()[:2] for line in table] == [
        ["run", "outcome"],
        ["quiet", "unchanged"],
        ["outage", "partial"],
        ["next", "converged"],
        ["back", "switched"],
    ]
    unsaid = recorded(film.shown(PICTURE.read_text())) - recorded(output.splitlines())
    assert not unsaid, "`make recording` draws what the demo prints"
    assert cage.is_clean()


#: What differs from one run of the demo to the next.
_VARYING = re.compile(r"[^\s=]*twinzone-demo-\w+|\b[0-9a-f]{32}\b|\d+")


def recorded(lines: Sequence[str]) -> set[str]:
    """The words of the lines, without what differs from run to run; how lines are wrapped may depend on that, too."""
    return set(_VARYING.sub("~", "\n".join(lines)).split())


def test_an_interrupt_in_the_middle_of_the_failover(cage: Cage) -> None:
    """The module that writes hangs in a session of its own then: it gets no signal from the keyboard."""
    demo = cage.start(DEMO)
    try:
        wait_for_the_switch_at_desec(cage.temporary, demo)
        assert len(cage.left()) > 3, "no module runs"
        os.killpg(demo.pid, signal.SIGINT)
        output = demo.communicate(timeout=60)[0]
    finally:
        demo.kill()
    assert demo.returncode == 128 + signal.SIGINT, output
    assert output.endswith("demo: interrupted; everything is stopped.\n")
    assert cage.is_clean()


def wait_for_the_switch_at_desec(temporary: Path, demo: subprocess.Popen[str]) -> None:
    """Return at the moment at which deSEC serves the second front, and Cloudflare's API hangs on for seconds."""
    end = time.monotonic() + 120
    while demo.poll() is None and time.monotonic() < end:
        for directory in temporary.glob("twinzone-demo-*"):
            with contextlib.suppress(LabError):
                answers = LabClient(directory).served("desec", "web-router.example.com", "CNAME").values()
                if ["cdn2-front.example.com."] in answers:
                    return
        time.sleep(0.05)
    raise AssertionError("deSEC was never switched")


def test_a_story_that_goes_another_way(cage: Cage, tmp_path: Path) -> None:
    """Without the zone of the step `sync`, nothing can break."""
    directory = str(tmp_path / "lab")
    try:
        assert cage.run(*DEMO, "--step", "lab", "--dir", directory, "--parent-pid", str(os.getpid()))[0] == 0
        status, output = cage.run(*DEMO, "--step", "break", "--dir", directory)
        assert "amir.ns.cloudflare.com leads to no front in place of cloudflare" in output
        assert status == 1
    finally:
        cage.run(sys.executable, str(ROOT / "roles/lab/files/lab.py"), "stop", "--dir", directory)
    status, output = cage.run(*DEMO, "--step", "next", "--dir", directory)
    assert (status, output.splitlines()[-1][:5]) == (1, "demo:"), output
    assert cage.is_clean()


@pytest.mark.parametrize(("step", "status"), [("lab", 0), ("next", 2)])
def test_the_playbook_stops_the_lab(cage: Cage, step: str, status: int) -> None:
    """Whether its steps go well or not; `next` cannot without the steps before it."""
    steps = [{"name": name, "title": f"The step {name}"} for name in dict.fromkeys(["lab", step])]
    got, output = cage.run("ansible-playbook", "twinzone.edge.demo", "-e", json.dumps({"demo_steps": steps}))
    assert got == status, output
    assert in_order(output, "Play it - The step lab", "The lab is ready.", "Stop the lab", "changed: [localhost]")
    assert cage.is_clean()
