# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The body of an answer, read up to a limit, and strict JSON: an API is not trusted to end what it sends."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable
from typing import Any

from .._errors import ProviderError

#: Octets that an answer may have, decompressed. A page of Cloudflare's 50,000 records has about 30 MB.
LARGEST_LIST = 64 << 20

#: … that is no page of a list: an error, or the outcome of a write, which repeats what was written.
LARGEST_OTHER = 8 << 20

#: Octets to read, and to decompress, at once.
CHUNK = 1 << 16

#: The content coding that is understood, and the window bits by which zlib recognises it.
CODING = "gzip"
_GZIP = zlib.MAX_WBITS | 16

#: How deep lists and mappings may be nested. The APIs need six levels.
_DEEPEST = 40


#: What the code that reads an answer raises where the answer is not as documented.
NONSENSE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Malformed(ValueError):
    """A body that is not what any API sends."""


def read(chunks: Iterable[bytes], coding: str, limit: int) -> bytes:
    """The decoded body from its parts as they arrive. coding: the Content-Encoding; limit: octets after decoding.

    Raises Malformed as soon as the body is too large, and for a coding that it does not have or that is not known.
    """
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        decode: Callable[[bytes, int], bytes] = _as_it_is
    elif coding == CODING:
        decode = _Inflater()
    else:
        raise Malformed("it has a content coding that was not asked for")
    body, received = bytearray(), 0
    for chunk in chunks:
        received += len(chunk)
        body += decode(chunk, limit + 1 - len(body))
        if max(received, len(body)) > limit:
            raise Malformed(f"it is larger than {limit >> 20} MiB")
    return bytes(body)


def _as_it_is(chunk: bytes, most: int) -> bytes:
    return chunk


class _Inflater:
    """Decompresses part by part, never to more than what is asked for."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(_GZIP)

    def __call__(self, chunk: bytes, most: int) -> bytes:
        """What the next part becomes, cut off after `most` octets, which must not be 0. Raises Malformed."""
        try:
            return self._inflate.decompress(chunk, most)
        except zlib.error:
            raise Malformed("it is not in the content coding that it names") from None


def decode(body: bytes) -> Any:
    """The body as JSON. Raises Malformed, also for what Python takes and no API sends.

    That is `NaN` and infinite numbers, a key twice in a mapping, half of a character, and what is nested too deep.
    """
    try:
        data = json.loads(body, object_pairs_hook=_mapping, parse_constant=_no_number, parse_float=_finite)
    except Malformed:
        raise
    except (ValueError, RecursionError):
        raise Malformed("it is not JSON") from None
    _check_depth(data)
    if b"\\u" in body:
        _check_characters(data)
    return data


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise Malformed("a mapping in it has a key twice")
    return made


def _no_number(text: str) -> Any:
    raise Malformed(f"{text} is not a number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise Malformed("a number in it is too large")
    return number


def _check_depth(data: Any) -> None:
    level = [data]
    for _depth in range(_DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    raise Malformed("it is nested too deep")


def _check_characters(data: Any) -> None:
    """Half of a surrogate pair is text that can never be written anywhere."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Malformed("a text in it has half of a character") from None


def malformed(status: int | None, why: str) -> ProviderError:
    """The error for an answer that no working API gives. It may pass: a proxy may have answered in its place."""
    return ProviderError(
        "unreachable",
        f"the API gave a malformed answer{f' ({status})' if status else ''}: {why}",
        status=status,
        passing=True,
        hint="a proxy may stand in between, or the API is failing",
    )
