# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user asks to be probed: read from options into values, with everything that is wrong named at once."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote, urlsplit

from .._errors import BadInput
from .certificates import trust
from .verdict import Policy, policy

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""The name of a header, RFC 9110 section 5.6.2."""
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_OWN_HEADERS = {
    "host": "it follows from url",
    "content-length": "no body is sent",
    "transfer-encoding": "no body is sent",
}


class Endpoint(NamedTuple):
    """Where to connect: an IP address in canonical form or a host name in ASCII, and a port."""

    host: str
    port: int


class Url(NamedTuple):
    tls: bool
    host: str
    """An IP address without brackets, or a host name in ASCII without a trailing dot."""
    port: int
    authority: str
    """For the Host header."""
    path: str
    """With the query."""


@dataclass(frozen=True)
class Check:
    """How a front is asked, and what answer is a healthy one."""

    url: Url
    status: Sequence[int] = (200,)
    contains: re.Pattern[str] | None = None
    headers: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    method: str = "GET"
    request_headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 5.0
    """Seconds for the whole try, from resolving the name to the last byte."""
    certificate_days: int = 0
    max_seconds: float = float("inf")
    ca_path: str = ""
    """On the probing host: a file or directory that replaces the system's certificate authorities."""
    family: str = "both"

    @property
    def request(self) -> bytes:
        """The request as it is sent."""
        headers = {"Host": self.url.authority, "User-Agent": "twinzone-cdn-health", "Accept": "*/*"}
        headers.update({"Accept-Encoding": "identity", "Connection": "close"})
        given = {name.lower() for name in self.request_headers}
        lines = [f"{self.method} {self.url.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items() if name.lower() not in given]
        lines += [f"{name}: {value}" for name, value in self.request_headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


class Control(NamedTuple):
    """Something independent of every front, whose answer tells that this vantage is online."""

    text: str
    endpoint: Endpoint
    url: Url | None = None


class Front(NamedTuple):
    site: str
    name: str
    endpoints: tuple[Endpoint, ...]
    check: Check
    policy: Policy
    controls: tuple[Control, ...]


class Option(NamedTuple):
    """One key of a front or of a check."""

    spec: dict[str, Any]
    """Its type, as an argument spec describes it."""
    read: Callable[[Any], Any]
    """From a value of that type to what is used. Raises ValueError saying what is wrong with it."""


class Convert(Protocol):
    def __call__(self, key: str, spec: Mapping[str, Any], value: Any) -> Any:
        """The value of this key, converted to the type that the spec describes. Raises ValueError when it cannot be."""


def read_fronts(params: Mapping[str, Any], convert: Convert) -> list[Front]:
    """The fronts that the options of cdn_health describe. Raises BadInput with everything that is wrong with them."""
    problems: list[str] = []
    if not params["fronts"]:
        problems.append("fronts: is empty; name at least one front")
    counts = Counter((entry.get("site") or "", entry.get("name")) for entry in params["fronts"])
    for (site, name), count in counts.items():
        if name and count > 1:
            problems.append(f"{_label(site, name)}is listed {count} times; name each front of a site once")
    check = _read(params["check"] or {}, CHECK, "check.", convert, problems)
    common = {**params, "controls": [], **_read({"controls": params["controls"]}, FRONT, "", convert, problems)}
    fronts = [
        _read_front(place, entry, common, check, convert, problems) for place, entry in enumerate(params["fronts"])
    ]
    if problems:
        raise BadInput(list(dict.fromkeys(problems)))
    return [front for front in fronts if front]


def _read_front(
    place: int,
    entry: Mapping[str, Any],
    common: Mapping[str, Any],
    common_check: Mapping[str, Any],
    convert: Convert,
    problems: list[str],
) -> Front | None:
    """The front that an entry describes, or None and why among the problems."""
    label = _label(entry.get("site"), entry["name"]) if entry.get("name") else f"fronts[{place}]: "
    found: list[str] = []
    given = _read(entry, FRONT, label, convert, found)
    asked = {**(common["check"] or {}), **given.get("check", {})}
    check = {**common_check, **_read(given.get("check", {}), CHECK, f"{label}check.", convert, found)}
    if not entry.get("name"):
        found.append(f"{label}name: is missing; give the front a name")
    if not entry.get("target") and not entry.get("connect_to"):
        found.append(f"{label}has neither target nor connect_to; say where it is to be reached")
    if asked.get("url") is None:
        found.append(f"{label}check.url: is missing; set it here, or for all fronts in the module's check")
    if check.get("method") == "HEAD" and check.get("contains"):
        found.append(f"{label}check.contains: an answer to HEAD has no body; drop one of method and contains")
    numbers = {name: given.get(name, common[name]) for name in Policy._fields}
    try:
        rules = policy(**numbers)
    except ValueError as error:
        found.append(f"{label if given.keys() & numbers.keys() else ''}{error}")
    problems += found
    if problems:
        return None
    places = given.get("connect_to") or [(given["target"], None)]
    endpoints = dict.fromkeys(Endpoint(host, port or check["url"].port) for host, port in places)
    controls = given.get("controls", common["controls"])
    return Front(given.get("site", ""), given["name"], tuple(endpoints), Check(**check), rules, tuple(controls))


def _label(site: Any, name: Any) -> str:
    """How messages name a front."""
    return f"front {name} of {site}: " if site else f"front {name}: "


def _read(
    entry: Mapping[str, Any], options: Mapping[str, Option], label: str, convert: Convert, problems: list[str]
) -> dict[str, Any]:
    """The values of an entry that are set and right; what is wrong with the others goes to the problems."""
    values = {}
    for key, value in entry.items():
        if key not in options:
            likely = difflib.get_close_matches(str(key), options, 1)
            hint = f"did you mean {likely[0]}?" if likely else f"known are {', '.join(sorted(options))}"
            problems.append(f"{label}{key}: is unknown; {hint}")
        elif value is not None:
            try:
                values[key] = options[key].read(convert(key, options[key].spec, value))
            except ValueError as error:
                problems.append(f"{label}{key}: {error}")
    return values


def is_address(text: str) -> bool:
    """Whether this is an IP address, without brackets."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _host(text: str) -> str:
    """An IP address in canonical form, or a host name in ASCII and lower case; a trailing dot stays."""
    if is_address(text):
        return str(ipaddress.ip_address(text))
    try:
        name = text.encode("idna").decode("ascii").lower()
    except UnicodeError:
        name = ""
    labels = name[:-1].split(".") if name.endswith(".") else name.split(".")
    if len(name) > 254 or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError(f"{text!r} is neither a host name nor an address")
    return name


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 65536:
        raise ValueError(f"{text} is no port; they go from 1 to 65535")
    return port


def _place(text: str) -> tuple[str, int | None]:
    """The host and the port, if there is one, of `address`, `host`, `host:port` or `[IPv6]:port`."""
    if is_address(text):
        return _host(text), None
    match = re.fullmatch(r"(?:\[([^]]*)\]|([^][:]*))(?::(\d{1,5}))?", text)
    if not match or (match[1] is not None and ":" not in match[1]):
        raise ValueError(f"{text!r} is none of address, host, host:port and [IPv6 address]:port")
    return _host(match[1] or match[2]), _port(match[3]) if match[3] else None


def place_with_port(text: str, port: int | None = None) -> Endpoint:
    """The host and port of `host:port`, or of `host` if there is a default port. Raises ValueError."""
    host, given = _place(text)
    number = given or port
    if not number:
        raise ValueError(f"{text!r} has no port; write host:port")
    return Endpoint(host, number)


def _url(text: str) -> Url:
    try:
        parts = urlsplit(text)
        given_port = parts.port
    except ValueError as error:
        raise ValueError(f"is no URL: {error}") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a user name or password; put an Authorization header into request_headers instead")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{text!r} is no http:// or https:// URL with a host")
    host = _host(parts.hostname)
    if not is_address(host):
        host = host.rstrip(".")
    port = _port(str(given_port)) if given_port is not None else {"http": 80, "https": 443}[parts.scheme]
    authority = (f"[{host}]" if ":" in host else host) + (f":{port}" if given_port is not None else "")
    path = quote(parts.path or "/", safe="/%!$&'()*+,;=:@~")
    query = "?" + quote(parts.query, safe="/%!$&'()*+,;=:@~?") if parts.query else ""
    return Url(parts.scheme == "https", host, port, authority, path + query)


def _control(text: str) -> Control:
    if "://" not in text:
        return Control(text, place_with_port(text))
    url = _url(text)
    return Control(text, Endpoint(url.host, url.port), url)


def _regex(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None


def _status(codes: Sequence[int]) -> Sequence[int]:
    wrong = [code for code in codes if not 100 <= code <= 599]
    if wrong or not codes:
        raise ValueError(f"{wrong or 'an empty list'} holds no HTTP status; they go from 100 to 599")
    return codes


def _headers(headers: Mapping[str, Any]) -> Mapping[str, re.Pattern[str]]:
    return {_header_name(name): _regex(str(pattern)) for name, pattern in headers.items()}


def _request_headers(headers: Mapping[str, Any]) -> Mapping[str, str]:
    """Headers to send. No message repeats a value: it may be a secret."""
    for name, value in headers.items():
        _header_name(name)
        if name.lower() in _OWN_HEADERS:
            raise ValueError(f"{name} cannot be set: {_OWN_HEADERS[name.lower()]}")
        if not re.fullmatch(r"[\t\x20-\x7e\xa0-\xff]*", str(value)):
            raise ValueError(f"the value of {name} holds characters that a header cannot hold")
    return {name: str(value).strip() for name, value in headers.items()}


def _header_name(name: Any) -> str:
    if not _TOKEN.fullmatch(str(name)):
        raise ValueError(f"{name!r} is no name of a header")
    return str(name)


def _ca_path(path: str) -> str:
    try:
        trust(path)
    except OSError as error:
        raise ValueError(f"{path!r} on this host holds no certificate authorities: {error.strerror or error}") from None
    return path


def _more_than_zero(number: float) -> float:
    if not 0 < number < float("inf"):
        raise ValueError(f"{number:g} is no number of seconds above 0")
    return number


def _not_negative(number: int) -> int:
    if number < 0:
        raise ValueError(f"{number} is negative; 0 asks only that the certificate is valid")
    return number


def _each(read: Callable[[str], Any]) -> Callable[[Sequence[str]], list[Any]]:
    return lambda texts: [read(text) for text in texts]


def _as_it_is(value: Any) -> Any:
    return value


#: The keys of a check. Their defaults are those of the class Check, so that a front's own check overrides key by key.
CHECK = {
    "url": Option({"type": "str"}, _url),
    "status": Option({"type": "list", "elements": "int"}, _status),
    "contains": Option({"type": "str"}, _regex),
    "headers": Option({"type": "dict"}, _headers),
    "method": Option({"type": "str", "choices": ["GET", "HEAD"]}, _as_it_is),
    "request_headers": Option({"type": "dict"}, _request_headers),
    "timeout": Option({"type": "float"}, _more_than_zero),
    "certificate_days": Option({"type": "int"}, _not_negative),
    "max_seconds": Option({"type": "float"}, _more_than_zero),
    "ca_path": Option({"type": "path"}, _ca_path),
    "family": Option({"type": "str", "choices": ["both", "4", "6"]}, _as_it_is),
}

#: The keys of a front.
FRONT = {
    "name": Option({"type": "str"}, _as_it_is),
    "site": Option({"type": "str"}, _as_it_is),
    "target": Option({"type": "str"}, _host),
    "connect_to": Option({"type": "list", "elements": "str"}, _each(_place)),
    "check": Option({"type": "dict"}, _as_it_is),
    "probes": Option({"type": "int"}, _as_it_is),
    "interval": Option({"type": "float"}, _as_it_is),
    "tolerate": Option({"type": "int"}, _as_it_is),
    "down_at": Option({"type": "int"}, _as_it_is),
    "controls": Option({"type": "list", "elements": "str"}, _each(_control)),
}
