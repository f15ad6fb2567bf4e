# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens appear nowhere: not with -vvv, not in Ansible's log, not in the reports, not where something fails."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from support.chats import Chat
from support.lab_playbooks import SITE, Playbooks
from twinzone_lab.client import LabClient


@pytest.mark.parametrize("place", ["environment", "inventory"])
def test_no_token_anywhere(playbooks: Playbooks, lab: LabClient, place: str) -> None:
    tokens = playbooks.tokens
    log = playbooks.directory / "ansible.log"
    playbooks.environment["ANSIBLE_LOG_PATH"] = str(log)
    if place == "inventory":
        for provider in playbooks.common["dns_providers"]:
            provider["token"] = tokens[provider["name"]]
        del playbooks.environment["CLOUDFLARE_API_TOKEN"], playbooks.environment["DESEC_TOKEN"]

    runs = [playbooks.sync("-vvv", "--diff").ok()]
    lab.break_("cloudflare_ns", "refused")  # so that the API is asked what is served
    lab.break_("front_cloudflare", "refuse")
    lab.break_("desec_api", "401", methods="PATCH")
    runs.append(playbooks.failover("-vvv", "--diff", failover_verify_timeout=2).failed())
    runs[1].result("partial")
    runs.append(playbooks.status("-vvv"))
    runs.append(playbooks.sync("-vvv", zone_sync_prvoiders="[]").failed())
    written = {"log": log.read_text(), "reports": json.dumps(dict(runs[1].results))}
    written |= {f"run {number}": run.output for number, run in enumerate(runs)}
    assert "module_args" in written["run 0"]  # verbose enough to show them
    assert ("VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in written["run 0"]) == (place == "inventory")
    for token in tokens.values():
        for form in (token, b64encode(token.encode()).decode()):
            assert not [where for where, text in written.items() if form in text]


def test_no_token_under_a_misspelt_key(playbooks: Playbooks) -> None:
    """With -vvv Ansible shows the options of a module that it refuses; the roles find the mistake before."""
    for provider in playbooks.common["dns_providers"]:
        provider["tokne"] = playbooks.tokens[provider["name"]]
    own = playbooks.directory / "own.yml"
    module = "twinzone.edge.zone_records"
    tasks = [
        {module: {"zone": "example.com", "records": [], "providers": playbooks.common["dns_providers"]}},
        {module: {"zones": [{"zone": "example.com", "records": [], "providers": playbooks.tokens}]}},
        {"twinzone.edge.desec_records": {"zone": "example.com", "records": [], "tokne": playbooks.tokens["desec"]}},
    ]
    refused = [{**task, "ignore_errors": True} for task in tasks]
    own.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": refused}]))
    runs = [
        playbooks.sync("-vvv").failed(),
        playbooks.run("import", "-vvv", zone_sync_import_from="cloudflare").failed(),
        playbooks.command(str(own), "-vvv").ok(),
    ]
    assert "providers[0] (cloudflare): tokne: is unknown; did you mean token?" in runs[0].output
    assert runs[2].output.count("module_args") >= len(tasks)
    for token in playbooks.tokens.values():
        assert not [number for number, run in enumerate(runs) if token in run.output]


def test_a_token_that_equals_a_name_hides_no_result(playbooks: Playbooks, lab: LabClient) -> None:
    """Ansible would hide every text with it, the keys of results included, and no provider could be found in them."""
    for provider in playbooks.common["dns_providers"]:
        provider["token"] = "desec" if provider["name"] == "desec" else playbooks.tokens["cloudflare"]
    playbooks.create_zone()
    lab.break_("front_cloudflare", "refuse")
    result = playbooks.failover("-v").failed().result("partial", "active_down")
    assert result["providers"]["desec"]["result"] == "unauthorized"
    assert result["providers"]["cloudflare"]["result"] == "ok"


class Vaulted(str):
    """A text that is written encrypted, as `ansible-vault encrypt_string` does."""


class VaultDumper(yaml.SafeDumper):
    """Writes those so."""


VAULT = VaultLib([("default", VaultSecret(b"password"))])
VaultDumper.add_representer(
    Vaulted, lambda writer, text: writer.represent_scalar("!vault", VAULT.encrypt(str(text)).decode(), style="|")
)


def test_what_is_encrypted_in_place_is_text_and_stays_secret(playbooks: Playbooks, lab: LabClient) -> None:
    """The address, the token and a header of a webhook, a header of a check, and a provider's token."""
    chat = Chat()
    playbooks.create_zone()
    check = {**playbooks.sites[SITE]["failover_check"], "request_headers": {"X-Probe": Vaulted("s3cret-probe")}}
    webhook = {"url": Vaulted(chat.url), "token": Vaulted("s3cret-key"), "headers": {"X-Key": Vaulted("s3cret-header")}}
    providers = [{**one, "token": Vaulted(playbooks.tokens[one["name"]])} for one in playbooks.common["dns_providers"]]
    given = {"failover_check": check, "failover_notify": [webhook], "dns_providers": providers}
    folder = playbooks.directory
    (folder / "secrets.yml").write_text(yaml.dump(given, Dumper=VaultDumper))
    (folder / "password").write_text("password")
    lab.break_("front_cloudflare", "refuse")
    words = ["-vvv", "--vault-password-file", str(folder / "password"), "-e", f"@{folder / 'secrets.yml'}"]
    run = playbooks.failover(*words).ok()
    chat.close()
    run.result("switched", "active_down")
    assert [body["event"] for body in chat.got] == ["news"]
    assert (chat.headers[0]["Authorization"], chat.headers[0]["X-Key"]) == ("Bearer s3cret-key", "s3cret-header")
    assert "s3cret" not in run.output
    assert not [token for token in playbooks.tokens.values() if token in run.output]
