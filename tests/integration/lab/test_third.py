# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The third provider runs on real servers, is broken like the others, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import dns.query
import dns.rcode
import dns.tsig
import dns.update
import pytest
from support.lab_dns import soon
from twinzone_lab.client import LabClient, running_lab
from twinzone_lab.third import knot

ZONE = "example.com"
SERVERS = ["ns1.own-dns.net.", "ns2.own-dns.org."]
needs_knot = pytest.mark.skipif(
    knot.program("knotd") is None and not os.environ.get("CI"), reason="Knot is not installed here"
)


@pytest.fixture
def third(tmp_path: Path) -> Iterator[LabClient]:
    with running_lab(tmp_path, third=True) as lab:
        yield lab


def update(lab: LabClient, name: str, rdtype: str, text: str) -> None:
    """Replace a set at the primary."""
    own = lab.info["providers"]["own"]
    key = dns.tsig.Key(knot.KEY_NAME, own["token"], knot.ALGORITHM)
    message = dns.update.UpdateMessage(f"{ZONE}.", keyring={key.name: key})
    message.replace(name, 300, rdtype, text)
    host, port = own["server"].split(":")
    assert dns.query.tcp(message, host, port=int(port), timeout=5).rcode() == dns.rcode.NOERROR


def served(lab: LabClient, name: str, rdtype: str) -> list[list[str]]:
    return list(lab.served("own", name, rdtype).values())


@needs_knot
def test_a_day_of_the_third_provider(third: LabClient) -> None:
    assert served(third, ZONE, "NS") == [SERVERS] * 2
    first_day = third.zone("own", ZONE)
    edge = sorted(third.info["fronts"]["cloudflare"])

    update(third, "www", "A", "192.0.2.1")
    update(third, "@", "A", "192.0.2.2")
    soon(lambda: served(third, f"www.{ZONE}", "A"), [["192.0.2.1"]] * 2)
    third.delegate(ZONE, "own")
    assert third.resolve(f"www.{ZONE}", "A") == ["192.0.2.1"]

    third.break_("own_ns/1", "refused")
    assert served(third, f"www.{ZONE}", "A") == [["REFUSED"], ["192.0.2.1"]]
    third.break_("own_ns", "silent")
    assert third.resolve(f"www.{ZONE}", "A") == ["SERVFAIL"]

    third.reset()
    soon(lambda: served(third, ZONE, "A"), [edge] * 2)
    assert served(third, f"www.{ZONE}", "A") == [["NXDOMAIN"]] * 2
    head = {one["type"]: one["records"] for one in third.zone("own", ZONE)}
    assert {rdtype: head[rdtype] for rdtype in ("NS", "A")} == {"NS": SERVERS, "A": edge}
    assert len(head) == len(first_day) == 3


@needs_knot
def test_its_servers_end_with_the_lab_however_that_ends(tmp_path: Path) -> None:
    with running_lab(tmp_path, third=True) as lab:
        host, port = lab.info["providers"]["own"]["server"].split(":")
        os.kill(lab.info["pid"], signal.SIGKILL)

        def is_gone() -> bool:
            try:
                socket.create_connection((host, int(port)), timeout=5).close()
            except OSError:
                return True
            return False

        soon(is_gone, True)


def test_without_knot_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knot, "program", lambda name: None)
    place = knot.Place(tmp_path, "127.0.0.1", 5353, "127.0.0.1", 5354, [ZONE], "", is_primary=True)
    with pytest.raises(OSError, match="Debian has it in the package knot"):
        place.command()
