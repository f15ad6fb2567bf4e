# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What surrounds every view of the emulated deSEC API: who asks, in which format, how often; and the pages of lists.

The order is that of the real framework: format (406), identity (401), permission (403, or 404 for a foreign domain),
rate limit (429), method (405); only then the body is looked at.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, urlencode

from ..web.api import Request, Response
from .backend import Backend
from .errors import Refusal, detail, not_found, unauthorized
from .store import Domain, Store, Token
from .throttle import Throttles

PAGE_SIZE = 500
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_ANYBODY = "203.0.113.1"
"""Stands for the address of clients without a token: in the lab they all have the same."""

T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """One request on its way through a view."""

    request: Request
    path: Mapping[str, str]
    """What the URL's pattern captured."""
    backend: Backend
    known_token: Token | None

    @property
    def store(self) -> Store:
        """What is kept."""
        return self.backend.store

    @property
    def token(self) -> Token:
        """Who asks. Only in views that want a token."""
        assert self.known_token is not None
        return self.known_token

    @property
    def reading(self) -> bool:
        """Whether the method is a safe one."""
        return self.request.method in _READING

    @property
    def domain(self) -> Domain:
        """The domain in the URL, if it is the account's own."""
        domain = self.store.domain_of(self.token.user, self.path["name"])
        if domain is None:
            raise not_found("Domain")
        return domain

    def query(self, name: str) -> str | None:
        """A query parameter; the last one counts."""
        return dict(self.request.query).get(name)

    def json(self) -> Any:
        """The body; `None` without one. Raises 415 for another type and 400 for broken JSON."""
        if not self.request.body:
            return None
        declared = self.request.headers.get("content-type", "")
        if declared.partition(";")[0].strip().lower() != "application/json":
            raise detail(415, f'Unsupported media type "{declared}" in request.')
        try:
            return json.loads(self.request.body.decode(), parse_constant=_no_constant)
        except ValueError as error:
            raise detail(400, f"JSON parse error - {error}") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"Out of range float values are not JSON compliant: {name!r}")


class View:
    """One kind of URL. The methods it allows are those it defines, in lower case."""

    wants_token = True
    media_type = "application/json"
    accepts_anything = False
    """Whether the Accept header is ignored."""

    def permit(self, call: Call) -> None:
        """Raise a refusal if the token may not use this view at all."""

    def throttle(self, call: Call) -> tuple[str, str | None]:
        """(scope, bucket) of the rate limit."""
        return "account_management_passive", None

    @property
    def allowed(self) -> list[str]:
        """Methods in the order of the Allow header."""
        methods = {method for method in _METHODS if hasattr(self, method.lower())}
        return [method for method in _METHODS if method in methods or (method == "HEAD" and "GET" in methods)]

    def options(self, call: Call) -> Response:
        """Very little of what the real API tells about itself."""
        return Response(200, {"renders": [self.media_type], "parses": ["application/json"]})

    def answer(
        self, request: Request, path: Mapping[str, str], backend: Backend, throttles: Throttles | None
    ) -> Response:
        """Run the request through the stages; refusals are answers, too. `path`: what the URL's pattern captured;
        `throttles`: none to let everything through."""
        headers = {"Allow": ", ".join(self.allowed), "Vary": "origin"}
        try:
            response = self._stages(request, path, backend, throttles)
        except Refusal as refusal:
            return Response(refusal.status, self.error_body(refusal.body), headers | refusal.headers, self.error_type())
        content_type = None if response.body is None else response.content_type or self.media_type
        return Response(response.status, response.body, headers | dict(response.headers), content_type)

    def error_body(self, body: object) -> object:
        """The body of a refusal in the format of this view."""
        return body

    def error_type(self) -> str:
        """The content type of a refusal."""
        return self.media_type

    def _stages(
        self, request: Request, path: Mapping[str, str], backend: Backend, throttles: Throttles | None
    ) -> Response:
        if not (self.accepts_anything or _accepts(request.headers.get("accept", "*/*"), self.media_type)):
            raise detail(406, "Could not satisfy the request Accept header.")
        call = Call(request, path, backend, _authenticate(backend.store, request) if self.wants_token else None)
        if self.wants_token:
            self.permit(call)
        if throttles is not None:
            scope, bucket = self.throttle(call)
            throttles.admit(call.token.user.email if call.known_token else _ANYBODY, scope, bucket)
        method = request.method
        if method not in self.allowed:
            raise detail(405, f'Method "{method}" not allowed.')
        handler: Callable[[Call], Response] = getattr(self, "get" if method == "HEAD" else method.lower())
        return handler(call)


def _accepts(header: str, media_type: str) -> bool:
    main, _unused, _unused = media_type.partition("/")
    wanted = {part.partition(";")[0].strip().lower() for part in header.split(",")}
    return bool(wanted & {"*/*", f"{main}/*", media_type})


def _authenticate(store: Store, request: Request) -> Token:
    """The token of a request. Other schemes than `Token` are as good as nothing. Raises a 401."""
    words = request.headers.get("authorization", "").split()
    if not words or words[0].lower() != "token":
        raise unauthorized("Authentication credentials were not provided.")
    if len(words) == 1:
        raise unauthorized("Invalid token header. No credentials provided.")
    if len(words) > 2:
        raise unauthorized("Invalid token header. Token string should not contain spaces.")
    if not words[1].isascii():
        raise unauthorized("Invalid token header. Token string should not contain invalid characters.")
    token = store.tokens.get(words[1])
    if token is None or not token.valid_at(store.ticker.now()):
        raise unauthorized("Invalid token.")
    token.last_used = store.ticker.now()
    return token


def page(call: Call, items: Sequence[T], created: Callable[[T], datetime], show: Callable[[T], Any]) -> Response:
    """A list, given oldest first, as the API pages it: newest first, by a cursor as soon as it is too long."""
    encoded = call.query("cursor")
    position, backwards = (None, False) if encoded is None else _cursor(encoded)
    chosen, more_before, more_after = _chosen(items, created, position, backwards)
    if not (more_after or more_before):
        return Response(200, [show(item) for item in chosen])
    links = [_link(call.request, "", "first")]
    if encoded is None:
        text = (
            f"Pagination required. You can query up to {PAGE_SIZE} items at a time ({len(items)} total). "
            "Please use the `first` page link (see Link header)."
        )
        raise detail(400, text, {"Link": links[0]})
    first, last = (created(chosen[0]), created(chosen[-1])) if chosen else (position, position)
    if more_before:
        links.append(_link(call.request, _encoded({"r": "1", "p": str(first)}), "prev"))
    if more_after:
        links.append(_link(call.request, _encoded({"p": str(last)}), "next"))
    return Response(200, [show(item) for item in chosen], {"Link": ", ".join(links)})


def _chosen(
    items: Sequence[T], created: Callable[[T], datetime], position: datetime | None, backwards: bool
) -> tuple[Sequence[T], bool, bool]:
    """One page, newest first, and whether there is more before it and after it."""
    if position is None:
        rest = list(items)
    elif backwards:
        rest = [item for item in items if created(item) > position]
    else:
        rest = [item for item in items if created(item) < position]
    longer, elsewhere = len(rest) > PAGE_SIZE, position is not None
    if backwards:
        return rest[:PAGE_SIZE][::-1], longer, elsewhere
    return rest[-PAGE_SIZE:][::-1], elsewhere, longer


def _cursor(encoded: str) -> tuple[datetime | None, bool]:
    try:
        fields = parse_qs(b64decode(encoded.encode("ascii")).decode("ascii"), keep_blank_values=True)
        position = fields.get("p", [None])[0]
        return None if position is None else datetime.fromisoformat(position), "r" in fields
    except ValueError:
        raise detail(404, "Invalid cursor") from None


def _encoded(fields: dict[str, str]) -> str:
    return b64encode(urlencode(fields).encode()).decode()


def quoted(path: str) -> str:
    """A path as it is written in links."""
    return quote(path, safe="/:@&+$,!~*'()")


def _link(request: Request, cursor: str, relation: str) -> str:
    parameters: dict[str, list[str]] = {}
    for name, value in request.query:
        parameters.setdefault(name, []).append(value)
    parameters["cursor"] = [cursor]
    query = urlencode(sorted(parameters.items()), doseq=True)
    return f'<{request.base_url}{quoted(request.path)}?{query}>; rel="{relation}"'
