# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests share, whether pytest runs them in a plain clone or ansible-test in a tree."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# ansible-test does not read pyproject.toml; this is its `pythonpath` again, less the link that only a clone has.
for folder in ("tests", "roles/lab/files"):
    if str(ROOT / folder) not in sys.path:
        sys.path.insert(0, str(ROOT / folder))

# No example fails for being slow: the machine may be busy. And each run tries the same examples, so that a change is
# judged by what it does; `make explore` looks further.
settings.register_profile("twinzone", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("twinzone")

# `make test` names the tests that run when the time of a part is over: each process notes its test in this folder.
RUNNING_TESTS = os.environ.get("TWINZONE_RUNNING_TESTS")
TIME_IS_OVER = "The time for these tests is over."


class _Clock:
    """Lets the running test fail when the time is over, so that its output is shown, and no other begin."""

    def __init__(self) -> None:
        self._over = self._may_fail = False
        self._session: pytest.Session | None = None

    def watch(self, session: pytest.Session) -> None:
        self._session = session
        signal.signal(signal.SIGTERM, self._ring)

    def _ring(self, _number: int, _frame: object) -> None:
        assert self._session is not None
        self._over = True
        self._session.shouldstop = TIME_IS_OVER
        if self._may_fail:
            self._may_fail = False
            pytest.fail(TIME_IS_OVER)

    @contextmanager
    def running(self) -> Iterator[None]:
        """A part of a test, in which a failure is one of the test and not of pytest."""
        if self._over:
            pytest.fail(TIME_IS_OVER)
        self._may_fail = True
        try:
            yield
        finally:
            self._may_fail = False


CLOCK = _Clock()


def pytest_sessionstart(session: pytest.Session) -> None:
    if RUNNING_TESTS:
        CLOCK.watch(session)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    if not RUNNING_TESTS:
        return (yield)
    note = Path(RUNNING_TESTS, str(os.getpid()))
    # In one step, so that nobody reads half of it.
    draft = note.with_name(f"draft-{note.name}")
    draft.write_text(item.nodeid)
    draft.replace(note)
    try:
        return (yield)
    finally:
        note.unlink(missing_ok=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Iterator[None]:
    with CLOCK.running():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    with CLOCK.running():
        return (yield)
