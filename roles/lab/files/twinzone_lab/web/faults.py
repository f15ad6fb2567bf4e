# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong with an API, and with any web server."""

from __future__ import annotations

import email.utils
import gzip
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from ..desec.api import DesecApi
from ..faults import Fault, Kind
from .api import Request, Response
from .server import Delivery, Handler, How, Spoiler
from .wire import body_of

_COMMON = {
    "refuse": Kind("the connection is refused (with skip, count or methods: reset without an answer)", stage="always"),
    "hang": Kind("the request is read and never answered"),
    "hang_tls": Kind("the connection is accepted and the TLS handshake never begins", stage="connection"),
    "slow": Kind("the answer comes late", {"seconds": float}),
    "drip": Kind("one byte at a time, of the body or from the head on (of=head)", {"interval": 1.0, "of": "body"}),
    "bad_certificate": Kind("a certificate for another name", stage="connection"),
    "expired_certificate": Kind("a certificate that ended yesterday", stage="connection"),
    "untrusted_certificate": Kind("a certificate of another authority", stage="connection"),
    "wrong_clock": Kind("the answer is dated so many seconds ahead", {"seconds": float}),
}

API_KINDS: Mapping[str, Kind] = {
    **_COMMON,
    "500": Kind("500 with an HTML body, nothing done"),
    "500_after_commit": Kind("the request does its work, and 500 HTML is answered"),
    "504_late_commit": Kind("504 HTML at once, and the request does its work after these seconds", {"seconds": 2.0}),
    "502": Kind("502 HTML"),
    "503": Kind("503 HTML"),
    "429": Kind("throttled, with Retry-After and in the provider's own words", {"retry_after": 1.0}),
    "429_bare": Kind("429 HTML without Retry-After"),
    "401": Kind("token unknown, in the provider's own words"),
    "403": Kind("not allowed, in the provider's own words"),
    "truncated": Kind("the request does its work, and half of the JSON is answered"),
    "wrong_json": Kind("200 with valid JSON of another shape, nothing done"),
    "reset": Kind("nothing is done, and the connection is reset amid the answer"),
    "reset_after_commit": Kind("the request does its work, and the connection is reset amid the answer"),
    "hang_after_commit": Kind("the request does its work and is never answered"),
}

FRONT_KINDS: Mapping[str, Kind] = {
    **_COMMON,
    "expiring_certificate": Kind("a certificate with few days left", {"days": float}, "connection"),
    "status": Kind("answers with this status", {"code": float}),
    "wrong_body": Kind("200 with the body of somebody else"),
    "redirect": Kind("redirects", {"to": "https://elsewhere.invalid/"}),
    "half": Kind("every second request is answered with 503"),
    "challenge": Kind("a challenge page of the bot protection", {"product": "cloudflare"}),
    "edge_error": Kind("an error page of the edge with its own code inside", {"status": 530.0, "code": 1016.0}),
    "cached": Kind("a cached answer, whatever becomes of the origin", {"age": 120.0}),
    "cached_only": Kind("a cached answer, while the origin refuses this CDN"),
    "early_hints": Kind("103 Early Hints before the answer"),
    "compressed": Kind("the body compressed, though nobody asked for it (encoding=gzip or br)", {"encoding": "gzip"}),
    "many_headers": Kind("150 more headers of 470 characters"),
    "expiring_issuer": Kind("an intermediate authority with few days left", {"days": float}, "connection"),
    "common_name_only": Kind("a certificate that names its host only as common name", stage="connection"),
}

EDGE_KINDS: Mapping[str, Kind] = {
    **FRONT_KINDS,
    "proxied_only": Kind("hosts that are not proxied at Cloudflare are refused, as they may be one day"),
}

DESEC_KINDS: Mapping[str, Kind] = {
    **API_KINDS,
    "nsmaster_down": Kind("writes are stored, answered with a JSON 500 and not served"),
    "nslord_down": Kind("writes that change something are rolled back with an HTML 500"),
}

OFFLINE_KINDS: Mapping[str, Kind] = {"offline": Kind("every front and the control refuse connections", stage="always")}

PROVIDER_REFUSALS: Mapping[tuple[str, str], Response] = {
    ("cloudflare", "401"): Response(
        401,
        {
            "success": False,
            "errors": [{"code": 10000, "message": "Authentication error"}],
            "messages": [],
            "result": None,
        },
    ),
    ("cloudflare", "403"): Response(
        403,
        {
            "success": False,
            "errors": [{"code": 9109, "message": "Unauthorized to access requested resource"}],
            "messages": [],
            "result": None,
        },
    ),
    ("cloudflare", "429"): Response(
        429,
        {
            "success": False,
            "errors": [{"code": 10100, "message": "More than 1200 requests per 300 seconds reached. Please wait."}],
            "messages": [],
            "result": None,
        },
    ),
    ("desec", "401"): Response(401, {"detail": "Invalid token."}, {"WWW-Authenticate": "Token"}),
    ("desec", "403"): Response(403, {"detail": "You do not have permission to perform this action."}),
}


def api_spoilers(provider: str) -> dict[str, Spoiler]:
    """How each request fault of a provider's API spoils an answer."""

    def fixed(response: Response) -> Spoiler:
        return lambda fault, request, handle: Delivery(response)

    return {
        **COMMON_SPOILERS,
        **{str(status): fixed(_html(status)) for status in (500, 502, 503)},
        "500_after_commit": lambda fault, request, handle: Delivery(_after(handle, request, _html(500))),
        "504_late_commit": _late,
        "429": lambda fault, request, handle: Delivery(_throttled(provider, round(fault.number("retry_after")))),
        "429_bare": fixed(_html(429)),
        "401": fixed(PROVIDER_REFUSALS[provider, "401"]),
        "403": fixed(PROVIDER_REFUSALS[provider, "403"]),
        "truncated": _truncated,
        "wrong_json": fixed(Response(200, {"greeting": ["hello", {"who": "world"}]})),
        "reset": lambda fault, request, handle: Delivery(Response(200, "{" + " " * 200), How.RESET),
        "reset_after_commit": lambda fault, request, handle: Delivery(handle(request), How.RESET),
        "hang_after_commit": lambda fault, request, handle: Delivery(handle(request), How.NEVER),
    }


def _late(fault: Fault, request: Request, handle: Handler) -> Delivery:
    """What a gateway does that gives up on a slow server, which goes on working."""
    timer = threading.Timer(fault.number("seconds"), handle, [request])
    timer.daemon = True
    timer.start()
    return Delivery(_html(504))


def desec_spoilers(desec: DesecApi) -> dict[str, Spoiler]:
    """Those of any API, and what can happen behind deSEC's."""

    def with_flag(flag: str) -> Spoiler:
        def spoil(fault: Fault, request: Request, handle: Handler) -> Delivery:
            setattr(desec, flag, True)
            try:
                return Delivery(handle(request))
            finally:
                setattr(desec, flag, False)

        return spoil

    return {**api_spoilers("desec"), **{flag: with_flag(flag) for flag in ("nsmaster_down", "nslord_down")}}


def edge_spoilers(is_proxied: Callable[[str], bool]) -> dict[str, Spoiler]:
    """Those of any front, and what Cloudflare's edge may insist on."""

    def proxied_only(fault: Fault, request: Request, handle: Handler) -> Delivery:
        if is_proxied(request.headers.get("host", "").partition(":")[0]):
            return Delivery(handle(request))
        return Delivery(Response(409, "error code: 1001\n", {"Server": "cloudflare"}, "text/plain"))

    return {**front_spoilers(), "proxied_only": proxied_only}


def front_spoilers() -> dict[str, Spoiler]:
    """How each request fault of a front spoils an answer. `half` begins with the bad one."""
    odd = {"odd": False}

    def half(fault: Fault, request: Request, handle: Handler) -> Delivery:
        odd["odd"] = not odd["odd"]
        return Delivery(_html(503) if odd["odd"] else handle(request))

    return {
        **COMMON_SPOILERS,
        "status": lambda fault, request, handle: Delivery(_html(int(fault.number("code")))),
        "wrong_body": lambda fault, request, handle: Delivery(Response(200, "<h1>This domain is parked</h1>")),
        "redirect": lambda fault, request, handle: Delivery(Response(302, "", {"Location": str(fault.options["to"])})),
        "half": half,
        "challenge": lambda fault, request, handle: Delivery(_CHALLENGES[str(fault.options["product"])]),
        "edge_error": _edge_error,
        "cached": _cached,
        "cached_only": lambda fault, request, handle: _cached(fault, request, _refused if request.query else handle),
        "early_hints": lambda fault, request, handle: Delivery(replace(handle(request), interim=(103,))),
        "compressed": _compressed,
        "many_headers": lambda fault, request, handle: Delivery(_with_headers(handle(request), _MANY_HEADERS)),
    }


_MANY_HEADERS = {f"X-Note-{number}": "n" * 470 for number in range(150)}

#: What each product answers in place of the site.
_CHALLENGES = {
    "cloudflare": Response(
        403,
        "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>",
        {"Server": "cloudflare", "cf-mitigated": "challenge"},
    ),
    "aws": Response(202, "", {"x-amzn-waf-action": "challenge"}),
    "datadome": Response(403, '<html><script src="https://ct.captcha-delivery.com/c.js"></script></html>'),
    "imperva": Response(
        403, '<html><iframe src="/_Incapsula_Resource?CWUDNSAI=1">Request unsuccessful.</iframe></html>'
    ),
    "akamai": Response(
        403,
        "<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY>Reference&#32;&#35;18&#46;1</BODY></HTML>",
        {"Server": "AkamaiGHost"},
    ),
}


def _edge_error(fault: Fault, request: Request, handle: Handler) -> Delivery:
    text = f"error code: {fault.number('code'):.0f}"
    return Delivery(Response(int(fault.number("status")), text, {"Server": "cloudflare"}, "text/plain; charset=UTF-8"))


def _cached(fault: Fault, request: Request, handle: Handler) -> Delivery:
    """A query passes the cache by."""
    answer = handle(request)
    if request.query:
        return Delivery(_with_headers(answer, {"X-Cache": "MISS"}))
    return Delivery(_with_headers(answer, {"X-Cache": "HIT", "Age": f"{float(fault.options.get('age', 120)):.0f}"}))


def _refused(request: Request) -> Response:
    return _html(403)


def _compressed(fault: Fault, request: Request, handle: Handler) -> Delivery:
    """Whatever is not gzip is only said to be compressed: nobody here can undo it."""
    answer, encoding = handle(request), str(fault.options["encoding"])
    body = gzip.compress(body_of(answer)) if encoding == "gzip" else b"\x0b\x02\x80" + body_of(answer)[::-1]
    return Delivery(replace(_with_headers(answer, {"Content-Encoding": encoding}), body=body))


def _wrong_clock(fault: Fault, request: Request, handle: Handler) -> Delivery:
    date = email.utils.formatdate(time.time() + fault.number("seconds"), usegmt=True)
    return Delivery(_with_headers(handle(request), {"Date": date}))


def _with_headers(answer: Response, headers: Mapping[str, str]) -> Response:
    return replace(answer, headers={**answer.headers, **headers})


def _drip(fault: Fault, request: Request, handle: Handler) -> Delivery:
    how = How.DRIP_HEAD if fault.options["of"] == "head" else How.DRIP_BODY
    return Delivery(handle(request), how, interval=fault.number("interval"))


COMMON_SPOILERS: Mapping[str, Spoiler] = {
    "refuse": lambda fault, request, handle: Delivery(Response(500), How.ABORT),
    "offline": lambda fault, request, handle: Delivery(Response(500), How.ABORT),
    "hang": lambda fault, request, handle: Delivery(Response(500), How.NEVER),
    "slow": lambda fault, request, handle: Delivery(handle(request), delay=fault.number("seconds")),
    "drip": _drip,
    "wrong_clock": _wrong_clock,
    # A handshake fails only from now on; connections made before must not work any better.
    "hang_tls": lambda fault, request, handle: Delivery(Response(500), How.NEVER),
    **{
        kind: lambda fault, request, handle: Delivery(Response(500), How.ABORT)
        for kind in (
            "bad_certificate",
            "expired_certificate",
            "untrusted_certificate",
            "expiring_certificate",
            "expiring_issuer",
            "common_name_only",
        )
    },
}


def _html(status: int) -> Response:
    return Response(status, f"<!DOCTYPE html><html><head><title>{status}</title></head><body><h1>{status}</h1></body>")


def _after(handle: Handler, request: Request, response: Response) -> Response:
    handle(request)
    return response


def _throttled(provider: str, seconds: int) -> Response:
    headers = {"Retry-After": str(seconds)}
    if provider == "cloudflare":
        return Response(429, PROVIDER_REFUSALS["cloudflare", "429"].body, headers)
    unit = "second" if seconds == 1 else "seconds"
    return Response(429, {"detail": f"Request was throttled. Expected available in {seconds} {unit}."}, headers)


def _truncated(fault: Fault, request: Request, handle: Handler) -> Delivery:
    whole = handle(request)
    body = body_of(whole)
    return Delivery(Response(whole.status, body[: len(body) // 2], whole.headers, "application/json"))
