# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What deSEC says about a token. Nothing here writes.

A token may read its own policies, but cannot find out its own id. deSEC shows that when the token is made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..._errors import ProviderError
from ..._timestamps import unix_time
from ..account import AccountData, Inquiry, TokenData, unknown, unknown_token
from ..api import Answer, Api, json_of
from .errors import checked

_TOKENS = "/auth/tokens/"
_DURATION = re.compile(r"(?:(\d+) )?(?:(?:(\d+):)?(\d+):)?(\d+)(?:\.\d+)?")


def of(api: Api, zone: str, token_id: str, minimum_ttl: int) -> AccountData:
    """The account. token_id: of the token with which it is asked; empty where it is not known."""
    inquiry = Inquiry()
    manages = inquiry.ask("what the token may manage", lambda: _manages(api), None)
    token: TokenData = {**unknown_token(), "manages": manages}
    if token_id:
        path = f"{_TOKENS}{token_id}/"
        policies = inquiry.ask("the token's policies", lambda: _list(api, f"{path}policies/rrsets/"), None)
        if policies is not None:
            token |= {"limited": bool(policies), "names": _names(policies, zone)}
        if manages:
            token = inquiry.ask("the token", lambda: _described(token, _one(api, path)), token)
    return {**unknown(), "minimum_ttl": minimum_ttl, "token": token, "scoped": True, "unseen": inquiry.unseen}


def _manages(api: Api) -> bool:
    """Whether the token may make and change tokens: only then does it see any."""

    def accept(answer: Answer) -> bool:
        if answer.status == 403:
            return False
        checked(answer)
        return True

    return api.get(_TOKENS, {"cursor": ""}, accept)


def _list(api: Api, path: str) -> list[dict[str, Any]]:
    return list(api.get(path, None, lambda answer: json_of(checked(answer), _is_list)))


def _one(api: Api, path: str) -> dict[str, Any]:
    return dict(api.get(path, None, lambda answer: json_of(checked(answer), lambda data: isinstance(data, dict))))


def _is_list(data: Any) -> bool:
    return isinstance(data, list) and all(isinstance(one, dict) for one in data)


def _names(policies: Sequence[Mapping[str, Any]], zone: str) -> list[str] | None:
    """The names of the zone that the policies allow to be written; None for all."""
    names = [one.get("subname") for one in policies if one.get("perm_write") and one.get("domain") in (zone, None)]
    if not policies or None in names:
        return None
    return sorted({str(name or "@") for name in names})


def _described(token: TokenData, shown: Mapping[str, Any]) -> TokenData:
    """The token with what one that may manage tokens sees of itself."""
    networks = [str(one) for one in shown.get("allowed_subnets") or ()]
    return {
        **token,
        "status": "" if shown.get("is_valid", True) else "not valid",
        "expires": _end(shown.get("created"), shown.get("max_age")),
        "networks": [] if {"0.0.0.0/0", "::/0"} & set(networks) else networks,
    }


def _end(created: Any, max_age: Any) -> int | None:
    """When a token ends that was made then and lives for so long, as Unix time; None for never."""
    begin, match = unix_time(created), _DURATION.fullmatch(str(max_age))
    if not begin or match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return begin + ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def refused(answer: Answer) -> bool:
    """Whether a write was refused for lack of permission; what deSEC finds wrong with it otherwise does not matter."""
    if answer.status in (401, 403):
        return True
    if answer.ok or answer.status in (400, 404):
        return False
    raise ProviderError("rejected", f"deSEC answered {answer.status}", status=answer.status)
