# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the jobs of a controller's templates as AWX does: by ansible-runner, in a new folder, as another user."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment

from support.controller import Controller, Object
from support.paths import ROOT

RUNNER = Path(sys.executable).with_name("ansible-runner")

#: A user that no list of users knows, as in an execution environment on OpenShift.
USER = 1000640000

#: Seconds after which a job is taken for hanging.
_LIMIT = 240


@dataclass(frozen=True)
class Job:
    """A job that has ended. artifacts: what `set_stats` handed on."""

    code: int
    status: str
    output: str
    artifacts: Mapping[str, Any]


class Jobs:
    """Starts jobs below a folder that everybody may read.

    project: what is checked out. inventory: the file that AWX reads. environment: of every job, as the settings of AWX
    or of a container group give it. user: whose the jobs are, or None for that of the tests.
    """

    def __init__(
        self,
        controller: Controller,
        folder: Path,
        project: Path,
        inventory: Path,
        environment: Mapping[str, str],
        user: int | None,
    ) -> None:
        self.controller = controller
        self.folder = folder
        self.project = project
        self.inventory = inventory
        self.environment = environment
        self.user = user
        self.count = 0
        self.home = folder / "home"
        self.home.mkdir(mode=0o555)

    def launch(self, name: str, extra: Mapping[str, Any]) -> Job:
        """A job from the template of this name, with these variables."""
        template = self.controller.one("job_templates", name)
        self.count += 1
        data = self.folder / f"job{self.count}"
        shutil.copytree(self.project, data / "project")
        (data / "inventory").mkdir()
        (data / "inventory" / "hosts").write_text(self._script())
        (data / "inventory" / "hosts").chmod(0o755)
        (data / "env").mkdir()
        credentials = self.controller.related(template, "credentials")
        envvars = {
            **self.environment,
            **{key: text for one in credentials for key, text in self._injected(one).items()},
        }
        (data / "env" / "envvars").write_text(json.dumps(envvars))
        (data / "env" / "extravars").write_text(json.dumps({"awx_job_template_id": template["id"], **extra}))
        if self.user is not None:
            for path in (data, *data.rglob("*")):
                os.chown(path, self.user, 0)
        return self._run(data, template["playbook"])

    def _script(self) -> str:
        """What AWX gives a job in place of the file: a program that prints the hosts and variables that were in it."""
        words = [str(RUNNER.with_name("ansible-inventory")), "-i", str(self.inventory), "--list", "--export"]
        done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=self.inventory.parent)
        return f"#!/usr/bin/env python3\nprint({done.stdout!r})\n"

    def _injected(self, credential: Object) -> dict[str, str]:
        """As awx/main/models/credential.py: what has no value is empty text."""
        kind = self.controller.objects["credential_types"][credential["credential_type"]]
        sandbox = ImmutableSandboxedEnvironment(autoescape=False)
        templates = kind["injectors"]["env"].items()
        return {name: sandbox.from_string(text).render(**credential["inputs"]) for name, text in templates}

    def _run(self, data: Path, playbook: str) -> Job:
        done = subprocess.run(
            [RUNNER, "run", data, "--playbook", playbook, "--ident", "job"],
            cwd=data,
            env={
                "PATH": f"{RUNNER.parent}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(self.home),
                "LC_ALL": "C.UTF-8",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=_LIMIT,
            check=False,
            user=self.user,
            group=None if self.user is None else 0,
            extra_groups=None if self.user is None else [],
        )
        artifacts = data / "artifacts" / "job"
        assert (artifacts / "status").exists(), done.stdout
        events = [json.loads(path.read_text()) for path in (artifacts / "job_events").glob("*.json")]
        (last,) = [event["event_data"] for event in events if event["event"] == "playbook_on_stats"]
        status = (artifacts / "status").read_text()
        return Job(done.returncode, status, done.stdout, last.get("artifact_data", {}))


def walk(jobs: Jobs, workflow: str, approved: bool) -> list[tuple[str, str]]:
    """Every node of a workflow that was run, and what became of it. approved: what the person says."""
    controller = jobs.controller
    number = controller.one("workflow_job_templates", workflow)["id"]
    nodes = [
        one
        for one in controller.objects["workflow_job_template_nodes"].values()
        if one["workflow_job_template"] == number
    ]
    linked = {
        node["id"]
        for one in nodes
        for name in ("success_nodes", "failure_nodes")
        for node in controller.related(one, name)
    }
    (here,) = [[one] for one in nodes if one["id"] not in linked]
    done = []
    while here:
        node = here.pop()
        template = controller.objects["job_templates"].get(node["unified_job_template"])
        if template:
            status = jobs.launch(template["name"], node.get("extra_data", {})).status
        else:
            status = "successful" if approved else "failed"
        done.append((node["identifier"], status))
        here += controller.related(node, "success_nodes" if status == "successful" else "failure_nodes")
    return done


def may_run(user: int) -> bool:
    """Whether a job may be another user's: we must be root, and the other must be allowed to read all it needs."""
    if os.getuid() != 0:
        return False
    words = [sys.executable, "-c", f"open({str(ROOT / 'galaxy.yml')!r}).close()"]
    try:
        done = subprocess.run(words, user=user, group=0, extra_groups=[], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0
