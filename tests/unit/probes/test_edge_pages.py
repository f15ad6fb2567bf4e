# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages that a CDN answers itself are recognised, and those of the site are not."""

from __future__ import annotations

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._probes.edge_pages import bot_protection, cloudflare_error
from ansible_collections.twinzone.edge.plugins.module_utils._probes.http1 import Head
from hypothesis import given
from hypothesis import strategies as st
from twinzone_lab.web.faults import _CHALLENGES
from twinzone_lab.web.wire import body_of

CLOUDFLARE = [("server", "cloudflare"), ("cf-ray", "8a-FRA")]
NAMES = {"aws": "AWS WAF", "datadome": "DataDome"}


@pytest.mark.parametrize("product", _CHALLENGES)
def test_every_challenge_of_the_lab_is_known(product: str) -> None:
    answer = _CHALLENGES[product]
    head = Head(answer.status, [(name.lower(), value) for name, value in answer.headers.items()])
    assert bot_protection(head, body_of(answer).decode()).startswith(f"{NAMES.get(product, product.capitalize())} (")


@pytest.mark.parametrize(
    ("headers", "page", "words"),
    [
        ([("x-vercel-mitigated", "challenge")], "", "Vercel (x-vercel-mitigated: challenge)"),
        ([], "<title>Attention Required! | Cloudflare</title>", "Cloudflare (<title>Attention Required!"),
        ([], "<div id='px-captcha'>", "HUMAN (px-captcha)"),
        ([("server", "cloudflare")], "<h1>502 Bad Gateway</h1>", ""),
        ([], "Just a moment, we look for your order", ""),
    ],
)
def test_marks(headers: list[tuple[str, str]], page: str, words: str) -> None:
    found = bot_protection(Head(403, headers), page)
    assert found.startswith(words)
    assert bool(found) == bool(words)


@pytest.mark.parametrize(
    ("status", "page", "words"),
    [
        (530, "error code: 1016", "Cloudflare error 1016: the origin's host name does not resolve"),
        (530, '<span class="cf-error-code">1033</span>', "Cloudflare error 1033: the tunnel"),
        (409, "error code: 1001\n", "Cloudflare error 1001: this host name"),
        (530, "error code: 1999", "Cloudflare error 1999"),
        (522, "<html>", "Cloudflare: connecting to the origin timed out"),
        (500, "<html>", ""),
        (530, "<html>", ""),
    ],
)
def test_what_cloudflare_says_is_wrong(status: int, page: str, words: str) -> None:
    found = cloudflare_error(Head(status, CLOUDFLARE), page)
    assert found.startswith(words)
    assert bool(found) == bool(words)
    assert not cloudflare_error(Head(status, [("server", "nginx")]), page), "the origin's own page"


@given(st.text(), st.integers(200, 599))
def test_any_page_is_survived(page: str, status: int) -> None:
    bot_protection(Head(status, CLOUDFLARE), page)
    cloudflare_error(Head(status, CLOUDFLARE), page)
