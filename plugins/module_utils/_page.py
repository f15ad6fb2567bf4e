# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame of every page that we write: one HTML file that needs no network and loads nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

#: What a browser may do with a page: use the styles in it, and the script in it where there is one.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_SCRIPTS = "; script-src 'unsafe-inline'"


def page(title: str, style: str, body: Iterable[str], script: str = "", refresh: int = 0) -> str:
    """The whole file. title: plain text. body: HTML, in which everything that others wrote is escaped.

    refresh: seconds after which a browser loads the page again; 0 for never.
    """
    policy = _POLICY + (_SCRIPTS if script else "")
    again = f'\n<meta http-equiv="refresh" content="{refresh}">' if refresh else ""
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">{again}\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title>\n<style>{style}</style></head><body>"
    )
    end = f"<script>{script}</script></body></html>" if script else "</body></html>"
    return "\n".join([head, *body, end]) + "\n"


def inline(text: str) -> str:
    """Text for people as HTML; what stands between backticks is code."""
    parts = text.split("`")
    return "".join(f"<code>{escape(part)}</code>" if index % 2 else escape(part) for index, part in enumerate(parts))
