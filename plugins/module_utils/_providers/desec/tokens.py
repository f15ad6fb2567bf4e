# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens that may write a few names only. Source of the rules: deSEC's documentation of token policies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..._errors import ProviderError
from ..._zone.origins import ADDRESS_TYPES
from ..api import MOST_PAGES, Answer, Api, excerpt, json_of
from .provider import next_cursor

_TOKENS = "/auth/tokens/"


@dataclass(frozen=True)
class Policy:
    """Who may write what: None stands for every domain, name or type."""

    domain: str | None
    subname: str | None
    write: bool
    type: str | None = None

    def as_body(self) -> dict[str, Any]:
        return {"domain": self.domain, "subname": self.subname, "type": self.type, "perm_write": self.write}


#: Forbids everything that no other policy allows. The API wants it first.
DEFAULT = Policy(None, None, False)


def policies(zone: str, names: Iterable[str]) -> list[Policy]:
    """What a token needs to write these names of a zone, and nothing else. names: relative, empty for the apex.

    At the apex only the addresses: what else stands there is not a router's.
    """
    return [DEFAULT, *(Policy(zone, name, True, rdtype) for name in names for rdtype in _types(name))]


def _types(name: str) -> Sequence[str | None]:
    return (None,) if name else ADDRESS_TYPES


def _is_held(one: Policy, known: set[tuple[Any, ...]]) -> bool:
    """Whether a token has the policy, or one for all types of the name. known: domain, name, permission and type."""
    return any((one.domain, one.subname, one.write, rdtype) in known for rdtype in (one.type, None))


class Tokens:
    """The tokens of an account. The API's own token must be allowed to manage tokens."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def find(self, name: str) -> str:
        """The id of the token with this name; empty for none. Raises ProviderError for several."""
        found = [token["id"] for token in self._all() if token.get("name") == name]
        if len(found) > 1:
            raise ProviderError(
                "rejected", f"{len(found)} tokens are called {name!r}; delete those that you do not need"
            )
        return found[0] if found else ""

    def _all(self) -> list[dict[str, Any]]:
        tokens: list[dict[str, Any]] = []
        cursor: str | None = ""
        for _page in range(MOST_PAGES):
            page, cursor = self._api.get(_TOKENS, {"cursor": cursor}, _page_of)
            tokens += page
            if cursor is None:
                break
        return tokens

    def missing(self, token: str, wanted: Sequence[Policy]) -> list[Policy]:
        """The policies that the token with this id does not have."""
        path = f"{_TOKENS}{token}/policies/rrsets/"
        held = self._api.get(path, None, lambda answer: json_of(_checked(answer), _is_list))
        known = {(one["domain"], one["subname"], one["perm_write"], one["type"]) for one in held}
        return [one for one in wanted if not _is_held(one, known)]

    def create(self, name: str) -> tuple[str, str]:
        """Id and secret of a new token, which may do nothing but what its policies allow."""
        made = json_of(_checked(self._api.write("POST", _TOKENS, {"name": name})), _is_token)
        return made["id"], made["token"]

    def allow(self, token: str, wanted: Iterable[Policy]) -> None:
        """Add these policies to the token with this id, in this order."""
        for one in wanted:
            _checked(self._api.write("POST", f"{_TOKENS}{token}/policies/rrsets/", one.as_body()))

    def delete(self, token: str) -> None:
        _checked(self._api.write("DELETE", f"{_TOKENS}{token}/", None))


def _page_of(answer: Answer) -> tuple[list[dict[str, Any]], str | None]:
    return json_of(_checked(answer), _is_list), next_cursor(answer)


def _is_list(body: Any) -> bool:
    return isinstance(body, list) and all(isinstance(one, dict) for one in body)


def _is_token(body: Any) -> bool:
    return isinstance(body, dict) and all(isinstance(body.get(key), str) for key in ("id", "token"))


def _checked(answer: Answer) -> Answer:
    if answer.ok:
        return answer
    words = excerpt(answer.body)
    if answer.status in (401, 403):
        raise ProviderError(
            "unauthorized",
            f"deSEC answered {answer.status}: {words}",
            status=answer.status,
            hint="use a token that may manage tokens (perm_manage_tokens), and keep it away from the runner",
        )
    raise ProviderError("rejected", f"deSEC answered {answer.status}: {words}", status=answer.status)
