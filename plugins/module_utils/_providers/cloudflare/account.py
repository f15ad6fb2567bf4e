# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Cloudflare says about a zone, its account and its token. Nothing here writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._timestamps import unix_time
from ..account import AccountData, Inquiry, TokenData, unknown, unknown_token
from ..api import Api, json_of
from .errors import checked
from .pages import is_success

#: How the tokens of an account, in place of a user, begin.
_OF_AN_ACCOUNT = "cfat_"

#: Without either, a token does not write records; other permissions of the list say nothing about that.
_WRITES, _READS = "#dns_records:edit", "#dns_records:read"


def of(api: Api, zone: Mapping[str, Any], token: str) -> AccountData:
    """The account of a zone, as the list of zones shows it. token: the secret, of which only the kind is looked at."""

    def get(path: str) -> dict[str, Any]:
        return dict(api.get(path, None, lambda answer: json_of(checked(answer), _has_result)))

    inquiry = Inquiry()
    path = f"/zones/{zone['id']}"
    account = str((zone.get("account") or {}).get("id") or "")
    settings: dict[str, Any] = inquiry.ask("the zone's DNS settings", lambda: get(f"{path}/dns_settings")["result"], {})
    usage: dict[str, Any] = inquiry.ask("the number of records", lambda: get(f"{path}/dns_records/usage")["result"], {})
    enforced: dict[str, Any] = inquiry.ask(
        "the account's DNS settings", lambda: get(f"/accounts/{account}/dns_settings")["result"], {}
    )
    zones: dict[str, Any] = inquiry.ask(
        "the number of zones", lambda: get("/zones?per_page=5&page=1").get("result_info") or {}, {}
    )
    verify = f"/accounts/{account}/tokens/verify" if token.startswith(_OF_AN_ACCOUNT) else "/user/tokens/verify"
    verified: dict[str, Any] = inquiry.ask("the token", lambda: get(verify)["result"], {})
    return {
        **unknown(),
        "state": _state(zone),
        "multi_provider": _truth(settings.get("multi_provider")),
        "proxies_off": _truth(enforced.get("enforce_dns_only")),
        "used": _number(usage.get("record_usage")),
        "allowed": _number(usage.get("record_quota")),
        "token": _token(verified, zones, zone.get("permissions")),
        "unseen": inquiry.unseen,
    }


def _state(zone: Mapping[str, Any]) -> str:
    if zone.get("status") != "active":
        return str(zone.get("status") or "")
    return "paused" if zone.get("paused") else ""


def _token(verified: Mapping[str, Any], zones: Mapping[str, Any], permissions: Any) -> TokenData:
    status = str(verified.get("status") or "")
    known = [str(one) for one in permissions] if isinstance(permissions, list) else []
    return {
        **unknown_token(),
        "status": "" if status == "active" else status,
        "expires": unix_time(verified.get("expires_on")) or None,
        "zones": _number(zones.get("total_count")),
        "writes": _WRITES in known if _READS in known else None,
    }


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _has_result(data: Any) -> bool:
    return is_success(data) and isinstance(data.get("result"), (dict, list))
