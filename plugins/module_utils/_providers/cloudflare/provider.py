# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloudflare: https://developers.cloudflare.com/api/. Single records, folded into sets; writes go by atomic batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from urllib.parse import urlencode

from ..._dns import comparison
from ..._errors import ProviderError
from ..._timestamps import unix_time
from ..._zone import names
from ..._zone.plan import Change, Held
from ..._zone.rdata import Value
from ..._zone.record_sets import Key, Mixed, RecordSet, uniform
from ..account import AccountData
from ..api import MOST_PAGES, Answer, excerpt, json_of
from ..body import Malformed
from ..entry_options import Option
from ..http_provider import HttpProvider, HttpSettings, HttpWrite
from ..shared import ZoneList
from . import account as cloudflare_account
from . import audit as cloudflare_audit
from . import errors
from . import fields as cloudflare_fields
from .entry import CLOUDFLARE
from .networks import PROXY_NETWORKS

#: Records on one page of a list. The API allows 5,000,000; no zone outside Enterprise holds more than 3,500.
_PAGE = 50_000
_ZONES_PAGE = 50

#: Operations in one batch, by plan. Atomicity ends at the batch.
_BATCH = {"free": 200}
_BATCH_PAID = 3500
_BATCH_UNKNOWN = 200

#: What an attribute is where a record does not name it.
_DEFAULTS: Mapping[str, Any] = {"proxied": False, "comment": "", "tags": [], "settings": {}}

#: TTL of 1 second means `automatic`; proxied records have no other.
_AUTOMATIC = 1

#: What jq takes out of a list.
_FIRST_ID = ".result[0].id // empty"

#: An operation of a batch: its kind (deletes, patches, posts) and its body.
_Operation = tuple[str, dict[str, Any]]


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
    special_ttls: ClassVar[Mapping[int, int]] = {_AUTOMATIC: 300}

    @classmethod
    def authorization(cls, token: str) -> str:
        return f"Bearer {token}"

    @classmethod
    def audit(cls, record_set: RecordSet) -> list[str]:
        return [*cls.audit_common(record_set), *cloudflare_audit.problems(record_set, cls.nameserver_suffixes)]

    def adapt(self, wanted: RecordSet, held: RecordSet | None) -> RecordSet:
        """Declared attributes on top of those held; proxied sets have the automatic TTL, whatever is declared."""
        held_attributes = held.attributes if held else {}
        attributes = {
            name: value
            for name, given in wanted.attributes.items()
            if (value := _merged(name, given, held_attributes.get(name))) != _DEFAULTS[name] or name in held_attributes
        }
        proxied = attributes.get("proxied", held_attributes.get("proxied", False))
        if proxied and wanted.attributes.get("settings", {}).get("flatten_cname"):
            raise ProviderError(
                "rejected",
                f"{wanted.name} {wanted.type}: flatten_cname is silently dropped on a proxied record, as this one is",
                hint="leave it out, or declare proxied: false",
            )
        return replace(wanted, attributes=attributes, ttl=_AUTOMATIC if proxied else wanted.ttl)

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
        found = self._pages(f"/zones/{facts['zone_id']}/dns_records", _PAGE)
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
        return tuple(cloudflare_fields.value_of(one, self.zone) for one in records if _is_read_only(one))

    def _look_up(self) -> dict[str, Any]:
        zones = self._listed() or self._named()
        if not zones:
            raise ProviderError(
                "not_found",
                f"the zone {self.zone} does not exist at Cloudflare, or the token does not see it",
                hint="the token needs Zone:Read for this zone; or give zone_id",
            )
        zone = self._the_one_of(zones)
        return {
            "zone_id": zone["id"],
            "plan": (zone.get("plan") or {}).get("legacy_id"),
            "type": zone.get("type"),
            "name_servers": zone.get("name_servers") or [],
            "proxies": _proxies(zone),
            "zone": zone,
        }

    def _the_one_of(self, zones: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The only one of these zones of one name, or the only one that is active."""
        active = [zone for zone in zones if zone.get("status") == "active"]
        if len(zones) > 1 and len(active) != 1:
            shown = ", ".join(f"{zone['id']} ({zone.get('status')})" for zone in zones)
            raise ProviderError(
                "rejected",
                f"{len(zones)} zones are called {self.zone}, of which {len(active)} are active: {shown}",
                hint="give the zone_id of the one that is meant",
            )
        return active[0] if len(zones) > 1 else zones[0]

    def _named(self) -> list[dict[str, Any]]:
        """The zones of this name. The filter by name may go away one day: verify."""
        return [zone for zone in self._pages("/zones", _ZONES_PAGE, name=self.zone) if _is_named(zone, self.zone)]

    def _listed(self) -> list[dict[str, Any]]:
        """What the list of all zones says of this one, where it is not the only zone of its account in the run."""
        if self.shared is None:
            return []
        return self.shared.look_up(self.zone, self._list, self.deadline.remaining() / 2)

    def _list(self, requests: int) -> ZoneList | None:
        """All zones that the token sees, in at most so many requests; None where they need more."""
        first = self.api.get("/zones", {"per_page": _ZONES_PAGE, "page": 1}, self._page)
        total = _usable_total(first.get("result_info") or {}, first["result"])
        if total is None or total > requests * _ZONES_PAGE:
            return None
        zones = list(first["result"])
        for page in range(2, -(-int(total) // _ZONES_PAGE) + 1):
            zones += self.api.get("/zones", {"per_page": _ZONES_PAGE, "page": page}, self._page)["result"]
        found: dict[str, list[dict[str, Any]]] = {}
        # By id: a zone may come on two pages if others come and go meanwhile.
        for zone in {zone["id"]: zone for zone in zones}.values():
            found.setdefault(_name_of(zone), []).append(zone)
        return found

    def proxies(self, held: Held) -> bool:
        if "proxies" in held.facts:
            return bool(held.facts["proxies"])
        return _proxies(self.api.get(f"/zones/{held.facts['zone_id']}", None, self._zone))

    def account(self, held: Held) -> AccountData:
        zone = held.facts.get("zone") or self.api.get(f"/zones/{held.facts['zone_id']}", None, self._zone)
        seen = cloudflare_account.of(self.api, zone, self.settings.token, self._checked)
        return {**seen, "minimum_ttl": held.minimum_ttl}

    def prove_write(self, name: str, rdtype: str, held: Held) -> str | None:
        """A PATCH of the TTL to what it is. Permissions are the same for all names of a zone."""
        records = [one for one in held.native.get((name, rdtype), ()) if not _is_read_only(one)]
        if not records:
            return None
        path = f"/zones/{held.facts['zone_id']}/dns_records/{records[0]['id']}"
        try:
            json_of(self._checked(self.api.write("PATCH", path, {"ttl": records[0]["ttl"]})), _is_success)
        except ProviderError as error:
            if error.kind != "unauthorized":
                raise
            return error.message
        return ""

    def proxy_caveat(self, held: Held) -> str:
        partial = held.facts.get("type") != "full"
        return "" if partial else f"that {self.proxy_suffix.rstrip('.')} leads there is documented for partial zones"

    def _zone(self, answer: Answer) -> dict[str, Any]:
        return dict(json_of(self._checked(answer), _is_zone)["result"])

    def _pages(self, path: str, size: int, **query: str) -> Iterator[dict[str, Any]]:
        """The items on all pages of a list. size: items on a page, of which the server may make fewer."""
        known: set[str] = set()
        for page in range(1, MOST_PAGES + 1):
            answer = self.api.get(path, {**query, "per_page": size, "page": page}, self._page)
            items, info = answer["result"], answer.get("result_info") or {}
            yield from items
            before = len(known)
            known.update(item["id"] for item in items)
            total = _usable_total(info, items)
            if len(known) == before:
                if total is None or len(known) >= total:
                    return
                raise Malformed(f"of {total} items it lists only {len(known)}")
            # After a full page more may come, whatever the total says.
            if total is not None and len(known) >= total and len(items) < _page_size(info, size):
                return
        raise Malformed(f"a list of more than {MOST_PAGES} pages")

    def _page(self, answer: Answer) -> dict[str, Any]:
        return dict(json_of(self._checked(answer), _is_list))

    def _fold(self, key: Key, records: Sequence[dict[str, Any]]) -> RecordSet:
        values = tuple(cloudflare_fields.value_of(record, self.zone) for record in records)
        # What can be changed decides, where there is any.
        records = [one for one in records if not _is_read_only(one)] or records
        common = {name: _common([_attribute(name, record) for record in records]) for name in _DEFAULTS}
        attributes = {name: value for name, value in common.items() if value != _DEFAULTS[name]}
        if key[1] in cloudflare_audit.PROXIABLE:
            # One proxied record makes all of its set proxied.
            attributes["proxied"] = any(record.get("proxied") for record in records)
        ttls = {_AUTOMATIC} if attributes.get("proxied") else {record["ttl"] for record in records}
        return RecordSet(*key, ttls.pop() if len(ttls) == 1 else None, values, attributes)

    def own_servers(self, held: Held) -> Sequence[str]:
        """Each zone has its own pair, which the look-up tells."""
        return held.facts.get("name_servers") or super().own_servers(held)

    def writes(self, changes: Sequence[Change], held: Held) -> list[HttpWrite]:
        path = f"/zones/{held.facts['zone_id']}/dns_records/batch"
        plan = held.facts.get("plan")
        limit = _BATCH.get(plan, _BATCH_PAID) if plan else _BATCH_UNKNOWN
        planned = [(change, self._operations(change, held)) for change in changes]
        return [_write(path, batch) for batch in _batches(planned, limit)]

    def accept(self, write: HttpWrite, answer: Answer) -> None:
        json_of(self._checked(answer, write.about), _is_success)

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
            fresh = {**key, "ttl": one.ttl or _AUTOMATIC, **value}
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

    def _operations(self, change: Change, held: Held) -> list[_Operation]:
        """The change as operations of a batch. The ids of records are kept where values change."""
        spare = [record for record in held.native.get(change.key, []) if not _is_read_only(record)]
        least_ttl = min((record["ttl"] for record in spare), default=_AUTOMATIC)
        records = {self.value_key(cloudflare_fields.value_of(record, self.zone)): record for record in spare}
        operations: list[_Operation] = []
        fresh = []
        for key, body in self._bodies(change.after, held):
            if (record := records.get(key)) is None:
                fresh.append(body)
                continue
            spare.remove(record)
            operations += _patch(record, {name: body[name] for name in ("ttl", *self.attributes) if name in body})
        for body in fresh:
            operations += _patch(spare.pop(), body) if spare else [("posts", {"ttl": least_ttl, **body})]
        return operations + [("deletes", {"id": record["id"]}) for record in spare]

    def _bodies(self, after: RecordSet | None, held: Held) -> Iterator[tuple[bytes, dict[str, Any]]]:
        """The records of a set that can be written, each with the key of its value."""
        if after is None:
            return
        locked = {self.value_key(value) for value in held.locked.get(after.key, ())}
        for value in after.values:
            if (key := self.value_key(value)) not in locked:
                yield key, self._body(after, value)

    def _body(self, after: RecordSet, value: Value) -> dict[str, Any]:
        """The whole record; an attribute in which the set's records differ is left out, hence left as it is."""
        name = names.owner(after.name, self.zone).rstrip(".")
        body: dict[str, Any] = {"name": name, "type": after.type, **cloudflare_fields.fields(after.type, value)}
        if after.ttl is not None:
            body["ttl"] = after.ttl
        return {**body, **uniform(after.attributes)}

    def _checked(self, answer: Answer, batch: errors.Batch | None = None) -> Answer:
        """The answer when it is a success. Raises ProviderError otherwise. batch: what was sent, for a write."""
        if answer.ok:
            return answer
        raise errors.of(answer.status, answer.json_or_none(), excerpt(answer.body), batch or {})


def _is_named(zone: Mapping[str, Any], name: str) -> bool:
    """Whether a zone of the list has this name."""
    return _name_of(zone) == name


def _name_of(zone: Mapping[str, Any]) -> str:
    """The name of a zone of the list, which shows internationalised names in Unicode; empty where it is none."""
    try:
        return names.zone_name(str(zone.get("name")))
    except ValueError:
        return ""


def _usable_total(info: Mapping[str, Any], items: Sequence[Any]) -> float | None:
    """How many items there are on all pages; None where the answer does not say so."""
    total = info.get("total_count")
    if not isinstance(total, (int, float)) or isinstance(total, bool) or total < len(items):
        return None
    return total


def _page_size(info: Mapping[str, Any], asked: int) -> int:
    """How many items a page of a list has, of which the server may make fewer than were asked for."""
    given = info.get("per_page")
    return given if isinstance(given, int) and 0 < given < asked else asked


def _proxies(zone: Mapping[str, Any]) -> bool:
    """Whether the zone's proxies are on; one that is paused or not active answers proxied names as declared."""
    return zone.get("status") == "active" and not zone.get("paused")


def _attribute(name: str, fields: Mapping[str, Any]) -> Any:
    """An attribute of a record, without what means nothing: settings that are off, the order of tags."""
    given = fields.get(name) or _DEFAULTS[name]
    match name:
        case "settings":
            return {key: value for key, value in given.items() if value}
        case "tags":
            return sorted(given, key=_tag)
    return given


def _common(values: Sequence[Any]) -> Any:
    """What the records of one set have in common in an attribute; settings are compared one by one."""
    if all(value == values[0] for value in values):
        return values[0]
    if isinstance(values[0], dict):
        return {key: _common([value.get(key, False) for value in values]) for value in values for key in value}
    return Mixed(f"differs: {list(values)}")


def _tag(tag: str) -> str:
    """What two spellings of a tag have in common: letter case of its name is ignored, and its value may be missing."""
    name, _colon, value = tag.partition(":")
    return f"{name.lower()}:{value}"


def _id_of(one: RecordSet, held: Held | None) -> str:
    """The id of the single record that is held for a set; empty where there is none, or more than one."""
    records = held.native.get(one.key, []) if held else []
    return str(records[0]["id"]) if len(records) == 1 else ""


def _merged(name: str, given: Any, held: Any) -> Any:
    """A declared attribute as it will stand: settings are set one by one, tags have no order."""
    if name == "settings":
        base = held if isinstance(held, dict) else {}
        return {key: value for key, value in {**base, **given}.items() if value or key in base}
    if name == "tags":
        return held if isinstance(held, list) and set(map(_tag, held)) == set(map(_tag, given)) else given
    return given


def _patch(record: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[_Operation]:
    """A PATCH of what differs: a PUT would reset what is not declared."""
    different = {name: value for name, value in wanted.items() if _differs(name, record, wanted)}
    if "settings" in different:
        different["settings"] = {**(record.get("settings") or {}), **different["settings"]}
    return [("patches", {"id": record["id"], **different})] if different else []


def _differs(name: str, record: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    if name == "settings":
        held = record.get(name) or {}
        return any(held.get(key, False) != value for key, value in wanted[name].items())
    if name in _DEFAULTS:
        return bool(_attribute(name, record) != _attribute(name, wanted))
    return bool(record.get(name) != wanted[name])


def _batches(
    planned: Sequence[tuple[Change, Sequence[_Operation]]], limit: int
) -> Iterator[list[tuple[Change, _Operation]]]:
    """Batches of at most `limit` operations, each with the change that it belongs to, those of one name kept together.

    Only a name that needs more operations than a batch may hold is divided.
    """
    by_name: dict[str, list[tuple[Change, _Operation]]] = {}
    for change, operations in planned:
        by_name.setdefault(change.key[0], []).extend((change, operation) for operation in operations)
    batch: list[tuple[Change, _Operation]] = []
    for group in by_name.values():
        if batch and len(batch) + len(group) > limit:
            yield batch
            batch = []
        batch += group
        while len(batch) > limit:
            yield batch[:limit]
            batch = batch[limit:]
    if batch:
        yield batch


def _write(path: str, batch: Sequence[tuple[Change, _Operation]]) -> HttpWrite:
    about: dict[str, list[tuple[Key, dict[str, Any]]]] = {}
    for change, (kind, operation) in batch:
        about.setdefault(kind, []).append((change.key, operation))
    body = {kind: [operation for _key, operation in operations] for kind, operations in about.items()}
    changes = {change.key: change for change, _operation in batch}
    return HttpWrite(tuple(changes.values()), "POST", path, body, about)


def _is_success(data: Any) -> bool:
    return isinstance(data, dict) and data.get("success") is True


def _is_zone(data: Any) -> bool:
    return _is_success(data) and isinstance(data.get("result"), dict)


def _is_list(data: Any) -> bool:
    return (
        _is_success(data) and isinstance(data.get("result"), list) and all(isinstance(i, dict) for i in data["result"])
    )


def _is_read_only(record: Mapping[str, Any]) -> bool:
    """Records of R2 buckets, Workers, Email Routing and Web3 gateways are shown but refuse every change."""
    return bool(record.get("locked") or (record.get("meta") or {}).get("read_only"))
