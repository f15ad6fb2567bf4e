# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the collection's playbooks against the lab as a user does, and reads what they tell."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from twinzone_lab.client import LabClient

from support import lab_jobs
from support.paths import ROOT
from support.warm_ansible import WarmAnsible

ZONE, SITE = "example.com", "www.example.com"

#: Seconds after which a run is taken for hanging.
_LIMIT = 300

#: Generous margin in seconds for the start of Ansible and its modules on a busy machine.
MARGIN = 120

#: Seconds for the API of a provider that is well.
_UNHURRIED = 60.0

#: Of the environment that runs the tests, or of another one with another ansible-core.
ANSIBLE_PLAYBOOK = Path(os.environ.get("TWINZONE_ANSIBLE_BIN", Path(sys.executable).parent)) / "ansible-playbook"

#: What each run is started with, and no test changes without need.
SETTINGS = {
    "PATH": f"{ANSIBLE_PLAYBOOK.parent}{os.pathsep}{os.environ['PATH']}",
    "LC_ALL": "C.UTF-8",
    "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
    "ANSIBLE_NOCOLOR": "1",
    # Since ansible-core 2.21 -vvv shows the arguments of a module only where this is set.
    "ANSIBLE_INJECT_INVOCATION": "1",
}

_RECAP = re.compile(r"^(\S+)\s+: (ok=.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """One run of ansible-playbook. results: the JSON reports by site. began, ended: Unix times in seconds."""

    code: int
    output: str
    began: float
    ended: float
    results: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    @property
    def recap(self) -> dict[str, dict[str, int]]:
        """The counts of the recap by host."""
        found = {}
        for host, counts in _RECAP.findall(self.output):
            found[host] = {key: int(value) for key, value in (pair.split("=") for pair in counts.split())}
        return found

    @property
    def decided(self) -> float:
        """When the decision was made, of a run with -v; Unix time in seconds."""
        return float(self.task("Decide what to do")["ansible_facts"]["__failover_decided"])

    def task(self, name: str) -> dict[str, Any]:
        """The result of the first task, of a run with -v, whose name contains these words and that gave one."""
        heading = rf"^TASK \[.*{re.escape(name)}.*\] \*+$"
        found = re.search(heading + r"(?:\n(?!TASK).*)*?\n\w+: \[[^\]]*\].*? => (\{.*\})$", self.output, re.MULTILINE)
        assert found, self.output
        result: dict[str, Any] = json.loads(found[1])
        return result

    @property
    def changed(self) -> int:
        return sum(counts["changed"] for counts in self.recap.values())

    @property
    def diff(self) -> list[str]:
        """The lines of the diffs, headings and context left out."""
        lines = self.output.splitlines()
        return [line for line in lines if line[:1] in ("+", "-") and line[:4] not in ("+++ ", "--- ")]

    def ok(self) -> Run:
        """The run, which must have succeeded."""
        assert self.code == 0, self.output
        return self

    def failed(self) -> Run:
        """The run, which must have failed in a task, and not by a traceback or an error of syntax."""
        assert self.code == 2, self.output
        assert "Traceback" not in self.output, self.output
        return self

    def result(self, outcome: str, rule: str = "", site: str = SITE) -> dict[str, Any]:
        """The JSON report of a site, whose outcome and rule must be these."""
        found: dict[str, Any] = self.results[site]
        assert found["outcome"] == outcome, self.output
        assert rule in ("", found["rule"]), self.output
        assert (self.code == 0) == (outcome in ("unchanged", "switched", "converged")), self.output
        return found


class Playbooks:
    """Playbooks against a lab, started in a directory outside the project. The inventory is the lab's, to be changed.

    environment: of the runs, to be changed too; it holds the tokens. cwd: where they are started. warm: what runs
    them, where it can; otherwise the command itself does.
    """

    def __init__(self, lab: LabClient, directory: Path, warm: WarmAnsible | None = None) -> None:
        self.lab = lab
        self.warm = warm
        self.directory = directory
        self.cwd = directory
        self.inventory: dict[str, Any] = yaml.safe_load((lab.directory / "inventory.yml").read_text())
        self.tokens = {name: provider["token"] for name, provider in lab.info["providers"].items()}
        self.environment = {
            **SETTINGS,
            "HOME": str(directory),
            "CLOUDFLARE_API_TOKEN": self.tokens["cloudflare"],
            "DESEC_TOKEN": self.tokens["desec"],
            **({"RFC2136_KEY_SECRET": self.tokens["own"]} if "own" in self.tokens else {}),
        }
        self.reports = directory / "reports"
        self.reports.mkdir()
        self.sites[SITE]["failover_policy"] = {"probes": 3, "interval": 0.05}
        self.zone_file((lab.directory / "zones" / f"{ZONE}.yml").read_text())

    @property
    def common(self) -> dict[str, Any]:
        """The inventory's variables of all hosts."""
        found: dict[str, Any] = self.inventory["all"]["vars"]
        return found

    @property
    def zones(self) -> dict[str, Any]:
        """The inventory's zones with their variables."""
        found: dict[str, Any] = self.inventory["all"]["children"]["zones"]["hosts"]
        return found

    @property
    def sites(self) -> dict[str, Any]:
        """The inventory's sites with their variables."""
        found: dict[str, Any] = self.inventory["all"]["children"]["sites"]["hosts"]
        return found

    def add_site(self, name: str, **variables: Any) -> None:
        """Another site, which differs from the first in these variables (without their `failover_`)."""
        # Its visitors use other names, which no test here makes.
        changed = {"failover_names": [], **{f"failover_{key}": value for key, value in variables.items()}}
        self.sites[name] = {**copy.deepcopy(self.sites[SITE]), **changed}

    def hurry(self, late: str) -> None:
        """Give the API of one provider, which hangs, little time, and the others as much as a busy machine needs."""
        for entry in self.common["dns_providers"]:
            entry["deadline"] = 2.0 if entry["name"] == late else _UNHURRIED

    def zone_file(self, content: str | Sequence[Mapping[str, Any]]) -> None:
        """Write the zone file, as text or from its entries."""
        path = self.directory / "zones" / f"{ZONE}.yml"
        path.parent.mkdir(exist_ok=True)
        text = content if isinstance(content, str) else yaml.safe_dump({"domain": ZONE, "records": list(content)})
        path.write_text(text)

    def run(self, name: str, *words: str, **variables: object) -> Run:
        """Run a playbook of the collection by its full name. variables: given with -e, as text, as users do."""
        return self.command(f"twinzone.edge.{name}", "-i", self.inventory_file(), *words, **variables)

    def inventory_file(self) -> str:
        """The path of the inventory, written as it is now."""
        path = self.directory / "inventory.yml"
        path.write_text(yaml.safe_dump(self.inventory, sort_keys=False))
        return str(path)

    def command(self, playbook: str, *words: str, **variables: object) -> Run:
        """Run a playbook by name or path with nothing but these words and variables, and the folder for reports."""
        for report in filter(Path.is_file, self.reports.iterdir()):
            report.unlink()
        given = {"failover_report_dir": self.reports, **variables} if "failover" in playbook else variables
        extra = [word for key, value in given.items() for word in ("-e", f"{key}={value}")]
        began = time.time()
        code, output = self._carry_out([str(ANSIBLE_PLAYBOOK), playbook, *words, *extra])
        ended = time.time()
        results = {path.stem: json.loads(path.read_text()) for path in self.reports.glob("*.json")}
        return Run(code, output, began, ended, results)

    def _carry_out(self, words: Sequence[str]) -> tuple[int, str]:
        """The exit status and the output of a run."""
        if self.warm and self.warm.knows(self.environment, self.cwd):
            return self.warm.run(words, self.environment, self.cwd, _LIMIT)
        done = subprocess.run(
            words,
            cwd=self.cwd,
            env=self.environment,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LIMIT,
        )
        return done.returncode, done.stdout

    def type_in(self, commands: Sequence[str]) -> None:
        """Paste what a report says into a shell that has the tokens."""
        extra = {"CURL_CA_BUNDLE": self.lab.info["ca"], "PATH": os.environ["PATH"], "NO_PROXY": "*"}
        done = subprocess.run(
            ["bash", "-euc", "\n".join(commands)],
            check=False,
            env={**self.environment, **extra},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=30,
        )
        assert done.returncode == 0, done.stdout

    @contextmanager
    def started(self, name: str, *words: str) -> Iterator[subprocess.Popen[str]]:
        """A playbook of the collection that runs meanwhile, in a session of its own; its output is to be read."""
        extra = ["-e", f"failover_report_dir={self.reports}"] if name == "failover" else []
        with subprocess.Popen(
            [str(ANSIBLE_PLAYBOOK), f"twinzone.edge.{name}", "-i", self.inventory_file(), *words, *extra],
            cwd=self.cwd,
            env=self.environment,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            yield process

    def create_zone(self) -> None:
        """Bring the zone file to both providers, without a playbook, and forget the requests for that."""
        records = yaml.safe_load((self.directory / "zones" / f"{ZONE}.yml").read_text())["records"]
        lab_jobs.ok(lab_jobs.run(self.lab, records, verify_seconds=60))
        self.lab.log_reset()

    def lead(self, provider: str, target: str, router: str = "web-router") -> None:
        """Let somebody else point the router elsewhere at one provider."""
        entry = {"name": router, "type": "CNAME", "ttl": 3600, "values": [target]}
        policy = PlanPolicy(switch=True)
        lab_jobs.ok(lab_jobs.run(self.lab, [entry], provider, policy=policy, verify_seconds=60))
        self.lab.log_reset()

    def sync(self, *words: str, **variables: object) -> Run:
        return self.run("sync", *words, **variables)

    def failover(self, *words: str, **variables: object) -> Run:
        return self.run("failover", *words, **variables)

    def status(self, *words: str) -> Run:
        return self.run("status", *words).ok()

    def requests(self, provider: str | None = None) -> int:
        """How many requests the APIs got since this was last called, or since the lab's last reset."""
        count = len(self.lab.log(provider))
        self.lab.log_reset()
        return count

    def check_quiet(self, runs: int = 1) -> None:
        """Since the log's last reset no API was asked, but Cloudflare's for what its name servers hide: once a run."""
        asked = [(entry["provider"], entry["method"]) for entry in self.lab.log()]
        self.lab.log_reset()
        # The id of the zone, and the list.
        assert set(asked) <= {("cloudflare", "GET")} and len(asked) <= 2 * runs, asked

    def writes(self) -> list[dict[str, Any]]:
        """The requests since the log's last reset that asked for a change."""
        return [entry for entry in self.lab.log() if entry["method"] != "GET"]

    def routers(self, name: str = "web-router") -> dict[str, str]:
        """Where each provider's API says that a router leads; `-` where there is none."""
        at_cloudflare = [
            record["content"]
            for record in self.lab.zone("cloudflare", ZONE)
            if record["name"] == f"{name}.{ZONE}" and record["type"] != "TXT"
        ]
        at_desec = [
            value
            for rrset in self.lab.zone("desec", ZONE)
            if rrset["subname"] == name and rrset["type"] != "TXT"
            for value in rrset["records"]
        ]
        return {"cloudflare": "".join(at_cloudflare) or "-", "desec": "".join(at_desec).rstrip(".") or "-"}

    def visitors(self, name: str = SITE) -> dict[str, list[str]]:
        """By provider, the fronts to which each of its name servers sends the visitors of a name."""
        ends = {
            "cloudflare": set(self.lab.info["fronts"]["cloudflare"]),
            "bunny": {*self.lab.info["fronts"]["bunny"], "example.b-cdn.net."},
        }
        return {
            provider: [
                next((front for front, texts in ends.items() if texts & set(answer)), f"{answer}")
                for answer in self.lab.served(provider, name, "A").values()
            ]
            for provider in ("cloudflare", "desec")
        }
