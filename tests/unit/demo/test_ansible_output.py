# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo leaves of Ansible's output: all that says something."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twinzone_demo.ansible_output import shortened
from twinzone_demo.screen import WIDTH

# As ansible-core 2.19 prints it.
OUTPUT = """
PLAY [Fail over] ***************************************************************

TASK [twinzone.edge.failover : Validating arguments against arg spec 'main' - Switch sites] ***
ok: [www.example.com]

TASK [twinzone.edge.failover : Probe every front from localhost] ***************
ok: [www.example.com -> localhost] => (item=localhost)
included: /somewhere/probe.yml for www.example.com

TASK [Show what happened : here] ***********************************************
ok: [www.example.com] => {
    "msg": [
        "www.example.com: PARTIAL",
        "        curl -H \\"Authorization: Bearer $TOKEN\\" {}"
    ]
}

TASK [Report the outcome] ********************************************************
[ERROR]: Task failed: Action failed: partial
Origin: /somewhere/report.yml:48:3

46     failover_result: "{{ results }}"
47
48 - name: Report the outcome
     ^ column 3

fatal: [www.example.com]: FAILED! => {"changed": false, "msg": "partial"}
changed: [other.example.com]

PLAY RECAP *********************************************************************
www.example.com            : ok=12   changed=0    unreachable=0    failed=1
"""

SHORT = """PLAY [Fail over]
TASK [Probe every front from localhost]
TASK [Show what happened : here]
ok: [www.example.com]
    www.example.com: PARTIAL
            curl -H "Authorization: Bearer $TOKEN" {}
TASK [Report the outcome]
fatal: [www.example.com]: FAILED!
    partial
changed: [other.example.com]
PLAY RECAP
www.example.com: ok=12 changed=0 unreachable=0 failed=1
"""


def lines(text: str) -> list[str]:
    """With their ends, as from a pipe."""
    return text.splitlines(keepends=True)


def coloured(text: str) -> str:
    """As Ansible colours a block: each of its lines."""
    return "\n".join(f"\x1b[0;32m{line}\x1b[0m" if line else "" for line in text.split("\n"))


def test_a_whole_output() -> None:
    assert list(shortened(lines(OUTPUT))) == SHORT.splitlines()


def test_colours_stay() -> None:
    assert list(shortened(lines(coloured(OUTPUT)))) == coloured(SHORT).splitlines()


def test_what_is_no_message_stays_as_it_is() -> None:
    result = ["ok: [host] => {", '    "changed": false,', '    "stdout": "text"', "}", "more"]
    assert list(shortened(lines("\n".join(result)))) == result


@pytest.mark.parametrize("rest", ['    "msg": "te', "}", ""])
def test_a_result_that_ends_too_early(rest: str) -> None:
    output = f"fatal: [host]: FAILED! => {{\n{rest}"
    assert list(shortened(lines(output))) == output.splitlines()


def test_lines_come_as_soon_as_they_can() -> None:
    class Late(Exception):
        pass

    def stream() -> Iterator[str]:
        yield "TASK [Wait] ****\n"
        raise Late

    shown = shortened(stream())
    assert next(shown) == "TASK [Wait]"
    with pytest.raises(Late):
        next(shown)


WORDS = st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1), min_size=1)


@given(st.lists(WORDS.map(" ".join), min_size=1), st.booleans())
def test_no_word_of_a_message_is_lost(texts: list[str], pretty: bool) -> None:
    """And prose is folded where it can be."""
    result = json.dumps({"msg": texts}, indent=4 if pretty else None)
    first, *shown = shortened(lines(f"ok: [host] => {result}"))
    assert first == "ok: [host]"
    assert " ".join(shown).split() == " ".join(texts).split()
    assert all(len(line) <= WIDTH or len(line.split()) == 1 for line in shown)


@given(WORDS.map("  ".join))
def test_a_command_to_be_copied_is_not_touched(command: str) -> None:
    result = json.dumps({"msg": [f"    {command}"]})
    assert list(shortened([f"changed: [host] => {result}"])) == ["changed: [host]", f"        {command}"]
