# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages reach webhooks in the form that each service documents, and a webhook that fails holds nobody."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._failover import notify_reader
from ansible_collections.twinzone.edge.plugins.module_utils._failover.notify_reader import NEEDS
from ansible_collections.twinzone.edge.plugins.module_utils._reports import alarms, webhooks
from ansible_collections.twinzone.edge.plugins.module_utils._reports.alarms import Alarm
from ansible_collections.twinzone.edge.plugins.module_utils._reports.formats.registry import FORMATS
from ansible_collections.twinzone.edge.plugins.module_utils._reports.webhooks import Webhook
from support import guides, message_services
from support.chats import Chat
from support.failover_reports import SITE, report
from support.tls_fronts import Server


@pytest.fixture
def chats() -> Iterator[list[Chat]]:
    """A place for webhooks, which are ended after the test."""
    made: list[Chat] = []
    yield made
    for chat in made:
        chat.close()


def alarm(before: Any = None, **changed: Any) -> Alarm:
    made = alarms.of(report(60, **changed), alarms.state_before(before))
    assert made is not None
    return made


BAD = "</pre> ```\u2028@everyone <!channel> *bold* [x](http://evil) & " + "y" * 9000
BEGIN = alarm(outcome="held", rule="all_down", reason=BAD, summary=[f"{SITE}: HELD", f"why     {BAD}"])
END = alarm(report(outcome="held"), outcome="unchanged", run="r2")
NEWS = alarm(outcome="switched", front="bunny")


def preflight() -> Alarm:
    """What a preflight with a failure says."""
    wrong = {"id": "path", "subject": SITE, "level": "fail", "seen": BAD, "remedy": "do it"}
    made = alarms.of({"schema": "twinzone-preflight/1", "when": "2026-11-18T11:20:04Z", "results": [wrong]}, None)
    assert made is not None
    return made


def test_webhooks_get_all_messages(chats: list[Chat]) -> None:
    chats += [Chat(), Chat(429, 200), Chat()]
    with_password = chats[2].url.replace("http://", "http://ops:pass%40word@")
    due = {Webhook(url): [NEWS, BEGIN, END] for url in (chats[0].url, chats[1].url, with_password)}
    assert webhooks.send(due, 20) == {}
    assert [body["event"] for body in chats[0].got] == ["news", "begin", "end"]
    assert chats[0].got[0]["text"] == "one\ntwo"
    assert chats[0].got[0]["result"] == json.loads(json.dumps(NEWS.report))
    assert chats[0].headers[0]["Content-Type"] == "application/json"
    assert [body["event"] for body in chats[1].got] == ["news", "news", "begin", "end"], "sent again after 429"
    assert chats[2].headers[0]["Authorization"] == "Basic b3BzOnBhc3NAd29yZA=="


def test_a_webhook_that_fails_is_named_without_its_secret_and_holds_nobody(chats: list[Chat]) -> None:
    chats += [Chat(), Chat(500), Chat(302)]
    silent = Server(lambda connection, number: time.sleep(60))
    gone = Server(lambda connection, number: None)
    gone.close()
    urls = [chat.url for chat in chats]
    urls += [f"http://{silent.address}:{silent.port}/s3cret", f"http://{gone.address}:{gone.port}/s3cret"]
    urls += ["s3cret", "http://[s3cret/", "ftp://127.0.0.1/s3cret"]
    began = time.monotonic()
    problems = list(webhooks.send({Webhook(url): [BEGIN] * 3 for url in urls}, 4).values())
    assert time.monotonic() - began < 30
    silent.close()
    assert len(chats[0].got) == 3
    assert len(problems) == len(urls) - 1
    assert problems[0] == "webhook at 127.0.0.1: 3 of 3 messages not sent: it answered 500"
    assert "302" in problems[1]
    assert "in time" in problems[2]
    assert "refused" in problems[3]
    assert all("not a URL" in problem for problem in problems[4:])
    assert "s3cret" not in "".join(problems)


def sent(chats: list[Chat], format: str, *due: Alarm, path: str = "/hook/x", **more: Any) -> list[Any]:
    """What a service of this format gets."""
    chats.append(Chat(service=format))
    webhook = Webhook(chats[-1].base + path, format, more.pop("token", ""), {"X-Own": "s3cret"}, **more)
    failed = webhooks.send({webhook: due}, 20)
    assert chats[-1].refused == []
    assert failed == {}
    assert all(headers["X-Own"] == "s3cret" for headers in chats[-1].headers)
    return chats[-1].got


@pytest.mark.parametrize("asked", ["²", "9" * 5000, "soon"])
def test_a_webhook_that_asks_for_nonsense_is_asked_again_soon(asked: str, chats: list[Chat]) -> None:
    chats += [Chat(429, 200, retry_after=asked), Chat()]
    assert webhooks.send({Webhook(chat.url): [NEWS] for chat in chats}, 30) == {}
    assert [len(chat.got) for chat in chats] == [2, 1]


def test_slack_gets_a_text_and_a_block(chats: list[Chat]) -> None:
    for got in sent(chats, "slack", BEGIN, END, NEWS):
        assert got.keys() == {"text", "attachments"}
        (attachment,) = got["attachments"]
        assert re.fullmatch("#[0-9a-f]{6}", attachment["color"])
        (block,) = attachment["blocks"]
        assert (block["type"], block["text"]["type"]) == ("section", "mrkdwn")
        text = block["text"]["text"]
        assert 1 <= len(text) <= 3000
        assert text.startswith("```")
        assert text.count("```") == 2
        assert "<" not in text, "a mention would be <!channel>"


def test_teams_gets_an_adaptive_card(chats: list[Chat]) -> None:
    for got in sent(chats, "teams", BEGIN, END, NEWS):
        assert got["type"] == "message"
        (attachment,) = got["attachments"]
        assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        card = attachment["content"]
        assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
        assert all(block["type"] == "TextBlock" and block["text"] for block in card["body"])
        colours = {"default", "dark", "light", "accent", "good", "warning", "attention"}
        assert card["body"][0]["color"] in colours
        assert len(json.dumps(got)) < 28_000
        assert not any(re.search(r"(?<!\\)\[", block["text"]) for block in card["body"]), "no link"


def test_discord_gets_an_embed_that_mentions_nobody(chats: list[Chat]) -> None:
    for got in sent(chats, "discord", BEGIN, END, NEWS):
        assert got["allowed_mentions"] == {"parse": []}
        (embed,) = got["embeds"]
        assert len(embed["title"]) <= 256
        assert len(embed["description"]) <= 4096
        assert embed["description"].count("```") == 2
        assert 0 <= embed["color"] <= 0xFFFFFF


def test_ntfy_gets_its_topic_in_the_body(chats: list[Chat]) -> None:
    begin, end, _news = sent(chats, "ntfy", BEGIN, END, NEWS, path="/alerts", token="tk_1")
    assert chats[-1].paths == ["/"] * 3
    assert chats[-1].headers[0]["Authorization"] == "Bearer tk_1"
    for got in (begin, end):
        assert got["topic"] == "alerts"
        assert len(got["message"].encode()) <= 4096
        assert got["priority"] in range(1, 6)
    assert begin["priority"] > end["priority"]
    (problem,) = webhooks.send({Webhook("https://ntfy.sh/", "ntfy"): [BEGIN]}, 5).values()
    assert "no topic" in problem


def test_pagerduty_gets_a_trigger_and_a_resolve_with_one_key(chats: list[Chat]) -> None:
    begin, end = sent(chats, "pagerduty", BEGIN, END, NEWS, path="/v2/enqueue", token="R" * 32)
    assert chats[-1].paths == ["/v2/enqueue"] * 2
    assert "Authorization" not in chats[-1].headers[0]
    assert {begin["routing_key"], end["routing_key"]} == {"R" * 32}
    assert begin["dedup_key"] == end["dedup_key"]
    assert len(begin["dedup_key"]) <= 255
    assert (begin["event_action"], end["event_action"]) == ("trigger", "resolve")
    payload = begin["payload"]
    assert {"summary", "source", "severity"} <= payload.keys()
    assert len(payload["summary"]) <= 1024
    assert payload["severity"] in ("critical", "error", "warning", "info")
    datetime.fromisoformat(payload["timestamp"])


def test_alertmanager_gets_one_alert_that_ends(chats: list[Chat]) -> None:
    (begin,), (end,) = sent(chats, "alertmanager", BEGIN, END, NEWS, path="")
    assert chats[-1].paths == ["/api/v2/alerts"] * 2
    assert begin["labels"] == end["labels"] == {"alertname": "TwinzoneSite", "site": SITE}
    assert all(isinstance(value, str) for value in (*begin["labels"].values(), *begin["annotations"].values()))
    times = [datetime.fromisoformat(one[name]) for one in (begin, end) for name in ("startsAt", "endsAt")]
    assert times[0] < times[1]
    assert times[2] <= times[3] < times[1], "it is over"


def test_a_template_is_filled_in(chats: list[Chat]) -> None:
    template = {"msg": "$site is $outcome: $title", "tags": ["$severity", 7, "$unknown"]}
    (got,) = sent(chats, "template", END, template=template)
    assert got == {"msg": f"{SITE} is unchanged: {SITE}: is well again", "tags": ["critical", 7, "$unknown"]}
    (text,) = sent(chats, "template", NEWS, template="$event ${site} $$", token="t")
    assert text == f"news {SITE} $"
    assert chats[-1].headers[0]["Authorization"] == "Bearer t"
    (nasty,) = sent(chats, "template", BEGIN, template={"msg": '$reason"}'})
    assert nasty == {"msg": f'{BAD}"}}'.replace("}}", "}")}


def test_apprise_gets_what_its_api_asks_for(chats: list[Chat]) -> None:
    """By the template of the page on architecture: a body that is not empty, and a title
    (https://github.com/caronc/apprise-api#api-details)."""
    (printed,) = [
        block.text
        for block in guides.sections("architecture")["What there is not, and why"].blocks
        if "notify" in block.text
    ]
    (target,) = yaml.safe_load(printed)["failover_notify"]
    for alarm in (BEGIN, END, NEWS):
        (got,) = sent(chats, target["format"], alarm, template=target["template"])
        assert got.keys() == {"title", "body"}
        assert SITE in got["title"] and got["body"].strip(": ")


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_takes_every_alarm(format: str, chats: list[Chat]) -> None:
    more: dict[str, Any] = {NEEDS[format]: "x" * 32} if format in NEEDS else {}
    got = sent(chats, format, BEGIN, END, NEWS, preflight(), **more)
    assert 3 <= len(got) <= 4


@pytest.mark.parametrize("service", message_services.SCHEMAS)
def test_the_receiver_refuses_what_the_service_would(service: str, chats: list[Chat]) -> None:
    (good,) = sent(chats, service, BEGIN, token="x" * 32)
    body = good[0] if service == "alertmanager" else good
    everything: list[Any] = [{}, [], {**body, "unknown": 1}, *({**body, key: 7.5} for key in body)]
    for broken in everything:
        assert message_services.problems(service, [broken] if service == "alertmanager" else broken), broken


def test_the_role_knows_the_formats() -> None:
    assert tuple(sorted(FORMATS)) == notify_reader.FORMATS


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (7, "neither"),
        ({}, "url: is missing"),
        ({"url": "https://s3cret", "format": "pager"}, "'pager' is not one of"),
        ({"url": "https://s3cret", "format": "pagerduty"}, "token: is missing"),
        ({"url": "https://s3cret", "format": "template"}, "template: is missing"),
        ({"url": "https://s3cret", "repeat_after": "soon"}, "not a duration"),
        ({"url": "https://s3cret", "headers": "s3cret: x"}, "headers: is not a mapping"),
        ({"url": "https://s3cret", "urls": "https://s3cret"}, "is unknown; did you mean url? Known are"),
    ],
)
def test_a_webhook_that_is_badly_described_is_refused_without_its_secret(entry: Any, problem: str) -> None:
    (found,) = notify_reader.problems(entry)
    assert problem in found
    assert "s3cret" not in found
    assert notify_reader.usable([entry, "https://x"]) == ["https://x"]


def test_webhooks_that_are_well_described() -> None:
    for entry in ("https://x", {"url": "https://x"}, {"url": "https://x", "format": "slack", "repeat_after": "4h"}):
        assert notify_reader.problems(entry) == []
