# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognises pages that a CDN answers itself: bot protection that met the probe, and Cloudflare's error codes. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from .http1 import Head


class _Mark(NamedTuple):
    """What gives a product away: a header with a value, or text in the page."""

    product: str
    header: str
    pattern: str


_IN_THE_PAGE = ""

#: The marks of the bot protections that are known here, the surest first.
_MARKS = (
    _Mark("Cloudflare", "cf-mitigated", "."),
    _Mark("AWS WAF", "x-amzn-waf-action", "."),
    _Mark("Vercel", "x-vercel-mitigated", "."),
    _Mark("DataDome", "x-datadome", "."),
    _Mark("DataDome", _IN_THE_PAGE, r"captcha-delivery\.com"),
    _Mark("Cloudflare", _IN_THE_PAGE, r"<title>(Just a moment\.\.\.|Attention Required! \| Cloudflare)</title>"),
    _Mark("Cloudflare", _IN_THE_PAGE, r"/cdn-cgi/challenge-platform/|challenges\.cloudflare\.com"),
    _Mark("Imperva", _IN_THE_PAGE, r"_Incapsula_Resource|Incapsula incident ID"),
    _Mark(
        "Akamai", _IN_THE_PAGE, r"errors\.edgesuite\.net|<TITLE>Access Denied</TITLE>[\s\S]{0,2000}Reference&#32;&#35;"
    ),
    _Mark("HUMAN", _IN_THE_PAGE, r"px-captcha|_pxAppId"),
    _Mark("Sucuri", _IN_THE_PAGE, r"Sucuri WebSite Firewall"),
    _Mark("DDoS-Guard", _IN_THE_PAGE, r"<title>DDoS-Guard</title>"),
    _Mark("F5", _IN_THE_PAGE, r"The requested URL was rejected\. Please consult with your administrator"),
    _Mark("Azure", _IN_THE_PAGE, r"<h2>The request is blocked\.</h2>"),
)

#: Of Cloudflare's own errors those that say what to change. Others are shown by their number.
_CLOUDFLARE_ERRORS = {
    "1000": "DNS points to a prohibited IP address",
    "1001": "this host name is not known at its edge",
    "1014": "a CNAME across accounts is banned",
    "1015": "rate limited",
    "1016": "the origin's host name does not resolve",
    "1018": "this host name is not known at its edge",
    "1020": "a firewall rule refuses the request",
    "1033": "the tunnel to the origin is not connected",
}
_CODE = re.compile(
    r"error code: (1\d{3})\b|cf-error-code[^<>]{0,200}>\s{0,50}(?:Error\s{0,50})?(1\d{3})\b"
    r"|<title>[^<]*\b(?:Error|error) (1\d{3})\b"
)

#: What Cloudflare's statuses say about the way to the origin.
_CLOUDFLARE_STATUSES = {
    520: "the origin's answer makes no sense",
    521: "the origin refuses connections",
    522: "connecting to the origin timed out",
    523: "the origin cannot be reached",
    524: "the origin took too long to answer",
    525: "the TLS handshake with the origin failed",
    526: "the origin's certificate is not valid",
    530: "",
}


def bot_protection(head: Head, page: str) -> str:
    """Which bot protection answered in place of the site, and by which mark it is known; empty if none is known."""
    for product, header, pattern in _MARKS:
        match = re.search(pattern, head.value(header) if header else page)
        if match:
            mark = f"{header}: {head.value(header)}" if header else match[0]
            return f"{product} ({mark})"
    return ""


def cloudflare_error(head: Head, page: str) -> str:
    """What Cloudflare says is wrong, by its own error code inside the page or by its status; empty if nothing."""
    match = _CODE.search(page)
    if match and (head.value("server").lower() == "cloudflare" or head.values("cf-ray")):
        code = match[1] or match[2] or match[3]
        meaning = _CLOUDFLARE_ERRORS.get(code)
        return f"Cloudflare error {code}" + (f": {meaning}" if meaning else "")
    if head.value("server").lower() == "cloudflare" and _CLOUDFLARE_STATUSES.get(head.status):
        return f"Cloudflare: {_CLOUDFLARE_STATUSES[head.status]}"
    return ""
