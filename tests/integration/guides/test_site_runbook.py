# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook.yml: every command of the page that it made is carried out, on a night when Cloudflare's API hangs."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from support import lab_jobs, warm_command
from support.lab_playbooks import SITE, Playbooks
from support.warm_ansible import WarmAnsible
from twinzone_lab.client import LabClient

CONTACTS = [
    {"role": "registrar", "name": "Example Registrar", "phone": "+49 30 123456", "url": "https://registrar.example/"},
    {"role": "on call", "name": "Ada <ada@example.net>", "note": "customer 4711"},
]

#: What a command of the page may need; the page says so.
PROGRAMS = [program for program in ("curl", "jq", "dig") if not shutil.which(program)]

_SECTION = re.compile(r"^## (.*)$", re.MULTILINE)
_FENCE = re.compile(r"^````sh\n(.*?)^````$", re.MULTILINE | re.DOTALL)


class Night:
    """The page of the lab's site, made while all was well, and a shell to carry its commands out in.

    commands: a folder that stands first on the path of the shell.
    """

    def __init__(self, playbooks: Playbooks, commands: Path | None = None) -> None:
        self.playbooks = playbooks
        self.path = os.pathsep.join([*([str(commands)] if commands else []), playbooks.environment["PATH"]])
        self.folder = playbooks.directory / "printed"
        self.stopped = playbooks.directory / "stopped"
        playbooks.common["runbook_contacts"] = CONTACTS
        playbooks.common["runbook_schedule"] = {"stop": f"touch {self.stopped}", "start": f"rm {self.stopped}"}
        self.made = playbooks.run("runbook", "-vvv", runbook_dir=str(self.folder)).ok()
        self.page = (self.folder / f"{SITE}.md").read_text()
        parts = _SECTION.split(self.page)
        self.sections = {
            title: [line for block in _FENCE.findall(body) for line in block.splitlines()]
            for title, body in zip(["In a hurry", *parts[1::2]], parts[::2], strict=True)
        }
        self.done: list[str] = []

    @property
    def scripts(self) -> dict[str, Path]:
        return {path.name: path for path in (self.folder / SITE).iterdir()}

    def type_in(self, command: str) -> subprocess.CompletedProcess[str]:
        """Carry out one command of the page, exactly as it is printed."""
        self.done.append(command)
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.playbooks.cwd,
            env={**self.playbooks.environment, "PATH": self.path, "NO_PROXY": "*"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )

    def well(self, command: str) -> str:
        """The output of a command that must succeed."""
        done = self.type_in(command)
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        return done.stdout


@pytest.fixture
def night(playbooks: Playbooks, lab: LabClient, warm_ansible: WarmAnsible | None) -> Iterator[Night]:
    with warm_command.command(warm_ansible) if warm_ansible else nullcontext() as commands:
        playbooks.create_zone()
        made = Night(playbooks, commands)
        assert not playbooks.writes(), "it only reads"
        lab.break_("front_cloudflare", "refuse")
        lab.break_("cloudflare_api", "hang")
        yield made


@pytest.mark.real_command
def test_what_it_writes(playbooks: Playbooks) -> None:
    playbooks.create_zone()
    night = Night(playbooks)
    assert not playbooks.writes()
    assert set(night.scripts) == {
        f"{at}-to-{to}.sh" for at in ("cloudflare", "desec") for to in ("cloudflare", "bunny")
    }
    assert {stat.S_IMODE(path.stat().st_mode) & ~0o027 for path in night.scripts.values()} == {0o750}
    texts = [path.read_text() for path in [*night.scripts.values(), *night.folder.glob(f"{SITE}.*")]]
    for token in playbooks.tokens.values():
        assert not [text for text in [*texts, night.made.output] if token in text]
    html = (night.folder / f"{SITE}.html").read_text()
    assert "Ada &lt;ada@example.net&gt;" in html
    assert "<script" not in html
    assert "The registrar: Example Registrar, +49 30 123456" in night.page
    # The inventory has addresses; a registrar takes names.
    assert "| Without cloudflare, `example.com` has | `ns1.desec.io`, `ns2.desec.org` |" in night.page
    # A front that is gone takes its scripts along; what somebody else put there stays.
    old = night.folder / SITE / "desec-to-fastly.sh"
    old.write_text("#!/bin/sh\n# Made by twinzone.edge.runbook for www.example.com\n")
    (night.folder / SITE / "own.sh").write_text("#!/bin/sh\n")
    playbooks.run("runbook", runbook_dir=str(night.folder)).ok()
    assert "own.sh" in night.scripts
    assert "desec-to-fastly.sh" not in night.scripts


def test_what_cannot_be_a_contact_is_refused_before_the_night(playbooks: Playbooks) -> None:
    playbooks.create_zone()
    playbooks.common["runbook_contacts"] = [{"role": "registrar", "fone": "1"}]
    assert "runbook_contacts[0].fone: is unknown; did you mean phone?" in playbooks.run("runbook").failed().output


@pytest.mark.skipif(bool(PROGRAMS), reason=f"not installed: {', '.join(PROGRAMS)}")
def test_every_command_of_the_page(night: Night, lab: LabClient) -> None:
    playbooks, sections = night.playbooks, night.sections
    status, check, first, second, *asked = sections["See"]
    digs, addresses = asked[:4], asked[4:]
    assert "cloudflare down" in night.well(status)
    foreseen = night.type_in(check)
    assert (foreseen.returncode, "WOULD BE PARTIAL   cloudflare -> bunny" in foreseen.stdout) == (2, True)
    assert night.type_in(first).returncode == 7
    assert night.well(second) == "bunny: 200\n"
    assert [line in sections["Verify"] for line in digs] == [True] * 4
    for command in [*digs, *addresses]:
        assert night.well(command).strip()

    # The schedule stays off until the end of the work by hand.
    stop, start = sections["Stop the schedule"]
    night.well(stop)
    assert night.stopped.exists()

    by_hand = {line.rpartition("/")[2]: line for line in sections["By hand"]}
    assert set(by_hand) == set(night.scripts)
    assert "bunny" not in playbooks.visitors()["desec"]
    shown = night.well(by_hand["desec-to-bunny.sh"])
    assert "cdn2-front.example.com" in shown
    lab_jobs.soon(lambda: playbooks.visitors()["desec"], ["bunny"] * 2)
    # Each request gives up in time, and says so by its status.
    assert night.type_in(by_hand["cloudflare-to-bunny.sh"]).returncode == 28

    # The first run that comes takes it for what was asked for, though Cloudflare still leads elsewhere.
    (hurry,) = sections["In a hurry"]
    partial = night.type_in(hurry)
    assert partial.returncode == 2
    assert "PARTIAL   bunny" in partial.stdout
    (move, elsewhere) = sections["Move"]
    assert move == hurry
    for command in (elsewhere, *sections["Hold"]):
        held = night.type_in(command)
        assert held.returncode == 2
        assert "PARTIAL" in held.stdout
    assert playbooks.visitors()["desec"] == ["bunny"] * 2
    for command in sections["Verify"]:
        night.well(command)

    lab.repair()
    lift, home, last = sections["Go back"]
    night.well(lift)
    assert set(playbooks.routers().values()) == {"cdn2-front.example.com"}
    night.well(home)
    assert "yes" in night.well(last)
    # There and back by hand, at both providers.
    for front in ("bunny", "cloudflare"):
        for provider in ("cloudflare", "desec"):
            night.well(by_hand[f"{provider}-to-{front}.sh"])
        assert len(set(playbooks.routers().values())) == 1
        lab_jobs.soon(playbooks.visitors, {"cloudflare": [front] * 2, "desec": [front] * 2})
        assert f"UNCHANGED   {front}" in night.well(hurry)
    night.well(start)
    assert not night.stopped.exists()
    assert set(night.done) == {command for commands in sections.values() for command in commands}
