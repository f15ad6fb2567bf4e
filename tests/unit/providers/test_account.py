# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What providers say about zone, account and token, and what becomes of questions that they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._errors import ProviderError
from ansible_collections.twinzone.edge.plugins.module_utils._providers.account import Inquiry, unknown
from ansible_collections.twinzone.edge.plugins.module_utils._providers.api import Answer
from ansible_collections.twinzone.edge.plugins.module_utils._providers.cloudflare import account as cloudflare
from ansible_collections.twinzone.edge.plugins.module_utils._providers.desec import account as desec

ZONE = {
    "id": "z1",
    "status": "active",
    "paused": False,
    "account": {"id": "a1"},
    "permissions": ["#dns_records:read", "#dns_records:edit"],
}


@dataclass
class FakeApi:
    """Answers by path: status and body; 403 where there is none."""

    answers: Mapping[str, Any]
    asked: list[str] = field(default_factory=list)

    def get(self, path: str, query: Any, accept: Callable[[Answer], Any]) -> Any:
        self.asked.append(path)
        status, body = self.answers.get(path, (403, {"detail": "no"}))
        return accept(Answer(status, {}, json.dumps(body).encode()))


def success(result: Any, **more: Any) -> tuple[int, dict[str, Any]]:
    return 200, {"success": True, "result": result, **more}


CLOUDFLARE = {
    "/zones/z1/dns_settings": success({"multi_provider": True}),
    "/zones/z1/dns_records/usage": success({"record_usage": 7, "record_quota": 200}),
    "/accounts/a1/dns_settings": success({"enforce_dns_only": False}),
    "/zones?per_page=5&page=1": success([], result_info={"total_count": 3}),
    "/user/tokens/verify": success({"status": "active", "expires_on": "2027-01-15T08:00:00Z"}),
}


def test_all_that_cloudflare_says() -> None:
    api: Any = FakeApi(CLOUDFLARE)
    found = cloudflare.of(api, ZONE, "x" * 40)
    assert (found["state"], found["multi_provider"], found["proxies_off"]) == ("", True, False)
    assert (found["used"], found["allowed"], found["unseen"]) == (7, 200, [])
    token = found["token"]
    assert (token["status"], token["expires"], token["zones"], token["writes"]) == ("", 1_800_000_000, 3, True)


def test_what_a_narrow_token_may_not_ask_is_not_known() -> None:
    api: Any = FakeApi({})
    found = cloudflare.of(api, {"id": "z1", "status": "moved"}, "cfat_x")
    assert (found["state"], found["multi_provider"], found["used"]) == ("moved", None, None)
    assert (found["token"]["zones"], found["token"]["writes"], len(found["unseen"])) == (None, None, 5)
    assert "/accounts//tokens/verify" in api.asked, "the tokens of an account are asked about at another place"


@pytest.mark.parametrize(
    ("zone", "state", "writes"),
    [
        ({**ZONE, "paused": True}, "paused", True),
        ({**ZONE, "status": "pending"}, "pending", True),
        ({**ZONE, "permissions": ["#dns_records:read"]}, "", False),
        ({**ZONE, "permissions": ["#zone:read"]}, "", None),
        ({**ZONE, "permissions": 7}, "", None),
    ],
)
def test_the_zone_as_the_list_shows_it(zone: dict[str, Any], state: str, writes: bool | None) -> None:
    api: Any = FakeApi(CLOUDFLARE)
    found = cloudflare.of(api, zone, "x" * 40)
    assert (found["state"], found["token"]["writes"]) == (state, writes)


def policy(domain: str | None, subname: str | None, write: bool) -> dict[str, Any]:
    return {"domain": domain, "subname": subname, "type": None, "perm_write": write}


DEFAULT = policy(None, None, False)


@pytest.mark.parametrize(
    ("policies", "limited", "names"),
    [
        ([], False, None),
        ([DEFAULT], True, []),
        ([DEFAULT, policy("example.com", "web-router", True)], True, ["web-router"]),
        ([DEFAULT, policy("example.com", "", True), policy("other.example", "www", True)], True, ["@"]),
        ([DEFAULT, policy("example.com", None, True)], True, None),
    ],
)
def test_the_names_that_desecs_policies_allow(policies: list[Any], limited: bool, names: list[str] | None) -> None:
    api: Any = FakeApi({"/auth/tokens/t1/policies/rrsets/": (200, policies)})
    found = desec.of(api, "example.com", "t1", 60)
    assert (found["token"]["manages"], found["token"]["limited"], found["token"]["names"]) == (False, limited, names)
    assert (found["scoped"], found["minimum_ttl"], found["unseen"]) == (True, 60, [])


def test_a_desec_token_that_sees_itself() -> None:
    shown = {
        "is_valid": True,
        "created": "2027-01-15T07:00:00Z",
        "max_age": "1 01:00:00",
        "allowed_subnets": ["192.0.2.0/24"],
    }
    answers = {
        "/auth/tokens/": (200, []),
        "/auth/tokens/t1/": (200, shown),
        "/auth/tokens/t1/policies/rrsets/": (200, []),
    }
    api: Any = FakeApi(answers)
    token = desec.of(api, "example.com", "t1", 60)["token"]
    assert (token["manages"], token["expires"], token["networks"]) == (True, 1_800_000_000 + 86400, ["192.0.2.0/24"])


@pytest.mark.parametrize("nonsense", [[], "x", 7, True, {"record_usage": []}])
@pytest.mark.parametrize("path", CLOUDFLARE)
def test_an_account_without_sense_is_an_unknown_one(path: str, nonsense: Any) -> None:
    """Whatever an API says about its account, the rest of a preflight goes on."""
    api: Any = FakeApi({**CLOUDFLARE, path: success(nonsense, result_info=nonsense)})
    inquiry = Inquiry()
    found = inquiry.ask("the account", lambda: cloudflare.of(api, ZONE, "x" * 40), unknown())
    assert found == unknown() if inquiry.unseen else found["state"] == ""


def test_a_desec_token_without_sense_is_an_unknown_one() -> None:
    answers = {"/auth/tokens/": (200, []), "/auth/tokens/t1/": (200, {"allowed_subnets": 5})}
    api: Any = FakeApi(answers)
    found = desec.of(api, "example.com", "t1", 60)
    assert found["token"]["manages"]
    assert any(one.startswith("the token: ") for one in found["unseen"])


def test_a_desec_api_that_fails_says_nothing() -> None:
    api: Any = FakeApi({"/auth/tokens/": (500, "")})
    found = desec.of(api, "example.com", "", 60)
    assert (found["token"]["manages"], found["unseen"]) == (
        None,
        ['what the token may manage: the API answered 500: ""'],
    )


@pytest.mark.parametrize(("status", "refused"), [(200, False), (400, False), (404, False), (401, True), (403, True)])
def test_a_write_that_is_wrong_proves_the_permission(status: int, refused: bool) -> None:
    assert desec.refused(Answer(status, {}, b"")) is refused


def test_a_write_that_fails_proves_nothing() -> None:
    with pytest.raises(ProviderError):
        desec.refused(Answer(409, {}, b""))
