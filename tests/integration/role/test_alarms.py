# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An alarm begins, goes on without a word, and ends, at every service in its own form; and no secret is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._reports.formats.registry import FORMATS
from support.chats import Chat
from support.lab_playbooks import SITE, Playbooks
from twinzone_lab.client import LabClient

TOKEN = "s3cret-" + "k" * 25


@pytest.fixture
def chats() -> Iterator[dict[str, Chat]]:
    """A service for each format."""
    with ExitStack() as stack:
        yield {format: stack.enter_context(closing(Chat(service=format))) for format in FORMATS}


def test_two_equal_runs_send_one_message_and_a_recovery_sends_one(
    playbooks: Playbooks, lab: LabClient, chats: dict[str, Chat]
) -> None:
    playbooks.create_zone()
    kept = playbooks.directory / "kept"
    playbooks.sites[SITE]["failover_notify"] = [
        {
            "url": f"{chat.base}/s3cret",
            "format": format,
            "token": TOKEN,
            "headers": {"X-Own": "s3cret-header"},
            "template": {"text": "$event $severity $key"} if format == "template" else None,
        }
        for format, chat in chats.items()
    ]
    for front in ("front_cloudflare", "front_bunny"):
        lab.break_(front, "refuse")
    outputs = []
    for outcome in ("held", "held", "unchanged", "unchanged"):
        if outcome == "unchanged":
            lab.repair()
        run = playbooks.failover("-vvv", failover_report_dir=kept)
        assert json.loads((kept / f"{SITE}.json").read_text())["outcome"] == outcome
        outputs.append(run.output)
    assert [chat.refused for chat in chats.values()] == [[]] * len(chats)
    assert "s3cret" not in "".join(outputs)
    assert "s3cret" not in (kept / f"{SITE}.json").read_text()
    got = {format: len(chat.got) for format, chat in chats.items()}
    # Alertmanager forgets what is not sent again.
    assert got == {**dict.fromkeys(FORMATS, 2), "alertmanager": 3}
    assert chats["template"].got == [{"text": f"{event} critical twinzone/{SITE}"} for event in ("begin", "end")]
    assert [one["event_action"] for one in chats["pagerduty"].got] == ["trigger", "resolve"]
    assert all(headers["X-Own"] == "s3cret-header" for chat in chats.values() for headers in chat.headers)
