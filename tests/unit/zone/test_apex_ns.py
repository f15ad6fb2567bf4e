# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An entry for the apex NS set is left out unless somebody chose to publish it."""

from __future__ import annotations

from ansible_collections.twinzone.edge.plugins.module_utils._zone import apex_ns
from support.emulated_providers import declare

OLD_HOST = {"name": "@", "type": "NS", "values": ["dns1.previous.example.", "DNS2.previous.example."]}
CHILD = {"name": "lab", "type": "NS", "values": "ns1.example.net."}


def test_a_declared_set_is_left_out_and_reported() -> None:
    declared = declare(OLD_HOST, CHILD)
    rest, found, notes = apex_ns.split(declared, apex_ns.KEEP, [])
    assert [entry.key for entry in rest] == [("lab", "NS")]
    assert found.declared == ("dns1.previous.example.", "dns2.previous.example.")
    (note,) = notes
    assert note.startswith("records[0] (@ NS): left out, as the apex NS set stays the providers' own")
    assert "zone_sync_apex_ns: declared" in note


def test_it_is_published_when_that_was_chosen() -> None:
    declared = declare(OLD_HOST, CHILD)
    assert apex_ns.split(declared, apex_ns.DECLARED, []) == (declared, apex_ns.ApexNs(apex_ns.DECLARED), [])


def test_strangers_are_compared_without_spelling() -> None:
    assert apex_ns.strangers(["A.example", "b.example."], ["a.example."]) == ["b.example."]


def test_extra_servers_stand_in_every_set() -> None:
    servers = {"one": ["ns1.one.example."], "two": ["ns1.two.example"]}
    for names_own, count in ((True, 3), (False, 2)):
        wanted = apex_ns.union("example.com", "one", servers, names_own, 3600, ("ns.mine.example.",))
        assert wanted is not None
        texts = [value.text for value in wanted.record_set.values]
        assert len(texts) == count
        assert "ns.mine.example." in texts
