# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""At the controller a module needs no other Python and no file, and gets its task's environment as elsewhere."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from support.lab_playbooks import ANSIBLE_PLAYBOOK, ZONE, Playbooks

_PLAY = """
- hosts: localhost
  gather_facts: false
  vars:
    ansible_python_interpreter: /nowhere/python
    ansible_remote_tmp: {folder}
    providers: {providers}
    token: {token}
  tasks:
    - twinzone.edge.zone_records_info:
        zone: {zone}
        providers: "{{{{ providers }}}}"
      environment: "{{{{ item }}}}"
      loop: [{{DESEC_TOKEN: "{{{{ token }}}}"}}, {{}}]
      ignore_errors: true
      register: found
    - ansible.builtin.copy:
        content: "{{{{ found.results | to_json }}}}"
        dest: {result}
      vars: {{ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}", ansible_remote_tmp: {elsewhere}}}
"""


def test_the_environment_of_a_task_holds_for_it_alone(playbooks: Playbooks, tmp_path: Path) -> None:
    token = playbooks.environment.pop("DESEC_TOKEN")
    (tmp_path / "password").write_text("secret")
    encrypted = subprocess.run(
        [
            str(ANSIBLE_PLAYBOOK.with_name("ansible-vault")),
            "encrypt_string",
            "--vault-password-file",
            "password",
            token,
        ],
        cwd=tmp_path,
        env=playbooks.environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    desec = [entry for entry in playbooks.common["dns_providers"] if entry["name"] == "desec"]
    (tmp_path / "play.yml").write_text(
        _PLAY.format(
            zone=ZONE,
            providers=json.dumps(desec),
            token=encrypted.stdout.replace("\n", "\n    ").rstrip(),
            folder=tmp_path / "tmp",
            elsewhere=tmp_path / "elsewhere",
            result=tmp_path / "result.json",
        )
    )
    playbooks.command(str(tmp_path / "play.yml"), "--vault-password-file", str(tmp_path / "password")).ok()
    first, second = json.loads((tmp_path / "result.json").read_text())
    assert first["providers"]["desec"]["result"] == "ok", first
    assert "no token was given" in second["msg"], second
    assert not (tmp_path / "tmp").exists()
