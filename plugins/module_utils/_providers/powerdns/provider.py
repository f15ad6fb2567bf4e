# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PowerDNS Authoritative Server: https://doc.powerdns.com/authoritative/http-api/. A PATCH of record sets is atomic."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from urllib.parse import quote

from ..._errors import BadInput, ProviderError
from ..._zone.plan import Change, Held
from ..._zone.record_sets import DEFAULT_TTL, MAX_TTL, Key, RecordSet
from .. import self_hosted
from ..api import Answer, excerpt, json_of
from ..chunks import chunks
from ..entry_options import Option
from ..http_provider import HttpProvider, HttpSettings, HttpWrite
from . import audit, errors, fields
from .entry import POWERDNS

#: Octets of one PATCH; the server takes 2 MB unless it is configured otherwise.
_LARGEST_BODY = 1_500_000

#: The kinds of zones whose secondaries want to be notified.
_NOTIFYING = frozenset({"Master", "Primary", "Producer"})

#: The kinds of zones that are copies.
_COPIES = frozenset({"Slave", "Secondary", "Consumer"})


@dataclass(frozen=True)
class PowerdnsSettings(HttpSettings):
    """The entry of a PowerDNS server. server_id: its name within its own API."""

    server_id: str = "localhost"


class Powerdns(HttpProvider):
    type: ClassVar[str] = POWERDNS.type
    title: ClassVar[str] = POWERDNS.title
    secret_env: ClassVar[tuple[str, ...]] = POWERDNS.secret_env
    default_api_url: ClassVar[str] = POWERDNS.default_api_url
    token_header: ClassVar[str] = "X-API-Key"
    max_ttl: ClassVar[int] = MAX_TTL
    record_types: ClassVar[frozenset[str]] = frozenset(
        "A AAAA AFSDB APL CAA CERT CNAME CSYNC DHCID DLV DNAME DS EUI48 EUI64 HINFO HTTPS KX L32 L64 LOC LP MX NAPTR "
        "NID NS OPENPGPKEY PTR RP SMIMEA SPF SRV SSHFP SVCB TLSA TXT URI".split()
    )
    options: ClassVar[Mapping[str, Option]] = POWERDNS.options
    settings_type = PowerdnsSettings
    settings: PowerdnsSettings

    @classmethod
    def authorization(cls, token: str) -> str:
        return token

    @classmethod
    def read_settings(cls, entry: Mapping[str, Any], deadline: float) -> HttpSettings:
        problems = []
        if not entry.get("nameservers"):
            problems.append("nameservers: are needed, as the servers of this type have no names in common")
        try:
            found = super().read_settings(entry, deadline)
        except BadInput as error:
            raise BadInput([*problems, *error.problems]) from None
        if problems:
            raise BadInput(problems)
        # People know the server by its address; where its API begins there is always the same.
        return found if "/api/" in found.api_url else replace(found, api_url=f"{found.api_url}/api/v1")

    @classmethod
    def audit(cls, record_set: RecordSet) -> list[str]:
        return [*cls.audit_common(record_set), *audit.problems(record_set)]

    @property
    def _path(self) -> str:
        return f"/servers/{quote(self.settings.server_id, safe='')}/zones/{quote(self.zone + '.', safe='')}"

    def fetch(self) -> Held:
        zone = self.api.get(self._path, None, self._zone)
        if zone.get("kind") in _COPIES:
            raise ProviderError(
                "rejected",
                f"{self.zone} is a secondary zone at this server, which gets it from elsewhere",
                hint="name the primary server of the zone",
            )
        sets: dict[Key, RecordSet] = {}
        disabled: dict[Key, list[dict[str, Any]]] = {}
        for item in zone["rrsets"]:
            found = fields.record_set(item, self.zone)
            if found is not None:
                sets[found.key] = found
                if off := fields.switched_off(item):
                    disabled[found.key] = off
        return Held(sets, minimum_ttl=0, native=disabled, facts={"kind": zone.get("kind")})

    def _zone(self, answer: Answer) -> dict[str, Any]:
        return dict(json_of(self._checked(answer), _is_zone))

    def writes(self, changes: Sequence[Change], held: Held) -> list[HttpWrite]:
        notify = held.facts.get("kind") in _NOTIFYING
        items = {change.key: fields.rrset(change, self.zone, held.native.get(change.key, ())) for change in changes}

        def size(change: Change) -> int:
            return len(json.dumps(items[change.key]))

        return [
            HttpWrite(tuple(chunk), "PATCH", self._path, {"rrsets": [items[change.key] for change in chunk]}, notify)
            for chunk in chunks(changes, size, _LARGEST_BODY)
        ]

    def accept(self, write: HttpWrite, answer: Answer) -> None:
        self._checked(answer, write.changes)
        if write.about:
            # Without it the secondaries learn of the change when the server next looks, within a minute.
            with suppress(ProviderError):
                self.api.write("PUT", f"{self._path}/notify", None)

    def by_hand(self, sets: Sequence[RecordSet], held: Held | None = None) -> list[str]:
        items = []
        for one in sets:
            after = replace(one, ttl=one.ttl or DEFAULT_TTL) if one.values else None
            items.append(fields.rrset(Change("update", one, after), self.zone, ()))
        curl = self.curl()
        return [
            curl.definition(),
            curl.call([self._path], "PATCH", {"rrsets": items}),
            curl.call([f"{self._path}/notify"], "PUT"),
        ]

    def own_servers(self, held: Held) -> Sequence[str]:
        return self_hosted.own_servers(self.settings.nameservers, held)

    def _checked(self, answer: Answer, changes: Sequence[Change] = ()) -> Answer:
        """The answer when it is a success. Raises ProviderError otherwise."""
        if answer.ok:
            return answer
        raise errors.of(answer.status, answer.json_or_none(), excerpt(answer.body), changes)


def _is_zone(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("rrsets"), list)
