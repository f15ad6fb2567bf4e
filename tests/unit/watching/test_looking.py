# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look of the watcher, at servers on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._probes.check import Front
from ansible_collections.twinzone.edge.plugins.module_utils._probes.options import read_fronts
from ansible_collections.twinzone.edge.plugins.module_utils._watching import looking
from ansible_collections.twinzone.edge.plugins.module_utils._watching.patience import Patience
from support.tls_fronts import HOST, WELL, Talk, Town, answer, full_place, says

SHORT = 0.3
"""Seconds for an answer, in place of those of the watcher."""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    servers = Town(tmp_path)
    yield servers
    servers.close()


def fronts(*places: str) -> Sequence[Front]:
    entries = [{"name": f"front{number}", "site": "www", "connect_to": [one]} for number, one in enumerate(places)]
    check = {"url": f"http://{HOST}/", "timeout": 60.0}
    defaults = {"controls": [], "probes": 5, "interval": 3.0, "tolerate": None, "down_at": None}
    return read_fronts({**defaults, "check": check, "fronts": entries}, lambda _key, _spec, value: value)


def test_a_front_that_takes_no_connection_is_suspected_without_waiting_for_the_timeout(town: Town) -> None:
    """A look ends long before that: the run that it starts has all of it."""
    with full_place() as place:
        found = looking.look("www", fronts(place, town.plain().place), None, Patience(SHORT))
    (trouble,) = found.troubles
    assert (trouble.front, trouble.cause) == ("front0", "connect")
    assert f"timed out after {SHORT:g} s while connecting" in trouble.reason


def test_a_front_that_does_not_answer_is_suspected_and_has_more_time_the_next_time(town: Town) -> None:
    over = threading.Event()
    patience = Patience(SHORT)

    def silence(_connection: socket.socket, _number: int) -> None:
        over.wait(60)

    found = looking.look("www", fronts(town.plain(silence).place, town.plain().place), None, patience)
    over.set()
    (trouble,) = found.troubles
    assert (trouble.front, trouble.cause) == ("front0", "answer")
    assert f"timed out after {SHORT:g} s while waiting for the answer" in trouble.reason
    assert patience.of("front0", 60.0) == 2 * SHORT


def test_a_front_that_is_known_to_be_slow_is_not_suspected(town: Town) -> None:
    late = threading.Event()

    def talk(connection: socket.socket, number: int) -> None:
        late.wait(4 * SHORT)
        WELL(connection, number)

    patience = Patience(SHORT)
    patience.answered("front0", 60.0)
    assert looking.look("www", fronts(town.plain(talk).place), None, patience).troubles == []
    assert patience.of("front0", 600.0) >= 12 * SHORT


def test_a_single_bad_answer_is_no_trouble_and_two_are(town: Town) -> None:
    def at_first(connection: socket.socket, number: int) -> None:
        says(answer(status=503 if number == 0 else 200))(connection, number)

    always: Talk = says(answer(status=503))
    found = looking.look("www", fronts(town.plain(at_first).place, town.plain(always).place), None, Patience())
    assert [one.front for one in found.troubles] == ["front1"]


def test_all_of_several_addresses_failing_at_once_need_no_second_look(town: Town) -> None:
    seen: list[int] = []

    def at_first(connection: socket.socket, number: int) -> None:
        seen.append(number)
        says(answer(status=503 if number == 0 else 200))(connection, number)

    (front,) = fronts(town.plain(at_first).place)
    (other,) = fronts(town.plain(at_first).place)
    both = front._replace(endpoints=front.endpoints + other.endpoints)
    found = looking.look("www", [both], None, Patience())
    assert [one.front for one in found.troubles] == ["front0"]
    assert seen == [0, 0]
