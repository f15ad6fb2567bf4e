# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shell commands that do by hand what we could not do: safe to paste, and without a token in them. Pure.

A function of the shell calls curl, so that each command stays short. It hands the token to curl on standard input: on
the command line every user of the machine could read it in the list of processes.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: Seconds that one request may take: what is done by hand must not hang either.
_SECONDS = 20


@dataclass(frozen=True)
class Curl:
    """How one API is called by hand.

    name: of the function of the shell. header: what comes before the token, such as `Authorization: Bearer`.
    variables: the environment variables that may hold the token, the first one set wins.
    """

    name: str
    header: str
    variables: Sequence[str]
    api_url: str
    ca_path: str | None = None

    def definition(self) -> str:
        """The line that defines the function."""
        options = ["curl", "-gsS", "-m", str(_SECONDS), "-H", "@-", "-H", "Content-Type: application/json"]
        if self.ca_path:
            options += ["--cacert", self.ca_path]
        if not self.api_url.startswith("https:"):
            options += ["--noproxy", "*"]
        head = shlex.quote(self.header.rstrip() + " %s\n").replace("\n", "\\n")
        # Before the pipe, so that a script ends where there is no token.
        token = f'"{self._token()}"'
        return f'{self.name}() {{ : {token}; printf {head} {token} | {shlex.join(options)} "$@"; }}'

    def _token(self) -> str:
        """The expansion that gives the token, or says which variable to set."""
        *others, last = self.variables
        expansion = f"${{{last}:?is not set}}"
        for variable in reversed(others):
            expansion = f"${{{variable}:-{expansion}}}"
        return expansion

    def call(self, path: Sequence[str], method: str = "GET", body: Any = None) -> str:
        """A request. path: its parts after the base URL; one that begins with `$` is a variable of the shell."""
        words = [self.name]
        if method != "GET":
            words += ["-X", method]
        if body is not None:
            words += ["--data", shlex.quote(json.dumps(body))]
        return " ".join([*words, "".join(map(_quoted, [self.api_url + path[0], *path[1:]]))])

    def assign(self, variable: str, path: Sequence[str], select: str) -> str:
        """A request whose answer, or the part that jq selects, becomes a variable of the shell."""
        return f"{variable}=$({self.call(path)} | jq -r {shlex.quote(select)})"


def _quoted(part: str) -> str:
    return f'"{part}"' if part.startswith("$") else shlex.quote(part)
