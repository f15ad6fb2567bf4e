# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts in record data: the character strings of TXT, as people and zone files write them. Pure."""

from __future__ import annotations

import re
from contextlib import suppress

from .slips import Slip

with suppress(ImportError):  # the modules report a missing library
    import dns.exception
    import dns.tokenizer

#: A character string holds at most this many bytes (RFC 1035 section 3.3).
STRING_BYTES = 255

#: What is left away around a text; other blanks, such as the one that does not break, are text.
_BLANKS = " \t\r\n"

_BRACKET_BEFORE_QUOTE = re.compile(r'\(\s*"')
_KEY = re.compile(r"(?:^|(?<=\s))(?:mandatory=[^\s]*|[A-Za-z0-9-]+(?==|\s|$))", re.IGNORECASE)
_MANDATORY = re.compile(r"(?:^|\s)mandatory=$", re.IGNORECASE)
_QUOTED_STRING = re.compile(r'("(?:\\.|[^"\\])*")')


def read(text: str) -> list[bytes]:
    """The character strings of a TXT value; one longer than 255 bytes is cut, as both providers' servers do.

    Text that begins with a quotation mark, or with a bracket and a quotation mark, is a sequence of quoted strings as
    in a zone file: in brackets it may go over several lines, and a comment may follow. Anything else is one string,
    blanks and all: what people paste from a mail provider's page. Escapes (`\\;`, `\\"`, `\\195`) mean the same in
    both. Raises ValueError with the reason.
    """
    text = text.strip(_BLANKS)
    if not text:
        raise Slip('the text is empty; write "" for an empty string')
    tokens = _bracketed(text)
    if tokens is None:
        if "\n" in text or "\r" in text:
            raise Slip("the text has a line break")
        quoted = text.startswith('"')
        tokens = _quoted(text) if quoted else [dns.tokenizer.Token(dns.tokenizer.QUOTED_STRING, text, "\\" in text)]
    strings = [token.unescape_to_bytes().value for token in tokens]
    return [
        string[start : start + STRING_BYTES]
        for string in (value.encode() if isinstance(value, str) else value for value in strings)
        for start in range(0, len(string) or 1, STRING_BYTES)
    ]


def remark(text: str) -> str:
    """What to say about a text that was taken as it is; empty when nothing."""
    text = text.strip(_BLANKS)
    if text.startswith("(") and _bracketed(text) is None:
        return "begins with a bracket, and is published as it is, with the bracket"
    return ""


def with_lower_case_keys(text: str) -> str:
    """The value of an HTTPS or SVCB record with the names of its parameters in lower case."""
    fields = text.split(maxsplit=2)
    if len(fields) < 3:
        return text
    parts = _QUOTED_STRING.split(fields[2])
    parts[1::2] = [
        text.lower() if _MANDATORY.search(before) else text
        for before, text in zip(parts[::2], parts[1::2], strict=False)
    ]
    parts[::2] = [_KEY.sub(lambda match: match[0].lower(), part) for part in parts[::2]]
    return f"{fields[0]} {fields[1]} {''.join(parts)}"


def _bracketed(text: str) -> list[dns.tokenizer.Token] | None:
    """The quoted strings within brackets; None when the text is something else that begins with a bracket, or not."""
    if not _BRACKET_BEFORE_QUOTE.match(text):
        return None
    with suppress(dns.exception.DNSException, ValueError):
        return _quoted(text)
    return None


def _quoted(text: str) -> list[dns.tokenizer.Token]:
    tokenizer = dns.tokenizer.Tokenizer(text)
    tokens = []
    while not (token := tokenizer.get()).is_eol_or_eof():
        if not token.is_quoted_string():
            raise Slip(f"{token.value!r} stands outside the quotation marks")
        tokens.append(token)
    if not tokenizer.get().is_eof():
        raise Slip("the text has a line break")
    return tokens
