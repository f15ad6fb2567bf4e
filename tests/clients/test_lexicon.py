# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dns-lexicon, with which many ACME clients write their challenges, against both emulators."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import lexicon.client
import pytest
import tldextract
from lexicon._private.providers import cloudflare, desec
from lexicon.client import Client
from lexicon.config import ConfigResolver
from twinzone_lab.client import LabClient

ZONE = "example.com"
CHALLENGE = "_acme-challenge"
MODULES = {"cloudflare": cloudflare, "desec": desec}
DIGEST = "3a" * 32

#: What lexicon is given, and what it lists afterwards.
BOTH_WAYS = {
    "cloudflare": {
        "A": ("192.0.2.1", "192.0.2.1"),
        "AAAA": ("2001:db8::1", "2001:db8::1"),
        "CAA": ("0 issue letsencrypt.org", '0 issue "letsencrypt.org"'),
        "CNAME": ("a.example.net.", "a.example.net"),
        "MX": ("mail.example.net", "mail.example.net"),
        "SRV": ("0 5 5060 sip.example.net.", "5 5060 sip.example.net"),
        "SSHFP": (f"4 2 {DIGEST}", f"4 2 {DIGEST}"),
        "TLSA": (f"3 1 1 {DIGEST}", f"3 1 1 {DIGEST}"),
        "TXT": ('"v=spf1 -all"', '"v=spf1 -all"'),
    },
    "desec": {
        "A": ("192.0.2.1", "192.0.2.1"),
        "AAAA": ("2001:db8::1", "2001:db8::1"),
        "CAA": ('0 issue "letsencrypt.org"', '0 issue "letsencrypt.org'),  # lexicon strips the outer quotes
        "CNAME": ("a.example.net.", "a.example.net."),
        "MX": ("10 mail.example.net.", "10 mail.example.net."),
        "SRV": ("10 5 5060 sip.example.net.", "10 5 5060 sip.example.net."),
        "SSHFP": (f"4 2 {DIGEST}", f"4 2 {DIGEST}"),
        "TLSA": (f"3 1 1 {DIGEST}", f"3 1 1 {DIGEST}"),
        "TXT": ("v=spf1 -all", "v=spf1 -all"),
    },
}


@pytest.fixture(params=MODULES)
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def operations(provider: str, lab: LabClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Lexicon, authenticated.

    It sets the API's address again in every provider object, so the attribute is nailed to the lab; and it would fetch
    the public suffix list, in place of which it gets the one in its package.
    """
    info = lab.info["providers"][provider]
    nailed = property(lambda self: info["api_url"], lambda self, address: None)
    monkeypatch.setattr(MODULES[provider].Provider, "api_endpoint", nailed, raising=False)
    bundled = partial(tldextract.TLDExtract, suffix_list_urls=())
    monkeypatch.setattr(lexicon.client.tldextract, "TLDExtract", bundled)
    options = {"provider_name": provider, "domain": ZONE, "priority": "10", provider: {"auth_token": info["token"]}}
    with Client(ConfigResolver().with_dict(options)) as made:
        yield made


def contents(operations: Any, kind: str = "TXT", name: str = CHALLENGE) -> list[str]:
    return sorted(record["content"].strip('"') for record in operations.list_records(kind, name))


@pytest.mark.parametrize("kind", BOTH_WAYS["desec"])
def test_create_list_delete(operations: Any, provider: str, kind: str) -> None:
    given, listed = BOTH_WAYS[provider][kind]
    assert operations.create_record(kind, "x", given)
    (record,) = operations.list_records(kind, "x")
    assert (record["type"], record["content"]) == (kind, listed)
    assert operations.delete_record(record["id"], kind, "x")
    assert operations.list_records(kind, "x") == []


def test_challenges_side_by_side(operations: Any) -> None:
    """Two values at one name, a repeated creation, a change, and a delete of one: what an ACME client does."""
    for challenge in ("one", "two", "two"):
        assert operations.create_record("TXT", CHALLENGE, challenge)
    assert contents(operations) == ["one", "two"]
    by_content = {record["content"].strip('"'): record["id"] for record in operations.list_records("TXT", CHALLENGE)}
    assert operations.update_record(by_content["one"], "TXT", CHALLENGE, "three")
    assert contents(operations) == ["three", "two"]
    # Not the identifiers of before: at deSEC they change with the content.
    by_content = {record["content"].strip('"'): record["id"] for record in operations.list_records("TXT", CHALLENGE)}
    assert operations.delete_record(by_content["two"])
    assert contents(operations) == ["three"]
    assert operations.delete_record(None, "TXT", CHALLENGE)
    assert contents(operations) == []


def test_everything_is_listed(operations: Any, provider: str, lab: LabClient) -> None:
    assert operations.create_record("TXT", CHALLENGE, "one")
    held = lab.zone(provider, ZONE)
    assert len(operations.list_records()) == sum(len(item.get("records", [item])) for item in held)


def test_a_wrong_token_is_reported(operations: Any, lab: LabClient, provider: str) -> None:
    options = {"provider_name": provider, "domain": ZONE, provider: {"auth_token": "x" * 40}}
    with pytest.raises(Exception, match=r"40[13]"), Client(ConfigResolver().with_dict(options)):
        pass
