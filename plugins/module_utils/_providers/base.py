# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a provider is: the questions it answers without I/O, and the two things it does, `fetch` and `send`.

Nothing here assumes how a provider is spoken to. Those with an HTTP API build on `http_provider`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from .._deadline import Deadline
from .._dns import comparison
from .._errors import ProviderError
from .._zone.plan import Change, Held
from .._zone.rdata import Value
from .._zone.record_sets import RecordSet
from . import account as provider_account
from .account import AccountData
from .body import NONSENSE, Malformed, malformed
from .entry_options import Option
from .request_count import RequestCount
from .shared import Shared

#: Seconds before such an answer is asked for once more.
_PAUSE = 0.2


@dataclass(frozen=True)
class Settings:
    """What every entry of `dns_providers` has, checked. deadline: seconds. nameservers: `address[:port]` or host names.

    own_variable: the environment variable of its secret in commands done by hand, where others of its type have another
    secret; empty for the usual ones. A type of provider with options of its own adds them in a subclass.
    """

    name: str
    type: str
    nameservers: tuple[str, ...] = ()
    deadline: float = 300.0
    own_variable: str = ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown to anybody."""
        return ()

    @property
    def place(self) -> str:
        """What distinguishes this server from others of its type."""
        return ""


def common_settings(entry: Mapping[str, Any], deadline: float) -> dict[str, Any]:
    """The arguments of `Settings` from an entry. deadline: seconds, where the entry names none."""
    own = entry.get("deadline")
    return {
        "name": entry["name"],
        "type": entry["type"],
        "nameservers": tuple(entry.get("nameservers") or ()),
        "deadline": deadline if own is None else own,
    }


@dataclass(frozen=True)
class Write:
    """One atomic request that carries out some changes of a plan. Its provider adds what it sends in a subclass."""

    changes: tuple[Change, ...]


class Provider(ABC):
    """One zone at one DNS host.

    A new provider is one file or folder: a subclass with the class variables below and the abstract methods, added to
    the registry. It must make `fetch` return what was sent before, and should need as few requests as it can. It may
    override the questions that have answers here.
    """

    #: The value of `type` in a provider entry.
    type: ClassVar[str]
    #: How people call it.
    title: ClassVar[str]
    #: The options of its entries beyond name, type, nameservers and deadline.
    options: ClassVar[Mapping[str, Option]] = {}
    #: The environment variables that may hold its secret, the first one set wins.
    secret_env: ClassVar[tuple[str, ...]] = ()
    record_types: ClassVar[frozenset[str]]
    max_ttl: ClassVar[int] = 86400
    #: How many writes to one zone it takes in a day; None for no known limit.
    daily_writes: ClassVar[int | None] = None
    #: How many requests it takes in a day from one account; None for no known limit.
    daily_requests: ClassVar[int | None] = None
    #: The requests that a read of a zone needs.
    requests_of_a_read: ClassVar[int] = 2
    #: The keys that `at: {<provider>: …}` may hold beyond `ttl` and `values`.
    attributes: ClassVar[frozenset[str]] = frozenset()
    #: Endings of the names of its name servers, to tell them apart in a delegation.
    nameserver_suffixes: ClassVar[tuple[str, ...]] = ()

    #: Its name servers when the parent does not delegate to them (yet).
    default_nameservers: ClassVar[tuple[str, ...]] = ()
    #: Whether the apex NS set must name the provider's own servers.
    names_own_servers: ClassVar[bool] = True
    #: What must be so that its servers serve the apex NS set that it holds; empty when nothing.
    apex_ns_condition: ClassVar[str] = ""
    #: The networks from which its proxies answer; empty when it has none.
    proxy_networks: ClassVar[tuple[str, ...]] = ()
    #: The domain below which other providers reach its proxies by name; empty when there is none.
    proxy_suffix: ClassVar[str] = ""
    #: Whether its servers may answer addresses where the record is a CNAME, so that they hide where a name leads.
    flattens: ClassVar[bool] = False
    #: Whether a CNAME can stand at the apex, which its servers then answer with the addresses of its target.
    flattens_apex: ClassVar[bool] = False
    #: Whether it makes all changes of a write or none, so that a router and its marker never come apart.
    atomic_writes: ClassVar[bool] = True
    #: Whether it makes a write only while the sets are as they were read.
    compares: ClassVar[bool] = False
    #: Whether a write must be served before the next one is sent.
    one_write_at_a_time: ClassVar[bool] = False
    #: A sentence that `status` adds where this provider is in use; empty when there is none.
    status_note: ClassVar[str] = ""

    # The Dialect of plans
    atomic_type_change: ClassVar[bool] = True
    #: TTLs with a meaning of their own, with the seconds that they stand for.
    special_ttls: ClassVar[Mapping[int, int]] = {}

    def __init__(self, zone: str, settings: Settings, deadline: Deadline, shared: Shared | None = None) -> None:
        self.zone = zone
        self.settings = settings
        self.deadline = deadline
        #: What it has in common with other zones of its account in this run.
        self.shared = shared
        self.count = RequestCount()
        #: What to report of writes that were made.
        self.notes: list[str] = []

    @classmethod
    @abstractmethod
    def read_settings(cls, entry: Mapping[str, Any], deadline: float) -> Settings:
        """An entry of `dns_providers`, whose options have their types, as a value. deadline: seconds, by default.

        Raises BadInput with every problem, each as `option: text`.
        """

    @classmethod
    def written_at(cls, entry: Mapping[str, Any]) -> str:
        """The host, or the URL, that must be reached to write; `entry` is one of `dns_providers`."""
        return str(entry.get("server") or "")

    @classmethod
    @abstractmethod
    def audit(cls, record_set: RecordSet) -> list[str]:
        """Why this provider cannot hold the set, each reason as `field: text`; empty when it can."""

    @classmethod
    def audit_at(cls, settings: Settings, record_set: RecordSet) -> list[str]:
        """Why it cannot hold the set with these settings; the same as `audit` where they are of no importance."""
        return cls.audit(record_set)

    @classmethod
    def of_entry(cls, entry: Mapping[str, Any]) -> Kind:
        """The class with what is so for this entry of `dns_providers` only; mostly the class itself."""
        return cls

    def prepare(self) -> None:  # noqa: B027 (most providers have nothing to do)
        """Load what the first request needs, for whoever has other work to do while that is on its way."""

    @abstractmethod
    def fetch(self) -> Held:
        """What the zone holds. Raises ProviderError; for an answer of another form than documented it may crash."""

    def read(self) -> Held:
        """What the zone holds. Raises ProviderError; an answer that makes no sense is asked for once more."""
        try:
            return self._understood()
        except ProviderError as error:
            if not isinstance(error.__cause__, NONSENSE) or not self.deadline.sleep(_PAUSE):
                raise
            self.count.retries += 1
        return self._understood()

    def _understood(self) -> Held:
        try:
            return self.fetch()
        except Malformed as error:
            raise malformed(None, str(error)) from error
        except NONSENSE as error:
            raise malformed(None, f"it is not in the API's own format ({type(error).__name__}: {error})") from error

    @abstractmethod
    def writes(self, changes: Sequence[Change], held: Held) -> Sequence[Write]:
        """The requests that carry out the changes of a plan made from `held`: as few as possible, in order. Pure."""

    @abstractmethod
    def send(self, write: Write) -> None:
        """Send one write that `writes` made.

        Raises ProviderError: `passing` when it is unknown whether it took effect, `nothing_applied` when it did not,
        `in_flight` when it may take effect later.
        """

    @abstractmethod
    def by_hand(self, sets: Sequence[RecordSet], held: Held | None = None) -> list[str]:
        """Shell commands that lead a name elsewhere without us, with the secret in one of `hand_variables`.

        sets: all that can stand at the name; those without values should go. held: what the provider held when it was
        last read; with it, the commands need not look up what does not change, such as ids.
        """

    @property
    def hand_variables(self) -> tuple[str, ...]:
        """The environment variables in which the commands of `by_hand` expect the secret, the first one set wins."""
        return (self.settings.own_variable,) if self.settings.own_variable else self.secret_env

    @abstractmethod
    def missing_credentials(self) -> ProviderError | None:
        """The error when there is nothing to authenticate with."""

    @property
    def clock_ahead(self) -> int | None:
        """The seconds by which the API's clock is ahead of ours, by its last answer; None where it does not say."""
        return None

    @property
    def place(self) -> str:
        """What is locked together with the zone's name while it is written."""
        return f"{self.type} {self.settings.place}"

    def shorten_writes(self) -> None:  # noqa: B027 (most providers have nothing to do)
        """Make the next writes smaller: the provider could not finish one in time."""

    def reminder(self, sets: Iterable[RecordSet], held: Held) -> Change | None:
        """A change which, made and taken back, makes name servers fetch a write that they missed; None for none.

        sets: what may be changed for that, the best first.
        """
        return None

    @classmethod
    def served_as(cls, record_set: RecordSet, at_name: Iterable[RecordSet] = ()) -> str:
        """How its servers answer a set: exact, subset or hidden, as `comparison` defines them.

        at_name: all sets that it holds at the name.
        """
        return comparison.EXACT

    def proxies(self, held: Held) -> bool:
        """Whether its proxies, if it has any, are on for the zone. Raises ProviderError."""
        return True

    def proxy_caveat(self, held: Held) -> str:
        """What to say about names below `proxy_suffix` in this zone; empty when nothing."""
        return ""

    def own_servers(self, held: Held) -> Sequence[str]:
        """The host names of its name servers for this zone; empty when they are not known."""
        named = [host.rstrip(".").lower() + "." for host in self.settings.nameservers]
        return [host for host in named if host.endswith(self.nameserver_suffixes)] or self.default_nameservers

    def account(self, held: Held) -> AccountData:
        """What it says about the zone and the token beyond the records; reads only. Raises ProviderError.

        What one of its questions could not be asked is part of the answer.
        """
        return {**provider_account.unknown(), "minimum_ttl": held.minimum_ttl}

    def prove_write(self, name: str, rdtype: str, held: Held) -> str | None:
        """Why the token may not write this set, found by a write that changes nothing; empty when it may.

        None where there is nothing by which to find out. Raises ProviderError when the API does not answer.
        """
        return None

    def value_key(self, value: Value) -> bytes:
        return value.key

    def adapt(self, wanted: RecordSet, held: RecordSet | None) -> RecordSet:
        return wanted

    def exclusive(self, one: RecordSet, other: RecordSet) -> bool:
        """A CNAME stands alone at its name (RFC 1034 section 3.6.2)."""
        return one.type == "CNAME" and other.type != "CNAME"

    def unfit(self, at_name: Sequence[RecordSet], held: Held) -> str:
        return ""

    @classmethod
    def audit_common(cls, record_set: RecordSet) -> list[str]:
        """What every provider refuses alike."""
        problems = []
        if record_set.type not in cls.record_types:
            problems.append(f"type: {record_set.type} is not supported by {cls.type}")
        if record_set.ttl is not None and record_set.ttl > cls.max_ttl:
            problems.append(f"ttl: {record_set.ttl} is above the maximum of {cls.max_ttl} seconds at {cls.type}")
        if record_set.type == "CNAME" and len(record_set.values) > 1:
            problems.append("values: a CNAME has one value")
        return problems


#: A type of provider.
Kind = type[Provider]
