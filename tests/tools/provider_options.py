#!/usr/bin/env python
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the documentation of provider entries, which modules and fragments repeat, from the registry of providers.

Run it after a change of a provider's options. A unit test fails where a file is not as it would be written.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".collections"))

from ansible_collections.twinzone.edge.plugins.module_utils._providers.entry_options import (  # noqa: E402
    COMMON,
    Option,
)
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import (  # noqa: E402
    PROVIDERS,
    entry_options,
)

#: What is generated stands between these lines, after the words that say which options it has.
_BLOCK = re.compile(
    r"(?P<head>(?P<indent> *)# options of (?P<what>[a-z0-9]+), by tests/tools/provider_options\.py\n)"
    r".*?"
    r"(?P<tail> *# end of these options\n)",
    re.DOTALL,
)

_WIDTH = 140

#: What YAML would read as something else than plain text.
_NOT_PLAIN = re.compile(r"^[\s\-?:,\[\]{}#&*!|>'\"%@`]|: | #|:$")


def generated(text: str) -> str:
    """The text of a file, with its generated parts as they should be."""

    def block(match: re.Match[str]) -> str:
        lines = _lines(_options(match["what"]), match["indent"])
        return match["head"] + "".join(f"{line}\n" for line in lines) + match["tail"]

    return _BLOCK.sub(block, text)


def files() -> list[Path]:
    """The files with generated parts."""
    found = [*ROOT.glob("plugins/doc_fragments/*.py"), *ROOT.glob("plugins/modules/*.py")]
    return [path for path in sorted(found) if _BLOCK.search(path.read_text(encoding="utf-8"))]


def _options(what: str) -> Mapping[str, Option]:
    """The options of an entry of any type (`entries`), or those of the module for one type of provider."""
    if what == "entries":
        return entry_options()
    return {**PROVIDERS[what].options, "nameservers": COMMON["nameservers"]}


def _lines(options: Mapping[str, Option], indent: str) -> Iterator[str]:
    for name, option in options.items():
        yield f"{indent}{name}:"
        yield from _fields(option.documentation(), indent + "  ")


def _fields(fields: Mapping[str, Any], indent: str) -> Iterator[str]:
    for field, value in fields.items():
        if field == "description":
            yield f"{indent}description:"
            for paragraph in value:
                yield from _wrapped(paragraph, indent + "  ")
        elif field == "suboptions":
            yield f"{indent}suboptions:"
            for name, option in value.items():
                yield f"{indent}  {name}:"
                yield from _fields(option, indent + "    ")
        elif isinstance(value, list):
            yield f"{indent}{field}: [{', '.join(value)}]"
        else:
            yield f"{indent}{field}: {json.dumps(value) if isinstance(value, bool) else value}"


def _wrapped(text: str, indent: str) -> list[str]:
    if _NOT_PLAIN.search(text):
        text = json.dumps(text)
    return textwrap.wrap(
        text, _WIDTH, initial_indent=f"{indent}- ", subsequent_indent=f"{indent}  ", break_on_hyphens=False
    )


if __name__ == "__main__":
    for path in files():
        old = path.read_text(encoding="utf-8")
        if (new := generated(old)) != old:
            path.write_text(new, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
