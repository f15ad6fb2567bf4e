# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloudflare: https://developers.cloudflare.com/api/. Single records, folded into sets; writes go by atomic batch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from .. import _agreement, _names
from .._errors import ProviderError
from .._http import Answer, excerpt, json_of
from .._plan import Change, Held
from .._rdata import Value
from .._records import Key, RecordSet
from . import cloudflare_fields
from ._base import Provider, Write

#: Records on one page of a list. The API allows 5,000,000; no zone outside Enterprise holds more than 3,500.
_PAGE = 50_000

#: Operations in one batch, by plan. Atomicity ends at the batch.
_BATCH = {"free": 200}
_BATCH_PAID = 3500
_BATCH_UNKNOWN = 200

#: Of one TXT record in wire format.
_TXT_BYTES = 4096

_PROXIABLE = frozenset({"A", "AAAA", "CNAME"})

#: What an attribute is where a record does not name it.
_DEFAULTS: Mapping[str, Any] = {"proxied": False, "comment": "", "tags": [], "settings": {}}
_KINDS: Mapping[str, type] = {"proxied": bool, "comment": str, "tags": list, "settings": dict}

#: TTL of 1 second means `automatic`; proxied records have no other.
_AUTOMATIC = 1

_TOKEN = ("unauthorized", False, "the token is wrong, expired or malformed; make one with Zone:Read and DNS:Edit")
_TAKEN = ("conflict", False, "another record stands at this name; declare it with state: absent if it shall go")
_RACE = ("conflict", True, "somebody else changes this zone at the same time")

#: Error codes with a meaning that the HTTP status does not tell: (result, may pass, what helps).
_CODES: Mapping[int, tuple[str, bool, str]] = {
    **dict.fromkeys((1009, 6003, 6103, 6111, 9103, 9106, 9109, 10000), _TOKEN),
    **dict.fromkeys((7000, 7003), ("not_found", False, "check zone_id")),
    81044: _RACE,
    81045: ("rejected", False, "the plan's quota of records is used up: delete some, or upgrade the plan"),
    **dict.fromkeys((81053, 81054, 81055, 81056), _TAKEN),
    # "Already exists" is a success only after reading again: the next plan tells.
    **dict.fromkeys((81057, 81058), _RACE),
}


#: An operation of a batch: its kind (deletes, patches, posts) and its body.
_Operation = tuple[str, dict[str, Any]]


class _Mixed(str):
    """Stands for an attribute in which the records of one set differ."""


class Cloudflare(Provider):
    type: ClassVar[str] = "cloudflare"
    token_env: ClassVar[tuple[str, ...]] = ("CLOUDFLARE_API_TOKEN", "CF_API_TOKEN")
    default_api_url: ClassVar[str] = "https://api.cloudflare.com/client/v4"
    nameserver_suffixes: ClassVar[tuple[str, ...]] = ("ns.cloudflare.com.", "foundationdns.com.", "foundationdns.net.")
    record_types: ClassVar[frozenset[str]] = frozenset(
        "A AAAA CAA CERT CNAME DNSKEY DS HTTPS LOC MX NAPTR NS OPENPGPKEY PTR SMIMEA SRV SSHFP SVCB TLSA TXT "
        "URI".split()
    )
    attributes: ClassVar[frozenset[str]] = frozenset(_DEFAULTS)

    # It adds its own by itself, and refuses them in the set.
    names_own_servers: ClassVar[bool] = False

    # A batch is one transaction, but its records reach the edge one by one.
    atomic_type_change: ClassVar[bool] = False
    special_ttls: ClassVar[frozenset[int]] = frozenset({_AUTOMATIC})

    @classmethod
    def authorization(cls, token: str) -> str:
        return f"Bearer {token}"

    @classmethod
    def audit(cls, record_set: RecordSet) -> list[str]:
        problems = cls.audit_common(record_set)
        given = record_set.attributes
        for name, value in given.items():
            if not isinstance(value, _KINDS[name]):
                problems.append(f"{name}: {value!r} is not a {_KINDS[name].__name__}")
        if given.get("proxied") and record_set.type not in _PROXIABLE:
            problems.append(f"proxied: only {', '.join(sorted(_PROXIABLE))} can be proxied, not {record_set.type}")
        settings = given.get("settings")
        if given.get("proxied") and isinstance(settings, dict) and settings.get("flatten_cname"):
            problems.append("settings: flatten_cname is silently dropped on a proxied record; leave one of them out")
        if "\n" in str(given.get("comment", "")) or "\r" in str(given.get("comment", "")):
            problems.append("comment: has a line break")
        if record_set.type == "TXT" and any(len(value.wire) > _TXT_BYTES for value in record_set.values):
            problems.append(f"values: Cloudflare takes at most {_TXT_BYTES} bytes in one TXT record")
        if record_set.type == "DS" and record_set.name == "@":
            problems.append("type: DS belongs into the parent zone")
        return problems

    def adapt(self, wanted: RecordSet, held: RecordSet | None) -> RecordSet:
        """Declared attributes on top of those held; proxied sets have the automatic TTL, whatever is declared."""
        held_attributes = held.attributes if held else {}
        attributes = {
            name: value
            for name, given in wanted.attributes.items()
            if (value := _merged(name, given, held_attributes.get(name))) != _DEFAULTS[name] or name in held_attributes
        }
        proxied = attributes.get("proxied", held_attributes.get("proxied", False))
        return replace(wanted, attributes=attributes, ttl=_AUTOMATIC if proxied is True else wanted.ttl)

    def exclusive(self, one: RecordSet, other: RecordSet) -> bool:
        """A CNAME and a delegation stand alone, with the exceptions that Cloudflare makes."""
        if one.type == "NS" and one.name != "@":
            return other.type not in ("NS", "DS")
        if one.type != "CNAME" or other.type == "CNAME":
            return False
        # A flattened or proxied CNAME is answered as addresses: MX, TXT and so on may stand beside it.
        answered_as_addresses = one.name == "@" or one.attributes.get("proxied") is True
        return other.type in ("A", "AAAA") or not answered_as_addresses

    def read(self) -> Held:
        facts = {"zone_id": self.settings.zone_id} if self.settings.zone_id else self._look_up()
        grouped: dict[Key, list[dict[str, Any]]] = {}
        for record in self._records(facts["zone_id"]):
            key = (_names.relative(record["name"] + ".", self.zone), record["type"])
            grouped.setdefault(key, []).append(record)
        return Held(
            sets={key: self._fold(key, records) for key, records in grouped.items()},
            minimum_ttl=30 if facts.get("plan") == "enterprise" else 60,
            fixed=frozenset(key for key, records in grouped.items() if any(map(_is_read_only, records))),
            native=grouped,
            facts=facts,
        )

    def _look_up(self) -> dict[str, Any]:
        found = self.api.get("/zones", {"name": self.zone, "per_page": 50}, self._list)
        # The filter by name is said to be on its way out: verify.
        zones = [zone for zone in found if zone.get("name") == self.zone]
        if not zones:
            raise ProviderError(
                "not_found",
                f"the zone {self.zone} does not exist at Cloudflare, or the token does not see it",
                hint="the token needs Zone:Read for this zone; or give zone_id",
            )
        zone = min(zones, key=lambda zone: zone.get("status") != "active")
        return {
            "zone_id": zone["id"],
            "plan": (zone.get("plan") or {}).get("legacy_id"),
            "name_servers": zone.get("name_servers") or [],
            "proxies": zone.get("status") == "active" and not zone.get("paused"),
        }

    def _records(self, zone_id: str) -> Iterator[dict[str, Any]]:
        page = 1
        while True:
            query = {"per_page": _PAGE, "page": page}
            records = self.api.get(f"/zones/{zone_id}/dns_records", query, self._list)
            yield from records
            if len(records) < _PAGE:
                return
            page += 1

    def _list(self, answer: Answer) -> list[dict[str, Any]]:
        return list(json_of(self._checked(answer), _is_list)["result"])

    def _fold(self, key: Key, records: Sequence[dict[str, Any]]) -> RecordSet:
        values = tuple(cloudflare_fields.value_of(record, self.zone) for record in records)
        ttls = {record["ttl"] for record in records}
        names = ("proxied", "comment", "tags", "settings") if key[1] in _PROXIABLE else ("comment", "tags", "settings")
        attributes = {}
        for name in names:
            given = [record.get(name) or _DEFAULTS[name] for record in records]
            value = given[0] if all(other == given[0] for other in given) else _Mixed(f"differs: {given}")
            if value != _DEFAULTS[name] or name == "proxied":
                attributes[name] = value
        return RecordSet(*key, ttls.pop() if len(ttls) == 1 else None, values, attributes)

    def own_servers(self, held: Held) -> Sequence[str]:
        """Each zone has its own pair, which the look-up tells."""
        return held.facts.get("name_servers") or super().own_servers(held)

    def writes(self, changes: Sequence[Change], held: Held) -> list[Write]:
        path = f"/zones/{held.facts['zone_id']}/dns_records/batch"
        plan = held.facts.get("plan")
        limit = _BATCH.get(plan, _BATCH_PAID) if plan else _BATCH_UNKNOWN
        return [
            Write(batch_changes, "POST", path, body)
            for batch_changes, body in _batches([(change, self._operations(change, held)) for change in changes], limit)
        ]

    def send(self, write: Write) -> None:
        answer = self._checked(self.api.write(write.method, write.path, write.body), write.body)
        json_of(answer, _is_success)

    @classmethod
    def by_hand(cls, zone: str, api_url: str, record_set: RecordSet) -> list[str]:
        curl = 'curl -s -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN"'
        name = _names.owner(record_set.name, zone).rstrip(".")
        find = f"'{api_url}/zones/'$ZONE'/dns_records?name={name}&type={record_set.type}'"
        body = json.dumps(cloudflare_fields.fields(record_set.type, record_set.values[0]))
        return [
            f"ZONE=$({curl} '{api_url}/zones?name={zone}' | jq -r '.result[0].id')",
            f"RECORD=$({curl} {find} | jq -r '.result[0].id')",
            f"{curl} -X PATCH '{api_url}/zones/'$ZONE'/dns_records/'$RECORD"
            f" -H 'Content-Type: application/json' --data '{body}'",
        ]

    @classmethod
    def served_as(cls, record_set: RecordSet) -> str:
        if record_set.attributes.get("proxied") is True:
            return _agreement.HIDDEN
        if record_set.key == ("@", "NS"):
            # Served only with `multi_provider`, and then together with Cloudflare's own.
            return _agreement.HIDDEN
        # Cloudflare adds CAA records for its own certificate authorities, which its API does not show.
        return _agreement.SUBSET if record_set.type == "CAA" else _agreement.EXACT

    def _operations(self, change: Change, held: Held) -> list[_Operation]:
        """The change as operations of a batch. The ids of records are kept where values change."""
        spare = list(held.native.get(change.key, []))
        records = {self.value_key(cloudflare_fields.value_of(record, self.zone)): record for record in spare}
        operations: list[_Operation] = []
        fresh = []
        bodies = [(value, self._body(change.after, value)) for value in change.after.values] if change.after else []
        for value, body in bodies:
            if (record := records.get(self.value_key(value))) is None:
                fresh.append(body)
                continue
            spare.remove(record)
            operations += _patch(record, {name: body[name] for name in ("ttl", *self.attributes) if name in body})
        for body in fresh:
            operations += _patch(spare.pop(), body) if spare else [("posts", body)]
        return operations + [("deletes", {"id": record["id"]}) for record in spare]

    def _body(self, after: RecordSet, value: Value) -> dict[str, Any]:
        """The whole record; an attribute in which the set's records differ is left out, hence left as it is."""
        name = _names.owner(after.name, self.zone).rstrip(".")
        body: dict[str, Any] = {"name": name, "type": after.type, **cloudflare_fields.fields(after.type, value)}
        if after.ttl is not None:
            body["ttl"] = after.ttl
        return {**body, **{key: given for key, given in after.attributes.items() if not isinstance(given, _Mixed)}}

    def _checked(self, answer: Answer, batch: Mapping[str, Any] | None = None) -> Answer:
        """The answer when it is a success. Raises ProviderError in the API's own words and with its code otherwise."""
        if 200 <= answer.status < 300:
            return answer
        errors = _errors(answer)
        code = errors[0].get("code") if errors else None
        by_status = {
            401: ("unauthorized", False, "the token is wrong or expired"),
            403: ("unauthorized", False, "the token may not do this in this zone; it needs Zone:Read and DNS:Edit"),
            404: ("not_found", False, "check zone_id"),
        }
        default = by_status.get(answer.status, ("rejected", False, "nothing of this batch was applied"))
        kind, passing, hint = _CODES.get(code, default) if isinstance(code, int) else default
        words = "; ".join(_words(error, batch) for error in errors)
        message = words or f"the API answered {answer.status}: {excerpt(answer.body)}"
        shown = None if code is None else str(code)
        raise ProviderError(kind, message, status=answer.status, code=shown, hint=hint, passing=passing)


def _merged(name: str, given: Any, held: Any) -> Any:
    """A declared attribute as it will stand: settings are set one by one, tags have no order."""
    if name == "settings" and isinstance(given, dict):
        base = held if isinstance(held, dict) else {}
        return {key: value for key, value in {**base, **given}.items() if value is not False or key in base}
    if name == "tags":
        return held if isinstance(held, list) and sorted(held) == sorted(given) else given
    return given


def _patch(record: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[_Operation]:
    """A PATCH of what differs: a PUT would reset what is not declared."""
    different = {name: value for name, value in wanted.items() if record.get(name) != value}
    return [("patches", {"id": record["id"], **different})] if different else []


def _batches(
    planned: Sequence[tuple[Change, Sequence[_Operation]]], limit: int
) -> Iterator[tuple[tuple[Change, ...], dict[str, list[dict[str, Any]]]]]:
    """Batches of at most `limit` operations with the changes that they complete, those of one name kept together.

    Only a name that needs more operations than a batch may hold is divided.
    """
    by_name: dict[str, list[tuple[Change, _Operation]]] = {}
    for change, operations in planned:
        by_name.setdefault(change.key[0], []).extend((change, operation) for operation in operations)
    batch: list[tuple[Change, _Operation]] = []
    for group in by_name.values():
        if batch and len(batch) + len(group) > limit:
            yield _as_batch(batch)
            batch = []
        batch += group
        while len(batch) > limit:
            yield _as_batch(batch[:limit])
            batch = batch[limit:]
    if batch:
        yield _as_batch(batch)


def _as_batch(
    batch: Sequence[tuple[Change, _Operation]],
) -> tuple[tuple[Change, ...], dict[str, list[dict[str, Any]]]]:
    body: dict[str, list[dict[str, Any]]] = {}
    for _change, (kind, operation) in batch:
        body.setdefault(kind, []).append(operation)
    return tuple({change.key: change for change, _operation in batch}.values()), body


def _is_success(data: Any) -> bool:
    return isinstance(data, dict) and data.get("success") is True


def _is_list(data: Any) -> bool:
    return (
        _is_success(data) and isinstance(data.get("result"), list) and all(isinstance(i, dict) for i in data["result"])
    )


def _is_read_only(record: Mapping[str, Any]) -> bool:
    """Records of R2 buckets, Workers and Web3 gateways are shown but refuse every change."""
    return bool(record.get("locked") or (record.get("meta") or {}).get("read_only"))


def _errors(answer: Answer) -> list[dict[str, Any]]:
    try:
        body = answer.json()
    except ValueError:
        return []
    errors = body.get("errors") if isinstance(body, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _words(error: Mapping[str, Any], batch: Mapping[str, Any] | None) -> str:
    """The API's words, with its code; in a batch of one operation also the record they are about."""
    operations = [operation for kind in (batch or {}).values() for operation in kind]
    subject = f"{operations[0].get('name', '')} " if len(operations) == 1 else ""
    return f"{subject}{error.get('message', 'no message')} (code {error.get('code', '?')})"
