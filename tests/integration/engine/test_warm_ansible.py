# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of the warm process is one of the command: what it shows, how it ends, and what it leaves behind."""

from __future__ import annotations

import re
import signal
from functools import partial
from pathlib import Path

import pytest
from support.lab_playbooks import Playbooks

#: Shows what a run gets from whoever starts it, and what it makes of that.
PLAY = """\
- hosts: localhost
  connection: local
  gather_facts: false
  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
  tasks:
    - ansible.builtin.command: {cmd: "sh -c 'pwd; env | sort; cat; echo to stderr >&2'"}
      environment: {OF_THE_TASK: "1"}
      when: shown is defined
    - ansible.builtin.debug:
        msg:
          - "{{ lookup('ansible.builtin.pipe', 'pwd; env | sort').splitlines() }}"
          - "{{ [ansible_version, ansible_config_file | default(''), ansible_verbosity, playbook_dir] }}"
          - "{{ [lookup('ansible.builtin.env', 'HOME'), '~' | expanduser] }}"
          - "{{ of_the_group }}, {{ of_the_host }}"
      when: shown is defined
    - ansible.builtin.fail: {msg: "{{ ill }}"}
      when: ill is defined
    - ansible.builtin.debug:
        msg: "{{ lookup('ansible.builtin.pipe', 'read _ _ _ main _ < /proc/$PPID/stat; kill -9 $main') }}"
      when: dies is defined
"""

#: What differs between any two runs.
_OF_THIS_RUN = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b"  # the id of a run
    r"|\br\d{6,}\b"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?|\d+:\d\d:\d\d\.\d+|\b\d+\.\d+\b"
)


Ended = tuple[int, str]


def both(playbooks: Playbooks, *words: str) -> tuple[Ended, Ended]:
    """Exit status and output of the command, and of the warm process, each in a lab as on its first day."""
    warm = playbooks.warm
    if not warm:
        pytest.skip("there is a warm process for the ansible-core of the tests alone")
    assert warm.knows(playbooks.environment, playbooks.cwd)
    runs = []
    for playbooks.warm in (None, warm):
        playbooks.lab.reset()
        run = playbooks.command(*words)
        runs.append((run.code, _OF_THIS_RUN.sub("…", run.output)))
    return runs[0], runs[1]


def play(playbooks: Playbooks, *words: str) -> tuple[Ended, Ended]:
    """The same of the play above."""
    (playbooks.directory / "play.yml").write_text(PLAY)
    for kind, name in (("group", "all"), ("host", "localhost")):
        (playbooks.directory / f"{kind}_vars").mkdir(exist_ok=True)
        (playbooks.directory / f"{kind}_vars" / f"{name}.yml").write_text(f"of_the_{kind}: from a file of the {kind}\n")
    return both(playbooks, "play.yml", "-i", "localhost,", *words)


def test_a_run_gets_what_its_caller_gives(playbooks: Playbooks) -> None:
    playbooks.environment["ONLY_HERE"] = "1"
    cold, warm = play(playbooks, "-v", "--diff", "-e", "shown=yes")
    assert warm == cold
    assert cold[0] == 0, cold[1]
    assert "ONLY_HERE=1" in cold[1] and "OF_THE_TASK=1" in cold[1]
    assert "from a file of the group, from a file of the host" in cold[1]
    assert not list((playbooks.directory / ".ansible" / "tmp").iterdir())
    # The next one gets nothing of it.
    del playbooks.environment["ONLY_HERE"]
    again = play(playbooks, "-v", "-e", "shown=yes")[1]
    assert again[0] == 0 and "ONLY_HERE" not in again[1] and "OF_THE_TASK=1" in again[1]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["-e", "ill=never"], 2),
        (["-e", "dies=yes"], -signal.SIGKILL),
        (["--no-such-option"], 2),
    ],
)
def test_a_run_ends_as_the_command_does(playbooks: Playbooks, words: list[str], code: int) -> None:
    cold, warm = play(playbooks, *words)
    assert warm == cold
    assert cold[0] == code, cold[1]


def test_our_playbooks_show_and_do_the_same(playbooks: Playbooks) -> None:
    inventory = playbooks.inventory_file()
    for words in (("sync", "--diff"), ("status",), ("failover",)):
        cold, warm = both(playbooks, f"twinzone.edge.{words[0]}", "-i", inventory, *words[1:])
        assert warm == cold


def test_another_setting_is_left_to_the_command(playbooks: Playbooks, tmp_path: Path) -> None:
    assert playbooks.warm
    knows = partial(playbooks.warm.knows, cwd=tmp_path)
    assert knows({**playbooks.environment, "DESEC_TOKEN": "another"})
    assert not knows({**playbooks.environment, "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"})
    assert not knows({**playbooks.environment, "PATH": "/usr/bin"})
    assert not knows({name: value for name, value in playbooks.environment.items() if name != "ANSIBLE_NOCOLOR"})
    (tmp_path / "ansible.cfg").touch()
    assert not knows(playbooks.environment)
