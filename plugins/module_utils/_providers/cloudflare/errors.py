# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloudflare's errors in our terms: what kind they are, which record they are about, what helps. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..._errors import ProviderError
from ..._zone.record_sets import Key
from ..api import Answer, excerpt

_TOKEN = ("unauthorized", False, "the token is wrong, expired or malformed; make one with Zone:Read and DNS:Edit")
_TAKEN = ("conflict", False, "another record stands at this name; declare it with state: absent if it must go")
_RACE = ("conflict", True, "somebody else changes this zone at the same time")

#: What the API said to a write by a token with which the zone could be read.
_READ_ONLY = "the token may read but not edit DNS in this zone; give it DNS:Edit there"

#: Error codes with a meaning that the HTTP status does not have: (result, may pass, what helps).
_CODES: Mapping[int, tuple[str, bool, str]] = {
    1038: ("rejected", False, "the API serves no zones of this top-level domain (some free ones); use the dashboard"),
    **dict.fromkeys((1009, 6003, 6103, 6111, 9103, 9106, 9109, 10000), _TOKEN),
    **dict.fromkeys((7000, 7003), ("not_found", False, "check zone_id")),
    81044: _RACE,
    81045: ("rejected", False, "the plan's quota of records is used up: delete some, or upgrade the plan"),
    **dict.fromkeys((81053, 81054, 81055, 81056), _TAKEN),
    # "Already exists" is a success only after reading again: the next plan shows it.
    **dict.fromkeys((81057, 81058), _RACE),
}

_STATUSES: Mapping[int, tuple[str, bool, str]] = {
    401: ("unauthorized", False, "the token is wrong or expired"),
    403: ("unauthorized", False, "the token may not do this in this zone; it needs Zone:Read and DNS:Edit"),
    404: ("not_found", False, "check zone_id"),
}

#: A batch: by list (deletes, patches, posts) its operations, each the set that it is about and what was sent.
Batch = Mapping[str, Sequence[tuple[Key, Mapping[str, Any]]]]

#: One operation of a batch, with the name of its list.
_Operation = tuple[str, Key, Mapping[str, Any]]


def _of_types(*types: str) -> Callable[[_Operation], bool]:
    return lambda operation: operation[0] != "deletes" and operation[1][1] in types


def _with(field: str) -> Callable[[_Operation], bool]:
    return lambda operation: bool(operation[2].get(field))


#: The operations to which a code can only refer.
_ABOUT: Mapping[int, Callable[[_Operation], bool]] = {
    9004: _with("proxied"),
    9041: _with("proxied"),
    9005: _of_types("A"),
    9006: _of_types("AAAA"),
    9007: _of_types("CNAME"),
    9008: _of_types("NS"),
    9009: _of_types("MX"),
    9021: _with("ttl"),
    9101: _with("comment"),
    9102: _with("comment"),
    81044: lambda operation: operation[0] != "posts",
    81053: _of_types("CNAME"),
}

#: More candidates than these help nobody.
_FEW = 3

_POINTER = re.compile(r"(deletes|patches|puts|posts)\D{0,3}(\d+)")


def checked(answer: Answer, batch: Batch | None = None) -> Answer:
    """The answer when it is a success. Raises ProviderError otherwise. batch: what was sent, for a write."""
    if answer.ok:
        return answer
    raise of(answer.status, answer.json_or_none(), excerpt(answer.body), batch or {})


def of(status: int, body: Any, beginning: str, batch: Batch) -> ProviderError:
    """The error that an answer means. body: decoded, None when it is not JSON; beginning: of its text, for a message.

    batch: what was sent; empty for a request that reads.
    """
    errors = list(_errors(body))
    code = errors[0].get("code") if errors else None
    refused = "nothing of this batch was applied" if batch else "the zone could not be read"
    default = _STATUSES.get(status, ("rejected", False, refused))
    kind, passing, hint = _CODES.get(code, default) if isinstance(code, int) else default
    if kind == "unauthorized":
        hint = _unauthorized_hint(body, errors, batch) or hint
    message = "; ".join(_words(error, batch) for error in errors) or f"the API answered {status}: {beginning}"
    shown = None if code is None else str(code)
    return ProviderError(
        kind, message, status=status, code=shown, hint=hint, passing=passing, nothing_applied=not passing
    )


def _unauthorized_hint(body: Any, errors: Sequence[Mapping[str, Any]], batch: Batch) -> str:
    """What helps beyond what the code says; empty when that is all."""
    if body is None:
        return "a web page answered, not the API: a challenge of Cloudflare's, or a proxy in between; not the token"
    if any("location" in str(error.get("message", "")) for error in errors):
        return "the token's IP filter does not allow the address that this runner has; add it to the token"
    return _READ_ONLY if batch else ""


def _errors(body: Any) -> Iterator[Mapping[str, Any]]:
    errors = body.get("errors") if isinstance(body, dict) else None
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict):
            yield _unwrapped(error)


def _unwrapped(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """A generic error with the code and the words of the specific one that it carries, if any."""
    chain = error.get("error_chain")
    inner = next((one for one in chain if isinstance(one, dict)), None) if isinstance(chain, list) else None
    if inner is None or not inner.get("message"):
        return error
    code = inner.get("code", error.get("code"))
    return {**error, "code": code, "message": f"{error.get('message', '')}: {inner['message']}".removeprefix(": ")}


def _words(error: Mapping[str, Any], batch: Batch) -> str:
    """The API's words, with its code and the record that they are about as far as that can be known."""
    message, code = str(error.get("message", "no message")), error.get("code", "?")
    subject = _subject(error, message, code, batch)
    return f"{subject}{message} (code {code})"


def _subject(error: Mapping[str, Any], message: str, code: Any, batch: Batch) -> str:
    """The record that an error of a batch is about: as its pointer says, else as its words and its code suggest."""
    if pointed := _pointed_at(error, batch):
        return f"{pointed}: "
    operations = [(kind, key, sent) for kind, items in batch.items() for key, sent in items]
    candidates = (
        [operation for operation in operations if _is_told(operation, message)]
        or [operation for operation in operations if _ABOUT.get(code, _anything)(operation)]
        or operations
    )
    names = list(dict.fromkeys(_named(key) for _kind, key, _sent in candidates))
    if len(names) > _FEW:
        return f"one of {len(names)} record sets: "
    return f"{'one of ' if len(names) > 1 else ''}{', '.join(names)}: " if names else ""


def _pointed_at(error: Mapping[str, Any], batch: Batch) -> str:
    """The record that an error points at; empty where it points at none of the batch."""
    source = error.get("source")
    pointer = _POINTER.search(str(source.get("pointer"))) if isinstance(source, dict) else None
    if pointer and int(pointer[2]) < len(batch.get(pointer[1], ())):
        return _named(batch[pointer[1]][int(pointer[2])][0])
    return ""


def _anything(operation: _Operation) -> bool:
    return True


def _is_told(operation: _Operation, message: str) -> bool:
    """Whether the words name the record or its content."""
    _kind, _key, sent = operation
    sent_texts = (str(sent[field]) for field in ("id", "name", "content") if sent.get(field))
    return any(re.search(rf"(?<![\w.-]){re.escape(text)}(?![\w-])", message, re.IGNORECASE) for text in sent_texts)


def _named(key: Key) -> str:
    return " ".join(key)
