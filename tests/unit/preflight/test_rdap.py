# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a registry says about a domain, and what may come in its place."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._preflight import rdap

BOOTSTRAP = {
    "services": [
        [["com", "net"], ["http://rdap.example/v1/", "https://rdap.example/v1/"]],
        [["uk"], ["https://uk.example/"]],
        [["co.uk"], ["https://co-uk.example/"]],
        [["empty"], []],
        ["nonsense"],
    ]
}


@pytest.mark.parametrize(
    ("domain", "server"),
    [
        ("example.com", "https://rdap.example/v1/"),
        ("example.co.uk", "https://co-uk.example/"),
        ("example.uk", "https://uk.example/"),
        ("example.org", ""),
        ("notcom", ""),
        ("example.empty", ""),
    ],
)
def test_the_longest_suffix_names_the_server_and_https_comes_first(domain: str, server: str) -> None:
    assert rdap.server_for(BOOTSTRAP, domain) == server


@pytest.mark.parametrize("bootstrap", [None, [], {"services": 7}, "text"])
def test_a_file_of_another_shape_names_nobody(bootstrap: Any) -> None:
    assert rdap.server_for(bootstrap, "example.com") == ""


def test_a_registration_is_read() -> None:
    entity = {
        "roles": ["registrar"],
        "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "R"]]],
    }
    answer = {
        "objectClassName": "domain",
        "entities": [{"roles": ["abuse"]}, entity],
        "events": [{"eventAction": "registration"}, {"eventAction": "expiration", "eventDate": "2027-01-15T08:00:00Z"}],
        "status": ["Client Transfer Prohibited"],
    }
    found = rdap.registration(answer, "a registry")
    assert found == {"registrar": "R", "expires": 1_800_000_000, "locked": True, "source": "a registry", "error": ""}


def test_what_is_not_said_is_not_known() -> None:
    odd: dict[str, Any] = {
        "objectClassName": "domain",
        "entities": [7, {"roles": "registrar"}],
        "events": [{}],
        "status": [],
    }
    odd["events"].append({"eventAction": "expiration", "eventDate": "soon"})
    found = rdap.registration(odd, "a registry")
    assert (found["registrar"], found["expires"], found["locked"]) == ("", None, None)


@pytest.mark.parametrize("answer", [None, [], {"objectClassName": "entity"}, "text"])
def test_another_answer_is_refused(answer: Any) -> None:
    with pytest.raises(ValueError, match="no answer about a domain"):
        rdap.registration(answer, "a registry")
