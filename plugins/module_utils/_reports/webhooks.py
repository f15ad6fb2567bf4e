# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages to webhooks. The chat that they lead to may be behind what has just failed, so nobody waits for it for long.

With the standard library, which trusts the certificates that the system trusts: chats have private authorities.
"""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from functools import partial
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from .. import _parallel
from .._deadline import Deadline

#: Seconds to wait after 429, if the answer does not say.
_PAUSE = 1.0


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirected POST would become a GET, and be answered as if the message had come through."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


def send(urls: Sequence[str], messages: Sequence[Mapping[str, Any]], seconds: float) -> list[str]:
    """POST every message as JSON to every webhook; what could not be sent, in words without the address.

    The webhooks side by side, the messages to one of them one after the other. seconds: for all of it.
    """
    webhooks = [_Webhook(url, len(messages)) for url in urls]
    deadline = Deadline(seconds)
    tasks = {number: partial(webhook.send, messages, deadline) for number, webhook in enumerate(webhooks)}
    _parallel.run(tasks, lambda number: seconds)
    return [webhook.problem() for webhook in webhooks if webhook.sent < len(messages)]


class _Webhook:
    def __init__(self, url: str, due: int) -> None:
        self.due = due
        self.sent = 0
        self._url = url
        self._trouble = "it did not answer in time"

    def problem(self) -> str:
        """What could not be sent. The host alone is named: the rest of the address is often a secret."""
        try:
            host = urlsplit(self._url).hostname
        except ValueError:
            host = None
        return f"webhook at {host or '?'}: {self.due - self.sent} of {self.due} messages not sent: {self._trouble}"

    def send(self, messages: Sequence[Mapping[str, Any]], deadline: Deadline) -> None:
        """Send until the time is over; what failed is not tried again, unless it was asked to come later."""
        for message in messages:
            while not deadline.passed() and (wait := self._post(message, deadline)):
                if not deadline.sleep(wait):
                    return

    def _post(self, message: Mapping[str, Any], deadline: Deadline) -> float:
        """Send one message; seconds after which it is to be sent again, or 0."""
        try:
            opener = urllib.request.build_opener(_Stay())
            with opener.open(_request(self._url, message), timeout=deadline.remaining()) as answer:
                answer.read(1)
            self.sent += 1
        except urllib.error.HTTPError as error:
            self._trouble = f"it answered {error.code}"
            if error.code == 429:
                asked = error.headers.get("Retry-After") or ""
                return float(asked) if asked.isdigit() and int(asked) else _PAUSE
        except TimeoutError:
            pass
        except (OSError, HTTPException) as error:
            self._trouble = str(getattr(error, "reason", error)) or type(error).__name__
        except ValueError:
            self._trouble = "not a URL"
        return 0


def _request(url: str, message: Mapping[str, Any]) -> urllib.request.Request:
    """Raises ValueError for what is not a URL."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not a URL")
    headers = {"Content-Type": "application/json", "User-Agent": "twinzone.edge (Ansible collection)"}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return urllib.request.Request(url, json.dumps(message).encode(), headers, method="POST")
