# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""octoDNS' provider of one zone, within a deadline that is ours.

Its providers have no deadline, and mostly no time limit at all. So each call runs in a thread of its own, which is left
behind when time is over, and no HTTP request of it begins after that. Each call gets a new provider: they remember what
they have read.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from ... import _parallel
from ..._deadline import Deadline
from ..._errors import ProviderError
from ..request_count import RequestCount
from . import errors

with suppress(ImportError):  # the modules report a missing library
    import requests
    from requests.adapters import BaseAdapter

T = TypeVar("T")

#: How deep in a provider its HTTP session may lie: in a client, in a helper of that.
_DEPTH = 4


def load(path: str) -> Any:
    """The class of a provider. path: dotted. Raises ProviderError that names the package to install."""
    module, _dot, name = path.rpartition(".")
    package = module.partition(".")[0].replace("_", "-")
    if not module:
        raise ProviderError("rejected", f"{path!r} is not the dotted path of a class", hint="check `class`")
    try:
        base = importlib.import_module("octodns.provider.base").BaseProvider
        found = getattr(importlib.import_module(module), name)
    except ImportError as error:
        wanted = "octodns" if package == "octodns" else f"octodns {package}"
        hint = f"install it for the Python that runs this module: pip install {wanted}"
        raise ProviderError("rejected", f"octoDNS' {path} cannot be loaded: {error}", hint=hint) from None
    except AttributeError:
        raise ProviderError("rejected", f"{module} has no {name}", hint="check `class` of the provider") from None
    if not (isinstance(found, type) and issubclass(found, base)):
        raise ProviderError("rejected", f"{path} is no provider of octoDNS", hint="check `class` of the provider")
    return found


class Client:
    """Calls of one provider. arguments: for its class, with the secrets. secrets: not to be shown."""

    def __init__(
        self, path: str, arguments: Mapping[str, Any], secrets: Sequence[str], deadline: Deadline, count: RequestCount
    ) -> None:
        self._path = path
        self._arguments = arguments
        self._secrets = secrets
        self._deadline = deadline
        self._count = count

    def call(self, what: Callable[[Any], T], writes: bool = False) -> T:
        """What it returns of a new provider. writes: whether it may be known to have been done only by reading.

        Raises ProviderError. One that `what` raises itself is raised as it is.
        """
        left = self._deadline.remaining()
        before = self._count.requests

        def work() -> T:
            with _quiet():
                provider = load(self._path)("twinzone", **self._arguments)
                for session in _sessions(provider):
                    for prefix, adapter in session.adapters.items():
                        session.adapters[prefix] = _Watched(adapter, self._deadline, self._count)
                return what(provider)

        try:
            done = _parallel.run({"": work}, lambda _key: left)
        except ProviderError:
            raise
        except Exception as error:
            raise errors.of(error, self._path, self._secrets) from None
        finally:
            # Not every provider speaks HTTP by a session that can be seen.
            self._count.requests = max(self._count.requests, before + 1)
        if "" not in done:
            message = f"{self._path} did not answer within {self._deadline.seconds:g} seconds"
            raise ProviderError("deadline", message, passing=True, in_flight=writes)
        return done[""]


class _Watched(BaseAdapter if "BaseAdapter" in globals() else object):  # type: ignore[misc]
    """Counts the requests of a session, and begins none when time is over."""

    def __init__(self, adapter: BaseAdapter, deadline: Deadline, count: RequestCount) -> None:
        super().__init__()
        self._adapter = adapter
        self._deadline = deadline
        self._count = count

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        left = self._deadline.remaining()
        if left <= 0:
            raise requests.Timeout("the time allowed for all work at this provider is over")
        self._count.requests += 1
        seconds = min(timeout, left) if isinstance(timeout, (int, float)) else left
        return self._adapter.send(request, stream, seconds, verify, cert, proxies)

    def close(self) -> None:
        self._adapter.close()


def _sessions(provider: Any) -> Iterator[requests.Session]:
    """The HTTP sessions that a provider holds, itself or in its clients."""
    seen: set[int] = set()
    layer = [provider]
    for _level in range(_DEPTH):
        inner: list[Any] = []
        for one in layer:
            if id(one) in seen:
                continue
            seen.add(id(one))
            if isinstance(one, requests.Session):
                yield one
            elif isinstance(one, (list, tuple, dict)):
                inner += one.values() if isinstance(one, dict) else one
            elif not isinstance(one, type):
                inner += getattr(one, "__dict__", {}).values()
        layer = inner


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what octoDNS logs, which Python would print where nobody has set logging up."""
    handler = logging.NullHandler()
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
