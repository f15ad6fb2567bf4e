# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What providers with an HTTP API share: a base URL, a token, a session, and `curl` for those who work by hand."""

from __future__ import annotations

import os
import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from .._deadline import Deadline
from .._errors import BadInput, ProviderError
from .._zone.plan import Change, Held
from .api import Answer, Api
from .base import Provider, Settings, Write, common_settings
from .curl import Curl
from .shared import Shared, ZoneList

#: Where a token may be sent: without TLS only to this machine.
_SAFE_URL = re.compile(r"https://[^/]|http://(127\.0\.0\.1|localhost)(:\d+)?(/|$)")


def _url_problem(api_url: str) -> str:
    """Why a token must not be sent there; empty when it may. User information is not shown: it is mostly a secret."""
    if "@" in api_url or "\\" in api_url or not api_url.isprintable() or " " in api_url:
        return "holds user information or other characters that no API's URL has; a token goes into `token`"
    if not _SAFE_URL.match(api_url):
        return f"{api_url!r} does not begin with https://"
    if "?" in api_url or "#" in api_url:
        return f"{api_url!r} has a query or a fragment; paths are added to its end"
    return ""


@dataclass(frozen=True)
class HttpSettings(Settings):
    """The entry of a provider with an HTTP API. ca_path: a file of CA certificates to trust."""

    token: str = ""
    api_url: str = ""
    ca_path: str | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.token,) if self.token else ()

    @property
    def place(self) -> str:
        return self.api_url


@dataclass(frozen=True)
class HttpWrite(Write):
    """One request that writes. about: what its provider explains an error with."""

    method: str
    path: str
    body: Any
    about: Any = None


class HttpProvider(Provider):
    """One zone at a DNS host with an HTTP API."""

    #: The class of its settings.
    settings_type: ClassVar[type[HttpSettings]] = HttpSettings
    default_api_url: ClassVar[str]
    #: The header that carries the token.
    token_header: ClassVar[str] = "Authorization"

    settings: HttpSettings

    def __init__(self, zone: str, settings: HttpSettings, deadline: Deadline, shared: Shared | None = None) -> None:
        super().__init__(zone, settings, deadline, shared)
        credentials = (self.token_header, self.authorization(settings.token))
        self.api = Api(settings.api_url, credentials, deadline, settings.ca_path, self.count, shared)

    @classmethod
    @abstractmethod
    def authorization(cls, token: str) -> str:
        """The value of the header that carries the token."""

    def prepare(self) -> None:
        self.api.prepare()

    @abstractmethod
    def writes(self, changes: Sequence[Change], held: Held) -> Sequence[HttpWrite]:
        """The requests that carry out the changes, see `Provider.writes`."""

    def send(self, write: Write) -> None:
        if not isinstance(write, HttpWrite):
            raise TypeError("a write of another provider")
        self.accept(write, self.api.write(write.method, write.path, write.body))

    @abstractmethod
    def accept(self, write: HttpWrite, answer: Answer) -> None:
        """Take the answer to a write, and do what follows it. Raises ProviderError when it is not a success."""

    @classmethod
    def read_settings(cls, entry: Mapping[str, Any], deadline: float) -> HttpSettings:
        problems = []
        api_url = entry.get("api_url") or cls.default_api_url
        if problem := _url_problem(api_url):
            problems.append(f"api_url: {problem}")
        token = (entry.get("token") or cls.environment_token()).strip()
        if not (token.isascii() and token.isprintable()) or " " in token:
            # Never shown: part of it may be the secret.
            problems.append("token: has characters that no token has, such as a space or a line break")
        if problems:
            raise BadInput(problems)
        own = {name: entry.get(name) for name in cls.options if name not in ("token", "api_url", "ca_path")}
        return cls.settings_type(
            **common_settings(entry, deadline),
            token=token,
            api_url=api_url.rstrip("/"),
            ca_path=entry.get("ca_path"),
            **{name: value for name, value in own.items() if value is not None},
        )

    @classmethod
    def written_at(cls, entry: Mapping[str, Any]) -> str:
        return str(entry.get("api_url") or cls.default_api_url)

    @classmethod
    def environment_token(cls) -> str:
        """The token from the environment, or an empty string."""
        return next((token for name in cls.secret_env if (token := os.environ.get(name))), "")

    @property
    def clock_ahead(self) -> int | None:
        return self.api.clock_ahead

    def listed(self, read: Callable[[int], ZoneList | None]) -> list[dict[str, Any]]:
        """What the list of all zones says of this one, where it is not the only zone of its account in the run.

        read: see `Shared.look_up`.
        """
        if self.shared is None:
            return []
        return self.shared.look_up(self.zone, read, self.deadline.remaining() / 2)

    def missing_credentials(self) -> ProviderError | None:
        if self.settings.token:
            return None
        variables = " or ".join(self.secret_env)
        return ProviderError("unauthorized", "no token was given", hint=f"set {variables}, or `token` of the provider")

    def curl(self) -> Curl:
        """How the API is called by hand."""
        header = f"{self.token_header}: {self.authorization('')}"
        return Curl(self.type, header, self.hand_variables, self.settings.api_url, self.settings.ca_path)
