# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a resolver has not validated is no answer, where it must be."""

from __future__ import annotations

from collections.abc import Iterator

import dns.flags
import dns.message
import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._dns import nameservers
from ansible_collections.twinzone.edge.plugins.module_utils._dns.wire import EVERYTHING, Resolver
from ansible_collections.twinzone.edge.plugins.module_utils._modules.options import require_ad
from support.tiny_name_server import NameServer, with_address


def _answer(query: dns.message.Message, over_tcp: bool) -> bytes:
    """Validated is what lies in signed.example, and only who asks for the bit gets it."""
    answer = with_address(query)
    name = query.question[0].name.to_text().lower()
    if query.flags & dns.flags.AD and name.endswith("signed.example.") and "unsigned" not in name:
        answer.flags |= dns.flags.AD
    return answer.to_wire()


@pytest.fixture
def server() -> Iterator[NameServer]:
    made = NameServer(_answer)
    yield made
    made.close()


def resolver(server: NameServer, *domains: str) -> Resolver:
    return Resolver(Deadline(10), "{}:{}".format(*server.address), domains)


@pytest.mark.parametrize(
    ("domains", "name", "found"),
    [
        ([], "ns1.unsigned.example.", True),
        ([EVERYTHING], "ns1.unsigned.example.", False),
        ([EVERYTHING], "ns1.signed.example.", True),
        (["unsigned.example"], "ns1.unsigned.example.", False),
        (["unsigned.example"], "UNSIGNED.example", False),
        (["unsigned.example"], "very-unsigned.example.", True),
        (["signed.example"], "ns1.unsigned.example.", True),
    ],
)
def test_an_answer_without_the_bit_is_none(server: NameServer, domains: list[str], name: str, found: bool) -> None:
    asked = resolver(server, *domains)
    assert asked.values(name, "A") == (["192.0.2.1"] if found else [])
    assert asked.look_up_unchecked(name, "A") is not None


def test_a_name_server_whose_address_is_not_validated_is_not_asked(server: NameServer) -> None:
    asked = resolver(server, EVERYTHING)
    assert nameservers.at("one", "ns1.unsigned.example.", asked, 53) == []
    assert [one.label for one in nameservers.at("one", "ns1.signed.example.", asked, 53)] == ["ns1.signed.example"]
    assert nameservers.at("one", "192.0.2.7", asked, 53), "an address of the user's needs no resolver"


@pytest.mark.parametrize(
    ("given", "domains"),
    [
        (False, ()),
        ("no", ()),
        (None, ()),
        (True, (EVERYTHING,)),
        ("True", (EVERYTHING,)),
        ("Example.com.", ("example.com",)),
        (["example.com", "desec.io."], ("example.com", "desec.io")),
    ],
)
def test_how_it_is_written(given: object, domains: tuple[str, ...]) -> None:
    assert require_ad(given) == domains


def test_what_is_no_domain_is_refused() -> None:
    with pytest.raises(ValueError, match="two dots in a row"):
        require_ad(["a..b"])
