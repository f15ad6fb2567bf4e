# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the emulated deSEC API says no: the exceptions, and the bodies that are not JSON.

JSON errors come from the API's own views. HTML comes from the framework around them (an URL that leads nowhere, a
crash) or from the web server in front (a body that is too large).
"""

from __future__ import annotations

from collections.abc import Mapping

from ..web.api import Response

HTML = "text/html; charset=utf-8"
"""What the framework sends; the web server in front does not name a charset."""


class Refusal(Exception):
    """An answer other than the one asked for, with its complete body."""

    def __init__(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


class Crash(Exception):
    """An exception inside the real server: HTML 500, nothing of the request is kept."""


class Invalid(Exception):
    """A validation error: the body of a 400, or of one item's place in the list of a bulk request."""

    def __init__(self, errors: dict[str, object] | list[object]) -> None:
        super().__init__(errors)
        self.errors = errors


def detail(status: int, text: str, headers: Mapping[str, str] | None = None) -> Refusal:
    """The usual shape: `{"detail": text}`."""
    return Refusal(status, {"detail": text}, headers)


def unauthorized(text: str) -> Refusal:
    """A 401."""
    return detail(401, text, {"WWW-Authenticate": "Token"})


def forbidden() -> Refusal:
    """The token lacks a permission of its own (not one of a policy)."""
    return detail(403, "You do not have permission to perform this action.")


def not_found(what: str) -> Refusal:
    """An object that does not exist, or belongs to somebody else."""
    return detail(404, f"No {what} matches the given query.")


def non_field(message: str) -> Invalid:
    """A complaint about an object as a whole."""
    return Invalid({"non_field_errors": [message]})


def our_fault() -> Refusal:
    """JSON 500: something behind the API failed, but the API itself kept going. After a write: it is committed."""
    return detail(500, "Internal Server Error. We're on it!")


def _framework_page(title: str, heading_and_text: str) -> str:
    return (
        f'\n<!doctype html>\n<html lang="en">\n<head>\n  <title>{title}</title>\n</head>\n<body>\n'
        f"  {heading_and_text}\n</body>\n</html>\n"
    )


def crashed() -> Response:
    """HTML 500."""
    title = "Server Error (500)"
    return Response(500, _framework_page(title, f"<h1>{title}</h1><p></p>"), {"Vary": "origin"}, HTML)


def unrouted() -> Response:
    """HTML 404: no such URL."""
    text = "<h1>Not Found</h1><p>The requested resource was not found on this server.</p>"
    return Response(404, _framework_page("Not Found", text), {"Vary": "origin"}, HTML)


def too_large() -> Response:
    """HTML 413 of the web server in front."""
    title = "413 Request Entity Too Large"
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return Response(413, page, content_type="text/html")
