# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What PowerDNS takes only in its own spelling is written so, and what it refuses is reported before anything is sent.

All of it was seen at PowerDNS 4.7.
"""

from __future__ import annotations

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._providers.powerdns import fields
from ansible_collections.twinzone.edge.plugins.module_utils._providers.powerdns.provider import Powerdns
from ansible_collections.twinzone.edge.plugins.module_utils._zone import rdata
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Change
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import RecordSet
from support.sample_records import record_set

ZONE = "example.com"


@pytest.mark.parametrize(
    ("rdtype", "text", "sent"),
    [
        ("AAAA", "::ffff:192.0.2.1", "::ffff:c000:201"),
        ("LOC", "0 N 0 E 0m", "0 0 0.000 S 0 0 0.000 W 0.00m 1.00m 10000.00m 10.00m"),
        ("LOC", "1 2 3 N 0 E 0m 2m 3m 4m", "1 2 3.000 N 0 0 0.000 W 0.00m 2.00m 3.00m 4.00m"),
        ("PTR", r"a\@b.example.org.", "a@b.example.org."),
        ("RP", r"a\.b\$.example.org. .", r"a\.b$.example.org. ."),
        ("HTTPS", "1 . alpn=h2 key65400", '1 . alpn=h2 key65400=""'),
        ("SVCB", '1 . key65400="a key1 b" key65401', '1 . key65400="a key1 b" key65401=""'),
    ],
)
def test_its_own_spelling(rdtype: str, text: str, sent: str) -> None:
    change = Change("create", None, record_set("x", rdtype, text))
    ((record,),) = (fields.rrset(change, ZONE, ())["records"],)
    assert record["content"] == sent
    assert rdata.parse(rdtype, sent, ZONE) == rdata.parse(rdtype, text, ZONE), "it means the same"


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (record_set(r"a\.b", "A", "192.0.2.1"), "name: PowerDNS takes letters"),
        (record_set("a.*.b", "A", "192.0.2.1"), "name: PowerDNS takes letters"),
        (record_set("x", "MX", "10 _x.example.org."), "only host names as the target of MX"),
        (record_set("x", "NS", "."), "only host names as the target of NS"),
        (record_set("x", "SRV", "1 2 3 a-.example.org."), "only host names as the target of SRV"),
        (record_set("x", "APL", "1:192.0.2.1/24"), "only networks, such as 192.0.2.0/24"),
        (record_set("x", "CERT", "0 0 0 AA=="), "no CERT of the type 0"),
        (record_set("x", "LOC", "1 1 0.000 N 4 53 32.001 E 0m"), "rounds this angle"),
        (record_set("x", "LOC", "1 N 1 E 21374836.48m"), "altitudes up to"),
        (record_set("x", "LOC", "1 N 1 E 0m 50000000m"), "sizes up to"),
    ],
)
def test_what_it_cannot_hold(wanted: RecordSet, reason: str) -> None:
    assert any(reason in problem for problem in Powerdns.audit(wanted)), Powerdns.audit(wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        record_set("@", "A", "192.0.2.1"),
        record_set("*", "A", "192.0.2.1"),
        record_set("*._x.a/b", "A", "192.0.2.1"),
        record_set("x", "MX", "0 ."),
        record_set("x", "CNAME", "_x.example.org."),
        record_set("x", "LOC", "0 N 180 W 21374836.47m 40000000m"),
    ],
)
def test_what_it_holds(wanted: RecordSet) -> None:
    assert Powerdns.audit(wanted) == []
