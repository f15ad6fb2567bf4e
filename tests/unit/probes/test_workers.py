# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The threads that carry out the tries."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._probes import workers as probe_workers
from ansible_collections.twinzone.edge.plugins.module_utils._probes.workers import Workers


@pytest.fixture
def workers() -> Iterator[Workers]:
    found = Workers()
    yield found
    found.close()


def test_jobs_that_hang_hold_up_no_other(workers: Workers) -> None:
    # More of them than count at once: the one that frees them begins only as they no longer count.
    free = threading.Event()
    done: list[bool] = []
    for _number in range(50):
        workers.start(lambda: free.wait(60), done.append)
    workers.start(free.set, lambda outcome: done.append(outcome is None))
    while len(done) < 51:
        workers.take(None)
    assert all(done)


def test_few_jobs_begin_at_one_moment(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_workers, "_YOUNG", 86400)
    begun, free = threading.Semaphore(0), threading.Event()
    done: list[bool] = []

    def wait() -> bool:
        begun.release()
        return free.wait(60)

    for _number in range(50):
        workers.start(wait, done.append)
    assert all(begun.acquire(timeout=60) for _number in range(16))
    assert not begun.acquire(timeout=0.2), "the others wait for one of these to end"
    free.set()
    while len(done) < 50:
        workers.take(None)
    assert all(done)


def test_a_thread_is_kept_for_the_next_job_and_ends_with_the_last(workers: Workers) -> None:
    threads: list[threading.Thread] = []
    for number in range(1, 20):
        workers.start(threading.current_thread, threads.append)
        while len(threads) < number:
            workers.take(None)
    assert len(set(threads)) == 1
    workers.close()
    threads[0].join(60)
    assert not threads[0].is_alive()


def test_what_a_job_raises_is_raised_where_its_outcome_is_taken(workers: Workers) -> None:
    def fail() -> None:
        raise KeyError("name")

    done: list[None] = []
    workers.start(fail, done.append)
    with pytest.raises(KeyError, match="name"):
        workers.take(None)
    assert not done


def test_without_an_outcome_it_waits_no_longer_than_asked(workers: Workers) -> None:
    free = threading.Event()
    done: list[bool] = []
    workers.start(lambda: free.wait(60), done.append)
    workers.take(0.01)
    assert not done
    free.set()
    workers.take(None)
    assert done == [True]
