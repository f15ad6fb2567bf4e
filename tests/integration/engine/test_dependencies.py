# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can take the lab's site down, measured by asking its name servers."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils import basic
from ansible_collections.twinzone.edge.plugins.modules import dependencies
from support import lab_jobs
from support.paths import ROOT
from twinzone_lab.client import LabClient

Measure = Callable[..., dict[str, Any]]


@pytest.fixture
def measure(lab: LabClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Measure:
    """The module's result for the lab's site."""

    def run(**options: Any) -> dict[str, Any]:
        site = {
            "site": "www.example.com",
            "zone": "example.com",
            "names": ["www.example.com"],
            "router": "web-router",
            "fronts": [
                {"name": "cloudflare", "target": "cf-front.example.com.", "operator": "Cloudflare"},
                {"name": "bunny", "target": "cdn2-front.example.com."},
            ],
            "providers": [
                {"name": name, "type": name, "api_url": f"https://{host}/"}
                for name, host in (("cloudflare", "api.cloudflare.com"), ("desec", "desec.io"))
            ],
        }
        arguments = {
            "sites": [site],
            "operators": yaml.safe_load((ROOT / "roles" / "failover" / "files" / "operators.yml").read_text()),
            "dns_resolver": lab.info["resolver"],
            "dns_port": lab.info["dns_port"],
            "directory": str(tmp_path),
            **options,
        }
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)  # since ansible-core 2.19
        output = io.StringIO()
        with redirect_stdout(output), pytest.raises(SystemExit):
            dependencies.main()
        found: dict[str, Any] = json.loads(output.getvalue())
        assert not found.get("failed"), found
        return found

    return run


RECORDS = [
    {"name": "www", "type": "CNAME", "ttl": 3600, "values": ["web-router"]},
    {"name": "web-router", "type": "CNAME", "ttl": 3600, "values": ["cf-front"]},
    {"name": "cf-front", "type": "A", "ttl": 3600, "values": ["203.0.113.10"]},
    {"name": "cdn2-front", "type": "CNAME", "ttl": 3600, "values": ["example.b-cdn.net."]},
]


def fates(found: dict[str, Any]) -> dict[str, str]:
    (name,) = found["answers"]["names"]
    return {operator: fate["word"] for operator, fate in name["if_fails"].items()}


def test_two_providers_and_two_fronts_survive_the_first(lab: LabClient, measure: Measure) -> None:
    lab_jobs.ok(lab_jobs.run(lab, RECORDS, *lab_jobs.BOTH))
    found = measure()
    assert found["answers"]["names"][0]["way_out"]
    words = fates(found)
    # Each provider's servers list only themselves: a resolver that has asked one of them may not know the others.
    assert words["Cloudflare"] == "possibly down until the failover"
    assert words["deSEC"] == "possibly stays up"
    assert found["headline"] == (
        "If Cloudflare fails now, 0 of 1 names stay up; after a failover 0 of 1 certainly, 1 more possibly. "
        "To switch, we can write desec without Cloudflare."
    )
    assert [Path(file).name for file in found["files"]] == [
        "dependencies-irn.html",
        *(f"dependencies.{kind}" for kind in ("csv", "html", "json", "mmd")),
    ]
    assert measure()["differences"] == []


def test_a_delegation_to_one_provider_leaves_no_way_out(lab: LabClient, measure: Measure) -> None:
    lab_jobs.ok(lab_jobs.run(lab, RECORDS, *lab_jobs.BOTH))
    measure()
    lab.delegate("example.com", "cloudflare")
    found = measure()
    assert fates(found)["Cloudflare"] == "down"
    assert "www.example.com: Cloudflare can take it down after a failover" in found["differences"]


def test_a_silent_name_server_makes_it_possible(lab: LabClient, measure: Measure) -> None:
    lab_jobs.ok(lab_jobs.run(lab, RECORDS, *lab_jobs.BOTH))
    lab.break_("desec_ns", "silent")
    found = measure(deadline=20)
    assert found["answers"]["names"][0]["leads_through"]
    assert fates(found)["bunny.net"] == "possibly stays up"


def test_check_mode_writes_nothing(lab: LabClient, measure: Measure, tmp_path: Path) -> None:
    lab_jobs.ok(lab_jobs.run(lab, RECORDS, *lab_jobs.BOTH))
    assert measure(_ansible_check_mode=True)["files"] == []
    assert not list(tmp_path.iterdir())
