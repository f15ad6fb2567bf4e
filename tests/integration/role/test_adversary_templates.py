# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates in all that others say, through every playbook: none is ever filled in."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from support import lab_jobs
from support.adversaries import lying_api, lying_name_server, replace
from support.lab_playbooks import SITE, ZONE, Playbooks
from support.paths import ROOT
from support.tls_fronts import Server
from twinzone_lab.client import LabClient

#: The demo listens to nobody but a lab of its own.
PLAYBOOKS = sorted({path.stem for path in (ROOT / "playbooks").glob("*.yml")} - {"demo"})

_VANTAGE = """#!{python}
import json, sys
print(json.dumps({answer!r}))
"""


@pytest.fixture
def spell(playbooks: Playbooks) -> Iterator[str]:
    """A template that would leave a proof, wherever it is filled in; there must be none at the end."""
    proof = playbooks.directory / "proof"
    yield (
        f"{{{{ lookup('ansible.builtin.pipe', 'touch {proof}') }}}}"
        f"{{% set x = lookup('pipe', 'touch {proof}') %}}$(touch {proof})`touch {proof}`"
    )
    assert not proof.exists()


@pytest.fixture
def enchanted(playbooks: Playbooks, lab: LabClient, spell: str) -> Iterator[Playbooks]:
    """Everybody says it: a zone's records, the marker, a name server, a front, a vantage, an old report."""
    playbooks.create_zone()
    texts = [
        {"name": "spell", "type": "TXT", "ttl": 3600, "values": [spell]},
        {"name": "_twinzone.web-router", "type": "TXT", "ttl": 3600, "values": [f"v=twinzone1 seq=9 front={spell}"]},
    ]
    lab_jobs.ok(lab_jobs.run(lab, texts, policy=PlanPolicy(switch=True), verify_seconds=10))
    site = playbooks.sites[SITE]
    vantage = playbooks.directory / "python"
    vote = {"site": SITE, "name": spell, "verdict": spell, "clean": spell, "reason": spell, "addresses": [spell]}
    said = {
        "fronts": [{**vote, "name": "bunny", "verdict": "down"}, vote],
        "vantage": spell,
        "msg": spell,
        spell: spell,
    }
    vantage.write_text(_VANTAGE.format(python=sys.executable, answer=said))
    vantage.chmod(0o755)
    variables = {"ansible_connection": "local", "ansible_python_interpreter": str(vantage)}
    playbooks.inventory["all"]["children"]["vantages"] = {"hosts": {"evil": variables}}
    site["failover_vantages"] = ["evil", "localhost"]
    report = {"schema": "twinzone-failover/1", "site": SITE, "outcome": "held", "reason": spell, "rule": spell}
    times = {"started": "2026-01-01T00:00:00Z", "finished": "2026-01-01T00:00:05Z"}
    (playbooks.reports / f"{SITE}.json").write_text(json.dumps({**report, **times, "front": spell, "run": spell}))

    def front(connection: socket.socket, number: int) -> None:
        connection.recv(65536)
        body = spell.encode()
        head = f"HTTP/1.1 200 OK\r\nServer: {spell}\r\nX-{len(body)}: {spell}\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)

    with ExitStack() as stack:
        server = Server(front)
        stack.callback(server.close)
        check = {"url": f"http://{SITE}/health", "headers": {"server": "^Bunny"}, "contains": "all is well"}
        site["failover_fronts"][1] |= {"connect_to": [server.place], "check": check}
        servers = [*lab.info["providers"]["desec"]["name_servers"].values()]
        port = lab.info["dns_port"]
        # One string of a TXT record has 255 octets at most.
        marker = '"{}}}}}"'.format(spell.partition("}}")[0])
        liar = stack.enter_context(
            lying_name_server(
                servers[0], port, lambda answer: replace(answer, f"_twinzone.web-router.{ZONE}.", "TXT", marker)
            )
        )
        for one in playbooks.common["dns_providers"]:
            if one["name"] == "desec":
                one["nameservers"] = [liar, *(f"{address}:{port}" for address in servers[1:])]
        yield playbooks


def variables_for(name: str, playbooks: Playbooks) -> dict[str, Any]:
    directory = playbooks.directory
    given: dict[str, dict[str, Any]] = {
        "import": {"zone_sync_import_from": "desec", "zone_sync_import_file": directory / "imported.yml"},
        "drill": {"drill_site": SITE, "failover_canary": "true"},
        "tokens": {"tokens_dir": directory},
        "runbook": {"runbook_dir": directory / "runbook"},
        "dependencies": {"dependencies_report_dir": directory / "dependencies"},
        "preflight": {"preflight_report_dir": directory / "preflight"},
        "history": {"failover_report_dir": playbooks.reports},
        "init": {"init_zone": ZONE, "init_dir": directory / "init", "init_second_cdn": "example.b-cdn.net"},
        "sync": {"zone_sync_source": "desec"},
    }
    return {"failover_verify_timeout": 1, **given.get(name, {})}


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_no_playbook_fills_in_what_others_say(enchanted: Playbooks, spell: str, name: str) -> None:
    run = enchanted.run(name, "-v", **variables_for(name, enchanted))
    assert "Traceback" not in run.output
    assert run.code in (0, 2), run.output
    if name == "import":
        assert "lookup" in (enchanted.directory / "imported.yml").read_text(), "it is kept as it is"


def test_no_playbook_fills_in_what_an_api_says(enchanted: Playbooks, lab: LabClient, spell: str) -> None:
    """Those that read it: the words of its errors, names and values included."""
    record = {"id": spell, "name": f"{spell}.{ZONE}", "type": "TXT", "content": spell, "ttl": 60, "comment": spell}
    rrset = {"subname": spell, "name": spell, "type": "TXT", "records": [spell], "ttl": 3600, "touched": spell}
    whole = {"success": True, "errors": [], "messages": [spell], "result": [record], "detail": spell, **rrset}
    lab.break_("front_cloudflare", "refuse")
    with lying_api(json.dumps(whole).encode()) as url:
        for one in enchanted.common["dns_providers"]:
            one["api_url"] = url
        for name in ("failover", "sync", "import", "preflight"):
            run = enchanted.run(name, "-v", failover_deadline=2, zone_sync_deadline=2, **variables_for(name, enchanted))
            assert "Traceback" not in run.output, name
            assert "internal error" not in run.output, name


def test_a_registry_writes_no_template_into_an_inventory(playbooks: Playbooks, spell: str) -> None:
    """Ansible would fill it in on the next run."""
    playbooks.create_zone()
    folder = playbooks.directory / "init"
    name = f'{spell}\nall: {{vars: {{x: "{spell}"}}}}\n'
    entity = {"roles": ["registrar"], "vcardArray": ["vcard", [["fn", {}, "text", name]]]}
    common = {key: playbooks.common[key] for key in ("dns_providers", "dns_resolver", "dns_port")}
    with lying_api(json.dumps({"objectClassName": "domain", "entities": [entity]}).encode()) as url:
        given = {**common, "init_zone": ZONE, "init_second_cdn": "example.b-cdn.net", "init_rdap": url}
        playbooks.command("twinzone.edge.init", "-e", json.dumps({**given, "init_dir": str(folder)})).ok()
    assert "lookup" in (folder / "inventory.yml").read_text()
    assert "\nall: {" not in (folder / "inventory.yml").read_text()
    for name in ("sync", "dependencies"):
        run = playbooks.command(f"twinzone.edge.{name}", "-i", str(folder / "inventory.yml"), "--check")
        assert "Traceback" not in run.output
