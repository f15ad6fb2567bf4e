# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the emulated deSEC API keeps: accounts, tokens with their policies, domains, record sets."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from zlib import crc32

from .. import clock

DEFAULT_NS = ("ns1.desec.io.", "ns2.desec.org.")
DEFAULT_NS_TTL = 3600
LOCAL_PUBLIC_SUFFIXES = frozenset({"dedyn.io"})
"""Suffixes under which deSEC itself hands out names: the delegation of such a domain is not the owner's to change."""

Key: TypeAlias = tuple[str, str]
"""(subname, type); the apex is the empty subname."""


def stamp(moment: datetime | None) -> str | None:
    """A time as the API writes it."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


class Ticker:
    """The wall clock, never showing the same microsecond twice: `created` orders the lists and is their cursor."""

    def __init__(self) -> None:
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """The time in UTC, later than at the call before."""
        self._last = max(clock.now(), self._last + timedelta(microseconds=1))
        return self._last


@dataclass(frozen=True)
class RRset:
    """One record set as stored: contents are canonical."""

    subname: str
    type: str
    ttl: int
    records: tuple[str, ...]
    created: datetime
    touched: datetime

    @property
    def key(self) -> Key:
        """What identifies it in its domain."""
        return self.subname, self.type


def scrambled(contents: Iterable[str]) -> tuple[str, ...]:
    """Contents in the order in which they are shown: the real order is that of a set, never the client's."""
    return tuple(sorted(contents, key=lambda content: (crc32(content.encode()), content)))


@dataclass
class User:
    """An account."""

    email: str
    password: str
    domain_limit: int | None


@dataclass
class Domain:
    """A zone. `rrsets` is in the order of creation."""

    name: str
    owner: User
    created: datetime
    minimum_ttl: int
    published: datetime | None = None
    rrsets: dict[Key, RRset] = field(default_factory=dict)
    id: int = 0

    @property
    def touched(self) -> datetime | None:
        """The last write, one without effect included."""
        times = [rrset.touched for rrset in self.rrsets.values()]
        return max([*times, self.published] if self.published else times, default=None)

    @property
    def locally_registrable(self) -> bool:
        """Whether deSEC itself runs the parent."""
        return self.name.partition(".")[2] in LOCAL_PUBLIC_SUFFIXES

    def fqdn(self, subname: str) -> str:
        """The owner name of a record set, with a trailing dot."""
        return f"{subname}.{self.name}." if subname else f"{self.name}."

    def shown(self) -> dict[str, Any]:
        """The JSON of a list entry."""
        return {
            "created": stamp(self.created),
            "published": stamp(self.published),
            "name": self.name,
            "minimum_ttl": self.minimum_ttl,
            "touched": stamp(self.touched),
        }

    def shown_rrset(self, rrset: RRset) -> dict[str, Any]:
        """The JSON of one of its record sets."""
        return {
            "created": stamp(rrset.created),
            "domain": self.name,
            "subname": rrset.subname,
            "name": self.fqdn(rrset.subname),
            "records": list(rrset.records),
            "ttl": rrset.ttl,
            "type": rrset.type,
            "touched": stamp(rrset.touched),
        }


@dataclass
class Policy:
    """May a token write? `None` stands for any."""

    domain: str | None
    subname: str | None
    type: str | None
    perm_write: bool
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def scope(self) -> tuple[str | None, str | None, str | None]:
        """What it is about; unique within a token."""
        return self.domain, self.subname, self.type

    @property
    def precedence(self) -> tuple[bool, bool, bool]:
        """Sorts the more specific first: the domain counts more than the subname, that more than the type."""
        return self.domain is None, self.subname is None, self.type is None

    @property
    def is_default(self) -> bool:
        """Whether it is the one that must come first."""
        return self.scope == (None, None, None)

    def shown(self) -> dict[str, Any]:
        """The JSON of it."""
        return {
            "id": self.id,
            "domain": self.domain,
            "subname": self.subname,
            "type": self.type,
            "perm_write": self.perm_write,
        }


@dataclass
class Token:
    """A secret and what it may do."""

    secret: str
    user: User
    created: datetime
    name: str = ""
    perm_create_domain: bool = False
    perm_delete_domain: bool = False
    perm_manage_tokens: bool = False
    max_age: timedelta | None = None
    max_unused_period: timedelta | None = None
    allowed_subnets: list[str] = field(default_factory=lambda: ["0.0.0.0/0", "::/0"])
    auto_policy: bool = False
    mfa: bool | None = None
    last_used: datetime | None = None
    policies: list[Policy] = field(default_factory=list)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def valid_at(self, now: datetime) -> bool:
        """Whether it has neither outlived its age nor lain idle for too long."""
        too_old = self.max_age is not None and self.created + self.max_age < now
        last = self.last_used or self.created
        idle = self.max_unused_period is not None and last + self.max_unused_period < now
        return not (too_old or idle)

    def may_write(self, domain: str, subname: str, rtype: str) -> bool:
        """By the most specific policy that fits; without any policy everything is allowed."""
        fitting = [
            policy
            for policy in self.policies
            if all(mine in (None, theirs) for mine, theirs in zip(policy.scope, (domain, subname, rtype), strict=True))
        ]
        return min(fitting, key=lambda policy: policy.precedence).perm_write if fitting else True

    def may_write_everything(self, domain: str) -> bool:
        """Whether no policy forbids anything in a domain: needed to delete it."""
        own = [policy for policy in self.policies if policy.domain == domain]
        falls_through = not any(policy.scope == (domain, None, None) for policy in own)
        general = [policy for policy in self.policies if policy.domain is None]
        return all(policy.perm_write for policy in [*own, *(general if falls_through else [])])

    def shown(self, now: datetime) -> dict[str, Any]:
        """The JSON of it, without the secret."""
        return {
            "id": self.id,
            "created": stamp(self.created),
            "last_used": stamp(self.last_used),
            "owner": self.user.email,
            "user_override": None,
            "mfa": self.mfa,
            "max_age": _duration(self.max_age),
            "max_unused_period": _duration(self.max_unused_period),
            "name": self.name,
            "perm_create_domain": self.perm_create_domain,
            "perm_delete_domain": self.perm_delete_domain,
            "perm_manage_tokens": self.perm_manage_tokens,
            "allowed_subnets": self.allowed_subnets,
            "auto_policy": self.auto_policy,
            "is_valid": self.valid_at(now),
        }


def _duration(value: timedelta | None) -> str | None:
    if value is None:
        return None
    hours, seconds = divmod(value.seconds, 3600)
    text = f"{hours:02}:{seconds // 60:02}:{seconds % 60:02}"
    return f"{value.days} {text}" if value.days else text


class Store:
    """Everything, in memory."""

    def __init__(self, minimum_ttl: int) -> None:
        """`minimum_ttl` in seconds, for domains created from now on."""
        self.minimum_ttl = minimum_ttl
        self.ticker = Ticker()
        self.users: list[User] = []
        self.tokens: dict[str, Token] = {}
        self.domains: dict[str, Domain] = {}
        self._domain_ids = 0

    def domains_of(self, user: User) -> Iterator[Domain]:
        """In the order of creation."""
        return (domain for domain in self.domains.values() if domain.owner is user)

    def domain_of(self, user: User, name: str) -> Domain | None:
        """One domain of an account, its name exactly so."""
        domain = self.domains.get(name)
        return domain if domain is not None and domain.owner is user else None

    def tokens_of(self, user: User) -> Iterator[Token]:
        """In the order of creation."""
        return (token for token in self.tokens.values() if token.user is user)

    def add_token(self, user: User, secret: str | None = None, **attributes: Any) -> Token:
        """A new token, with a random secret unless one is given."""
        token = Token(secret or secrets.token_urlsafe(21), user, self.ticker.now(), **attributes)
        self.tokens[token.secret] = token
        return token

    def new_domain(self, name: str, owner: User) -> Domain:
        """A domain without record sets that is not in the store yet."""
        self._domain_ids += 1
        return Domain(name, owner, self.ticker.now(), self.minimum_ttl, id=self._domain_ids)

    def new_rrset(self, subname: str, rtype: str, ttl: int, contents: Iterable[str]) -> RRset:
        """A record set as of now. Like the server, which inserts first and fills then, `touched` is a bit later."""
        return RRset(subname, rtype, ttl, scrambled(contents), self.ticker.now(), self.ticker.now())

    def default_ns(self) -> RRset:
        """What every new domain has at its apex."""
        return self.new_rrset("", "NS", DEFAULT_NS_TTL, DEFAULT_NS)
