# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads `dependency_declared`: who has the roles that nothing shows from outside. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .. import _hints
from .._errors import BadInput

#: Roles that nothing shows from outside.
ROLES = ("origin", "registrar", "runner", "secrets", "git", "sso", "mail")

#: Roles that need not be there.
OPTIONAL = ("status_page",)


@dataclass(frozen=True)
class Declared:
    """By role, in their order: operators, and the hosts of those that are declared by a URL, which are followed."""

    operators: Mapping[str, tuple[str, ...]]
    places: Mapping[str, tuple[str, ...]]


def read(given: Mapping[str, Any]) -> Declared:
    """What is declared. Raises BadInput with every problem."""
    if problems := [problem for role, value in given.items() for problem in _problems(str(role), value)]:
        raise BadInput(problems)
    texts = {str(role): _texts(value) for role, value in sorted(given.items())}
    return Declared(_kind(texts, places=False), _kind(texts, places=True))


def _kind(texts: Mapping[str, list[str]], *, places: bool) -> dict[str, tuple[str, ...]]:
    return {role: tuple(one for one in here if ("://" in one) == places) for role, here in texts.items()}


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, (list, tuple)) else [str(value)] if value else []


def _problems(role: str, value: Any) -> Iterator[str]:
    known = (*ROLES, *OPTIONAL)
    if role not in known:
        yield f"dependency_declared.{role}: {_hints.unknown(role, known)}"
    elif isinstance(value, Mapping) or any(isinstance(one, (Mapping, list)) for one in _list(value)):
        yield f"dependency_declared.{role}: must be the name of an operator, a URL, or a list of these"


def _list(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else ()
