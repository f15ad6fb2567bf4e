# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real name servers on loopback: Knot, BIND and PowerDNS, each primary for a zone that another one copies.

They run without privileges, on free ports, from configuration files of their own, and end with the `with` block.
"""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dns.exception
import dns.message
import dns.query
import dns.rcode
from twinzone_lab.third import knot as lab_knot
from twinzone_lab.third.knot import ALGORITHM, KEY_NAME, program, zone_file

ADDRESS = "127.0.0.1"
SERVERS = ("ns1.example.net", "ns2.example.net")
SECRET = "bm90IGEgc2VjcmV0LCBvbmx5IGZvciB0ZXN0cyBvbiBsbw=="
API_KEY = "only-for-tests-on-loopback"

_SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")

#: Seconds that a server may take to answer for its zone; a machine may be busy.
_START = 60.0


def missing() -> str:
    """Which of the servers are not installed, in words; empty when all are."""
    wanted = {"knotd": "knot", "named": "bind9", "pdns_server": "pdns-server", "pdnsutil": "pdns-server"}
    packages = {package for name, package in wanted.items() if program(name) is None}
    if not _SCHEMA.exists():
        packages.add("pdns-backend-sqlite3")
    return f"not installed here: {', '.join(sorted(packages))}" if packages else ""


@dataclass(frozen=True)
class RealServer:
    """A running server. api_url: of PowerDNS, else empty."""

    port: int
    api_url: str = ""

    @property
    def endpoint(self) -> str:
        return f"{ADDRESS}:{self.port}"


@dataclass(frozen=True)
class Place:
    """Where a server runs: its folder, its port, the port of the other one, and the zone."""

    folder: Path
    port: int
    other: int
    zone: str


def free_port() -> int:
    """A port that is free for both UDP and TCP."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind((ADDRESS, 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            return int(tcp.getsockname()[1])


def knot(place: Place, primary: bool) -> tuple[list[str], dict[str, str]]:
    """Knot's command, and its files by name."""
    there = lab_knot.Place(
        place.folder, ADDRESS, place.port, ADDRESS, place.other, [place.zone], SECRET, is_primary=primary
    )
    return there.command(), there.files(SERVERS)


_BIND = """
key "{key}" {{ algorithm {algorithm}; secret "{secret}"; }};
controls {{ }};
options {{
  directory "{folder}"; pid-file "{folder}/named.pid"; session-keyfile "{folder}/session.key";
  lock-file none; managed-keys-directory "{folder}";
  listen-on port {port} {{ {address}; }}; listen-on-v6 {{ none; }};
  recursion no; dnssec-validation no; notify-delay 0; allow-transfer {{ key {key}; {address}; }};
}};
zone "{zone}" {{ file "{folder}/{zone}.zone"; {role} }};
"""


def bind(place: Place, primary: bool) -> tuple[list[str], dict[str, str]]:
    """BIND's command, and its files by name."""
    if primary:
        role = (
            f"type primary; allow-update {{ key {KEY_NAME}; }}; notify explicit; "
            f"also-notify {{ {ADDRESS} port {place.other}; }};"
        )
    else:
        role = f"type secondary; primaries {{ {ADDRESS} port {place.other}; }}; notify no;"
    conf = _BIND.format(address=ADDRESS, key=KEY_NAME, algorithm=ALGORITHM, secret=SECRET, role=role, **vars(place))
    files = (
        {"named.conf": conf, f"{place.zone}.zone": zone_file(place.zone, SERVERS)} if primary else {"named.conf": conf}
    )
    return [program("named") or "named", "-g", "-c", str(place.folder / "named.conf")], files


def _powerdns(place: Place, web_port: int) -> tuple[list[str], dict[str, str]]:
    """PowerDNS' command as a primary, and its files by name."""
    options = {
        "launch": "gsqlite3",
        "gsqlite3-database": place.folder / "pdns.sqlite3",
        "local-address": ADDRESS,
        "local-port": place.port,
        # Where it is started: the path of a socket must be short.
        "socket-dir": ".",
        "api": "yes",
        "api-key": API_KEY,
        "webserver": "yes",
        "webserver-address": ADDRESS,
        "webserver-port": web_port,
        "webserver-allow-from": ADDRESS,
        "primary": "yes",
        "also-notify": f"{ADDRESS}:{place.other}",
        "only-notify": "",
        "allow-axfr-ips": ADDRESS,
        "dnsupdate": "yes",
        "allow-dnsupdate-from": ADDRESS,
        "cache-ttl": 0,
        "query-cache-ttl": 0,
        "negquery-cache-ttl": 0,
        "zone-cache-refresh-interval": 0,
    }
    conf = "".join(f"{name}={value}\n" for name, value in options.items())
    command = [program("pdns_server") or "pdns_server", f"--config-dir={place.folder}", "--daemon=no", "--guardian=no"]
    return command, {"pdns.conf": conf}


def call(url: str, method: str, body: Mapping[str, Any] | None = None) -> None:
    """A request of PowerDNS' API, by hand."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"X-API-Key": API_KEY, "Content-Type": "application/json"}
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=10):
        pass


@contextmanager
def _running(command: list[str], folder: Path, files: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _until(process: subprocess.Popen[bytes], folder: Path, is_ready: Callable[[], bool]) -> None:
    end = time.monotonic() + _START
    while not is_ready():
        running = process.poll() is None
        assert running and time.monotonic() < end, (folder / "log").read_text(errors="replace")[-2000:]
        time.sleep(0.05)


def ask(port: int, name: str, rdtype: str) -> dns.message.Message | None:
    """The answer of a server; None when it gives none."""
    try:
        return dns.query.tcp(dns.message.make_query(name, rdtype), ADDRESS, port=port, timeout=5)
    except (OSError, EOFError, dns.exception.DNSException):
        return None


def _serves(port: int, zone: str) -> bool:
    answer = ask(port, zone, "SOA")
    return answer is not None and answer.rcode() == dns.rcode.NOERROR and bool(answer.answer)


@contextmanager
def pair(kind: str, folder: Path, zone: str) -> Iterator[tuple[RealServer, RealServer]]:
    """A primary of this kind (knot, bind, powerdns) and a secondary of another kind that copies its zone."""
    first, second, web = free_port(), free_port(), free_port()
    # Short names, as Knot makes a socket there, whose path may have 107 characters.
    at, copy = Place(folder / "1", first, second, zone), Place(folder / "2", second, first, zone)
    with ExitStack() as stack:
        if kind == "powerdns":
            primary = stack.enter_context(_started_powerdns(at, web))
        else:
            command, files = {"knot": knot, "bind": bind}[kind](at, True)
            process = stack.enter_context(_running(command, at.folder, files))
            _until(process, at.folder, lambda: _serves(first, zone))
            primary = RealServer(first)
        command, files = (bind if kind == "knot" else knot)(copy, False)
        process = stack.enter_context(_running(command, copy.folder, files))
        _until(process, copy.folder, lambda: _serves(second, zone))
        yield primary, RealServer(second)


@contextmanager
def _started_powerdns(place: Place, web_port: int) -> Iterator[RealServer]:
    place.folder.mkdir()
    with sqlite3.connect(place.folder / "pdns.sqlite3") as database:
        database.executescript(_SCHEMA.read_text())
    database.close()
    command, files = _powerdns(place, web_port)
    api_url = f"http://{ADDRESS}:{web_port}/api/v1"

    def has_api() -> bool:
        try:
            call(f"{api_url}/servers/localhost", "GET")
        except OSError:
            return False
        return True

    with _running(command, place.folder, files) as process:
        _until(process, place.folder, has_api)
        zones = f"{api_url}/servers/localhost/zones"
        servers = [f"{server}." for server in SERVERS]
        call(
            zones,
            "POST",
            {"name": f"{place.zone}.", "kind": "Master", "nameservers": servers, "soa_edit_api": "DEFAULT"},
        )
        keys = {"name": KEY_NAME, "algorithm": ALGORITHM, "key": SECRET}
        call(f"{api_url}/servers/localhost/tsigkeys", "POST", keys)
        # The API does not take these.
        for meta in ("TSIG-ALLOW-AXFR", "TSIG-ALLOW-DNSUPDATE"):
            tool = [program("pdnsutil") or "pdnsutil", f"--config-dir={place.folder}"]
            subprocess.run([*tool, "set-meta", place.zone, meta, KEY_NAME], check=True, capture_output=True)
        call(f"{zones}/{place.zone}./metadata", "POST", {"kind": "NOTIFY-DNSUPDATE", "metadata": ["1"]})
        _until(process, place.folder, lambda: _serves(place.port, place.zone))
        yield RealServer(place.port, api_url)
