# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The webhook for monitors, over real sockets."""

from __future__ import annotations

import asyncio
import base64
import json
import runpy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support import guides
from support.event_sources import Queue, free_port, source
from support.paths import ROOT

TOKEN = "a-secret-of-some-length"
BASIC = base64.b64encode(f"kuma:{TOKEN}".encode()).decode()


@asynccontextmanager
async def listening(**args: Any) -> AsyncIterator[tuple[Queue, int]]:
    port = free_port()
    async with source("monitor", token=TOKEN, port=port, **args) as queue:
        for _attempt in range(200):
            try:
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                break
        yield queue, port


async def post(port: int, path: str = "/", header: str = f"Authorization: Bearer {TOKEN}", **changed: str) -> int:
    given = {"method": "POST", "body": '{"status": "firing"}', "length": "", **changed}
    length = given["length"] or str(len(given["body"]))
    request = f"{given['method']} {path} HTTP/1.1\r\nHost: x\r\n{header}\r\nContent-Length: {length}\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write((request + given["body"]).encode())
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return int(answer.split()[1])


def test_monitors_may_ring_each_in_its_way() -> None:
    async def go() -> None:
        async with listening() as (queue, port):
            for number, header in enumerate(
                [
                    f"Authorization: Bearer {TOKEN}",
                    f"authorization: basic {BASIC}",
                    f"cf-webhook-auth: {TOKEN}",
                ]
            ):
                assert await post(port, f"/s{number}.example.com?x=1", header) == 202
                event = await queue.next()
                site = f"s{number}.example.com"
                assert event == {"twinzone": "alert", "sites": [site], "meta": {"hosts": site}}
            assert await post(port, body="no JSON at all") == 202
            assert (await queue.next())["meta"] == {"hosts": "all"}

    asyncio.run(go())


OTHERS = guides.sections("guide_watching")["Other monitors"]
GATUS = OTHERS.yaml("Gatus")["alerting"]["custom"]
ALERTMANAGER = OTHERS.yaml("Alertmanager")["receivers"][0]["webhook_configs"][0]
#: With the bodies that they document, and the tokens of the guide in the place of ours.
MONITORS = {
    # https://github.com/louislam/uptime-kuma/blob/master/server/notification-providers/webhook.js
    "Uptime Kuma": ("POST", json.loads(OTHERS.file("Uptime Kuma")), '{"heartbeat": null, "monitor": null, "msg": "x"}'),
    # https://github.com/TwiN/gatus#configuring-custom-alerts
    "Gatus": (GATUS["method"], GATUS["headers"], ""),
    # https://prometheus.io/docs/alerting/latest/configuration/#http_config: the type is Bearer by default
    "Alertmanager": (
        "POST",
        {"Authorization": f"Bearer {ALERTMANAGER['http_config']['authorization']['credentials_file']}"},
        '{"version": "4", "groupKey": "{}", "truncatedAlerts": 0, "status": "resolved", "receiver": "twinzone"}',
    ),
    # https://developers.cloudflare.com/notifications/reference/webhook-payload-schema/
    "Cloudflare": (
        "POST",
        {"cf-webhook-auth": "the-token"},
        '{"name": "n", "text": "Hello World!", "data": {}, "ts": 1136214245, "alert_event": "ALERT_STATE_EVENT_START"}',
    ),
}


@pytest.mark.parametrize("monitor", MONITORS)
def test_monitors_as_the_guide_sets_them_up(monitor: str) -> None:
    method, headers, body = MONITORS[monitor]
    ((name, value),) = headers.items()
    scheme, space, _token = value.rpartition(" ")

    async def go() -> None:
        async with listening() as (queue, port):
            assert await post(port, header=f"{name}: {scheme}{space}{TOKEN}", method=method, body=body) == 202
            assert (await queue.next())["sites"] == ["all"]

    asyncio.run(go())


@pytest.mark.parametrize(
    ("status", "given"),
    [
        (401, {"header": "Authorization: Bearer something-else-instead"}),
        (401, {"header": "cf-webhook-auth:"}),
        (401, {"header": "Authorization: Basic %%%"}),
        (401, {"header": "X: y"}),
        (405, {"method": "GET"}),
        (404, {"path": "/a,b"}),
        (404, {"path": "/all:!b"}),
        (404, {"path": "/../x"}),
        (400, {"length": "-5"}),
        (400, {"length": "many"}),
        (400, {"length": "9999999999"}),
        (400, {"header": "X: " + "y" * 20000}),
        (400, {"method": "NONSENSE and more"}),
    ],
)
def test_what_nobody_may(status: int, given: dict[str, str]) -> None:
    """And the next one is served anyway."""

    async def go() -> None:
        async with listening() as (queue, port):
            assert await post(port, **given) == status
            assert await post(port, "/site") == 202
            assert (await queue.next())["sites"] == ["site"]

    asyncio.run(go())


def test_a_flood_is_one_event_and_one_more_for_what_came_meanwhile() -> None:
    async def go() -> None:
        async with listening(again=0.5) as (queue, port):
            assert {await post(port) for _ring in range(20)} == {202}
            found = [await queue.next(), await queue.next()]
            assert [event["sites"] for event in found] == [["all"]] * 2
            await asyncio.sleep(1.2)
            assert queue.empty()

    asyncio.run(go())


@pytest.mark.parametrize("args", [{"token": "short"}, {"tokn": TOKEN}])
def test_wrong_arguments_are_refused_without_the_secret(args: dict[str, Any]) -> None:
    main = runpy.run_path(str(ROOT / "extensions/eda/plugins/event_source/monitor.py"))["main"]
    with pytest.raises(ValueError, match=r"^(token|tokn): ") as refusal:
        asyncio.run(main(Queue(), args))
    assert TOKEN not in str(refusal.value)


def test_without_a_token_it_sleeps() -> None:
    """An event source that returned would end ansible-rulebook."""
    main = runpy.run_path(str(ROOT / "extensions/eda/plugins/event_source/monitor.py"))["main"]

    async def go() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(main(Queue(), {"token": "", "eda_feedback_queue": None}), 0.2)

    asyncio.run(go())
