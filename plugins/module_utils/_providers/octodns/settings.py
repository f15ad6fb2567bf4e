# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of the type octodns: the class of a provider, its arguments, and those of them that are secrets."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from ..._errors import BadInput
from ..base import Settings, common_settings
from .entry import TOKEN_ENV

_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_ARGUMENT = re.compile(r"[A-Za-z_]\w*")

#: An argument of this form is taken from the environment, as in octoDNS' own configuration.
_FROM_ENVIRONMENT = re.compile(r"env/([A-Za-z_]\w*)")

#: Names of arguments that hold secrets.
_SECRET = re.compile(
    r"(^|_)(token|secret|password|passwd|passphrase|credentials?)(_|$)|(api|access|secret|private|auth)_?key$", re.I
)


@dataclass(frozen=True)
class OctodnsSettings(Settings):
    """The entry of an octoDNS provider.

    path: of its class. options: its arguments as they were written. secret_options: the values of those that came from
    the environment, None where it has none, and of the token.
    """

    path: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    secret_options: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(secret for secret in self.secret_options.values() if secret)

    @property
    def place(self) -> str:
        return f"{self.path} {json.dumps(self.options, sort_keys=True, default=str)}"

    @property
    def arguments(self) -> dict[str, Any]:
        """What the class is made with."""
        return {**deepcopy(dict(self.options)), **self.secret_options}


def read(entry: Mapping[str, Any], deadline: float) -> OctodnsSettings:
    """An entry as a value. deadline: seconds, by default. Raises BadInput with every problem."""
    path, options = str(entry.get("class") or ""), dict(entry.get("options") or {})
    token = str(entry.get("token") or os.environ.get(TOKEN_ENV, "")).strip()
    taker = str(entry.get("token_option") or "token")
    problems = [*_option_problems(options), *_entry_problems(entry, path, taker)]
    if token and taker in options:
        problems.append(f"options.{taker}: is given by `token` already")
    if problems:
        raise BadInput(problems)
    secret = {**_from_environment(options), **({taker: token} if token else {})}
    return OctodnsSettings(**common_settings(entry, deadline), path=path, options=options, secret_options=secret)


def _entry_problems(entry: Mapping[str, Any], path: str, taker: str) -> Iterator[str]:
    if not _PATH.fullmatch(path):
        yield "class: is needed: the dotted path of octoDNS' class, such as octodns_bind.Rfc2136Provider"
    if not _ARGUMENT.fullmatch(taker):
        yield f"token_option: {taker!r} is not the name of an argument"
    if not entry.get("nameservers"):
        yield "nameservers: are needed, as the servers of this type have no names in common"


def _option_problems(options: Mapping[str, Any]) -> Iterator[str]:
    for name, value in options.items():
        if not _ARGUMENT.fullmatch(str(name)) or name == "id":
            yield f"options.{name}: is not the name of an argument"
        elif _SECRET.search(str(name)) and not _FROM_ENVIRONMENT.fullmatch(str(value)):
            yield (
                f"options.{name}: is a secret by its name; give it as `token`, with `token_option: {name}`, or write "
                "env/NAME with the environment variable that holds it"
            )


def _from_environment(options: Mapping[str, Any]) -> dict[str, str | None]:
    """The arguments that are written as a variable of the environment, with its value; None where it has none."""
    found = {name: _FROM_ENVIRONMENT.fullmatch(str(value)) for name, value in options.items()}
    return {name: os.environ.get(match[1]) for name, match in found.items() if match}
