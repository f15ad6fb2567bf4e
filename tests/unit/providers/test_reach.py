# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be reached from this machine is named before anything is asked."""

from __future__ import annotations

import socket
import threading
from typing import Any, NoReturn

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._providers import reach

REMEDY = "look at the network, the resolver and the firewall of this machine, or name a proxy in HTTPS_PROXY"


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_server_that_takes_connections_is_no_problem() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert reach.problems([f"http://127.0.0.1:{server.getsockname()[1]}/api"] * 2, 10.0) == []


def test_a_port_at_which_nobody_listens() -> None:
    port = free_port()
    expected = f"127.0.0.1:{port} cannot be reached from here: Connection refused; {REMEDY}"
    assert reach.problems([f"https://127.0.0.1:{port}/api"], 10.0) == [expected]


def test_a_name_that_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_arguments: Any, **_named: Any) -> NoReturn:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "create_connection", nowhere)
    (found,) = reach.problems(["https://api.example.net/v1"], 10.0)
    assert found.startswith("api.example.net:443 cannot be reached from here: its name leads to no address: Temporary")


def test_what_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a look-up does where no resolver answers: it cannot be given a deadline."""
    forever = threading.Event()
    monkeypatch.setattr(socket, "create_connection", lambda *_arguments, **_named: forever.wait())
    (found,) = reach.problems(["https://api.example.net/v1"], 0.05)
    forever.set()
    assert "it does not answer within 0.05 seconds" in found


def test_a_proxy_that_takes_no_connection_is_what_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:s3cret@127.0.0.1:{port}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    (found,) = reach.problems(["https://api.example.net/v1"], 10.0)
    assert f"api.example.net:443, through the proxy 127.0.0.1:{port} (HTTPS_PROXY), cannot be reached" in found
    assert found.endswith("correct or unset HTTPS_PROXY, or put the host of the API into NO_PROXY")
    assert "s3cret" not in found
