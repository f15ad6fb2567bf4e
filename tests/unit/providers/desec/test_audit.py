# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What deSEC cannot hold is reported before anything is sent, and nothing else is."""

from __future__ import annotations

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._providers.desec.provider import Desec
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import RecordSet
from support.sample_records import record_set


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (record_set("x", "SOA", "a. b. 1 2 3 4 5"), "type: SOA is not supported by desec"),
        (record_set("x", "A", "192.0.2.1", ttl=86401), "ttl: 86401 is above the maximum of 86400"),
        (record_set("x", "CNAME", "a.example.org.", "b.example.org."), "values: a CNAME has one value"),
        (record_set("@", "CNAME", "a.example.org."), "type: deSEC has no CNAME at the apex"),
        (record_set("x", "DNSKEY", f"257 3 13 {'A' * 88}"), "type: deSEC takes DNSKEY only at the apex"),
        (record_set("@", "DS", f"1 13 2 {'ab' * 32}"), "type: DS belongs into the parent zone"),
        (record_set("a.*.b", "A", "192.0.2.1"), "name: deSEC takes letters"),
        (record_set(r"a\032b", "A", "192.0.2.1"), "name: deSEC takes letters"),
        (record_set("x", "MX", "10 _x.example.org."), "deSEC takes only host names as the target of MX"),
        (record_set("x", "NS", "-a.example.org."), "deSEC takes only host names as the target of NS"),
        (record_set("x", "NS", "."), "deSEC takes only host names as the target of NS"),
        (record_set("x", "SRV", "1 2 3 a_b.example.org."), "deSEC takes only host names as the target of SRV"),
        (record_set("x", "CNAME", r"a\.b.example.org."), "deSEC takes only names of letters, digits"),
        (record_set("x", "CAA", '0 issue "ü"'), "deSEC corrupts CAA values beyond ASCII"),
        (record_set("x", "CAA", '0 issue ""'), 'deSEC\'s servers spoil an empty value; write ";"'),
        (record_set("x", "HINFO", '"a" "ü"'), "deSEC corrupts HINFO values beyond ASCII"),
        (record_set("x", "URI", r'10 1 "a\\b"'), "deSEC loses backslashes"),
        (record_set("x", "LOC", "52 22 23.000 N 4 53 32.000 E 0m"), "deSEC takes no LOC whose size"),
        (record_set("x", "LOC", "1 1 0.000 N 4 53 32.001 E 0m 2m 9m 9m"), "rounds this angle"),
        (record_set("x", "APL", "1:192.0.2.1/24"), "deSEC takes only networks, such as 192.0.2.0/24"),
        (record_set("x", "HTTPS", "1 . ohttp"), "deSEC does not take the parameter ohttp"),
        (record_set("x", "SVCB", "1 . key65333"), "deSEC does not take the parameter key65333"),
        (record_set("x", "TXT", " ".join(['"' + "x" * 255 + '"'] * 251)), "deSEC takes at most 64000 bytes"),
    ],
)
def test_what_it_cannot_hold(wanted: RecordSet, reason: str) -> None:
    problems = Desec.audit(wanted)
    assert any(reason in problem for problem in problems), problems


@pytest.mark.parametrize(
    "target", ["a-.example.org.", "-a.example.org.", r"star\*x.example.org.", "*.a.example.org.", "."]
)
def test_targets_that_desec_stores_and_serves_are_taken(target: str) -> None:
    assert Desec.audit(record_set("x", "CNAME", target)) == []
