# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reader of a guide at work: files as printed, commands as printed, and the lab in place of the Internet."""

from __future__ import annotations

import shlex
from typing import Any
from urllib.parse import urlsplit

import yaml
from twinzone_lab.client import LabClient

from support.guides import Section
from support.lab_playbooks import Playbooks, Run


class Desk:
    """The directory in which a reader works.

    An inventory stays as it is printed. What is different in the lab, which are addresses, ports and the trusted
    authority, lies beside it in `group_vars` and `host_vars`, which Ansible prefers.
    """

    def __init__(self, playbooks: Playbooks, lab: LabClient) -> None:
        self.playbooks = playbooks
        self.lab = lab
        self.directory = playbooks.directory / "desk"
        self.directory.mkdir()
        playbooks.cwd = self.directory

    def write(self, section: Section, *captions: str, **variables: Any) -> None:
        """Copy files from a section of a guide. variables: of every zone, that the text tells the reader to set."""
        for caption in captions:
            path = self.directory / caption
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(section.file(caption))
            content = yaml.safe_load(section.file(caption))
            if isinstance(content, dict) and "all" in content:
                self._lead_to_the_lab(content["all"], variables)

    def run(self, command: str, **variables: object) -> Run:
        """Run a command of a guide. variables: further ones, given with -e."""
        program, *words = shlex.split(command)
        assert program == "ansible-playbook", command
        playbook = next(
            word
            for word, before in zip(words, ["", *words], strict=False)
            if before not in ("-i", "-e", "--limit") and word[0] != "-"
        )
        words.remove(playbook)
        return self.playbooks.command(playbook, *words, **variables)

    def providers(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The provider entries of a guide, for the lab; without those of a type that this lab does not have."""
        known = {one["type"]: one for one in self.playbooks.common["dns_providers"]}
        # Where a server is differs from the guide, its key too.
        return [{**entry, **known[entry["type"]], "name": entry["name"]} for entry in entries if entry["type"] in known]

    def _lead_to_the_lab(self, inventory: dict[str, Any], variables: dict[str, Any]) -> None:
        common = {key: self.playbooks.common[key] for key in ("dns_resolver", "dns_port")}
        providers = self.providers(inventory["vars"]["dns_providers"])
        self._variables("group_vars/all.yml", {**common, "dns_providers": providers})
        for zone in inventory["children"].get("zones", {}).get("hosts", {}):
            self._variables(f"host_vars/{zone}.yml", variables)
        for name, site in inventory["children"].get("sites", {}).get("hosts", {}).items():
            self._variables(f"host_vars/{name}.yml", self._site(site))

    def _site(self, site: dict[str, Any]) -> dict[str, Any]:
        return {
            "failover_check": self._check(site["failover_check"]),
            "failover_fronts": [
                {**front, "check": self._check({**site["failover_check"], **front["check"]})}
                if "check" in front
                else front
                for front in site["failover_fronts"]
            ],
            "failover_controls": [
                urlsplit(self.lab.info["independent"]).netloc for _control in site["failover_controls"]
            ],
            "failover_policy": {"probes": 2, "interval": 0.1, "down_at": 2, **site.get("failover_policy", {})},
        }

    def _check(self, check: dict[str, Any]) -> dict[str, Any]:
        if "url" not in check:
            return check
        url = urlsplit(check["url"])
        at_port = url._replace(netloc=f"{url.hostname}:{self.lab.info['front_port']}").geturl()
        return {**check, "url": at_port, "ca_path": self.lab.info["ca"]}

    def _variables(self, name: str, variables: dict[str, Any]) -> None:
        path = self.directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(variables))
