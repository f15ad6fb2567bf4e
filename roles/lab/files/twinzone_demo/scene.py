# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays one step, and checks that it went as the story says."""

from __future__ import annotations

from . import name_servers, reports, screen, visitors
from .screen import Astray
from .stage import Stage
from .steps import LAB, STEPS, Run, Step


def play(step: Step, stage: Stage) -> None:
    """Print and do everything of a step. Raises `Astray` where something comes out otherwise."""
    screen.title(f"{STEPS.index(step) + 1}/{len(STEPS)}  {step.title}")
    screen.prose(step.about)
    for line in step.commands:
        stage.run(line)
    if step.run:
        _play_run(step.name, step.run, stage)
    if step.silent:
        stage.run(f"{LAB} log --dir $LAB")
        asked = [(entry["provider"], entry["method"]) for entry in stage.lab.log()]
        screen.note("one list read at Cloudflare, and no other API request in the lab's log")
        # The id of the zone, and the list.
        if set(asked) - {("cloudflare", "GET")} or len(asked) > 2:
            raise Astray(f"the API requests {asked} in place of one list read at Cloudflare")
    if step.served:
        name_servers.check(stage.lab, step.served)
    if step.visited:
        visitors.show(stage.lab, step.served, step.dead)
    if step.figures:
        for line in reports.table(STEPS, stage.directory):
            screen.line(line)


def _play_run(name: str, run: Run, stage: Stage) -> None:
    folder = stage.directory / name
    folder.mkdir(parents=True, exist_ok=True)
    shown = stage.run(
        f"ansible-playbook playbooks/failover.yml{run.more} -e failover_report_dir=$LAB/{name}", run.status
    )
    reports.check(reports.read(folder), run, shown)
