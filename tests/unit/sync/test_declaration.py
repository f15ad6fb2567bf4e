# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a zone file, in all the kinds of text that Ansible passes on."""

from __future__ import annotations

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._sync import declaration

TEXT = "domain: example.com\nrecords:\n  - {name: txt, type: TXT, values: [grün]}\n"


class UnsafeBytes(bytes):
    """What ansible-core before 2.19 makes of bytes that come from a file."""


class UnsafeText(str):
    """The same of text: with `encode` it stays suspect."""

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return UnsafeBytes(super().encode(encoding, errors))


@pytest.mark.parametrize("kind", [str, UnsafeText])
def test_a_zone_file_of_any_kind_of_text(kind: type[str]) -> None:
    made = declaration.read("example.com", {"zone_sync_file": "zone.yml"}, kind(TEXT), [], {})
    assert [record["values"] for record in made["records"]] == [["grün"]]


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_zone_without_a_file(nothing: str | None) -> None:
    entry = {"name": "www", "type": "A", "values": ["192.0.2.1"]}
    assert declaration.read("example.com", {"zone_sync_records": [entry]}, nothing, [], {})["records"] == [entry]
    with pytest.raises(BadInput, match="one of them says what the zone holds"):
        declaration.read("example.com", {}, nothing, [], {})
    with pytest.raises(BadInput, match="has no list of `records`"):
        declaration.read("example.com", {"zone_sync_file": "zone.yml"}, "", [], {})
