# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks whose failover runs in this process: a tenth of the processor time, for tests that run it many times.

The role's own tasks, filters and modules do the work. What such a run does not show is left to the playbook: reports in
files, check mode, and what Ansible itself makes of the results.
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterator, Mapping
from typing import Any
from unittest import mock

import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._modules import failover_site, packing

from support.guide_desk import Desk
from support.lab_playbooks import Playbooks, Run
from support.role_in_process import Role, described, filled

#: By site, its variables.
Hosts = Mapping[str, Mapping[str, Any]]


class QuickRun(Run):
    """One run of the role. The output is what the playbook prints at its end: the summaries, and then the messages."""

    @property
    def changed(self) -> int:
        return sum(one["changed"] for one in self.results.values())


class Sites(Role):
    """The role for all sites of a play. hosts: with the variables of the play. check: whether it only predicts."""

    def __init__(self, hosts: Hosts, check: bool = False) -> None:
        first, *_others = hosts
        super().__init__(first, hosts[first], check=check)
        self._hosts = hosts
        self._known["hostvars"] = hosts
        self._known |= dict.fromkeys(
            ("ansible_play_hosts", "ansible_play_batch", "ansible_play_hosts_all"), tuple(hosts)
        )

    def _described(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        sites, wrong = [], []
        for name, own in self._hosts.items():
            given = {key: one for key, one in own.items() if key.startswith("failover_")}
            providers = own.get("failover_providers", variables["dns_providers"])
            try:
                sites.append(failover_site.read(name, given, providers, int(time.time())))
            except BadInput as error:
                wrong.append({"site": name, "problems": error.problems})
        return described(sites, wrong)


def run(hosts: Hosts, environment: Mapping[str, str], check: bool = False) -> QuickRun:
    """Carry out the role for these sites. environment: of the run, with the tokens. check: only predict."""
    began = time.time()
    role = Sites({name: _without_templates(own) for name, own in hosts.items()}, check)
    with mock.patch.dict(os.environ, environment, clear=True):
        role.run()
    results: dict[str, Any] = packing.each_unpacked(role.facts["__failover_results"])
    lines = [line for one in results.values() for line in one["summary"]]
    messages = [f"{name}: {one['message']}" for name, one in results.items()]
    code = 2 if any(one["failed"] for one in results.values()) else 0
    return QuickRun(code, "\n".join([*lines, *messages]) + "\n", began, time.time(), results)


def _without_templates(own: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of a site, those that are templates filled in."""
    settled = {key: filled(one, own) for key, one in own.items() if key.startswith(("failover_", "dns_"))}
    # Some of Jinja's filters give a generator.
    return {key: [*one] if isinstance(one, Iterator) else one for key, one in settled.items()}


class QuickPlaybooks(Playbooks):
    """Playbooks of which the failover runs in this process; `run("failover")` is the playbook nevertheless."""

    def failover(self, *words: str, **variables: object) -> Run:
        """A run for all sites, or for those of a `--limit`; `--check`, if it comes last. variables: as with -e."""
        check = words[-1:] == ("--check",)
        limit = words[: len(words) - check]
        assert limit[:1] in ((), ("--limit",)), "only the playbook knows these words"
        names = limit[1].split(",") if limit else [*self.sites]
        given = {key: str(value) for key, value in variables.items()}
        hosts = {name: {**self.common, **(self.sites[name] or {}), **given} for name in names}
        return run(hosts, self.environment, check)


class QuickDesk(Desk):
    """The desk of a reader whose failovers run in this process."""

    def run(self, command: str, **variables: object) -> Run:
        """Run a command of a guide. variables: further ones, given with -e."""
        program, *words = shlex.split(command)
        assert program == "ansible-playbook", command
        if "twinzone.edge.failover" not in words or any(word.startswith("--") for word in words):
            return super().run(command, **variables)
        words.remove("twinzone.edge.failover")
        options = list(zip(words[::2], words[1::2], strict=True))
        assert {name for name, _value in options} <= {"-i", "-e"}, command
        given = dict(value.split("=", 1) for name, value in options if name == "-e")
        given |= {key: str(value) for key, value in variables.items()}
        (inventory,) = [value for name, value in options if name == "-i"]
        return run(self._sites(inventory, given), self.playbooks.environment)

    def _sites(self, inventory: str, given: Mapping[str, str]) -> Hosts:
        """The sites of an inventory with all their variables, in Ansible's order."""
        everything = yaml.safe_load((self.directory / inventory).read_text())["all"]
        common = {**everything.get("vars", {}), **self._beside("group_vars/all.yml")}
        return {
            name: {**common, **(own or {}), **self._beside(f"host_vars/{name}.yml"), **given}
            for name, own in everything["children"]["sites"]["hosts"].items()
        }

    def _beside(self, name: str) -> dict[str, Any]:
        path = self.directory / name
        found: dict[str, Any] = yaml.safe_load(path.read_text()) if path.exists() else {}
        return found
