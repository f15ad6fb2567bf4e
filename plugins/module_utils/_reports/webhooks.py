# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages to webhooks. The chat that they lead to may be behind what has just failed, so nobody waits for it for long.

With the standard library, which trusts the certificates that the system trusts: chats have private authorities.
"""

from __future__ import annotations

import base64
import hashlib
import re
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from .. import _parallel
from .._deadline import Deadline
from .._text import visible
from . import alarms
from .alarms import Alarm, State
from .formats.post import Post, Target
from .formats.registry import EVERY_RUN, FORMATS

#: Seconds to wait after 429, if the answer does not say.
_PAUSE = 1.0

#: How an answer says so. Other digits than these, and thousands of them, are ignored.
_SECONDS = re.compile(r"[0-9]{1,9}")


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirected POST would become a GET, and be answered as if the message had come through."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


@dataclass(frozen=True, eq=False)
class Webhook:
    """A webhook as the user describes it. repeat_after: seconds after which an alarm is sent again; 0 for never."""

    url: str
    format: str = "json"
    token: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    repeat_after: int = 0
    template: Any = None

    @property
    def id(self) -> str:
        """By which it is known in stored reports, where its address must not be."""
        return hashlib.sha256(f"{self.format} {self.url}".encode()).hexdigest()[:12]

    def alarm(self, report: Mapping[str, Any], before: State | None) -> Alarm | None:
        """What it gets of a report."""
        return alarms.of(report, before, self.id, self.repeat_after, self.format in EVERY_RUN)

    def post(self, alarm: Alarm) -> Post | None:
        """The request; None where the service has no use for it. Raises ValueError for what is not a URL."""
        made = FORMATS[self.format](alarm, Target(self.url, self.token, self.template))
        return made and replace(made, headers={**made.headers, **self.headers})


def send(due: Mapping[Webhook, Sequence[Alarm]], seconds: float) -> dict[Webhook, str]:
    """POST every alarm to its webhook; the webhooks that did not take all of them, with the reason, without an address.

    The webhooks side by side, the messages to one of them one after the other. seconds: for all of it.
    """
    deadline = Deadline(seconds)
    senders = {webhook: _Sender(webhook, mine) for webhook, mine in due.items()}
    tasks = {webhook: partial(sender.send, deadline) for webhook, sender in senders.items()}
    _parallel.run(tasks, lambda _webhook: seconds)
    return {webhook: sender.problem() for webhook, sender in senders.items() if not sender.is_done}


class _Sender:
    def __init__(self, webhook: Webhook, due: Sequence[Alarm]) -> None:
        self._webhook = webhook
        self._due = due
        self._sent = 0
        self._trouble = "it did not answer in time"

    @property
    def is_done(self) -> bool:
        """Whether everything was sent."""
        return self._sent == len(self._due)

    def problem(self) -> str:
        """What could not be sent. The host alone is named: the rest of the address is often a secret."""
        try:
            host = urlsplit(self._webhook.url).hostname
        except ValueError:
            host = None
        count = len(self._due)
        return f"webhook at {host or '?'}: {count - self._sent} of {count} messages not sent: {self._trouble}"

    def send(self, deadline: Deadline) -> None:
        """Send until the time is over; what failed is not tried again, unless it was asked to come later."""
        for alarm in self._due:
            try:
                post = self._webhook.post(alarm)
            except ValueError as error:
                self._trouble = visible(str(error))
                return
            if post is None:
                self._sent += 1
                continue
            while not deadline.passed() and (wait := self._post(post, deadline)):
                if not deadline.sleep(wait):
                    return

    def _post(self, post: Post, deadline: Deadline) -> float:
        """Send one message; seconds after which it must be sent again, or 0."""
        try:
            opener = urllib.request.build_opener(_Stay())
            with opener.open(_request(post), timeout=deadline.remaining()) as answer:
                answer.read(1)
            self._sent += 1
        except urllib.error.HTTPError as error:
            self._trouble = f"it answered {error.code}"
            if error.code == 429:
                asked = error.headers.get("Retry-After") or ""
                return float(asked if _SECONDS.fullmatch(asked) else 0) or _PAUSE
        except TimeoutError:
            pass
        except (OSError, HTTPException) as error:
            self._trouble = visible(str(getattr(error, "reason", error))) or type(error).__name__
        except ValueError:
            self._trouble = "not a URL"
        return 0


def _request(post: Post) -> urllib.request.Request:
    """Raises ValueError for what is not a URL."""
    parts, url = urlsplit(post.url), post.url
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not a URL")
    headers = {"User-Agent": "twinzone.edge (Ansible collection)", **post.headers}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return urllib.request.Request(url, post.body, headers, method="POST")
