# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One provider's API over HTTPS: requests speaks HTTP; this adds deadline, limits, polite waiting and honest errors."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from .._deadline import Deadline
from .._errors import ProviderError
from . import body as http_body
from . import proxy
from .request_count import RequestCount
from .shared import AT_ONCE, Shared

# At run time imported where something is sent: it takes a fifth of a second, and much that needs this module sends
# nothing. The modules report a missing library.
if TYPE_CHECKING:
    import requests

#: Seconds to wait for a connection. Every provider's edge answers a SYN at once, or it is down.
CONNECT_TIMEOUT = 5.0

#: Seconds to wait for the first byte of an answer; deSEC's own proxy gives up after 60 s.
READ_TIMEOUT = 65.0

#: Seconds before the second, third … try of a request that only reads.
_READ_BACKOFF = (0.2, 0.5, 1.0)

#: Seconds to wait at least where the API says that there were too many requests. Where it does not say for how long, as
#: nginx in front of deSEC does not, twice as long each time, up to a limit: every request may count.
_THROTTLE_PAUSE, _LONGEST_THROTTLE_PAUSE = 1.0, 30.0

#: A gateway gave up waiting for the server behind it, which may go on working; the second is what Cloudflare's edge
#: answers, in front of its own API too.
_GATEWAY_TIMEOUTS = (504, 524)

_USER_AGENT = "twinzone.edge (Ansible collection)"

#: Pages that a list may have.
MOST_PAGES = 1000

T = TypeVar("T")


class Answer:
    """A complete answer of an API."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def ok(self) -> bool:
        """Whether the API says that it did what was asked."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The decoded body. Raises ValueError when it is not JSON as APIs send it."""
        return http_body.decode(self.body)

    def json_or_none(self) -> Any:
        """The decoded body; None when it is not JSON as APIs send it."""
        with suppress(ValueError):
            return self.json()
        return None


class Api:
    """A session with one provider's API.

    credentials: the name and the value of the header that carries the token. deadline: bounds all requests and waits
    together. count: where requests are counted. shared: with other zones of the account, whose connections it uses.
    """

    def __init__(
        self,
        base_url: str,
        credentials: tuple[str, str],
        deadline: Deadline,
        ca_path: str | None = None,
        count: RequestCount | None = None,
        shared: Shared | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        #: The seconds by which the API's clock is ahead of ours, by its last answer; None where it does not say.
        self.clock_ahead: int | None = None
        self.deadline = deadline
        self.count = count or RequestCount()
        self._credentials = credentials
        # Passed with every request: REQUESTS_CA_BUNDLE silently beats the session's own setting.
        self._verify: str | bool = ca_path or True
        # Without TLS a proxy would read the token; what is sent to this machine needs none.
        self._trusts_proxies = self.base_url.startswith("https:")
        self._shared = shared

    @cached_property
    def _session(self) -> requests.Session:
        """Made where something is sent: most of a run that changes nothing sends nothing."""
        return self._shared.session(self._new_session) if self._shared else self._new_session()

    def prepare(self) -> requests.Session:
        """The session, which is made now where nothing was sent so far."""
        return self._session

    def _new_session(self) -> requests.Session:
        import requests
        from requests.adapters import HTTPAdapter

        session = requests.Session()
        session.trust_env = self._trusts_proxies
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(pool_maxsize=AT_ONCE))
        return session

    def get(self, path: str, query: Mapping[str, Any] | None, accept: Callable[[Answer], T]) -> T:
        """Read what `accept` makes of the answer; it raises ProviderError.

        A passing failure (refused, reset, timeout, 5xx, garbled) is tried again a few times within the deadline.
        """
        url = f"{path}?{urlencode(query)}" if query else path
        for pause in (*_READ_BACKOFF, None):
            try:
                return accept(self._send_patiently("GET", url, None))
            except ProviderError as error:
                if not error.passing or pause is None or not self.deadline.sleep(pause):
                    raise
            self.count.retries += 1
        raise AssertionError("the last try either returns or raises")

    def write(self, method: str, path: str, body: Any) -> Answer:
        """Write, once. After a `passing` error nobody knows whether it took effect: read again before another try."""
        return self._send_patiently(method, path, body)

    def _send_patiently(self, method: str, path: str, body: Any) -> Answer:
        """Send, and obey 429 as far as the deadline allows: a throttled request was not carried out."""
        pause = _THROTTLE_PAUSE
        while (answer := self._send(method, path, body)).status == 429:
            wait = _retry_after(answer)
            if not self.deadline.sleep(max(_THROTTLE_PAUSE, wait) if wait else pause):
                asked = "to wait" if wait is None else f"to wait {wait:.0f} seconds"
                raise ProviderError(
                    "throttled",
                    f"the API asked {asked}, and {self.deadline.remaining():.0f} seconds were left",
                    status=429,
                    retry_after=wait,
                    hint="run again later; fewer and larger writes are throttled less",
                    nothing_applied=True,
                )
            pause = pause if wait else min(2 * pause, _LONGEST_THROTTLE_PAUSE)
            self.count.retries += 1
        if answer.status >= 500:
            raise ProviderError(
                "unreachable",
                f"{method} {path} answered {answer.status}: {excerpt(answer.body)}",
                status=answer.status,
                passing=True,
                in_flight=answer.status in _GATEWAY_TIMEOUTS,
                hint="the API is failing; run again when it has recovered",
            )
        return answer

    def _send(self, method: str, path: str, body: Any) -> Answer:
        import requests
        from urllib3.exceptions import HTTPError

        remaining = self.deadline.remaining()
        if not remaining:
            raise ProviderError("deadline", f"no time was left for {method} {path}")
        self.count.requests += 1
        try:
            response = self._session.request(
                method,
                self.base_url + path,
                data=None if body is None else json.dumps(body, separators=(",", ":")).encode(),
                auth=self._authorize,
                headers={
                    "Accept": "application/json",
                    "Accept-Encoding": http_body.CODING,
                    "Content-Type": "application/json",
                    "User-Agent": _USER_AGENT,
                },
                timeout=(min(CONNECT_TIMEOUT, remaining), min(READ_TIMEOUT, remaining)),
                allow_redirects=False,
                verify=self._verify,
                stream=True,
            )
            self.clock_ahead = _ahead(response.headers)
            with response:
                return Answer(response.status_code, response.headers, self._body_of(response, method))
        except (requests.RequestException, HTTPError) as error:
            raise self._failure(error, method, path) from None
        except http_body.Malformed as error:
            raise http_body.malformed(response.status_code, str(error)) from None
        except OSError as error:
            # requests looks for the certificates before it sends anything, and raises no exception of its own.
            raise ProviderError(
                "rejected",
                f"nothing was sent: {error}",
                hint="name a file of CA certificates that exists with ca_path, or unset REQUESTS_CA_BUNDLE",
            ) from None

    def _body_of(self, response: requests.Response, method: str) -> bytes:
        """The body, decompressed. Raises Malformed, and ProviderError when the time is over."""
        is_list = method == "GET" and response.ok
        limit = http_body.LARGEST_LIST if is_list else http_body.LARGEST_OTHER
        return http_body.read(self._chunks(response), response.headers.get("Content-Encoding", ""), limit)

    def _chunks(self, response: requests.Response) -> Iterator[bytes]:
        for chunk in response.raw.stream(http_body.CHUNK, decode_content=False):
            yield chunk
            if self.deadline.passed():
                raise ProviderError("deadline", "the answer did not end in time")

    def _authorize(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        # As an auth callable, because a header alone is replaced by what ~/.netrc says of the host.
        header, value = self._credentials
        prepared.headers[header] = value
        return prepared

    def _failure(self, error: Exception, method: str, path: str) -> ProviderError:
        import requests

        host = self.base_url.partition("://")[2].partition("/")[0]
        cause = _root_cause(error)
        between = proxy.of(self.base_url) if self._trusts_proxies else None
        if between and isinstance(error, requests.exceptions.ProxyError):
            return ProviderError(
                "unreachable",
                f"{between} did not let {method} {path} through to {host}: {_words(cause)}",
                passing=True,
                hint=between.remedy,
            )
        if self.deadline.remaining() < 0.1 and isinstance(cause, TimeoutError):
            return ProviderError("deadline", f"{host} did not answer {method} {path} in time")
        if isinstance(error, requests.exceptions.SSLError):
            return ProviderError(
                "unreachable",
                f"{host}: the TLS certificate was not accepted: {_words(cause)}",
                hint="TLS is always verified; name a private CA with ca_path",
            )
        if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema)):
            return ProviderError("rejected", f"api_url {self.base_url!r} is not a URL")
        return ProviderError(
            "unreachable",
            f"{host} did not answer {method} {path}: {_words(cause)}",
            passing=True,
            in_flight=isinstance(error, requests.exceptions.ReadTimeout),
            hint="the API is not reachable from here; run again when it has recovered",
        )


def json_of(answer: Answer, check: Callable[[Any], bool]) -> Any:
    """The decoded body of a successful answer. Raises ProviderError when it is not what the API promises."""
    try:
        data = answer.json()
    except ValueError as error:
        raise http_body.malformed(answer.status, f"{error}: {excerpt(answer.body)}") from None
    if data is None or not check(data):
        raise http_body.malformed(answer.status, f"it is not in the API's own format: {excerpt(answer.body)}")
    return data


def excerpt(body: bytes, length: int = 200) -> str:
    """The beginning of a body on one line, for a message."""
    text = " ".join(body[: 4 * length].decode("utf-8", "replace").split())
    return text if len(text) <= length else text[:length] + "…"


def _retry_after(answer: Answer) -> float | None:
    """The seconds that the answer asks to wait, from a number or a date (RFC 9110 section 10.2.3)."""
    text = answer.headers.get("Retry-After", "")
    with suppress(ValueError):
        return max(0.0, float(text))
    with suppress(ValueError):
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    return None


def _ahead(headers: Mapping[str, str]) -> int | None:
    """The seconds by which an answer that has just come is dated ahead of our clock."""
    with suppress(ValueError, OverflowError):
        return round(parsedate_to_datetime(headers.get("Date", "")).timestamp() - time.time())
    return None


def _root_cause(error: BaseException) -> BaseException:
    """The innermost reason: requests and urllib3 wrap it several times."""
    while True:
        inner = getattr(error, "reason", None) or error.__cause__ or error.__context__
        if inner is None and error.args and isinstance(error.args[0], BaseException):
            inner = error.args[0]
        if not isinstance(inner, BaseException):
            return error
        error = inner


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
