# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules as Ansible runs them: results, check mode and diff, bad input, the end of the process, and no secrets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from support.lab_jobs import BOTH, ZONE, held, values
from support.paths import ROOT
from twinzone_lab.client import LabClient

VARIABLES = {"cloudflare": "CLOUDFLARE_API_TOKEN", "desec": "DESEC_TOKEN"}


class AdHoc:
    """Runs one module with `ansible localhost -m`."""

    def __init__(self, lab: LabClient, directory: Path) -> None:
        self.lab = lab
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE")}
        self.environment |= {
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
            "ANSIBLE_HOME": str(directory),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "LC_ALL": "C.UTF-8",
        }
        for name, variable in VARIABLES.items():
            self.environment[variable] = lab.info["providers"][name]["token"]

    def providers(self, **more: Any) -> list[dict[str, Any]]:
        found = []
        for name in BOTH:
            info = self.lab.info["providers"][name]
            servers = [f"{address}:{self.lab.info['dns_port']}" for address in info["name_servers"].values()]
            entry = {"name": name, "type": name, "api_url": info["api_url"], "ca_path": self.lab.info["ca"]}
            found.append({**entry, "nameservers": servers, **more})
        return found

    def output(self, module: str, arguments: dict[str, Any], *words: str) -> str:
        """All that Ansible prints."""
        command = [str(Path(sys.executable).with_name("ansible")), "localhost", "-m", f"twinzone.edge.{module}"]
        command += ["-a", json.dumps(arguments), "-e", f"ansible_python_interpreter={sys.executable}", *words]
        done = subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
        )
        return done.stdout + done.stderr

    def result(self, module: str, arguments: dict[str, Any], *words: str) -> dict[str, Any]:
        """The module's result."""
        text = self.output(module, arguments, *words)
        start = text.index("=> {") + 3
        result: dict[str, Any] = json.JSONDecoder().raw_decode(text[start:])[0]
        return result


@pytest.fixture
def ansible(lab: LabClient, tmp_path: Path) -> AdHoc:
    return AdHoc(lab, tmp_path)


WWW = {"name": "www", "type": "TXT", "ttl": 3600, "values": ["hello"]}


def test_zone_records_predicts_does_and_shows(ansible: AdHoc) -> None:
    options = {"zone": ZONE, "records": [WWW], "providers": ansible.providers(), "verify_timeout": 20}
    predicted = ansible.result("zone_records", options, "--check")
    assert predicted["changed"]
    assert values(held(ansible.lab, "desec"), "www", "TXT") == []
    shown = ansible.output("zone_records", options, "--diff")
    assert shown.count('+www 3600 IN TXT "hello"') == 2
    after = ansible.result("zone_records", options)
    assert (after["changed"], after["changes"]) == (False, [])
    assert {name: one["result"] for name, one in after["providers"].items()} == {"cloudflare": "ok", "desec": "ok"}
    assert [(one["provider"], one["action"]) for one in predicted["changes"]] == [(name, "create") for name in BOTH]


@pytest.mark.parametrize("provider", BOTH)
def test_the_module_of_one_provider(ansible: AdHoc, provider: str) -> None:
    (entry,) = [one for one in ansible.providers() if one["name"] == provider]
    options = {key: value for key, value in entry.items() if key not in ("name", "type")}
    result = ansible.result(f"{provider}_records", {"zone": ZONE, "records": [WWW], **options})
    assert result["changed"]
    assert values(held(ansible.lab, provider), "www", "TXT") == ['"hello"']


def test_bad_input_is_told_at_once_and_nothing_is_sent(ansible: AdHoc) -> None:
    records = [
        {"name": "a", "type": "A", "values": "1"},
        {"name": "b", "type": "HINFO", "values": "a b"},
        {"type": "A"},
    ]
    for zone in ("example.com", "a..b"):
        result = ansible.result("zone_records", {"zone": zone, "records": records, "providers": ansible.providers()})
        assert result["problems"]
        assert result["msg"].startswith("nothing was sent")
    assert ansible.lab.log() == []


def test_the_process_ends_on_time_with_all_that_was_done(ansible: AdHoc) -> None:
    ansible.lab.break_("cloudflare_api", "drip", interval=0.5)
    providers = [{**one, "deadline": 3.0 if one["name"] == "cloudflare" else 60.0} for one in ansible.providers()]
    options = {"zone": ZONE, "records": [WWW], "providers": providers, "plan_first": False, "verify_timeout": 10}
    started = time.monotonic()
    result = ansible.result("zone_records", options)
    assert time.monotonic() - started < 60, "a thread that hangs does not hold the process"
    assert result["changed"]
    assert result["providers"]["cloudflare"]["result"] == "deadline"
    assert result["providers"]["desec"]["result"] == "ok"
    assert f"{ZONE} at cloudflare: deadline:" in result["msg"]


@pytest.mark.parametrize(
    ("given", "fault"), [("option", ""), ("option", "401"), ("environment", ""), ("environment", "refuse")]
)
def test_a_token_never_shows(ansible: AdHoc, given: str, fault: str) -> None:
    tokens = [ansible.lab.info["providers"][name]["token"] for name in BOTH]
    providers = ansible.providers()
    if given == "option":
        for entry, token in zip(providers, tokens, strict=True):
            entry["token"] = token
            del ansible.environment[VARIABLES[entry["name"]]]
    for name in BOTH if fault else ():
        ansible.lab.break_(f"{name}_api", fault)
    shown = ansible.output("zone_records", {"zone": ZONE, "records": [WWW], "providers": providers}, "-vvv", "--diff")
    assert '"invocation"' in shown, "verbose enough to show the options"
    assert ("SUCCESS" in shown or "CHANGED" in shown) == (not fault)
    assert not [token for token in tokens if token in shown]


@pytest.mark.parametrize("slip", ["{0} {0}", "{0}\n{0}", "\u201c{0}\u201d"])
def test_a_token_with_a_slip_in_it_never_shows(ansible: AdHoc, slip: str) -> None:
    """No header can carry it, and the errors of HTTP libraries would show it."""
    token = ansible.lab.info["providers"]["desec"]["token"]
    ansible.environment["DESEC_TOKEN"] = slip.format(token)
    shown = ansible.output("zone_records", {"zone": ZONE, "records": [WWW], "providers": ansible.providers()}, "-vvv")
    assert "token" in shown
    assert token not in shown
