# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A registry on loopback that leads elsewhere: each step is looked at before it is taken."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._modules import preflight_rdap
from ansible_collections.twinzone.edge.plugins.module_utils._preflight import rdap
from ansible_collections.twinzone.edge.plugins.module_utils._preflight.seen import Registration

ANSWER = {
    "objectClassName": "domain",
    "entities": [{"roles": ["registrar"], "vcardArray": ["vcard", [["fn", {}, "text", "R"]]]}],
    "status": ["client transfer prohibited"],
}


class Registry:
    """An RDAP server at an address of loopback. leads: from path to Location. asked: the paths."""

    def __init__(self, address: str) -> None:
        self.leads: dict[str, str] = {}
        self.asked: list[str] = []
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                registry.asked.append(self.path)
                location = registry.leads.get(self.path)
                body = b"" if location else json.dumps(ANSWER).encode()
                self.send_response(302 if location else 200)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words: object) -> None:
                pass

        self._server = ThreadingHTTPServer((address, 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://{address}:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def registry() -> Iterator[Registry]:
    made = Registry("127.0.0.1")
    yield made
    made.close()


@pytest.fixture
def inside() -> Iterator[Registry]:
    """Another server in the network of the runner, which nobody named."""
    made = Registry("127.0.0.2")
    yield made
    made.close()


def ask(where: str) -> Registration:
    return preflight_rdap.registration("example.com", where, Deadline(10))


def test_a_registry_may_lead_to_another_path_of_its_host(registry: Registry) -> None:
    registry.leads = {"/domain/example.com": "/v2/domain/EXAMPLE.COM"}
    found = ask(registry.url)
    assert (found["registrar"], found["locked"], found["error"]) == ("R", True, "")
    assert found["source"] == f"{registry.url}/v2/domain/EXAMPLE.COM"
    assert registry.asked == ["/domain/example.com", "/v2/domain/EXAMPLE.COM"]


def test_nobody_leads_it_to_a_private_address_that_was_not_named(registry: Registry, inside: Registry) -> None:
    for target in (inside.url, inside.url.replace("http:", "https:")):
        registry.leads = {"/domain/example.com": f"{target}/domain/example.com"}
        found = ask(registry.url)
        assert found["registrar"] == ""
        assert "no https URL" in found["error"] or "127.0.0.2, which is not on the Internet" in found["error"]
    assert inside.asked == []


@pytest.mark.parametrize(
    "location", ["http://registry.example/", "file:///etc/passwd", "ftp://127.0.0.1/x", "https://"]
)
def test_nobody_leads_it_to_another_scheme(registry: Registry, location: str) -> None:
    registry.leads = {"/domain/example.com": location}
    assert "is no https URL" in ask(registry.url)["error"]


def test_a_ring_of_redirects_ends(registry: Registry) -> None:
    registry.leads = {"/domain/example.com": "/domain/example.com"}
    assert f"more than {preflight_rdap.MOST_REDIRECTS} times" in ask(registry.url)["error"]
    assert len(registry.asked) == preflight_rdap.MOST_REDIRECTS + 1


def test_a_bootstrap_file_names_nobody_inside(registry: Registry, tmp_path: Path) -> None:
    """The file comes from outside: its servers are no hosts that the user named."""
    file = tmp_path / "dns.json"
    for url in (registry.url, registry.url.replace("http:", "https:")):
        file.write_text(json.dumps({"services": [[["com"], [url]]]}))
        assert "could not be asked" in ask(str(file))["error"]
    file.write_text(json.dumps({"services": []}))
    assert "names no RDAP server for example.com" in ask(str(file))["error"]
    assert registry.asked == []


@pytest.mark.parametrize(
    ("url", "addresses", "named", "words"),
    [
        ("https://rdap.example/x", ["192.0.43.8"], "registry.example", ""),
        ("https://rdap.example/x", [], "registry.example", "has no address"),
        ("https://rdap.example/x", ["192.0.43.8", "10.0.0.1"], "registry.example", "10.0.0.1, which is not on"),
        ("https://rdap.example/x", ["fe80::1%eth0"], "registry.example", "not on the Internet"),
        ("https://rdap.example/x", ["169.254.169.254"], "registry.example", "not on the Internet"),
        ("https://inside.example/x", ["10.0.0.1"], "inside.example", ""),
        ("http://inside.example/x", ["10.0.0.1"], "inside.example", "no https URL"),
        ("http://127.0.0.1/x", [], "127.0.0.1", ""),
    ],
)
def test_who_may_be_asked(url: str, addresses: list[str], named: str, words: str) -> None:
    found = rdap.refusal(url, addresses, named)
    assert words in found and bool(words) == bool(found)
