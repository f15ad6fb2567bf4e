# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's command line."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from twinzone_lab.process import LabError

from . import scene, screen
from .processes import Interrupted, none_left
from .screen import Astray
from .stage import ROOT, Stage
from .steps import LAB, STEPS

_INTRODUCTION = (
    "A site behind two CDNs, its DNS zone at two providers; then one CDN and one provider's API fail at once. Each "
    "line after $ is run as it is shown, and its output is real. Of Ansible's output only the results are shown; the "
    "tasks pass by on one line. It takes about half a minute. Ctrl-C ends everything."
)


def main(words: Sequence[str] | None = None) -> int:
    """Tell the story, or do one step of it; the exit status: 0 when everything went as it should, 1 when not."""
    parser = _parser()
    arguments = parser.parse_args(words)
    if arguments.step and not arguments.dir:
        parser.error("--step needs --dir")
    try:
        if arguments.list:
            print(json.dumps([{"name": step.name, "title": step.title} for step in STEPS]))
        elif arguments.step:
            _one_step(arguments.step, Path(arguments.dir).resolve(), arguments.parent_pid)
        else:
            _story(arguments.keep)
    except (Astray, LabError) as error:
        screen.line(f"demo: this is not how the story goes: {error}")
        return 1
    except Interrupted as interrupted:
        print("demo: interrupted; everything is stopped.", file=sys.stderr)
        return interrupted.status
    except BrokenPipeError:
        # Whoever read this has gone; Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="demo.py",
        description="Shows a failover in the lab: real commands, real output, no accounts, no root, no internet. It is "
        "a test as well: the exit status is 1 when anything does not go as the story says.",
    )
    parser.add_argument("--keep", action="store_true", help="leave the lab running at the end, and say how to go on")
    parser.add_argument("--list", action="store_true", help="print the names and titles of the steps as JSON")
    parser.add_argument("--step", choices=[step.name for step in STEPS], help="do only this step; needs --dir")
    parser.add_argument("--dir", help="the directory of the lab of --step; the step `lab` starts one there")
    parser.add_argument("--parent-pid", type=int, default=os.getppid(), help="the lab of --step ends with this process")
    return parser


def _story(keep: bool) -> None:
    began = time.monotonic()
    directory = Path(tempfile.mkdtemp(prefix="twinzone-demo-"))
    stage = Stage(directory, None if keep else os.getpid())
    try:
        with none_left(directory if keep else None):
            screen.prose(_INTRODUCTION)
            screen.command(f"export LAB={directory}")
            for step in STEPS:
                scene.play(step, stage)
            screen.line()
            if not keep:
                stage.run(f"{LAB} stop --dir $LAB")
            screen.prose(f"Everything went as it should, in {time.monotonic() - began:.0f} seconds.")
            if not keep:
                screen.prose("The same with a lab to play with at the end: python roles/lab/files/demo.py --keep")
    except Interrupted:
        keep = False
        raise
    finally:
        if keep:
            _tell_how_to_go_on(directory)
        else:
            shutil.rmtree(directory, ignore_errors=True)


def _one_step(name: str, directory: Path, parent_pid: int) -> None:
    with none_left(directory):
        scene.play(next(step for step in STEPS if step.name == name), Stage(directory, parent_pid))


def _tell_how_to_go_on(directory: Path) -> None:
    screen.prose("The lab goes on for an hour at most. To play on in another terminal:")
    for line in (
        f"cd {ROOT}",
        f"PATH={Path(sys.executable).parent}:$PATH",
        f"export LAB={directory} ANSIBLE_INVENTORY={directory}/inventory.yml",
        ". $LAB/env",
        f"{LAB} break --help",
        "ansible-playbook playbooks/status.yml",
    ):
        screen.command(line)
    screen.prose("And to stop it:")
    screen.command(f"{LAB} stop --dir $LAB; rm -r $LAB")
