# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""desec-dns, deSEC's client with a command line, against the emulator."""

from __future__ import annotations

import sys
from pathlib import Path

import desec.api
import desec.cli
import desec.exceptions
import pytest
from desec.api import APIClient
from twinzone_lab.client import LabClient

ZONE = "example.com"


@pytest.fixture
def client(lab: LabClient, monkeypatch: pytest.MonkeyPatch) -> APIClient:
    """The client. The API's address is a constant of its module."""
    info = lab.info["providers"]["desec"]
    monkeypatch.setattr(desec.api, "API_BASE_URL", info["api_url"])
    return APIClient(info["token"], retry_limit=0)


def values(client: APIClient, kind: str, name: str) -> list[list[str]]:
    return [sorted(rrset["records"]) for rrset in client.get_records(ZONE, kind, name)]


def test_create_list_change_delete(client: APIClient) -> None:
    made = client.add_record(ZONE, "A", "www", ["192.0.2.1"], 3600)
    assert (made["name"], made["records"], made["ttl"]) == (f"www.{ZONE}.", ["192.0.2.1"], 3600)
    assert values(client, "A", "www") == [["192.0.2.1"]]
    assert client.change_record(ZONE, "A", "www", ["192.0.2.2", "192.0.2.3"], 7200)["ttl"] == 7200
    client.update_record(ZONE, "A", "www", ["192.0.2.4"])
    assert values(client, "A", "www") == [["192.0.2.2", "192.0.2.3", "192.0.2.4"]]
    client.delete_record(ZONE, "A", "www", ["192.0.2.2", "192.0.2.4"])
    assert values(client, "A", "www") == [["192.0.2.3"]]
    client.delete_record(ZONE, "A", "www")
    assert values(client, "A", "www") == []


def test_the_apex_and_bulks(client: APIClient) -> None:
    client.update_bulk_record(
        ZONE,
        [
            {"subname": "", "type": "MX", "ttl": 3600, "records": ["10 mail.example.net."]},
            {"subname": "a", "type": "CNAME", "ttl": 3600, "records": ["b.example.net."]},
        ],
    )
    swap = [
        {"subname": "a", "type": "CNAME", "records": []},
        {"subname": "a", "type": "TXT", "ttl": 3600, "records": ['"x"']},
    ]
    assert [rrset["type"] for rrset in client.update_bulk_record(ZONE, swap)] == ["TXT"]
    assert values(client, "MX", "") == [["10 mail.example.net."]]
    assert values(client, "CNAME", "a") == []
    whole = [{"subname": "only", "type": "TXT", "ttl": 3600, "records": ['"left"']}]
    client.update_bulk_record(ZONE, whole, exclusive=True)
    assert [rrset["subname"] for rrset in client.get_records(ZONE)] == ["only"]


def test_more_sets_than_a_page_holds(client: APIClient) -> None:
    """The client asks without a cursor, is asked to use one, and follows the links."""
    many = [{"subname": f"h{n}", "type": "A", "ttl": 3600, "records": ["192.0.2.1"]} for n in range(600)]
    client.update_bulk_record(ZONE, many)
    assert len({(one["subname"], one["type"]) for one in client.get_records(ZONE)}) == 602


def test_domains_and_zone_files(client: APIClient) -> None:
    assert [domain["name"] for domain in client.list_domains()] == [ZONE]
    made = client.new_domain("example.org")
    assert (made["name"], made["keys"][0]["managed"]) == ("example.org", True)
    assert client.domain_info("example.org")["minimum_ttl"] == 3600
    assert f"{ZONE}.\t3600\tIN\tNS\tns1.desec.io." in client.export_zonefile_domain(ZONE)
    client.delete_domain("example.org")
    assert [domain["name"] for domain in client.list_domains()] == [ZONE]


def test_tokens_and_their_policies(client: APIClient) -> None:
    """A token that may write one set only is what an ACME client should hold."""
    token = client.create_token(name="acme")
    client.add_token_policy(token["id"], domain=None, rtype=None, subname=None, perm_write=False)
    client.add_token_policy(token["id"], domain=ZONE, rtype="TXT", subname="_acme-challenge", perm_write=True)
    assert len(client.list_token_policies(token["id"])) == 2
    scoped = APIClient(token["token"], retry_limit=0)
    scoped.add_record(ZONE, "TXT", "_acme-challenge", ['"x"'], 3600)
    with pytest.raises(desec.exceptions.TokenPermissionError):
        scoped.add_record(ZONE, "A", "www", ["192.0.2.1"], 3600)
    client.delete_token(token["id"])
    with pytest.raises(desec.exceptions.AuthenticationError):
        scoped.list_domains()


def test_refusals_are_the_errors_that_the_client_knows(client: APIClient, lab: LabClient) -> None:
    with pytest.raises(desec.exceptions.ParameterError, match="malformed"):
        client.add_record(ZONE, "A", "www", ["nonsense"], 3600)
    with pytest.raises(desec.exceptions.ParameterError, match="greater than or equal to 3600"):
        client.add_record(ZONE, "A", "www", ["192.0.2.1"], 60)
    with pytest.raises(desec.exceptions.NotFoundError):
        client.change_record(ZONE, "A", "www", ["192.0.2.1"])
    lab.break_("desec_api", "429", retry_after=7, count=1)
    with pytest.raises(desec.exceptions.RateLimitError):
        client.list_domains()


def test_the_command_line(
    client: APIClient,
    lab: LabClient,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    # A token may begin with a hyphen.
    token = lab.info["providers"]["desec"]["token"]

    def command(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["desec", f"--token={token}", *words])
        desec.cli.main()
        return capsys.readouterr().out

    command("add-record", ZONE, "--type", "TXT", "--subname", "a", "--records", '"x"', "--ttl", "3600")
    assert command("get-records", ZONE, "--subname", "a") == f'a.{ZONE}. 3600 IN TXT "x"\n'
    command("change-record", ZONE, "--type", "TXT", "--subname", "a", "--records", '"y"')
    command("export", ZONE, "--file", str(tmp_path / "zone"))
    command("delete-record", ZONE, "--type", "TXT", "--subname", "a")
    assert command("get-records", ZONE, "--subname", "a") == ""
    command("import", ZONE, "--file", str(tmp_path / "zone"))
    assert values(client, "TXT", "a") == [['"y"']]
