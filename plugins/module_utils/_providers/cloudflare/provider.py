# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloudflare: https://developers.cloudflare.com/api/. Single records, folded into sets; writes go by atomic batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from urllib.parse import urlencode

from ..._dns import comparison
from ..._errors import ProviderError
from ..._timestamps import unix_time
from ..._zone import names
from ..._zone.plan import Change, Held
from ..._zone.rdata import Value
from ..._zone.record_sets import Key, RecordSet
from ..account import AccountData
from ..api import Answer, json_of
from ..entry_options import Option
from ..http_provider import HttpProvider, HttpSettings, HttpWrite
from . import account as cloudflare_account
from . import audit as cloudflare_audit
from . import fields as cloudflare_fields
from . import zones
from .attributes import common, merged
from .batch import AUTOMATIC, batches, is_read_only, operations, request
from .entry import CLOUDFLARE
from .errors import checked
from .networks import PROXY_NETWORKS
from .pages import is_success, pages

#: Records on one page of a list. The API allows 5,000,000; no zone outside Enterprise holds more than 3,500.
_PAGE = 50_000

#: Operations in one batch, by plan. Atomicity ends at the batch.
_BATCH = {"free": 200}
_BATCH_PAID = 3500
_BATCH_UNKNOWN = 200

#: What jq takes out of a list.
_FIRST_ID = ".result[0].id // empty"


@dataclass(frozen=True)
class CloudflareSettings(HttpSettings):
    """The entry of a Cloudflare zone. zone_id: its id, which saves the look-up."""

    zone_id: str | None = None


class Cloudflare(HttpProvider):
    type: ClassVar[str] = CLOUDFLARE.type
    title: ClassVar[str] = CLOUDFLARE.title
    secret_env: ClassVar[tuple[str, ...]] = CLOUDFLARE.secret_env
    default_api_url: ClassVar[str] = CLOUDFLARE.default_api_url
    options: ClassVar[Mapping[str, Option]] = CLOUDFLARE.options
    settings_type = CloudflareSettings
    settings: CloudflareSettings
    nameserver_suffixes: ClassVar[tuple[str, ...]] = ("ns.cloudflare.com.", "foundationdns.com.", "foundationdns.net.")
    record_types: ClassVar[frozenset[str]] = frozenset(
        "A AAAA CAA CERT CNAME DNSKEY DS HTTPS LOC MX NAPTR NS OPENPGPKEY PTR SMIMEA SRV SSHFP SVCB TLSA TXT "
        "URI".split()
    )
    attributes: ClassVar[frozenset[str]] = CLOUDFLARE.attributes

    # It adds its own by itself, and refuses them in the set.
    flattens: ClassVar[bool] = True
    flattens_apex: ClassVar[bool] = True
    names_own_servers: ClassVar[bool] = False
    apex_ns_condition: ClassVar[str] = "the zone's DNS setting multi_provider is on"

    proxy_networks: ClassVar[tuple[str, ...]] = PROXY_NETWORKS
    proxy_suffix: ClassVar[str] = "cdn.cloudflare.net."

    status_note: ClassVar[str] = (
        "Note: that Cloudflare's edge serves a public name whose own record is DNS-only is not documented; "
        "see the docs on layouts."
    )

    # A batch is one transaction, but its records reach the edge one by one.
    atomic_type_change: ClassVar[bool] = False
    special_ttls: ClassVar[Mapping[int, int]] = {AUTOMATIC: 300}

    @classmethod
    def authorization(cls, token: str) -> str:
        return f"Bearer {token}"

    @classmethod
    def audit(cls, record_set: RecordSet) -> list[str]:
        return [*cls.audit_common(record_set), *cloudflare_audit.problems(record_set, cls.nameserver_suffixes)]

    def adapt(self, wanted: RecordSet, held: RecordSet | None) -> RecordSet:
        """Declared attributes on top of those held; proxied sets have the automatic TTL, whatever is declared."""
        held_attributes = held.attributes if held else {}
        attributes = merged(wanted.attributes, held_attributes)
        proxied = attributes.get("proxied", held_attributes.get("proxied", False))
        if proxied and wanted.attributes.get("settings", {}).get("flatten_cname"):
            raise ProviderError(
                "rejected",
                f"{wanted.name} {wanted.type}: flatten_cname is silently dropped on a proxied record, as this one is",
                hint="leave it out, or declare proxied: false",
            )
        return replace(wanted, attributes=attributes, ttl=AUTOMATIC if proxied else wanted.ttl)

    def exclusive(self, one: RecordSet, other: RecordSet) -> bool:
        """A CNAME and a delegation stand alone, with the exceptions that Cloudflare makes."""
        if one.type == "NS" and one.name != "@":
            return other.type not in ("NS", "DS")
        if one.type != "CNAME" or other.type == "CNAME":
            return False
        # A flattened or proxied CNAME is answered as addresses: MX, TXT and so on may stand beside it.
        answered_as_addresses = one.name == "@" or one.attributes.get("proxied")
        return other.type in ("A", "AAAA") or not answered_as_addresses

    def unfit(self, at_name: Sequence[RecordSet], held: Held) -> str:
        return cloudflare_audit.delegation_problem(at_name, held.facts.get("name_servers", ()))

    def fetch(self) -> Held:
        facts = {"zone_id": self.settings.zone_id} if self.settings.zone_id else self._look_up()
        grouped: dict[Key, list[dict[str, Any]]] = {}
        found = pages(self.api, f"/zones/{facts['zone_id']}/dns_records", _PAGE)
        # By id: a record may come on two pages if others come and go meanwhile.
        for record in {record["id"]: record for record in found}.values():
            key = (names.relative(record["name"] + ".", self.zone), record["type"])
            grouped.setdefault(key, []).append(record)
        return Held(
            sets={key: self._fold(key, records) for key, records in grouped.items()},
            minimum_ttl=30 if facts.get("plan") == "enterprise" else 60,
            locked={key: locked for key, records in grouped.items() if (locked := self._locked(records))},
            native=grouped,
            facts=facts,
            changed={
                key: max(unix_time(record.get("modified_on")) for record in records) for key, records in grouped.items()
            },
        )

    def _locked(self, records: Sequence[dict[str, Any]]) -> tuple[Value, ...]:
        """The values that other products of Cloudflare manage; others may stand beside them."""
        return tuple(cloudflare_fields.value_of(one, self.zone) for one in records if is_read_only(one))

    def _look_up(self) -> dict[str, Any]:
        listed = self.listed(lambda requests: zones.by_name(self.api, requests))
        zone = zones.the_one_of(listed or zones.named(self.api, self.zone), self.zone)
        return {
            "zone_id": zone["id"],
            "plan": (zone.get("plan") or {}).get("legacy_id"),
            "type": zone.get("type"),
            "name_servers": zone.get("name_servers") or [],
            "proxies": zones.proxies(zone),
            "zone": zone,
        }

    def proxies(self, held: Held) -> bool:
        if "proxies" in held.facts:
            return bool(held.facts["proxies"])
        return zones.proxies(zones.by_id(self.api, held.facts["zone_id"]))

    def account(self, held: Held) -> AccountData:
        zone = held.facts.get("zone") or zones.by_id(self.api, held.facts["zone_id"])
        seen = cloudflare_account.of(self.api, zone, self.settings.token)
        return {**seen, "minimum_ttl": held.minimum_ttl}

    def prove_write(self, name: str, rdtype: str, held: Held) -> str | None:
        """A PATCH of the TTL to what it is. Permissions are the same for all names of a zone."""
        records = [one for one in held.native.get((name, rdtype), ()) if not is_read_only(one)]
        if not records:
            return None
        path = f"/zones/{held.facts['zone_id']}/dns_records/{records[0]['id']}"
        try:
            json_of(checked(self.api.write("PATCH", path, {"ttl": records[0]["ttl"]})), is_success)
        except ProviderError as error:
            if error.kind != "unauthorized":
                raise
            return error.message
        return ""

    def proxy_caveat(self, held: Held) -> str:
        partial = held.facts.get("type") != "full"
        return "" if partial else f"that {self.proxy_suffix.rstrip('.')} leads there is documented for partial zones"

    def _fold(self, key: Key, records: Sequence[dict[str, Any]]) -> RecordSet:
        values = tuple(cloudflare_fields.value_of(record, self.zone) for record in records)
        # What can be changed decides, where there is any.
        records = [one for one in records if not is_read_only(one)] or records
        attributes = common(records)
        if key[1] in cloudflare_audit.PROXIABLE:
            # One proxied record makes all of its set proxied.
            attributes["proxied"] = any(record.get("proxied") for record in records)
        ttls = {AUTOMATIC} if attributes.get("proxied") else {record["ttl"] for record in records}
        return RecordSet(*key, ttls.pop() if len(ttls) == 1 else None, values, attributes)

    def own_servers(self, held: Held) -> Sequence[str]:
        """Each zone has its own pair, which the look-up returns."""
        return held.facts.get("name_servers") or super().own_servers(held)

    def writes(self, changes: Sequence[Change], held: Held) -> list[HttpWrite]:
        path = f"/zones/{held.facts['zone_id']}/dns_records/batch"
        plan = held.facts.get("plan")
        limit = _BATCH.get(plan, _BATCH_PAID) if plan else _BATCH_UNKNOWN
        planned = [(change, operations(change, held, self.zone)) for change in changes]
        return [request(path, batch) for batch in batches(planned, limit)]

    def accept(self, write: HttpWrite, answer: Answer) -> None:
        json_of(checked(answer, write.about), is_success)

    def by_hand(self, sets: Sequence[RecordSet], held: Held | None = None) -> list[str]:
        """A name keeps its type here, and a router has one value. A record keeps its id as long as it exists."""
        known = held.facts.get("zone_id") if held else None
        curl, zone_id = self.curl(), known or getattr(self.settings, "zone_id", None) or "$ZONE"
        lines = [curl.definition()]
        if zone_id == "$ZONE":
            lines.append(curl.assign("ZONE", [f"/zones?{urlencode({'name': self.zone})}"], _FIRST_ID))
        for one in (one for one in sets if one.values):
            records = ["/zones/", zone_id, "/dns_records"]
            key = {"name": names.owner(one.name, self.zone).rstrip("."), "type": one.type}
            value = {**cloudflare_fields.fields(one.type, one.values[0]), **one.attributes}
            fresh = {**key, "ttl": one.ttl or AUTOMATIC, **value}
            if known_id := _id_of(one, held):
                lines.append(curl.call([*records, "/", known_id], "PATCH", value))
                continue
            lines += [
                curl.assign("RECORD", [*records, f"?{urlencode(key)}"], _FIRST_ID),
                f'if [ "$RECORD" ]; then {curl.call([*records, "/", "$RECORD"], "PATCH", value)}; '
                f"else {curl.call(records, 'POST', fresh)}; fi",
            ]
        return lines

    @classmethod
    def served_as(cls, record_set: RecordSet, at_name: Iterable[RecordSet] = ()) -> str:
        """One proxied set hides all addresses of its name; its proxies have both families, and an HTTPS record."""
        hidden = any(one.attributes.get("proxied") for one in (record_set, *at_name))
        if hidden and (record_set.type in cloudflare_audit.PROXIABLE or record_set.type == "HTTPS"):
            return comparison.HIDDEN
        if record_set.key == ("@", "NS"):
            # Served only with `multi_provider`, and then together with Cloudflare's own.
            return comparison.HIDDEN
        # Cloudflare adds CAA records for its own certificate authorities, which its API does not show.
        return comparison.SUBSET if record_set.type == "CAA" else comparison.EXACT


def _id_of(one: RecordSet, held: Held | None) -> str:
    """The id of the single record that is held for a set; empty where there is none, or more than one."""
    records = held.native.get(one.key, []) if held else []
    return str(records[0]["id"]) if len(records) == 1 else ""
