# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What visitors see: the site is fetched with curl, or, where that is not installed, by the same request."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
import subprocess
from collections.abc import Mapping
from pathlib import Path

from twinzone_lab.client import LabClient

from . import name_servers, screen
from .name_servers import NAME
from .screen import Astray

_CURL = shutil.which("curl")
_SECONDS = 10
_TITLES = {"cloudflare": "Cloudflare", "desec": "deSEC"}
_SERVERS = {"cloudflare": "cloudflare", "bunny": "BunnyCDN-LAB"}


def show(lab: LabClient, served: Mapping[str, str], dead: str) -> None:
    """Fetch the site as one visitor of each provider's name servers, and print what each one sees.

    served: provider → front that its name servers must lead to. dead: the front that must not answer; empty for none.
    Raises `Astray` where a visitor sees something else.
    """
    for provider, front in served.items():
        address, server = name_servers.address_of(lab, provider)
        port = lab.info["front_port"]
        who = f"a visitor whose resolver asks {_TITLES[provider]} ({server})"
        screen.note(f"What {who} sees:")
        screen.command(f"curl --resolve {NAME}:{port}:{address} https://{NAME}:{port}/")
        seen = _by_curl(lab, address, port) if _CURL else _by_python(lab, address, port)
        screen.line(f"    {seen}")
        if seen.startswith("HTTP/1.1 200") != (front != dead) or (front != dead and _SERVERS[front] not in seen):
            wanted = "nothing" if front == dead else f"the page from {front}"
            raise Astray(f"{who} sees {seen!r} in place of {wanted}")


def _by_curl(lab: LabClient, address: str, port: int) -> str:
    place = f"{NAME}:{port}"
    words = [str(_CURL), "-sS", "--noproxy", "*", "--max-time", str(_SECONDS), "--cacert", str(lab.info["ca"])]
    words += ["--resolve", f"{place}:{address}", "--dump-header", "-", "--output", "/dev/null", f"https://{place}/"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        return done.stderr.strip()
    status, *headers = done.stdout.splitlines()
    return ", ".join([status.strip(), *(line.strip() for line in headers if line.lower().startswith("server:"))])


def _by_python(lab: LabClient, address: str, port: int) -> str:
    context = ssl.create_default_context(cadata=Path(lab.info["ca"]).read_text())
    try:
        with (
            socket.create_connection((address, port), _SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=NAME) as secured,
        ):
            secured.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}:{port}\r\nConnection: close\r\n\r\n".encode())
            answer = http.client.HTTPResponse(secured)
            answer.begin()
            return f"HTTP/1.1 {answer.status} {answer.reason}, Server: {answer.headers['Server']}"
    except OSError as error:
        return f"no answer: {error}"
