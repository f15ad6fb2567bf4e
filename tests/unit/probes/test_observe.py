# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probing fronts: every way in which one can misbehave, by servers on loopback that really do."""

from __future__ import annotations

import errno
import gzip
import json
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._probes import addresses, resolv_conf, stub_resolver, trust
from ansible_collections.twinzone.edge.plugins.module_utils._probes.observe import observe
from ansible_collections.twinzone.edge.plugins.module_utils._probes.options import read_fronts
from ansible_collections.twinzone.edge.plugins.module_utils._probes.visit import Exhausted, Failed, Visit
from hypothesis import example, given
from hypothesis import strategies as st
from support.paths import ROOT
from support.pythons import find_python
from support.tiny_name_server import NameServer, with_address
from support.tls_fronts import HOST, Server, Talk, Town, answer, full_place, says, unused_port
from twinzone_lab.web.ca import CertificateAuthority

Result = Mapping[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fronts")


@pytest.fixture(scope="module")
def town(folder: Path) -> Iterator[Town]:
    servers = Town(folder)
    yield servers
    servers.close()


def watched(
    *fronts: Mapping[str, Any], resolver: tuple[str, int] | None = None, **options: Any
) -> tuple[list[Result], list[Result]]:
    """The results of fronts and controls. Of the options, tests name those that they are about."""
    params: dict[str, Any] = {
        "check": {},
        "controls": [],
        "probes": 1,
        "interval": 0.05,
        "tolerate": None,
        "down_at": None,
    }
    named = [{"name": f"front {number}", **front} for number, front in enumerate(fronts)]
    result = observe(read_fronts({**params, **options, "fronts": named}, lambda key, spec, value: value), resolver)
    return result["fronts"], result["controls"]


def probed(town: Town, server: Server, scheme: str = "https", **check: Any) -> dict[str, Any]:
    """What one try of this server's only address finds."""
    check = {"url": f"{scheme}://{HOST}/health", "timeout": 10.0, "ca_path": town.ca_path, **check}
    (front,), _controls = watched({"connect_to": [server.place], "check": check})
    address: dict[str, Any]
    (address,) = front["addresses"]
    assert address["verdict"] == front["verdict"]
    assert address["detail"] in front["reason"]
    return address


def test_a_healthy_front_is_up_and_clean(town: Town) -> None:
    address = probed(town, town.front(), contains="all is", headers={"content-length": r"^\d+$"}, certificate_days=30)
    assert (address["verdict"], address["clean"], address["bad"]) == ("up", True, 0)
    assert (address["phase"], address["detail"], address["status"]) == ("", "", 200)
    assert address["certificate_days"] in (89, 90)
    seconds = address["seconds"]
    parts = [seconds[name] for name in ("resolve", "connect", "tls", "first_byte")]
    assert all(part >= 0 for part in parts)
    assert sum(parts) <= seconds["total"] + 0.001


def never(connection: socket.socket, number: int) -> None:
    """Takes the request and stays silent, until the test ends."""
    while connection.recv(65536):
        pass


def drips(message: bytes) -> Talk:
    """Sends a message so slowly that it never ends, but no single read has to wait long."""
    return says(*(message[place : place + 1] for place in range(len(message))), every=0.05)


def resets(connection: socket.socket, number: int) -> None:
    connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


LONG = answer(b"x" * 100_000)
MOVED = "Location: /elsewhere\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CLOSED = "connection closed while reading the body"
TOO_LONG = "the head of the answer is longer than 256 KiB"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
SHORT = 0.8
"""Seconds for tries that can only time out; long enough for what comes before on a slow machine."""


@pytest.mark.parametrize(
    ("talk", "check", "phase", "words"),
    [
        pytest.param(says(answer(status=500)), {}, "status", "status 500, expected 200", id="error"),
        pytest.param(
            says(answer(status=503)), {"status": [200, 204]}, "status", "expected 200 or 204", id="not listed"
        ),
        pytest.param(
            says(answer(status=301, headers="Location: /elsewhere\r\n")),
            {},
            "status",
            "redirects to /elsewhere, which is not followed",
            id="redirect",
        ),
        pytest.param(says(answer(b"hello")), {"contains": "all is well"}, "body", "first 5 bytes", id="wrong body"),
        pytest.param(
            says(answer(b"x" * 65536 + b"end")), {"contains": "end"}, "body", "first 65536 bytes", id="match too late"
        ),
        pytest.param(says(answer()), {"headers": {"x-cdn": "."}}, "header", "x-cdn is missing", id="no header"),
        pytest.param(
            says(answer(headers="X-CDN: one\r\nX-CDN: two\r\n")),
            {"headers": {"x-cdn": "three"}},
            "header",
            "is 'one, two', which does not match 'three'",
            id="wrong header",
        ),
        pytest.param(says(answer(), every=0.05), {"max_seconds": 1e-6}, "slow", "took ", id="slow"),
        pytest.param(says(CONTINUE * 9), {}, "status", "connection closed", id="only 100s"),
        pytest.param(says(b""), {}, "status", "connection closed while waiting", id="closes"),
        pytest.param(resets, {}, "status", "while waiting for the answer", id="resets"),
        pytest.param(says(answer(b"x", length=2)), {}, "body", CLOSED, id="truncated"),
        pytest.param(says(CHUNKED + b"ff\r\nabc"), {}, "body", CLOSED, id="truncated chunks"),
        pytest.param(says(CHUNKED + b"-a\r\nabc"), {}, "body", "not HTTP/1", id="negative chunk"),
        pytest.param(says(b"SSH-2.0-OpenSSH_9.6\r\n"), {}, "status", "not HTTP/1", id="another protocol"),
        pytest.param(says(OK + b"X: %s\r\n" % (b"y" * 400) * 700), {}, "status", TOO_LONG, id="many headers"),
        pytest.param(says(OK + b"X: " + b"y" * 300_000), {}, "status", TOO_LONG, id="endless header"),
        pytest.param(
            says(answer(gzip.compress(b"hello", mtime=0), headers="Content-Encoding: br\r\n")),
            {"contains": "hello"},
            "body",
            "compressed with 'br'",
            id="brotli",
        ),
        pytest.param(
            says(answer(b"hello", headers="Content-Encoding: gzip\r\n")),
            {},
            "body",
            "not the gzip that its header announces",
            id="not gzip",
        ),
        pytest.param(
            says(answer(b"hello", headers="Content-Type: text/plain; charset=klingon\r\n")),
            {"contains": "world"},
            "body",
            "its charset 'klingon' is unknown here",
            id="unknown charset",
        ),
        pytest.param(says(answer(b"all")), {"contains": ["a", "l", "x"]}, "body", "matches 'x'", id="one of three"),
        pytest.param(
            says(answer(status=403, headers="cf-mitigated: challenge\r\n")),
            {},
            "status",
            "the bot protection of Cloudflare (cf-mitigated: challenge) answered; let the check pass it",
            id="challenge",
        ),
        pytest.param(
            says(answer(b"error code: 1016", 530, "Server: cloudflare\r\n")),
            {},
            "status",
            "status 530, expected 200 (Cloudflare error 1016: the origin's host name does not resolve)",
            id="inner code",
        ),
        pytest.param(
            says(answer(headers="X-CDN: a\x1b[31m\r\n")),
            {"headers": {"x-cdn": "^b"}},
            "header",
            r"is 'a\x1b[31m', which",
            id="control characters",
        ),
    ],
)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_an_unhealthy_answer(
    town: Town, scheme: str, talk: Talk, check: Mapping[str, Any], phase: str, words: str
) -> None:
    server = town.front(talk) if scheme == "https" else town.plain(talk)
    address = probed(town, server, scheme, **check)
    assert (address["verdict"], address["clean"]) == ("down", False)
    assert address["phase"] == phase
    assert words in address["detail"]


RECORD = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" + b"\x03" * 9000
"""Of a handshake message of 16 KiB the first half."""


def test_whatever_a_peer_drags_out_is_cut_off_in_time(town: Town) -> None:
    slow_body = says(answer(b"", length=99), *[b"x"] * 99, every=0.02)
    with full_place() as full:
        cases = {
            full: ("connect", "while connecting"),
            town.plain(never).place: ("tls", "in the TLS handshake"),
            town.plain(drips(RECORD)).place: ("tls", "in the TLS handshake"),
            town.front(never).place: ("status", "while waiting for the answer"),
            town.front(drips(LONG)).place: ("status", "while waiting for the answer"),
            town.front(slow_body).place: ("body", "while reading the body"),
        }
        check = {"url": f"https://{HOST}/", "ca_path": town.ca_path, "timeout": SHORT}
        begun = time.monotonic()
        fronts, _controls = watched(*[{"connect_to": [place]} for place in cases], check=check)
        assert time.monotonic() - begun < 8
    found = [(front["addresses"][0]["phase"], front["addresses"][0]["detail"]) for front in fronts]
    assert found == [(phase, f"timed out after {SHORT:g} s {words}") for phase, words in cases.values()]


@pytest.mark.parametrize(
    "message",
    [
        answer(),
        answer(b"x" * 65535 + b"all is well"),
        answer(b"x" * 100_000 + b"never read"),
        b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nall \r\n7\r\nis well\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nall is well, and ends with the connection",
        CONTINUE + answer(),
        answer("all is wéll".encode("latin-1")),
        CONTINUE + b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + answer(),
        answer(headers=f"X-Note: {'n' * 460}\r\n" * 150),
        answer(headers="no header at all\r\n"),
        answer(gzip.compress(b"all is well", mtime=0), headers="Content-Encoding: gzip\r\n"),
        answer(zlib.compress(b"all is well"), headers="Content-Encoding: deflate\r\n"),
        answer(zlib.compress(b"all is well")[2:-4], headers="Content-Encoding: deflate\r\n"),
        answer("all is well".encode("utf-16")),
        answer("all is well".encode("utf-16-be"), headers="Content-Type: text/html; charset=UTF-16BE\r\n"),
        answer(b"\xef\xbb\xbfall is well"),
    ],
)
def test_every_way_to_write_an_answer_is_read(town: Town, message: bytes) -> None:
    assert probed(town, town.front(says(message)), contains=r"^(all|x{9})")["detail"] == ""


def test_an_answer_in_pieces_is_read_whole(town: Town) -> None:
    message = answer(b"all is well")
    parts = [message[place : place + 7] for place in range(0, len(message), 7)]
    assert probed(town, town.front(says(*parts, every=0.002)), contains="^all is well$")["clean"]


def test_a_header_that_comes_twice_is_read_whole(town: Town) -> None:
    server = town.front(says(answer(headers="X-CDN: one\r\nX-CDN: two\r\n")))
    assert probed(town, server, headers={"x-cdn": "^one, two$"})["clean"]


def test_an_answer_to_head_has_no_body(town: Town) -> None:
    server = town.front(says(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"))
    assert probed(town, server, method="HEAD")["clean"]


def test_the_request_goes_out_under_the_public_name(town: Town) -> None:
    requests: list[bytes] = []
    names: list[str | None] = []

    def listen(connection: socket.socket, number: int) -> None:
        requests.append(connection.recv(65536))
        connection.sendall(answer())

    tls = town.authority.server_context([HOST])
    tls.sni_callback = lambda connection, name, context: names.append(name)
    headers = {"User-Agent": "probe/2", "x-key": "a b"}
    probed(town, town.front(listen, tls), url=f"https://{HOST}/Käse?q=1 2#top", request_headers=headers)
    assert names == [HOST]
    first, *rest = requests[0].decode().split("\r\n")
    assert first == "GET /K%C3%A4se?q=1%202 HTTP/1.1"
    assert rest[-2:] == ["", ""]
    assert {f"Host: {HOST}", "User-Agent: probe/2", "x-key: a b", "Connection: close"} < set(rest)
    assert sum(line.lower().startswith("user-agent:") for line in rest) == 1


def test_the_host_header_has_the_ports_that_the_url_has(town: Town) -> None:
    requests: list[bytes] = []

    def listen(connection: socket.socket, number: int) -> None:
        requests.append(connection.recv(65536))
        connection.sendall(answer())

    probed(town, town.plain(listen), url=f"http://{HOST}:8080")
    assert b"GET / HTTP/1.1\r\n" in requests[0]
    assert f"\r\nHost: {HOST}:8080\r\n".encode() in requests[0]


def test_a_header_that_repeats_a_secret_of_the_request_is_not_quoted(town: Town) -> None:
    def echo(connection: socket.socket, number: int) -> None:
        request = connection.recv(65536).decode()
        key = next(line for line in request.split("\r\n") if line.startswith("Authorization"))
        connection.sendall(answer(headers=f"X-Echo: {key}\r\n"))

    secret = {"Authorization": "Bearer sesame-open"}
    address = probed(town, town.front(echo), headers={"x-echo": "nothing"}, request_headers=secret)
    assert address["phase"] == "header"
    assert "sesame" not in str(address)


DAY = 1.0
HOUR = DAY / 24


@pytest.mark.parametrize(
    ("names", "days", "words"),
    [
        (["*.b-cdn.net", "b-cdn.net"], (-1, 90), f"TLS certificate is for *.b-cdn.net, b-cdn.net, not for {HOST}"),
        ([HOST], (-30, -3 * DAY - HOUR), "TLS certificate expired 3 days ago"),
        ([HOST], (-30, -1.5 * HOUR), "TLS certificate expired 1 hour ago"),
        ([HOST], (2.5 * DAY, 90), "TLS certificate becomes valid in 2 days"),
    ],
)
def test_a_certificate_that_is_not_for_this_host_and_time(
    town: Town, names: list[str], days: tuple[float, float], words: str
) -> None:
    requests: list[bytes] = []

    def listen(connection: socket.socket, number: int) -> None:
        requests.append(connection.recv(65536))

    address = probed(town, town.front(listen, town.authority.server_context(names, days)))
    assert (address["verdict"], address["phase"]) == ("down", "tls")
    assert address["detail"] == words
    assert address["certificate_days"] == pytest.approx(days[1], abs=1.01)
    assert not any(requests), "nothing is sent to a server that was not verified"


def test_a_certificate_of_an_unknown_authority(town: Town) -> None:
    stranger = CertificateAuthority("Somebody else")
    address = probed(town, town.front(tls=stranger.server_context([HOST])))
    assert (address["phase"], address["cause"], address["certificate_days"]) == ("tls", "trust", None)
    assert address["detail"].startswith("TLS certificate is not trusted: ")


def test_the_systems_authorities_are_not_trusted_besides_an_own_one(town: Town, folder: Path) -> None:
    other = folder / "other.pem"
    other.write_bytes(CertificateAuthority("Somebody else").pem)
    assert probed(town, town.front(), ca_path=str(other))["phase"] == "tls"


def test_a_certificate_that_expires_soon(town: Town) -> None:
    server = town.front(tls=town.authority.server_context([HOST], (-1, 6.5)))
    assert probed(town, server)["clean"]
    address = probed(town, server, certificate_days=14)
    assert (address["phase"], address["certificate_days"]) == ("certificate", 6)
    assert address["detail"] == "TLS certificate expires in 6 days, expected at least 14"
    assert probed(town, server, certificate_days=6)["clean"]


def test_an_intermediate_that_expires_soon_counts(town: Town) -> None:
    middle = CertificateAuthority("Middle authority", town.authority, (-1, 6.5))
    address = probed(town, town.front(tls=middle.server_context([HOST])), certificate_days=14)
    assert (address["phase"], address["cause"]) == ("certificate", "certificate")
    assert address["detail"] == "TLS certificate's issuer Middle authority expires in 6 days, expected at least 14"
    assert address["certificate_days"] == 6
    assert [link["subject"] for link in address["certificate"]["chain"][:2]] == [HOST, "Middle authority"]


def test_an_intermediate_that_has_expired_is_named(town: Town) -> None:
    middle = CertificateAuthority("Middle authority", town.authority, (-30, -1))
    address = probed(town, town.front(tls=middle.server_context([HOST])))
    assert (address["phase"], address["cause"]) == ("tls", "certificate")
    assert address["detail"] == "TLS certificate's issuer Middle authority has expired"


def test_the_certificate_is_part_of_the_evidence(town: Town) -> None:
    found = probed(town, town.front(tls=town.authority.server_context([HOST, "example.com"], (-10, 90))))["certificate"]
    assert found["names"] == [HOST, "example.com"]
    assert found["issuer"] == "Throwaway authority of the tests"
    assert found["not_after"] - found["not_before"] == 100 * 86400
    assert found["lifetime_left"] == pytest.approx(0.9, abs=0.01)
    assert len(found["sha256"]) == 64
    assert found["chain_known"] == (sys.version_info >= (3, 10))


def test_the_answer_shows_when_it_was_given_by_whom_and_from_which_cache(town: Town) -> None:
    headers = "Date: Tue, 18 Nov 2025 11:32:04 GMT\r\nAge: 120\r\nCF-Cache-Status: HIT\r\nServer: cloudflare\r\n"
    address = probed(town, town.front(says(answer(headers=headers + "CF-Ray: 8a-FRA\r\n"))))
    assert (address["date"], address["age"]) == (1763465524, 120)
    assert address["received"] == pytest.approx(time.time(), abs=60)
    assert (address["cached"], address["cache"]) == (True, "age: 120, cf-cache-status: HIT")
    assert address["identity"] == {"server": "cloudflare", "cf-ray": "8a-FRA"}


@pytest.mark.parametrize("version", [f"3.{minor}" for minor in range(8, 15)])
def test_every_python_judges_alike(town: Town, version: str) -> None:
    """What a vantage sees must not depend on its Python: the newest refuses more certificates than browsers do."""
    command = find_python(version)
    if not command:
        pytest.skip(f"Python {version} is not on this machine")
    middle = CertificateAuthority("Middle authority", town.authority, (-1, 6.5))
    servers = {
        "no authority key": town.front(tls=town.authority.server_context([HOST], without=["authority_key"])),
        "common name only": town.front(tls=town.authority.server_context([HOST], without=["names"])),
        "middle": town.front(tls=middle.server_context([HOST])),
        "hints": town.front(says(b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer(headers="X-A: b\r\n" * 150))),
    }
    check = {"url": f"https://{HOST}/", "timeout": 10.0, "ca_path": town.ca_path}
    fronts = [{"name": name, "connect_to": [one.place]} for name, one in servers.items()]
    params = {"check": check, "controls": [], "probes": 1, "interval": 0.0, "tolerate": None, "down_at": None}
    given = {**params, "fronts": fronts}
    script = (
        f"import json, sys; sys.path.insert(0, {str(ROOT / '.collections')!r})\n"
        f"from {observe.__module__} import observe\n"
        f"from {read_fronts.__module__} import read_fronts\n"
        f"fronts = read_fronts({given!r}, lambda key, spec, value: value)\n"
        "print(json.dumps([one['addresses'][0] for one in observe(fronts, None)['fronts']]))"
    )
    done = subprocess.run([command, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    plain, old, middling, hints = json.loads(done.stdout)
    assert (plain["verdict"], hints["verdict"], middling["verdict"]) == ("up", "up", "up")
    assert old["detail"] == (
        f"TLS certificate has no subject alternative name, only the common name {HOST}; browsers refuse it for {HOST}"
    )
    known = middling["certificate"]["chain_known"]
    assert known == (int(version.partition(".")[2]) >= 10)
    assert middling["certificate_days"] in ([6] if known else [89, 90])


@pytest.mark.parametrize(
    ("talk", "words"),
    [
        pytest.param(says(answer(status=400)), "in the TLS handshake", id="speaks HTTP without TLS"),
        pytest.param(says(b""), "connection closed in the TLS handshake", id="closes"),
        pytest.param(resets, "connection reset by peer in the TLS handshake", id="resets"),
    ],
)
def test_a_handshake_that_fails(town: Town, talk: Talk, words: str) -> None:
    address = probed(town, town.plain(talk))
    assert (address["verdict"], address["phase"]) == ("down", "tls")
    assert words in address["detail"]


def test_a_slow_handshake_that_ends_in_time_is_good(town: Town) -> None:
    class Slow(Server):
        def _one(self, connection: socket.socket, number: int) -> None:
            time.sleep(0.2)
            super()._one(connection, number)

    server = Slow(says(answer()), town.good)
    address = probed(town, server)
    server.close()
    assert address["clean"]
    assert address["seconds"]["tls"] > 0.1


def test_nobody_listens(town: Town) -> None:
    url = f"https://{HOST}/"
    (front,), _controls = watched({"connect_to": [f"127.0.0.1:{unused_port()}"], "check": {"url": url}})
    (address,) = front["addresses"]
    assert (address["phase"], address["detail"]) == ("connect", "connection refused")
    assert front["reason"] == "1 of 1 address down: connection refused"


@given(st.binary(max_size=400), st.sampled_from([b"", OK, CHUNKED]))
@example(b"-a", CHUNKED)
@example(b"-" + b"f" * 30, CHUNKED)
def test_no_answer_whatsoever_crashes_a_probe(garbage: bytes, start: bytes) -> None:
    near, far = socket.socketpair()
    with far, Visit(Deadline(10)) as visit:
        visit._socket = near
        far.sendall(start + garbage)
        far.shutdown(socket.SHUT_WR)
        try:
            head = visit.ask(b"GET / HTTP/1.1\r\n\r\n")
            assert len(visit.read(head, "GET", 65536).data) <= len(garbage)
        except Failed as failure:
            assert visit.phase in ("status", "body")
            assert str(failure)


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        pytest.param(CHUNKED + b"-1\r\n", b"x" * 65536, id="a chunk of -1 bytes"),
        pytest.param(CHUNKED, b"1;" + b"x" * 9000 + b"\r\nx\r\n", id="more framing than content"),
        pytest.param(OK, b"X-Header: " + b"x" * 65536 + b"\r\n", id="headers"),
        pytest.param(OK, b"x" * 65536, id="one header"),
        pytest.param(b"", CONTINUE * 2000, id="interim answers"),
        pytest.param(OK + b"\r\n", b"x" * 65536, id="body"),
    ],
)
def test_an_endless_answer_does_not_fill_the_memory(town: Town, head: bytes, piece: bytes) -> None:
    sent: list[int] = []

    def floods(connection: socket.socket, number: int) -> None:
        connection.recv(65536)
        connection.sendall(head)
        while len(sent) < 1000:
            connection.sendall(piece)
            sent.append(number)

    probed(town, town.plain(floods), "http", contains="x")
    assert len(sent) < 1000


def test_a_bomb_is_unpacked_only_as_far_as_it_is_read(town: Town) -> None:
    bomb = gzip.compress(b"\0" * 200_000_000, compresslevel=9)
    server = town.plain(says(answer(bomb, headers="Content-Encoding: gzip\r\n")))
    tracemalloc.start()
    try:
        probed(town, server, "http", contains="x")
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000


def test_a_host_without_files_to_open_blames_no_front(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*arguments: object) -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "socket", exhausted)
    monkeypatch.setattr(addresses, "_no_route", lambda address: "")
    with pytest.raises(Exhausted, match="Too many open files"):
        watched({"connect_to": ["127.0.0.1"], "check": {"url": f"http://{HOST}/"}})


def test_a_host_without_threads_to_start_blames_no_front(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", exhausted)
    with pytest.raises(Exhausted, match="can't start new thread"):
        watched({"connect_to": ["127.0.0.1"], "check": {"url": f"http://{HOST}/"}})


# Several tries


def by_turns(*good: bool) -> Talk:
    """The n-th connection is answered well if the n-th of these says so."""

    def talk(connection: socket.socket, number: int) -> None:
        says(answer(status=200 if good[number % len(good)] else 500))(connection, number)

    return talk


def test_tries_end_when_the_verdict_is_settled(town: Town) -> None:
    cases = {
        (True,): ("up", 0, True),
        (False,): ("down", 4, False),
        (True, False): ("degraded", 2, False),
        (False, True, True, True, True): ("up", 1, False),
        (False, False, True, True, True): ("degraded", 2, False),
        (False, False, False, True, False): ("down", 4, False),
    }
    check = {"url": f"https://{HOST}/", "ca_path": town.ca_path, "timeout": 10.0}
    servers = [town.front(by_turns(*good)) for good in cases]
    fronts, _controls = watched(*[{"connect_to": [one.place]} for one in servers], check=check, probes=5, interval=0.1)
    for (good, expected), front in zip(cases.items(), fronts, strict=True):
        (address,) = front["addresses"]
        assert (front["verdict"], address["bad"], front["clean"]) == expected
        assert front["clean"] == address["clean"]
        assert address["tries"] == 4 or len(good) == 5, "the fifth could change nothing"
        assert (address["status"] == 500) == (address["bad"] > 0)


def test_errors_are_the_fronts_own_where_it_answers_them_as_who_it_is(town: Town) -> None:
    """Neither what a bad way there may cause, nor what this host alone gets to hear, nor what nobody has signed."""
    challenge = answer(b"<script src=/cdn-cgi/challenge-platform/x>", status=503)
    cases = {
        town.front(says(answer(status=503))).place: ("https", 4),
        town.front(by_turns(False, True, False, True, True)).place: ("https", 2),
        town.front(says(answer(status=404))).place: ("https", 0),
        town.front(says(answer(b"other words", status=200))).place: ("https", 0),
        town.front(says(challenge)).place: ("https", 0),
        town.front(says(b"")).place: ("https", 0),
        town.front(says(answer(status=503)), town.authority.server_context(["stranger.example"])).place: ("https", 0),
        town.plain(says(answer(status=503))).place: ("http", 0),
    }
    fronts, _controls = watched(
        *[
            {"connect_to": [place], "check": {"url": f"{scheme}://{HOST}/", "contains": "all is well"}}
            for place, (scheme, _errors) in cases.items()
        ],
        check={"ca_path": town.ca_path, "timeout": 10.0},
        probes=5,
        interval=0.1,
    )
    found = [one["addresses"][0]["server_errors"] for one in fronts]
    assert found == [errors for _scheme, errors in cases.values()]


def test_tries_start_on_time_even_if_one_hangs(town: Town) -> None:
    """Four tries of a second each are over long before four seconds."""
    check = {"url": f"https://{HOST}/", "ca_path": town.ca_path, "timeout": 1.0}
    begun = time.monotonic()
    (front,), _controls = watched({"connect_to": [town.plain(never).place], "check": check}, probes=4, interval=0.1)
    assert (front["verdict"], front["addresses"][0]["tries"]) == ("down", 4)
    assert time.monotonic() - begun < 3.5


# Several addresses


def test_a_front_with_one_bad_address_is_degraded(town: Town) -> None:
    good, bad = town.front(), town.front(says(answer(status=502)))
    check = {"url": f"https://{HOST}/", "ca_path": town.ca_path, "timeout": 10.0}
    fronts, _controls = watched(
        {"connect_to": [good.place, bad.place]}, {"connect_to": [good.place]}, {"connect_to": [bad.place]}, check=check
    )
    assert [front["verdict"] for front in fronts] == ["degraded", "up", "down"]
    assert [front["clean"] for front in fronts] == [False, True, False]
    assert fronts[0]["reason"] == "1 of 2 addresses down, 1 up: status 502, expected 200"
    assert [one["verdict"] for one in fronts[0]["addresses"]] == ["up", "down"]


def test_ipv6_is_probed_too(town: Town) -> None:
    try:
        six = town.front(address="::1")
    except OSError as error:
        pytest.skip(f"no IPv6 on loopback: {error}")
    check = {"url": f"https://{HOST}/", "ca_path": town.ca_path, "timeout": 10.0}
    both = [town.front().place, six.place]
    fronts, _controls = watched({"connect_to": both}, {"connect_to": both, "check": {"family": "4"}}, check=check)
    assert [one["address"] for one in fronts[0]["addresses"]] == ["127.0.0.1", "::1"]
    assert fronts[0]["clean"]
    assert [one["address"] for one in fronts[1]["addresses"]] == ["127.0.0.1"]
    assert [one["address"] for one in fronts[1]["left_out"]] == ["::1"]
    assert fronts[1]["clean"]


def test_a_family_without_a_route_is_left_out(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "_no_route", lambda address: "no route" if ":" in address else "")
    check = {"url": f"https://{HOST}/", "ca_path": town.ca_path, "timeout": 10.0}
    fronts, _controls = watched(
        {"connect_to": [town.front().place, "2001:db8::1"]}, {"connect_to": ["2001:db8::1"]}, check=check
    )
    assert (fronts[0]["verdict"], fronts[0]["clean"]) == ("up", True)
    assert fronts[0]["left_out"] == [{"address": "2001:db8::1", "reason": "no route"}]
    assert (fronts[1]["verdict"], fronts[1]["clean"], fronts[1]["addresses"]) == ("unknown", False, [])
    assert fronts[1]["reason"] == "no address can be probed from here: no route"


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_a_host_without_a_network_leaves_out_every_address(address: str) -> None:
    """In a network namespace of its own a process has no route at all, not even to itself."""
    alone = ["unshare", "--net", "--map-root-user"]
    if not shutil.which("unshare") or subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let us make a network namespace")
    script = (
        f"import sys; sys.path[:] = {sys.path!r}\n"
        f"from {addresses.__name__} import addresses_of\n"
        f"from {Deadline.__module__} import Deadline\n"
        f"print(addresses_of({address!r}, 'both', None, Deadline(5)))"
    )
    done = subprocess.run([*alone, sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert "probed=[]" in done.stdout
    assert "route from here (" in done.stdout


def test_an_address_with_a_route_is_probed() -> None:
    assert addresses.addresses_of("127.0.0.1", "both", None, Deadline(5)) == (["127.0.0.1"], [])


# Controls


def test_a_vantage_that_reaches_no_control_does_not_know(town: Town) -> None:
    dead = f"127.0.0.1:{unused_port()}"
    check = {"url": f"https://{HOST}/", "ca_path": town.ca_path, "timeout": 10.0}
    (front,), controls = watched({"connect_to": [dead]}, check=check, controls=[dead])
    assert front["verdict"] == "unknown"
    assert front["reason"].startswith("none of the controls can be reached from here either; 1 of 1 address down")
    assert controls == [{"control": dead, "reachable": False, "detail": "127.0.0.1: connection refused"}]


def test_one_control_that_is_reached_is_enough(town: Town) -> None:
    def takes_its_time(connection: socket.socket, number: int) -> None:
        time.sleep(0.2)
        says(answer())(connection, number)

    dead, server = f"127.0.0.1:{unused_port()}", town.plain(takes_its_time)
    alive = f"http://{server.place}/"
    check = {"url": f"https://{HOST}/", "ca_path": town.ca_path, "timeout": 10.0}
    fronts, controls = watched({"connect_to": [dead]}, {"connect_to": [dead]}, check=check, controls=[dead, alive])
    assert [front["verdict"] for front in fronts] == ["down", "down"]
    assert {one["control"]: one["reachable"] for one in controls} == {dead: False, alive: True}
    assert server.connections == 1, "each control is asked once"


def test_no_control_is_asked_when_all_is_well(town: Town) -> None:
    control = town.plain()
    check = {"url": f"https://{HOST}/", "ca_path": town.ca_path, "timeout": 10.0}
    (front,), controls = watched({"connect_to": [town.front().place]}, check=check, controls=[control.place])
    assert (front["verdict"], controls, control.connections) == ("up", [], 0)


@pytest.mark.parametrize(
    ("scheme", "talk", "host", "reachable", "words"),
    [
        ("http", says(answer(status=503)), "127.0.0.1", True, "answers with status 503"),
        ("http", says(b"nonsense\r\n\r\n"), "127.0.0.1", False, "not HTTP"),
        ("https", says(answer(status=301)), "127.0.0.1", True, "answers with status 301"),
        ("https", says(answer()), "localhost", False, "not for localhost"),
        ("http", says(answer()), "no-such-host.invalid", False, "does not resolve"),
    ],
)
def test_a_url_as_control_must_be_answered(
    town: Town, scheme: str, talk: Talk, host: str, reachable: bool, words: str
) -> None:
    tls = town.authority.server_context(["127.0.0.1"])
    server = town.front(talk, tls) if scheme == "https" else town.plain(talk)
    dead = f"127.0.0.1:{unused_port()}"
    url = f"{scheme}://{host}:{server.port}/"
    check = {"url": f"https://{HOST}/", "ca_path": town.ca_path}
    (front,), (control,) = watched({"connect_to": [dead]}, check=check, controls=[url])
    assert control["reachable"] == reachable
    assert words in control["detail"] or not reachable
    assert front["verdict"] == ("down" if reachable else "unknown")


# Resolving


@pytest.fixture
def resolver() -> Iterator[Callable[..., tuple[str, int]]]:
    servers: list[NameServer] = []

    def start(reply: Callable[[dns.message.Message, bool], bytes | None]) -> tuple[str, int]:
        servers.append(NameServer(reply))
        return servers[-1].address

    yield start
    for server in servers:
        server.close()


Start = Callable[..., tuple[str, int]]
FRONT = "front.example.net."


def failing(question: dns.message.Message, rcode: str = "SERVFAIL") -> bytes:
    reply = dns.message.make_response(question)
    reply.set_rcode(dns.rcode.from_text(rcode))
    return reply.to_wire()


def kind_of(question: dns.message.Message) -> str:
    return dns.rdatatype.to_text(question.question[0].rdtype)


def target(town: Town, server: Server, **check: Any) -> dict[str, Any]:
    """A front at this server's port, at whatever addresses its name has."""
    url = f"https://{HOST}:{server.port}/"
    return {"target": FRONT, "check": {"url": url, "ca_path": town.ca_path, "timeout": 10.0, **check}}


def test_all_addresses_of_a_name_are_probed(town: Town, resolver: Start) -> None:
    def reply(question: dns.message.Message, over_tcp: bool) -> bytes:
        return with_address(question, {"A": "127.0.0.1", "AAAA": "::1"}[kind_of(question)]).to_wire()

    server = town.front()
    (front,), _controls = watched(target(town, server), resolver=resolver(reply))
    assert [(one["address"], one["port"]) for one in front["addresses"]] == [
        ("127.0.0.1", server.port),
        ("::1", server.port),
    ]
    assert front["addresses"][0]["clean"]
    assert front["addresses"][0]["seconds"]["resolve"] > 0


def test_of_a_crowd_of_addresses_a_few_are_probed(town: Town, resolver: Start) -> None:
    """Thousands would take so much of this host that other fronts seem to be slow."""

    def reply(question: dns.message.Message, over_tcp: bool) -> bytes:
        message = dns.message.make_response(question)
        if kind_of(question) == "A":
            values = [f"127.0.0.{number}" for number in range(1, 28)]
            message.answer.append(dns.rrset.from_text(question.question[0].name, 60, "IN", "A", *values))
        return message.to_wire()

    (front,), _controls = watched(target(town, town.front()), resolver=resolver(reply))
    assert len(front["addresses"]) == 16
    assert {"address": FRONT, "reason": "only 16 of its 27 IPv4 addresses are probed"} in front["left_out"]


def test_a_name_that_does_not_exist_is_down(town: Town, resolver: Start) -> None:
    address = resolver(lambda question, tcp: failing(question, "NXDOMAIN"))
    (front,), _controls = watched(target(town, town.front()), resolver=address, probes=2)
    assert (front["verdict"], front["clean"]) == ("down", False)
    assert front["reason"] == "1 of 1 address down: front.example.net. does not resolve: NXDOMAIN"
    (name,) = front["addresses"]
    assert (name["address"], name["phase"], name["tries"]) == ("front.example.net.", "resolve", 2)
    assert (name["cause"], front["cause"]) == ("name", "name")


def test_a_name_that_resolves_at_the_second_try_has_one_bad_try(town: Town, resolver: Start) -> None:
    asked = []

    def reply(question: dns.message.Message, over_tcp: bool) -> bytes:
        asked.append(question)
        return failing(question) if len(asked) == 1 else with_address(question, "127.0.0.1").to_wire()

    (front,), _controls = watched(
        target(town, town.front(), family="4"), resolver=resolver(reply), probes=5, interval=0.3
    )
    (address,) = front["addresses"]
    assert (address["address"], address["verdict"], address["clean"]) == ("127.0.0.1", "up", False)
    assert (address["tries"], address["bad"], address["phase"]) == (5, 1, "resolve")
    assert len(asked) == 2, "once it resolved, its addresses stay"


def test_fronts_behind_one_name_ask_for_it_once_a_try(town: Town, resolver: Start) -> None:
    asked = []

    def reply(question: dns.message.Message, over_tcp: bool) -> bytes:
        asked.append(question)
        return failing(question) if len(asked) == 1 else with_address(question, "127.0.0.1").to_wire()

    named = target(town, town.front(), family="4")
    fronts, _controls = watched(named, named, named, resolver=resolver(reply), probes=5, interval=0.3)
    assert [(one["verdict"], one["addresses"][0]["tries"], one["addresses"][0]["bad"]) for one in fronts] == [
        ("up", 5, 1)
    ] * 3
    assert len(asked) == 2


def test_a_try_includes_the_time_to_resolve(town: Town, resolver: Start) -> None:
    def reply(question: dns.message.Message, over_tcp: bool) -> bytes:
        time.sleep(0.2)
        return with_address(question, "127.0.0.1").to_wire()

    (front,), _controls = watched(target(town, town.front(), family="4"), resolver=resolver(reply))
    seconds = front["addresses"][0]["seconds"]
    assert seconds["total"] > seconds["resolve"] > 0.15


def test_a_name_that_resolves_too_late_changes_nothing(
    town: Town, resolver: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first question is answered after the second one has settled the verdict, while another front still runs."""
    monkeypatch.setattr(stub_resolver, "_REPEAT", 0.3)
    asked = []

    def reply(question: dns.message.Message, over_tcp: bool) -> bytes | None:
        asked.append(question.id)
        if question.id != asked[0]:
            return failing(question)
        return with_address(question, "127.0.0.1").to_wire() if set(asked) != {question.id} else None

    named = target(town, town.front(), family="4")
    slow = {"connect_to": [town.front(never).place], "check": {**named["check"], "timeout": SHORT}, "probes": 1}
    (front, _slow), _controls = watched(named, slow, resolver=resolver(reply), probes=2, down_at=1, interval=0.05)
    (address,) = front["addresses"]
    assert (front["verdict"], address["address"], address["tries"]) == ("down", FRONT, 1)


@pytest.mark.parametrize("silent", [True, False])
def test_a_family_that_cannot_be_looked_up_does_not_hide_the_other(town: Town, resolver: Start, silent: bool) -> None:
    def reply(question: dns.message.Message, over_tcp: bool) -> bytes | None:
        if kind_of(question) == "A":
            return with_address(question, "127.0.0.1").to_wire()
        return None if silent else failing(question)

    (front,), _controls = watched(target(town, town.front(), timeout=2.0), resolver=resolver(reply))
    assert front["clean"]
    (left_out,) = front["left_out"]
    assert left_out["reason"].startswith("its IPv6 addresses are unknown: ")


def test_a_resolver_that_is_not_there_is_named(town: Town) -> None:
    port = unused_port()
    (front,), _controls = watched(target(town, town.front(), timeout=1.0), resolver=("127.0.0.1", port))
    assert front["verdict"] == "down"
    assert f"127.0.0.1 port {port}: connection refused" in front["reason"].lower()
    assert front["cause"] == "resolver"


@pytest.mark.parametrize(("rcode", "cause"), [("SERVFAIL", "lookup"), ("REFUSED", "resolver"), ("NXDOMAIN", "name")])
def test_what_the_resolver_lacks_is_told_from_what_the_name_lacks(
    town: Town, resolver: Start, rcode: str, cause: str
) -> None:
    address = resolver(lambda question, tcp: failing(question, rcode))
    (front,), _controls = watched(target(town, town.front()), resolver=address)
    assert front["cause"] == cause


def test_a_resolver_of_the_system_that_is_not_an_address_is_named(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def unanswered(*arguments: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", unanswered)
    monkeypatch.setattr(resolv_conf, "fault", lambda: resolv_conf.fault_of("nameserver localhost"))
    (front,), _controls = watched({"target": FRONT, "check": {"url": f"https://{HOST}/"}})
    assert front["cause"] == "resolver"
    assert "Temporary failure in name resolution; 'nameserver localhost' in /etc/resolv.conf" in front["reason"]


def test_a_host_without_authorities_says_so(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that the front is down: it may be that every front looks down from here."""
    stranger = CertificateAuthority("Somebody else").pem.decode()
    monkeypatch.setattr(trust, "_strict", lambda ca_path: ssl.create_default_context(cadata=stranger))
    monkeypatch.setattr(trust, "missing_authorities", lambda ca_path: "this host has no certificate authorities")
    address = probed(town, town.front())
    assert (address["phase"], address["cause"]) == ("tls", "trust")
    assert address["detail"].endswith("; this host has no certificate authorities")


def test_the_systems_resolver_is_asked_if_no_other_is_named(town: Town) -> None:
    server = town.front()
    place = {"connect_to": [f"localhost:{server.port}"], "check": {"url": f"https://{HOST}/", "ca_path": town.ca_path}}
    (front,), _controls = watched(place)
    assert "127.0.0.1" in [one["address"] for one in front["addresses"] if one["clean"]]


def test_a_system_resolver_that_hangs_costs_no_more_than_the_timeout(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments: time.sleep(20))
    begun = time.monotonic()
    (front,), _controls = watched({"target": FRONT, "check": {"url": f"https://{HOST}/", "timeout": 0.3}})
    assert "does not resolve: no answer in time" in front["reason"]
    assert front["cause"] == "resolver"
    assert time.monotonic() - begun < 8
