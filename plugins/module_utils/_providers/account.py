# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a provider says about a zone beyond its records, and about the token with which it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypedDict, TypeVar

from .._errors import ProviderError
from .body import NONSENSE

T = TypeVar("T")


class TokenData(TypedDict):
    """A token. None, or an empty text, where the provider does not say.

    status: as the provider calls it, empty where it is in order. expires: Unix time. zones: how many it sees. manages:
    whether it may make other tokens. writes: whether it may write records of the zone. names: the only names that it
    may write, relative to the zone; None for all, or where that is not known. limited: whether it is known that there
    are such limits or none. networks: from which it may be used; empty for all.
    """

    status: str
    expires: int | None
    zones: int | None
    manages: bool | None
    writes: bool | None
    names: list[str] | None
    limited: bool | None
    networks: list[str]


class AccountData(TypedDict):
    """A zone and its account.

    state: why the zone is not in service; empty where it is. minimum_ttl: seconds. multi_provider: whether the zone
    goes on while the parent names servers of others too. proxies_off: whether the account answers every proxied name
    with its origin. used, allowed: records. token: with which it was asked. scoped: whether tokens of this provider can
    be limited to names. proofs: by name, why a write that changes nothing was refused; empty where it was accepted.
    unseen: what could not be asked, and why.
    """

    state: str
    minimum_ttl: int | None
    multi_provider: bool | None
    proxies_off: bool | None
    used: int | None
    allowed: int | None
    token: TokenData
    scoped: bool
    proofs: dict[str, str]
    unseen: list[str]


def unknown_token() -> TokenData:
    """A token of which nothing is known."""
    return TokenData(
        status="", expires=None, zones=None, manages=None, writes=None, names=None, limited=None, networks=[]
    )


def unknown() -> AccountData:
    """An account of which nothing is known."""
    return AccountData(
        state="",
        minimum_ttl=None,
        multi_provider=None,
        proxies_off=None,
        used=None,
        allowed=None,
        token=unknown_token(),
        scoped=False,
        proofs={},
        unseen=[],
    )


@dataclass
class Inquiry:
    """Questions of which each may fail without the others. unseen: what could not be asked, and why."""

    unseen: list[str] = field(default_factory=list)

    def ask(self, what: str, question: Callable[[], T], default: T) -> T:
        """The answer, or the default."""
        try:
            return question()
        except ProviderError as error:
            self.unseen.append(f"{what}: {error.message}")
        except NONSENSE as error:
            self.unseen.append(f"{what}: the answer is not in the API's own format ({type(error).__name__})")
        return default
