# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's faults that begin with a write, and its fronts over IPv6."""

from __future__ import annotations

import http.client
import socket
import ssl

import pytest
import requests
from support.lab_api import ZONE, CloudflareCaller
from twinzone_lab.client import LabClient
from twinzone_lab.process import LabError

RECORD = {"name": "new", "type": "A", "content": "192.0.2.1", "ttl": 60}

#: What a request meets that gets no answer, in the words of the fault.
NO_ANSWER = (requests.ConnectionError, requests.Timeout)


def read(cloudflare: CloudflareCaller) -> int | None:
    """Read the records; the answer's status, or None when there is no answer."""
    return _status(cloudflare, "GET")


def write(cloudflare: CloudflareCaller) -> int | None:
    """Create the record; the answer's status, or None when there is no answer."""
    return _status(cloudflare, "POST")


def _status(cloudflare: CloudflareCaller, method: str) -> int | None:
    url = f"{cloudflare.base}/zones/{cloudflare.zone}/dns_records"
    try:
        body = RECORD if method == "POST" else None
        return cloudflare.session.request(method, url, json=body, timeout=(2, 0.5)).status_code
    except NO_ANSWER:
        return None


def created(lab: LabClient) -> bool:
    return any(record["name"] == f"new.{ZONE}" for record in lab.zone("cloudflare", ZONE))


FAULTS = {"502": 502, "401": 401, "hang": None, "refuse": None, "expired_certificate": None}


@pytest.mark.parametrize(
    ("fault", "status", "since", "committed"),
    [(fault, status, *moment) for fault, status in FAULTS.items() for moment in (("write", False), ("answer", True))]
    + [("hang_tls", None, "answer", True)],
)
def test_all_is_well_until_the_write(
    lab: LabClient, cloudflare: CloudflareCaller, fault: str, status: int | None, since: str, committed: bool
) -> None:
    lab.break_("cloudflare_api", fault, since=since)
    assert read(cloudflare) == 200
    assert write(cloudflare) == status
    assert created(lab) is committed
    assert read(cloudflare) == status
    assert write(cloudflare) == status
    assert created(lab) is committed, "what comes later is not carried out in any case"
    lab.repair()
    assert read(cloudflare) == 200


def test_it_counts_from_the_write_on(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    lab.break_("cloudflare_api", "502", since="write", count=2)
    seen = [read(cloudflare), read(cloudflare), write(cloudflare), read(cloudflare), read(cloudflare)]
    assert seen == [200, 200, 502, 502, 200]


def test_a_port_that_closes_with_a_write_is_closed(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    lab.break_("cloudflare_api", "refuse", since="write")
    host = lab.info["providers"]["cloudflare"]["api_url"].split("/")[2].split(":")
    socket.create_connection((host[0], int(host[1])), timeout=5).close()
    assert write(cloudflare) is None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host[0], int(host[1])), timeout=5)


@pytest.mark.parametrize(
    ("part", "fault", "since", "words"),
    [("cloudflare_api", "hang", "noon", "none of write, answer"), ("desec_ns", "silent", "write", "no HTTP method")],
)
def test_moments_that_do_not_exist(lab: LabClient, part: str, fault: str, since: str, words: str) -> None:
    with pytest.raises(LabError, match=words):
        lab.break_(part, fault, since=since)


@pytest.mark.parametrize("front", ["cloudflare", "bunny"])
def test_fronts_over_ipv6(lab: LabClient, front: str) -> None:
    if front not in lab.info["fronts_ipv6"]:
        pytest.skip("this machine has no IPv6")
    address, _unused, port = lab.info["fronts_ipv6"][front].rpartition(":")

    def fetch() -> bytes:
        context = ssl.create_default_context(cafile=lab.info["ca"])
        with (
            socket.create_connection((address.strip("[]"), int(port)), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=f"www.{ZONE}") as tls,
        ):
            tls.sendall(f"GET /health HTTP/1.1\r\nHost: www.{ZONE}\r\nConnection: close\r\n\r\n".encode())
            response = http.client.HTTPResponse(tls)
            response.begin()
            return response.read()

    assert fetch() == b"ok\n"
    lab.break_(f"front_{front}/::1", "refuse")
    with pytest.raises(ConnectionRefusedError):
        fetch()
    lab.repair()
    assert fetch() == b"ok\n", "it listens at the same port again"
