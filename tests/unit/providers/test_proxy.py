# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy that the environment names: the one that requests would take, without its password."""

from __future__ import annotations

import socket

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._providers import proxy
from requests.utils import get_environ_proxies, select_proxy

VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY")
API = "https://api.example.net/v1"


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://ann:secret@192.0.2.1:3128/"}, "the proxy 192.0.2.1:3128 (HTTPS_PROXY)"),
        ({"https_proxy": "proxy.example"}, "the proxy proxy.example:80 (https_proxy)"),
        ({"ALL_PROXY": "socks5://192.0.2.2"}, "the proxy 192.0.2.2:1080 (ALL_PROXY)"),
        ({"HTTPS_PROXY": "http://192.0.2.1:3128", "NO_PROXY": "example.net"}, None),
        ({"HTTPS_PROXY": "http://192.0.2.1:port"}, "the proxy ?:0 (HTTPS_PROXY)"),
    ],
)
def test_which_one(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], found: str | None) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    made = proxy.of(API)
    assert (str(made) if made else None) == found
    assert bool(select_proxy(API, get_environ_proxies(API))) == bool(made), "as requests has it"
    assert proxy.of("http://127.0.0.1:8080") is None


def test_whether_it_takes_connections() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert proxy.Proxy("127.0.0.1", port, "HTTPS_PROXY").fault() == ""
    assert "refused" in proxy.Proxy("127.0.0.1", port, "HTTPS_PROXY").fault()
