# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Targets that look absolute and lack the trailing dot."""

from __future__ import annotations

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._zone.undotted import undotted
from support.emulated_providers import ZONE, declare


@pytest.mark.parametrize(
    ("rdtype", "text", "meant"),
    [
        ("CNAME", "example.b-cdn.net", "example.b-cdn.net."),
        ("MX", "1 ASPMX.L.GOOGLE.EXAMPLE", "ASPMX.L.GOOGLE.EXAMPLE."),
        ("SRV", "0 5 5060 sip.example.org", "sip.example.org."),
        ("HTTPS", "1 svc.example.org alpn=h2", "svc.example.org."),
        ("NS", "ns1.xn--p1ai", "ns1.xn--p1ai."),
    ],
)
def test_they_are_named_with_the_line_to_write(rdtype: str, text: str, meant: str) -> None:
    (found,) = undotted(declare({"name": "x", "type": rdtype, "values": text}), ZONE)
    assert found.meant == meant
    assert f"has no trailing dot, so it means {meant}{ZONE}.; write {meant}, or {meant}{ZONE}." in found.words
    assert found.words.startswith(f"records[0] (x {rdtype}): ")


@pytest.mark.parametrize(
    ("rdtype", "text"),
    [
        ("CNAME", "www"),
        ("CNAME", "@"),
        ("CNAME", "example.b-cdn.net."),
        ("CNAME", "x._domainkey.4you"),
        ("TXT", "example.b-cdn.net"),
        ("MX", "0 ."),
        ("HTTPS", "1 . alpn=h2"),
    ],
)
def test_others_are_fine(rdtype: str, text: str) -> None:
    assert undotted(declare({"name": "x", "type": rdtype, "values": text}), ZONE) == []


def test_a_name_of_the_zone_is_fine() -> None:
    alias = {"name": "x", "type": "CNAME", "values": "Mail.internal"}
    there = {"name": "mail.internal", "type": "A", "values": "192.0.2.1"}
    assert undotted(declare(alias, there), ZONE) == []
    gone = {"name": "mail.internal", "type": "A", "state": "absent"}
    assert len(undotted(declare(alias, gone), ZONE)) == 1
