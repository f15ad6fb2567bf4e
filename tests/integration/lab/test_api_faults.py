# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault of an API does what its name says, and can be repaired."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from urllib.parse import urlsplit

import pytest
import requests
from support.lab_api import TIMEOUT, ZONE, CloudflareCaller, DesecCaller
from support.lab_dns import ask, servers, soon, texts
from twinzone_lab.client import LabClient
from twinzone_lab.process import LabError

RECORD = {"name": "new", "type": "A", "content": "192.0.2.1", "ttl": 60}


def create(cloudflare: CloudflareCaller, timeout: float = 5) -> requests.Response:
    """Try to create a record, whatever comes back; `timeout` is for the answer only."""
    url = f"{cloudflare.base}/zones/{cloudflare.zone}/dns_records"
    return cloudflare.session.post(url, json=RECORD, timeout=(TIMEOUT, timeout))


def created(lab: LabClient) -> bool:
    """Whether the record is there, by asking behind the API's back."""
    return any(record["name"] == f"new.{ZONE}" for record in lab.zone("cloudflare", ZONE))


@pytest.mark.parametrize(
    ("fault", "status", "committed"),
    [
        ("500", 500, False),
        ("500_after_commit", 500, True),
        ("502", 502, False),
        ("503", 503, False),
        ("429_bare", 429, False),
    ],
)
def test_html_errors(lab: LabClient, cloudflare: CloudflareCaller, fault: str, status: int, committed: bool) -> None:
    lab.break_("cloudflare_api", fault)
    response = create(cloudflare)
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("text/html")
    assert "Retry-After" not in response.headers
    assert created(lab) is committed
    assert lab.repair() == ["cloudflare_api"]
    assert create(cloudflare).status_code == (400 if committed else 200)


@pytest.mark.parametrize(("fault", "code"), [("401", 10000), ("403", 9109), ("429", 10100)])
def test_refusals_in_the_words_of_cloudflare(
    lab: LabClient, cloudflare: CloudflareCaller, fault: str, code: int
) -> None:
    lab.break_("cloudflare_api", fault)
    response = cloudflare.call("POST", "dns_records", RECORD)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (int(fault), code)
    assert not created(lab)


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        ("401", "Invalid token."),
        ("403", "You do not have permission to perform this action."),
        ("429", "Request was throttled. Expected available in 7 seconds."),
    ],
)
def test_refusals_in_the_words_of_desec(lab: LabClient, desec: DesecCaller, fault: str, detail: str) -> None:
    lab.break_("desec_api", fault, **({"retry_after": 7} if fault == "429" else {}))
    response = desec.call("GET")
    assert (response.status_code, response.json()) == (int(fault), {"detail": detail})
    assert response.headers.get("Retry-After") == ("7" if fault == "429" else None)


def test_truncated_and_wrong_json(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    lab.break_("cloudflare_api", "truncated")
    response = create(cloudflare)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    with pytest.raises(requests.exceptions.JSONDecodeError):
        response.json()
    assert created(lab)
    lab.break_("cloudflare_api", "wrong_json")
    response = create(cloudflare)
    assert (response.status_code, "result" in response.json()) == (200, False)


@pytest.mark.parametrize(
    ("fault", "committed"),
    [("reset", False), ("reset_after_commit", True), ("hang", False), ("hang_after_commit", True), ("refuse", False)],
)
def test_no_answer(lab: LabClient, cloudflare: CloudflareCaller, fault: str, committed: bool) -> None:
    lab.break_("cloudflare_api", fault)
    with pytest.raises((requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)):
        create(cloudflare, timeout=0.3)
    soon(lambda: created(lab), committed)
    lab.repair()
    assert cloudflare.ok("GET", "dns_records")
    assert created(lab) is committed


def test_a_refused_connection_is_refused_by_the_kernel(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    url = urlsplit(cloudflare.base)
    address = (str(url.hostname), int(url.port or 0))
    lab.break_("cloudflare_api", "refuse")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)
    lab.repair("cloudflare_api")
    socket.create_connection(address, timeout=5).close()


def test_a_reset_comes_amid_the_answer(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    lab.break_("cloudflare_api", "reset")
    with cloudflare.session.get(f"{cloudflare.base}/zones", stream=True, timeout=5) as response:
        assert response.status_code == 200
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            response.content  # noqa: B018


@pytest.mark.parametrize(
    ("fault", "words"),
    [("bad_certificate", "IP address mismatch"), ("expired_certificate", "expired"),
     ("untrusted_certificate", "local issuer")],
)  # fmt: skip
def test_certificates(lab: LabClient, cloudflare: CloudflareCaller, fault: str, words: str) -> None:
    """The session's connection is open already, and must not survive the change."""
    lab.break_("cloudflare_api", fault)
    with pytest.raises(requests.exceptions.SSLError, match=words):
        create(cloudflare)
    lab.repair()
    assert create(cloudflare).status_code == 200


def test_tls_that_never_begins(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    url = urlsplit(cloudflare.base)
    lab.break_("cloudflare_api", "hang_tls")
    with socket.create_connection((str(url.hostname), int(url.port or 0)), timeout=5) as connection:
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            ssl.create_default_context().wrap_socket(connection, server_hostname="x")


def test_slow(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    lab.break_("cloudflare_api", "slow", seconds=0.4)
    with pytest.raises(requests.Timeout):
        create(cloudflare, timeout=0.1)
    soon(lambda: created(lab), True)
    assert create(cloudflare).status_code == 400, "the first one did its work"


@pytest.mark.parametrize(("of", "first"), [("head", b"H"), ("body", b"\r\n\r\n")])
def test_drip(lab: LabClient, cloudflare: CloudflareCaller, of: str, first: bytes) -> None:
    """Bytes come one by one, from the first on or after the head."""
    lab.break_("cloudflare_api", "drip", interval=0.02, of=of)
    url = urlsplit(cloudflare.base)
    context = ssl.create_default_context(cafile=lab.info["ca"])
    with (
        socket.create_connection((str(url.hostname), int(url.port or 0)), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=url.hostname) as connection,
    ):
        connection.sendall(f"GET {url.path}/zones HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode())
        assert connection.recv(65536).endswith(first)
        assert [len(connection.recv(65536)) for _unused in range(3)] == [1, 1, 1]


def test_count_skip_and_methods(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    lab.break_("cloudflare_api", "503", skip=1, count=2, methods="get,POST")
    patch = f"{cloudflare.base}/zones/{cloudflare.zone}/dns_settings"
    seen = []
    for method in ("GET", "PATCH", "GET", "PATCH", "GET", "GET"):
        body = {"multi_provider": False} if method == "PATCH" else None
        seen.append(cloudflare.session.request(method, patch, json=body, timeout=5).status_code)
    assert seen == [200, 200, 503, 200, 503, 200]


def test_a_counted_refusal_resets_one_request(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    lab.break_("cloudflare_api", "refuse", count=1)
    with pytest.raises(requests.ConnectionError):
        create(cloudflare)
    assert create(cloudflare).status_code == 200


def test_the_log_tells_what_a_fault_did(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    lab.break_("cloudflare_api", "500_after_commit", count=1)
    lab.log_reset()
    create(cloudflare)
    lab.break_("cloudflare_api", "hang", count=1)
    with pytest.raises(requests.Timeout):
        create(cloudflare, timeout=0.2)
    expected = [(500, "500_after_commit"), (None, "hang")]
    soon(lambda: [(entry["status"], entry["fault"]) for entry in lab.log()], expected)


def test_repairing_frees_those_who_hang(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    lab.break_("cloudflare_api", "hang")
    errors: list[Exception] = []

    def wait() -> None:
        try:
            create(cloudflare, timeout=30)
        except requests.ConnectionError as error:
            errors.append(error)

    waiter = threading.Thread(target=wait, daemon=True)
    waiter.start()
    soon(lambda: len(lab.log()) >= 2, True)
    lab.repair()
    waiter.join(10)
    assert len(errors) == 1


def test_desec_whose_master_is_down_stores_but_does_not_serve(lab: LabClient, desec: DesecCaller) -> None:
    lab.break_("desec_api", "nsmaster_down", count=1)
    item = {"subname": "x", "type": "A", "ttl": 3600, "records": ["192.0.2.1"]}
    response = desec.call("PATCH", [item])
    assert (response.status_code, response.json()) == (500, {"detail": "Internal Server Error. We're on it!"})
    assert any(rrset["subname"] == "x" for rrset in lab.zone("desec", ZONE))
    desec.put("y", "A", "192.0.2.2")
    soon(lambda: texts(ask(lab, servers(lab, "desec")[0], f"x.{ZONE}")), ["A 192.0.2.1"])
    lab.break_("desec_api", "nslord_down", count=1)
    response = desec.call("PATCH", [{**item, "subname": "z"}])
    assert response.status_code == 500
    assert not any(rrset["subname"] == "z" for rrset in lab.zone("desec", ZONE))


@pytest.mark.parametrize(
    ("part", "fault", "options", "words"),
    [
        ("nothing", "refuse", {}, "no part 'nothing'"),
        ("desec_ns/3", "silent", {}, "no part 'desec_ns/3'"),
        ("desec_ns", "500", {}, "no fault '500' here"),
        ("desec_api", "slow", {}, "needs seconds"),
        ("desec_api", "slow", {"seconds": "long"}, "not a number"),
        ("desec_api", "hang", {"seconds": 1}, "no option seconds"),
        ("desec_api", "bad_certificate", {"methods": "GET"}, "no HTTP method"),
    ],
)
def test_faults_that_do_not_exist(
    lab: LabClient, part: str, fault: str, options: dict[str, float | str], words: str
) -> None:
    with pytest.raises(LabError, match=words):
        lab.break_(part, fault, **options)
    assert lab.status()["faults"] == {}


def test_latency_is_per_request(lab: LabClient, tmp_path_factory: pytest.TempPathFactory) -> None:
    from twinzone_lab.client import running_lab

    with running_lab(tmp_path_factory.mktemp("slow"), latency=0.1) as slow:
        cloudflare = CloudflareCaller(slow)
        started = time.monotonic()
        cloudflare.call("GET", "dns_records")
        cloudflare.call("GET", "dns_records")
        assert time.monotonic() - started >= 0.2
