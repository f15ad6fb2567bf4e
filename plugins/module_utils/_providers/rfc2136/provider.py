# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any primary server that takes dynamic updates (RFC 2136) signed with TSIG: Knot, BIND, PowerDNS, a hidden primary."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._deadline import Deadline
from ..._dns.primary import Primary, Refused
from ..._dns.wire import DNS_PORT, Endpoint, Resolver, is_address, split_port
from ..._errors import BadInput, ProviderError
from ..._zone import names
from ..._zone.plan import Change, Held
from ..._zone.record_sets import DEFAULT_TTL, MAX_TTL, RecordSet
from .. import self_hosted
from ..base import Provider, Settings, Write, common_settings
from ..entry_options import Option
from ..shared import Shared
from . import audit, errors, fields
from .entry import ALGORITHMS, RFC2136, SECRET_ENV

with suppress(ImportError):  # the modules report a missing library
    import dns.exception
    import dns.name
    import dns.rdata
    import dns.tsig
    import dns.update


#: Types of which a server may store something else than it was sent, as PowerDNS does of an APL with host bits, and of
#: a CAA without a value; and of how many sets of a write that is looked at.
_REWRITTEN = frozenset({"APL", "CAA"})
_LOOKED_AT = 20


@dataclass(frozen=True)
class TsigKey:
    """A TSIG key. secret: base64."""

    name: str
    algorithm: str
    secret: str

    def key(self) -> dns.tsig.Key:
        """The key as dnspython's. Raises ValueError and dnspython's exceptions for what is none."""
        return dns.tsig.Key(self.name, self.secret, self.algorithm)


@dataclass(frozen=True)
class Rfc2136Settings(Settings):
    """The entry of a primary server. server: `host[:port]`."""

    server: str = ""
    key: TsigKey = TsigKey("", ALGORITHMS[0], "")

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.key.secret,) if self.key.secret else ()

    @property
    def place(self) -> str:
        return self.server


@dataclass(frozen=True)
class UpdateWrite(Write):
    """One update."""

    message: dns.update.UpdateMessage


class Rfc2136(Provider):
    type: ClassVar[str] = RFC2136.type
    title: ClassVar[str] = RFC2136.title
    secret_env: ClassVar[tuple[str, ...]] = RFC2136.secret_env
    max_ttl: ClassVar[int] = MAX_TTL
    compares: ClassVar[bool] = True
    record_types: ClassVar[frozenset[str]] = frozenset(
        "A AAAA AFSDB APL CAA CERT CNAME CSYNC DHCID DLV DNAME DS EUI48 EUI64 HINFO HTTPS KX L32 L64 LOC LP MX NAPTR "
        "NID NS OPENPGPKEY PTR RP SMIMEA SPF SRV SSHFP SVCB TLSA TXT URI".split()
    )
    options: ClassVar[Mapping[str, Option]] = RFC2136.options
    settings: Rfc2136Settings

    def __init__(self, zone: str, settings: Rfc2136Settings, deadline: Deadline, shared: Shared | None = None) -> None:
        super().__init__(zone, settings, deadline, shared)
        #: What was read last, with the serial number and the head of the zone at that time.
        self._known: tuple[int, dns.rdata.Rdata, Held] | None = None

    @classmethod
    def read_settings(cls, entry: Mapping[str, Any], deadline: float) -> Rfc2136Settings:
        problems = []
        server, given = str(entry.get("server") or ""), entry.get("key") or {}
        try:
            split_port(server, DNS_PORT)
        except ValueError as error:
            problems.append(f"server: {error}" if server else "server: is needed: the primary, as host or host:port")
        key = TsigKey(
            str(given.get("name") or ""),
            str(given.get("algorithm") or ALGORITHMS[0]),
            str(given.get("secret") or os.environ.get(SECRET_ENV, "")).strip(),
        )
        problems += [f"key.{problem}" for problem in _key_problems(key)]
        if not entry.get("nameservers"):
            problems.append("nameservers: are needed, as the servers of this type have no names in common")
        if problems:
            raise BadInput(problems)
        return Rfc2136Settings(**common_settings(entry, deadline), server=server, key=key)

    @classmethod
    def audit(cls, record_set: RecordSet) -> list[str]:
        return [*cls.audit_common(record_set), *audit.problems(record_set)]

    def missing_credentials(self) -> ProviderError | None:
        if self.settings.key.secret:
            return None
        hint = f"set {SECRET_ENV}, or `key.secret` of the provider"
        return ProviderError("unauthorized", "no secret of the TSIG key was given", hint=hint)

    def fetch(self) -> Held:
        """The zone by AXFR; what was transferred before is still true while the serial is the same."""
        primary = self._primary()
        try:
            if self._known is not None:
                self.count.requests += 1
                if primary.serial() == self._known[0]:
                    return self._known[2]
            self.count.requests += 1
            zone = primary.transfer()
        except _FAILURES as error:
            raise errors.of(error, self.settings.server, ()) from None
        sets = {one.key: one for one in fields.record_sets(zone, self.zone)}
        held = Held(sets, minimum_ttl=0)
        soa = zone.get_soa()
        self._known = int(soa.serial), soa, held
        return held

    def _primary(self) -> Primary:
        """The server, ready to be asked. Raises ProviderError where its name leads nowhere."""
        host, port = split_port(self.settings.server, DNS_PORT)
        addresses = [host] if is_address(host) else Resolver(self.deadline).addresses(host)
        if not addresses:
            raise ProviderError("unreachable", f"{host} has no address", hint="check `server`", passing=True)
        return Primary(Endpoint(addresses[0], port), self.zone, self.settings.key.key(), self.deadline)

    def writes(self, changes: Sequence[Change], held: Held) -> list[UpdateWrite]:
        return [UpdateWrite(tuple(chunk), fields.update(chunk, self.zone)) for chunk in fields.chunks(changes)]

    def send(self, write: Write) -> None:
        if not isinstance(write, UpdateWrite):
            raise TypeError("a write of another provider")
        primary = self._primary()
        try:
            self._update(primary, write)
        except _FAILURES as error:
            raise errors.of(error, self.settings.server, write.changes) from None
        with suppress(*_FAILURES):
            self.notes += self._altered(primary, write.changes)

    def _update(self, primary: Primary, write: UpdateWrite) -> None:
        """Make the update. Where the server does not find a set that it has just transferred, and nobody has written
        meanwhile, it cannot compare what it holds: then the zone's head is compared, which every write changes."""
        self.count.requests += 1
        try:
            primary.update(write.message)
        except Refused as refused:
            if refused.rcode != "NXRRSET" or self._known is None:
                raise
            self.count.requests += 1
            try:
                primary.update(fields.update(write.changes, self.zone, self._known[1]))
            except Refused:
                raise refused from None

    def _altered(self, primary: Primary, changes: Sequence[Change]) -> Iterator[str]:
        """What the server stores otherwise than it was sent, in words."""
        for change in [one for one in changes if one.after is not None and one.key[1] in _REWRITTEN][:_LOOKED_AT]:
            held = primary.values(dns.name.from_text(names.owner(change.key[0], self.zone)), change.key[1])
            if difference := fields.altered(change, held):
                yield difference

    def by_hand(self, sets: Sequence[RecordSet], held: Held | None = None) -> list[str]:
        host, port = split_port(self.settings.server, DNS_PORT)
        key = self.settings.key
        variable = self.hand_variables[0]
        secret = f'"key {key.algorithm}:{key.name} ${variable}"'
        lines = [f"server {host} {port}", f"zone {self.zone}."]
        words = [*map(shlex.quote, lines), secret, *map(shlex.quote, fields.by_hand(sets, self.zone, DEFAULT_TTL))]
        # Before the pipe, so that a script ends where the secret is missing.
        there = f': "${{{variable}:?is not set}}"'
        return [f"{there}; printf '%s\\n' {' '.join(words)} send | nsupdate -v  # or knsupdate -v"]

    def own_servers(self, held: Held) -> Sequence[str]:
        return self_hosted.own_servers(self.settings.nameservers, held)


#: What an exchange with the server raises.
_FAILURES: tuple[type[Exception], ...] = (Refused, OSError, EOFError)
with suppress(NameError):  # dnspython is missing
    _FAILURES += (dns.exception.DNSException,)


def _key_problems(key: TsigKey) -> list[str]:
    """What is wrong with a key, each as `option: text`; never with the secret itself."""
    problems = []
    if not key.name:
        problems.append("name: is needed")
    if key.algorithm not in ALGORITHMS:
        problems.append(f"algorithm: {key.algorithm!r} is not one of {', '.join(ALGORITHMS)}")
    if not problems and key.secret:
        try:
            dns.name.from_text(key.name)
            key.key()
        except (dns.exception.DNSException, UnicodeError) as error:
            problems.append(f"name: {key.name!r} is not a name: {error}")
        except ValueError:
            problems.append("secret: is not base64")
    return problems
