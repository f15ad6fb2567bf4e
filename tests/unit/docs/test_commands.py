# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command that the README and the guides print is run by a test, or it is listed here why not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from support import guides
from support.paths import ROOT

GUIDES = sorted(path.stem for path in guides.FOLDER.glob("*.rst"))
#: The tests that run things.
TESTS = [
    path for folder in ("integration", "awx", "eda", "clients") for path in (ROOT / "tests" / folder).rglob("test_*.py")
]

#: Commands that a test runs with other words than those printed, and that test with a word that it has for it.
ELSEWHERE = {
    r"twinzone\.edge\.drill( |$)": ("tests/integration/role/test_drill.py", '"drill"'),
    r"twinzone\.edge\.tokens\b": ("tests/integration/engine/test_desec_token.py", "tokens"),
    r"twinzone\.edge\.history\b": ("tests/integration/role/test_reporting.py", "history"),
    r"twinzone\.edge\.status\b.*-e status_format": ("tests/integration/role/test_status.py", "status_format"),
    r"twinzone\.edge\.failover\b.*failover_status_page": (
        "tests/integration/role/test_status.py",
        "failover_status_page",
    ),
    r"twinzone\.edge\.failover -e failover_pin=": ("tests/integration/role/test_failover.py", "failover_pin"),
    r"^make demo$": ("tests/integration/guides/test_demo.py", "demo"),
    r"^ansible-runner run": ("tests/support/controller_jobs.py", '"--playbook"'),
    r"/extensions/awx/configure\.yml": ("tests/awx/conftest.py", "/extensions/awx/configure.yml"),
    r"^ansible-galaxy collection install -r": ("tests/tools/install_check.sh", "ansible-galaxy collection install"),
    r"^pip install git\+": ("tests/tools/install_check.sh", "pip install ."),
    r"^curl .*--connect-to": ("tests/integration/role/test_layouts.py", "The question before all others"),
}

#: Commands that no test runs.
NOT_RUN = {
    r"^export [A-Z]": "sets secrets that only the reader has; tests set them in the environment",
    r"^ansible-galaxy collection install awx\.awx$": "fetches from Galaxy; the tests take the same one from PyPI",
    r"^git clone ": "fetches this repository from its public place",
    r"^(python3 -m venv|/opt/twinzone/bin/pip install) ": "installs below /opt; `make install` installs elsewhere",
    r"^(systemctl|journalctl) ": "needs systemd as root; the units are checked by systemd-analyze",
    r"^dig \+trace ": "asks the root servers of the Internet",
}


def plain(command: str) -> str:
    """A command without the inventory that it names and without a comment."""
    return re.sub(r" -i \S+\.yml", "", command.partition("  #")[0]).strip()


def sections_in(test: str) -> Iterator[tuple[str, str]]:
    """The sections of guides whose commands a test file takes."""
    if ".commands" in test or "type_in" in test:
        for guide in re.findall(r'guides\.sections\("(\w+)"\)', test):
            yield from ((guide, title) for title in guides.sections(guide) if f'["{title}"]' in test)


RUN = {
    plain(command)
    for test in TESTS
    for guide, title in sections_in(test.read_text())
    for command in guides.sections(guide)[title].commands
}


def blocks_of_the_readme() -> Iterator[list[str]]:
    """The lines of each block that has no language."""
    language, lines = None, []
    for line in (ROOT / "README.md").read_text().splitlines():
        if not line.startswith("```"):
            lines.append(line)
            continue
        if language == "":
            yield lines
        language, lines = (line[3:] if language is None else None), []


def of_the_readme() -> list[str]:
    # What the demo prints has a test of its own, which compares it; a picture made of letters is no command.
    typed = [block for block in blocks_of_the_readme() if not re.match(r"\$ |run +outcome| +www CNAME", block[0])]
    lines = [line for block in typed for line in block if line and not line.startswith("#")]
    return [command for line in lines for command in line.split(" && ")]


@pytest.mark.parametrize("page", ["README", *GUIDES])
def test_a_test_runs_it(page: str) -> None:
    commands = (
        of_the_readme()
        if page == "README"
        else [command for section in guides.sections(page).values() for command in section.commands]
    )
    others = [
        plain(command) for command in commands if plain(command) not in RUN and not command.startswith(("#", "cd "))
    ]
    assert not [command for command in others if not any(re.search(known, command) for known in (*ELSEWHERE, *NOT_RUN))]


@pytest.mark.parametrize("known", ELSEWHERE)
def test_the_other_test_is_there(known: str) -> None:
    path, word = ELSEWHERE[known]
    assert word in (ROOT / path).read_text()


def test_no_exception_is_left_over() -> None:
    printed = [
        *of_the_readme(),
        *(one for page in GUIDES for part in guides.sections(page).values() for one in part.commands),
    ]
    left = [plain(command) for command in printed if plain(command) not in RUN]
    assert not [known for known in (*ELSEWHERE, *NOT_RUN) if not any(re.search(known, command) for command in left)]


def test_most_are_run_as_they_are_printed() -> None:
    assert len(RUN) > 25
