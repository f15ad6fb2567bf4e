# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left of an incident: reports, statistics for later steps, metrics, messages; and the timeline from them."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from support import guides
from support.lab_playbooks import SITE, ZONE, Playbooks
from twinzone_lab.client import LabClient

pytestmark = pytest.mark.real_command


@pytest.fixture
def chat() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of a webhook, and what it got."""
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook/s3cret", got
    server.shutdown()
    server.server_close()


def test_an_incident_and_its_timeline(
    playbooks: Playbooks, lab: LabClient, chat: tuple[str, list[dict[str, Any]]]
) -> None:
    url, messages = chat
    kept, metrics = playbooks.directory / "kept", playbooks.directory / "metrics" / "twinzone.prom"
    playbooks.create_zone()
    playbooks.environment["ANSIBLE_SHOW_CUSTOM_STATS"] = "1"
    playbooks.sites[SITE] |= {
        "failover_report_dir": str(kept),
        # From where Ansible was started, as in a shell.
        "failover_metrics_file": os.path.relpath(metrics, playbooks.cwd),
        # The chat is behind what has failed, or it is not; neither must hold the run, nor be named with its secret.
        "failover_notify": [
            url,
            {
                "url": url,
                "format": "template",
                "headers": {"X-Key": "s3cret-key"},
                "template": {"tpl": "$event $title"},
            },
            "http://127.0.0.1:9/s3cret",
        ],
    }

    def run(outcome: str, **variables: object) -> dict[str, Any]:
        """A run; its report."""
        done = playbooks.command(
            "twinzone.edge.failover", "-i", playbooks.inventory_file(), "-vvv", failover_report_dir=kept, **variables
        )
        report: dict[str, Any] = json.loads((kept / f"{SITE}.json").read_text())
        assert report["outcome"] == outcome, done.output
        assert "s3cret" not in done.output
        assert ("webhook at 127.0.0.1: 1 of 1 messages not sent" in done.output) == (outcome != "unchanged")
        assert f'twinzone_outcome{{site="{SITE}",outcome="{outcome}"}} 1' in metrics.read_text()
        (stats,) = re.findall(r"^\tRUN: (\{.*\})$", done.output, re.MULTILINE)
        assert json.loads(stats)["twinzone"][SITE]["run"] == report["run"]
        assert [one["evidence"] for one in report["fronts"].values()]
        return report

    run("unchanged")
    run("unchanged")
    lab.break_("front_cloudflare", "refuse")
    lab.break_("cloudflare_api", "hang")
    playbooks.hurry("cloudflare")
    partial = run("partial", failover_run_id="INC-7/first~try", failover_run_by="ann")
    assert partial["run"] == "INC-7-first-try", "one word, or its marker could not be read"
    assert "who     run INC-7-first-try by ann" in partial["summary"]
    assert (kept / f"{SITE}.by-hand.sh").exists()
    lab.repair("cloudflare_api")
    playbooks.hurry("")
    assert run("converged")["front"] == "bunny", "it is remembered"
    assert not (kept / f"{SITE}.by-hand.sh").exists()
    lab.repair()
    run("switched", failover_to="cloudflare")
    plain = [message for message in messages if "tpl" not in message]
    assert [(one["event"], one["result"]["outcome"]) for one in plain] == [
        ("begin", "partial"),
        ("end", "converged"),
        ("news", "switched"),
    ]
    state = partial.pop("alarm")
    assert len(state["unsent"]) == 1
    assert plain[0] == {"text": "\n".join(partial["summary"]), "result": partial, "event": "begin", "severity": "error",
                        "key": f"twinzone/{SITE}"}  # fmt: skip
    assert [message["tpl"] for message in messages if "tpl" in message] == [
        f"begin {SITE}: partial",
        f"end {SITE}: is well again",
        f"news {SITE}: switched",
    ]

    history = kept / "history" / SITE
    assert len(list(history.iterdir())) == 5
    (history / "20261118T112004Z-half.json").write_text(json.dumps(partial)[:300])
    reported = playbooks.run("history", "-v", "--limit", SITE, history_since="2h").ok().task("Rebuild what happened")
    assert [(one["outcome"], one["front"]) for one in reported["stretches"]] == [
        ("unchanged", "cloudflare"),
        ("partial", "bunny"),
        ("converged", "bunny"),
        ("switched", "cloudflare"),
    ]
    (incident,) = reported["incidents"]
    assert (incident["home"], incident["moved_to"]) == ("cloudflare", "bunny")
    assert incident["began"] == partial["started"] < incident["moved"] < incident["settled"] < incident["back"]
    assert re.search(r"at bunny after \d+ s, at every provider after \d+ s, back at cloudflare", reported["lines"][-2])
    (shown,) = [one.text for one in guides.sections("guide_runbook")["Look back"].blocks if one.language == "text"]
    printed = guides.in_form("\n".join(reported["lines"]))
    assert [printed[0], *printed[-3:-1]] == [guides.in_form(shown)[place] for place in (0, -2, -1)]
    assert reported["lines"][-1] == f"left out {history}/20261118T112004Z-half.json: not in JSON"
    assert not playbooks.run("history", "--limit", ZONE).failed().changed
    assert (
        "name one, in the role with failover_report_dir"
        in playbooks.run("history", failover_report_dir="").failed().output
    )
