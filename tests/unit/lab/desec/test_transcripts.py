# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulated deSEC API answers what a real deSEC server answered: every recorded request is made again, in order."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from support.lab_desec import Desec, hosts, request
from support.paths import SHARED
from twinzone_lab.web.api import Response

TRANSCRIPTS = SHARED / "contract" / "desec-transcripts.jsonl"

NOT_REPLAYED = {
    "race-concurrent-post-409": "the emulator serialises writes; the real one lets them collide",
    "race-after-6-parallel-PATCHes-with-one-record-each": "the same",
    "nginx-429-html-no-retry-after": "made by the web server in front, per address; the lab's fault switch makes it",
    "api-down-nginx-502": "made by the web server in front; the lab's fault switch makes it",
}

WHO = {
    "auth-bad-token": "wrong",
    "auth-token-with-space": "two words",
    "domain-create-covered-by-foreign-zone": "foreign",
    "domain-get-foreign-is-404": "foreign",
    "domain-create-no-permission": "limited",
    "token-list-forbidden": "limited",
    "policy-read-own": "scoped",
} | dict.fromkeys(
    (
        "scoped-write-allowed",
        "scoped-write-denied",
        "scoped-bulk-denied-no-index",
        "scoped-delete-denied",
        "scoped-delete-missing-204",
        "scoped-read-ok",
    ),
    "scoped",
)

VOLATILE = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "TIME"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"cursor=[A-Za-z0-9%]+"), "cursor=CURSOR"),
)


class Replay:
    """The emulator, and what was learned from its answers that later requests need."""

    def __init__(self) -> None:
        self.desec = Desec()
        api = self.desec.api
        foreigner = api.add_user("other@lab.test", "x")
        api.add_token(foreigner, "foreign", perm_create_domain=True, perm_delete_domain=True)
        api.add_token(secret="limited")
        self.secrets = {"scoped": "", "wrong": "wrong", "two words": "two words", "foreign": "foreign"}
        self.learned: list[tuple[str, str]] = []

    def prepare(self, name: str) -> None:
        """What was done to the recorded server between two records."""
        desec, api, time = self.desec, self.desec.api, self.desec.time
        if name == "page-required":
            api.add_zone("txbig.test")
            api.seed("txbig.test", hosts(500))
        elif name == "throttle-write-1":
            api.throttle = True
        elif name == "throttle-write-429-15-per-min":
            for second in range(1, 8):
                time.advance(1)
                for _unused in range(2 if second < 7 else 1):
                    desec.body("PATCH", "domains/tx.test/rrsets/", [])
            time.advance(1)
        elif name == "throttle-read-429-50-per-min":
            for _unused in range(5):
                for _unused in range(10):
                    desec.body("GET", "domains/?owns_qname=x.invalid")
                time.advance(1)
            time.advance(1)
        elif name == "nsmaster-down-500-but-committed":
            api.throttle = False
            api.nsmaster_down = True
        elif name == "nslord-down-write-500-html-rolled-back":
            api.nsmaster_down = False
            api.nslord_down = True

    def answer(self, record: dict[str, Any]) -> Response:
        """Make the recorded request."""
        name, made = record["name"], record["request"]
        path = made["path"]
        for theirs, ours in self.learned:
            path = path.replace(theirs, ours)
        secret = self.secrets.get(WHO.get(name, ""), WHO.get(name, "secret"))
        headers = {key.lower(): value.replace("<secret>", secret) for key, value in made["headers"].items()}
        sent = request(made["method"], path, _body(name, made["body"]))
        return self.desec.api.handle(
            type(sent)(sent.method, sent.path, sent.query, headers, sent.body, record["server"])
        )

    def learn(self, record: dict[str, Any], response: Response) -> None:
        """Remember ids, secrets and cursors."""
        theirs, ours = record["response"], response
        if record["name"] == "token-create":
            assert isinstance(ours.body, dict)
            self.secrets["scoped"] = ours.body["token"]
            self.learned.append((theirs["body"]["id"], ours.body["id"]))
        elif record["name"] == "page-first":
            cursor = re.compile(r'cursor=([^>]+)>; rel="next"')
            pair = [cursor.search(text) for text in (theirs["headers"]["link"], ours.headers["Link"])]
            self.learned.append((pair[0][1], pair[1][1]))  # type: ignore[index]


def _body(name: str, recorded: Any) -> Any:
    """What was sent, or where only its head was recorded, something alike of the same length."""
    if name == "bulk-rrset-too-long":
        records = [f"10.0.{number // 256}.{number % 256}" for number in range(5000)]
        body = json.dumps({"subname": "many", "type": "A", "ttl": 3600, "records": records})
        assert abs(len(body) - recorded["_length"]) < 100
        return body.encode()
    if isinstance(recorded, dict) and "_truncated" in recorded:
        return (recorded["_head"] + "x" * (recorded["_length"] - len(recorded["_head"]))).encode()
    return recorded.encode() if isinstance(recorded, str) else recorded


def _comparable(value: Any, key: str = "") -> Any:
    """A body without what differs from run to run."""
    if isinstance(value, dict):
        return {name: _comparable(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        items = [_comparable(inner, key) for inner in value]
        return sorted(items) if key == "records" and all(isinstance(item, str) for item in items) else items
    if not isinstance(value, str):
        return value
    if key in ("dnskey", "ds") or (key == "token" and value):
        return f"SOME {key}"
    if key == "owner":
        return re.sub(".*@.*", "ADDRESS", value)
    for pattern, stand_in in VOLATILE:
        value = pattern.sub(stand_in, value)
    return value


def _check(record: dict[str, Any], response: Response) -> None:
    expected = record["response"]
    assert response.status == expected["status"]
    headers = {name.lower(): value for name, value in response.headers.items()}
    if response.content_type is not None:
        headers["content-type"] = response.content_type
    assert _comparable(headers) == _comparable(expected["headers"])
    body = "" if response.body is None else response.body
    theirs = expected["body"]
    if isinstance(theirs, dict) and "_truncated" in theirs:
        assert isinstance(body, list)
        first = json.loads(re.match(r"\[(\{.*?\})", theirs["_head"])[1])  # type: ignore[index]
        assert _comparable(body[0]) == _comparable(first)
        return
    if record["request"]["method"] in ("PATCH", "PUT") and response.status == 200 and isinstance(body, list):
        # created before updated, otherwise in the order of a set
        body, theirs = (
            [*sorted(shown, key=lambda rrset: (rrset["subname"], rrset["type"]))] for shown in (body, theirs)
        )
    assert _comparable(body) == _comparable(theirs)


@pytest.mark.skipif(not TRANSCRIPTS.exists(), reason="recorded answers of a real deSEC server are not at hand")
def test_every_recorded_answer_is_given_again() -> None:
    replay = Replay()
    records = [json.loads(line) for line in TRANSCRIPTS.read_text(encoding="utf-8").splitlines()]
    assert NOT_REPLAYED.keys() <= {record["name"] for record in records}
    wrong: list[str] = []
    for record in records:
        if record["name"] in NOT_REPLAYED:
            continue
        replay.prepare(record["name"])
        response = replay.answer(record)
        try:
            _check(record, response)
            replay.learn(record, response)
        except AssertionError as error:
            wrong.append(f"{record['name']}: {error}\n   ours: {response}")
    assert not wrong, "\n".join(wrong)
