# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to an API: bounded by the deadline, repeated only where that is safe, honest about what went wrong."""

from __future__ import annotations

import contextlib
import email.utils
import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._errors import ProviderError
from ansible_collections.twinzone.edge.plugins.module_utils._providers.api import Answer, Api, excerpt, json_of
from hypothesis import given
from hypothesis import strategies as st

TOKEN = "s3cret-token-of-the-test"

#: What the server does with one request.
Act = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Scripted

    def handle_any(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path, dict(self.headers)))
        acts = self.server.acts
        (acts.pop(0) if len(acts) > 1 else acts[0])(self)

    do_GET = do_POST = do_PATCH = handle_any

    def log_message(self, format: str, *arguments: object) -> None:
        pass

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Scripted(ThreadingHTTPServer):
    """Does one act after the other; the last one for ever."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, acts: list[Act]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.acts = acts
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.over = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@contextlib.contextmanager
def api(*acts: Act, seconds: float = 20.0) -> Iterator[tuple[Api, Scripted]]:
    with Scripted(list(acts)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield (
                Api(
                    f"http://127.0.0.1:{server.server_port}/v1/",
                    ("Authorization", f"Bearer {TOKEN}"),
                    Deadline(seconds),
                ),
                server,
            )
        finally:
            server.over.set()
            server.shutdown()


def status(code: int, body: bytes = b"{}", **headers: str) -> Act:
    return lambda handler: handler.answer(code, body, **headers)


def hang(handler: Handler) -> None:
    handler.server.over.wait(60)


def hang_up(handler: Handler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def garble(handler: Handler) -> None:
    handler.answer(200, b'{"ok": tr')


def stall_in_the_body(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"{")
    handler.wfile.flush()
    handler.server.over.wait(60)


def refusal(call: Callable[[], object]) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        call()
    assert TOKEN not in repr(caught.value)
    return caught.value


def is_mapping(data: object) -> bool:
    return isinstance(data, dict)


def read(client: Api) -> Any:
    """A read as providers do it."""
    return client.get("/zones", None, lambda answer: json_of(answer, is_mapping))


OK = status(200, b'{"ok": true}')


def test_a_request_as_it_is_sent() -> None:
    with api(OK) as (client, server):
        assert client.write("POST", "/zones", {"a": ["ü"]}).json() == {"ok": True}
        ((method, path, headers),) = server.seen
        assert (method, path) == ("POST", "/v1/zones")
        assert headers["Authorization"] == f"Bearer {TOKEN}"
        assert headers["Content-Type"] == headers["Accept"] == "application/json"
        assert (client.count.requests, client.count.retries) == (1, 0)


def test_a_netrc_does_not_replace_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with api(OK) as (client, server):
        client.get("/zones", {"name": "example.com"}, lambda answer: answer)
        assert server.seen[0][1] == "/v1/zones?name=example.com"
        assert server.seen[0][2]["Authorization"] == f"Bearer {TOKEN}"


def test_a_redirect_is_not_followed() -> None:
    with api(status(301, b"", Location="/elsewhere")) as (client, server):
        assert client.get("/zones", None, lambda answer: answer.status) == 301
        assert len(server.seen) == 1


@pytest.mark.parametrize("failure", [status(500, b"<h1>oops</h1>"), status(502), status(503), hang_up])
def test_a_read_is_repeated_and_a_write_is_not(failure: Act) -> None:
    with api(failure, failure, OK) as (client, server):
        assert read(client) == {"ok": True}
        assert (len(server.seen), client.count.requests, client.count.retries) == (3, 3, 2)
    with api(failure, OK) as (client, server):
        error = refusal(lambda: client.write("PATCH", "/zones", []))
        assert (error.kind, error.passing, len(server.seen)) == ("unreachable", True, 1)


def test_a_garbled_answer_to_a_read_is_asked_for_again() -> None:
    with api(garble, OK) as (client, _server):
        assert read(client) == {"ok": True}
        assert client.count.retries == 1


def test_a_read_that_keeps_failing_gives_up_with_the_servers_words() -> None:
    with api(status(500, b"<h1>oops</h1>")) as (client, server):
        error = refusal(lambda: read(client))
        assert (error.kind, error.status, len(server.seen)) == ("unreachable", 500, 4)
        assert "GET /zones answered 500: <h1>oops</h1>" in error.message


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 422])
def test_a_refusal_is_an_answer(code: int) -> None:
    with api(status(code)) as (client, server):
        assert client.get("/zones", None, lambda answer: answer.status) == code
        assert client.write("POST", "/zones", {}).status == code
        assert len(server.seen) == 2


def test_throttling_is_obeyed_for_reads_and_writes() -> None:
    started = time.monotonic()
    with api(status(429, Retry_After="1"), OK) as (client, server):
        assert client.write("POST", "/zones", {}).status == 200
        assert (len(server.seen), client.count.retries) == (2, 1)
    assert time.monotonic() - started >= 1


def in_an_hour() -> str:
    return email.utils.formatdate(time.time() + 3600, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({"Retry_After": "30"}, 30.0),
        ({"Retry_After": "1e9"}, 1e9),
        ({"Retry_After": "inf"}, None),
        ({"Retry_After": "in an hour"}, 3600.0),
    ],
)
def test_who_must_wait_longer_than_the_deadline_is_told_at_once(headers: dict[str, str], asked: float | None) -> None:
    given = {name: in_an_hour() if value == "in an hour" else value for name, value in headers.items()}
    with api(status(429, b"", **given), seconds=1.5) as (client, server):
        error = refusal(lambda: read(client))
        assert (error.kind, error.status, error.passing) == ("throttled", 429, False)
        if asked is not None:
            assert len(server.seen) == 1
            assert error.retry_after == pytest.approx(asked, rel=0.01)


@pytest.mark.parametrize("headers", [{}, {"Retry_After": "0"}, {"Retry_After": "nan"}, {"Retry_After": "soon"}])
def test_a_throttle_without_a_sensible_time_is_not_hammered(headers: dict[str, str]) -> None:
    with api(status(429, b"", **headers), seconds=1.5) as (client, server):
        error = refusal(lambda: read(client))
        assert error.kind == "throttled"
        assert len(server.seen) == 2


@pytest.mark.parametrize("act", [hang, stall_in_the_body])
def test_a_server_that_hangs_is_left_at_the_deadline(act: Act) -> None:
    with api(act, seconds=0.5) as (client, _server):
        for call in (lambda: read(client), lambda: client.write("POST", "/zones", {})):
            error = refusal(call)
            assert error.kind == "deadline"
            assert "/zones" in error.message
        assert client.deadline.elapsed() < 5


def test_without_time_nothing_is_sent() -> None:
    with api(OK, seconds=0.0) as (client, server):
        assert refusal(lambda: client.write("POST", "/zones", {})).kind == "deadline"
        assert server.seen == []
        assert client.count.requests == 0


def test_a_server_that_refuses_is_unreachable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    client = Api(f"http://127.0.0.1:{port}", ("Authorization", f"Bearer {TOKEN}"), Deadline(20.0))
    error = refusal(lambda: read(client))
    assert error.kind == "unreachable"
    assert f"127.0.0.1:{port}" in error.message
    assert "refused" in error.message


@pytest.mark.parametrize("url", ["https:///v1", "nonsense", "https://[::1"])
def test_a_url_that_is_none_is_said_to_be_none(url: str) -> None:
    assert refusal(lambda: read(Api(url, ("Authorization", f"Bearer {TOKEN}"), Deadline(5.0)))).kind == "rejected"


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"ok": tru', b"[]", b"null", b"\xff", b"7"])
def test_an_answer_in_another_format_may_pass(body: bytes) -> None:
    with api(status(200, body)) as (client, _server):
        answer = client.write("POST", "/zones", {})
        error = refusal(lambda: json_of(answer, is_mapping))
        assert (error.kind, error.passing, error.status) == ("unreachable", True, 200)


@given(st.binary(max_size=2000))
def test_an_excerpt_is_one_short_line(body: bytes) -> None:
    text = excerpt(body)
    assert len(text) <= 201
    assert "\n" not in text


def endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):
        while not handler.server.over.is_set():
            handler.wfile.write(b" " * 65536)
    handler.close_connection = True


def bomb(handler: Handler) -> None:
    handler.answer(200, BOMB, Content_Encoding="gzip")


BOMB = gzip.compress(bytes(200 << 20), 9)


@pytest.mark.parametrize("act", [endless, bomb])
def test_a_body_without_an_end_is_a_malformed_answer_and_asked_for_again(act: Act) -> None:
    with api(act, OK) as (client, _server):
        assert read(client) == {"ok": True}
        assert client.count.retries == 1
    with api(act) as (client, _server):
        error = refusal(lambda: client.write("PATCH", "/zones", {}))
        assert (error.kind, error.passing) == ("unreachable", True)
        assert "malformed" in error.message


def test_a_plain_url_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with api(OK) as (client, server), api(OK) as (_other, proxy):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.server_port}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        assert read(client) == {"ok": True}
        port = server.server_port
        assert read(Api(f"http://localhost:{port}", ("Authorization", f"Bearer {TOKEN}"), Deadline(5))) == {"ok": True}
        assert len(server.seen) == 2
        assert proxy.seen == []


@pytest.mark.parametrize("by_variable", [False, True])
def test_a_missing_ca_bundle_is_one_clear_error(by_variable: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if by_variable:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    path = None if by_variable else "/nowhere/ca.pem"
    error = refusal(lambda: read(Api("https://127.0.0.1:1", ("Authorization", f"Bearer {TOKEN}"), Deadline(5), path)))
    assert (error.kind, error.passing) == ("rejected", False)
    assert "/nowhere/ca.pem" in error.message
    assert "ca_path" in error.hint


def test_numbers_of_any_size_are_json() -> None:
    with api(status(200, json.dumps({"n": 10**400}).encode())) as (client, _server):
        assert read(client)["n"] == 10**400


# --- Throttles: what is asked for is waited, and who does not say for how long is not polled ---


class Story(Deadline):
    """Time that passes only by sleeping."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.slept: list[float] = []

    def remaining(self) -> float:
        return self.seconds - sum(self.slept)

    def sleep(self, seconds: float) -> bool:
        if seconds >= self.remaining():
            return False
        self.slept.append(seconds)
        return True


class Throttling(Api):
    """An API that answers 429 with these times to wait, then 200."""

    def __init__(self, deadline: Deadline, waits: Sequence[str | None]) -> None:
        super().__init__("https://api.invalid", ("Authorization", "Bearer x"), deadline)
        self.waits = list(waits)

    def _send(self, method: str, path: str, body: Any) -> Answer:
        self.count.requests += 1
        if not self.waits:
            return Answer(200, {}, b"[]")
        wait = self.waits.pop(0)
        return Answer(429, {} if wait is None else {"Retry-After": wait}, b"")


@pytest.mark.parametrize(
    ("waits", "slept"),
    [
        ([], []),
        (["1", "53", "7"], [1, 53, 7]),  # first the limit per second, then the one per minute
        ([None] * 8, [1, 2, 4, 8, 16, 30, 30, 30]),
        (["0", "0"], [1, 2]),
        ([None, "2", None], [1, 2, 2]),
    ],
)
def test_how_long_is_waited(waits: list[str | None], slept: list[float]) -> None:
    deadline = Story(300)
    api = Throttling(deadline, waits)
    assert api.write("PATCH", "/x", []).status == 200
    assert deadline.slept == slept
    assert (api.count.requests, api.count.retries) == (len(waits) + 1, len(waits))


def test_a_wait_beyond_the_deadline_is_told_and_not_begun() -> None:
    deadline = Story(300)
    api = Throttling(deadline, ["10", "86400"])
    with pytest.raises(ProviderError, match="asked to wait 86400 seconds, and 290 seconds were left") as caught:
        api.write("PATCH", "/x", [])
    assert (caught.value.kind, caught.value.retry_after, caught.value.passing) == ("throttled", 86400.0, False)
    assert (deadline.slept, api.count.requests) == ([10], 2)


def test_an_api_that_never_says_how_long_does_not_see_the_quota_burnt() -> None:
    api = Throttling(Story(300), [None] * 1000)
    with pytest.raises(ProviderError, match="asked to wait, and"):
        api.write("PATCH", "/x", [])
    assert api.count.requests < 20
