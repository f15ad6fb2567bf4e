# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One record of the Cloudflare emulator, and the way from a request's body to it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dns.exception
import dns.name
import dns.rdata
from dns.rdatatype import RdataType

from .. import clock
from .content import CONTENT_TYPES, read_content
from .errors import invalid

TYPES = CONTENT_TYPES | {
    "CAA", "CERT", "DNSKEY", "DS", "HTTPS", "LOC", "NAPTR", "SMIMEA", "SRV", "SSHFP", "SVCB", "TLSA", "URI",
}  # fmt: skip
PROXIABLE = frozenset({"A", "AAAA", "CNAME"})
AUTOMATIC_TTL = 1
_TAG = re.compile(r"[A-Za-z0-9_-]{1,32}(:.{0,100})?")


@dataclass(frozen=True)
class Plan:
    """What a zone's plan allows."""

    legacy_id: str
    name: str
    batch: int
    """Operations in one batch."""
    tags: int
    """Tags of one record."""
    comment: int
    """Characters of a comment."""
    minimum_ttl: int = 60


PLANS: Mapping[str, Plan] = {
    "free": Plan("free", "Free Website", 200, 0, 100),
    "pro": Plan("pro", "Pro Website", 3500, 20, 500),
    "business": Plan("business", "Business Website", 3500, 20, 500),
    "enterprise": Plan("enterprise", "Enterprise Website", 3500, 20, 500, minimum_ttl=30),
}


@dataclass(frozen=True)
class Record:
    """A stored record. `name` is absolute without the dot, as answered; `owner` is the same as a name."""

    id: str
    name: str
    type: str
    content: str
    ttl: int
    owner: dns.name.Name
    rdata: dns.rdata.Rdata
    proxied: bool = False
    data: Mapping[str, Any] | None = None
    priority: int | None = None
    comment: str | None = None
    tags: tuple[str, ...] = ()
    settings: Mapping[str, bool] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)
    shown: Mapping[str, Any] = field(default_factory=dict)
    """Fields that answers show otherwise than they would be written today: old records do, until they are changed."""
    created_on: str = ""
    modified_on: str = ""
    comment_modified_on: str | None = None
    tags_modified_on: str | None = None

    @property
    def rdtype(self) -> RdataType:
        """The type as a number."""
        return RdataType(self.rdata.rdtype)

    @property
    def flattened_on_demand(self) -> bool:
        """Whether its own setting asks for flattening."""
        return bool(self.settings.get("flatten_cname"))

    @property
    def read_only(self) -> bool:
        """Whether another product manages it."""
        return bool(self.meta.get("read_only"))

    def body(self) -> dict[str, Any]:
        """The fields that a client may write, as it would write them."""
        value: dict[str, Any] = {"data": dict(self.data)} if self.data is not None else {"content": self.content}
        if self.priority is not None:
            value["priority"] = self.priority
        return {
            "name": self.name,
            "type": self.type,
            "ttl": self.ttl,
            "proxied": self.proxied,
            "comment": self.comment,
            "tags": list(self.tags),
            "settings": dict(self.settings),
            **value,
        }

    def as_json(self, zone_id: str, zone_name: str) -> dict[str, Any]:
        """The record as answers show it."""
        shown: dict[str, Any] = {
            "id": self.id,
            "zone_id": zone_id,
            "zone_name": zone_name,
            "name": self.name,
            "type": self.type,
            "content": self.content,
            "proxiable": self.type in PROXIABLE,
            "proxied": self.proxied,
            "ttl": self.ttl,
            "settings": dict(self.settings),
            "meta": dict(self.meta),
            "tags": list(self.tags),
            "created_on": self.created_on,
            "modified_on": self.modified_on,
        }
        optional = {
            "priority": self.priority,
            "data": self.data,
            "comment": self.comment,
            "comment_modified_on": self.comment_modified_on,
            "tags_modified_on": self.tags_modified_on,
        }
        shown.update({key: value for key, value in optional.items() if value is not None})
        shown.update(self.shown)
        return shown


def now() -> str:
    """The time as the API writes it."""
    return clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def new_id() -> str:
    """A fresh identifier: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def created(body: Mapping[str, Any], zone: dns.name.Name, plan: Plan) -> Record:
    """The record that a POST makes. Raises `CloudflareError`."""
    time = now()
    return _read(body, zone, plan, identity=new_id(), created_on=time, modified_on=time, old=None)


def replaced(old: Record, body: Mapping[str, Any], zone: dns.name.Name, plan: Plan) -> Record:
    """The record after a PUT: what the body leaves out gets its default. The type stays, since 2026-06-30."""
    if body.get("type", old.type) != old.type:
        raise invalid("Changing the type of a record is not supported; delete it and create another one.")
    return _read(body, zone, plan, identity=old.id, created_on=old.created_on, modified_on=now(), old=old)


def patched(old: Record, body: Mapping[str, Any], zone: dns.name.Name, plan: Plan) -> Record:
    """The record after a PATCH: what the body leaves out stays."""
    whole = old.body()
    if "data" in whole and ("data" in body or "priority" in body):
        priority = {"priority": body["priority"]} if "priority" in body and old.priority is not None else {}
        body = {**body, "data": {**whole["data"], **priority, **(body.get("data") or {})}}
    if "settings" in body and isinstance(body["settings"], Mapping):
        body = {**body, "settings": {**whole.get("settings", {}), **body["settings"]}}
    return replaced(old, {**whole, **body}, zone, plan)


def _read(
    body: Mapping[str, Any],
    zone: dns.name.Name,
    plan: Plan,
    *,
    identity: str,
    created_on: str,
    modified_on: str,
    old: Record | None,
) -> Record:
    kind = body.get("type")
    if kind not in TYPES:
        raise invalid(f"type must be one of {', '.join(sorted(TYPES))}")
    owner = read_name(body.get("name"), zone)
    content = read_content(kind, body)
    proxied = _read_proxied(kind, body)
    comment = _read_comment(body, plan)
    tags = _read_tags(body, plan)
    return Record(
        id=identity,
        name=owner.to_text(omit_final_dot=True),
        type=kind,
        content=content.content,
        ttl=AUTOMATIC_TTL if proxied else _read_ttl(body, plan),
        owner=owner,
        rdata=content.rdata,
        proxied=proxied,
        data=content.data,
        priority=content.priority,
        comment=comment,
        tags=tags,
        settings=_read_settings(kind, proxied, body),
        meta=old.meta if old else {},
        created_on=created_on,
        modified_on=modified_on,
        comment_modified_on=_stamp(old, comment, "comment"),
        tags_modified_on=_stamp(old, tags, "tags"),
    )


def _stamp(old: Record | None, new: object, field_name: str) -> str | None:
    """When a comment or the tags changed last; `None` as long as there never were any."""
    before: object = getattr(old, field_name, None) or None
    if before == (new or None):
        return old.__dict__[f"{field_name}_modified_on"] if old else None
    return now()


def read_name(name: object, zone: dns.name.Name) -> dns.name.Name:
    """The owner name: `@`, relative or full; stored in lower case and Punycode."""
    if not isinstance(name, str) or not name:
        raise invalid("DNS name is invalid.", 9000)
    try:
        if name == "@":
            return zone
        owner = dns.name.from_text(name.rstrip(".").lower() + ".", idna_codec=dns.name.IDNA_2003_Practical)
        if not owner.is_subdomain(zone):
            owner = owner.relativize(dns.name.root).concatenate(zone)
    except (dns.exception.DNSException, UnicodeError):
        raise invalid("DNS name is invalid.", 9000) from None
    if any(label == b"" or b"*" in label for label in owner.labels[1:-1]) or len(owner.to_text()) > 256:
        raise invalid("DNS name is invalid.", 9000)
    return owner


def _read_ttl(body: Mapping[str, Any], plan: Plan) -> int:
    ttl = body.get("ttl", AUTOMATIC_TTL)
    whole = isinstance(ttl, int | float) and not isinstance(ttl, bool) and ttl == int(ttl)
    if not whole or not (ttl == AUTOMATIC_TTL or plan.minimum_ttl <= ttl <= 86400):
        raise invalid(f"Invalid TTL. Must be between {plan.minimum_ttl} and 86400 seconds, or 1 for Automatic.", 9021)
    return int(ttl)


def _read_proxied(kind: str, body: Mapping[str, Any]) -> bool:
    proxied = body.get("proxied", False)
    if not isinstance(proxied, bool):
        raise invalid("Invalid 'proxied' value, must be a boolean.", 9003)
    if proxied and kind not in PROXIABLE:
        raise invalid("This record type cannot be proxied.", 9004)
    return proxied


def _read_comment(body: Mapping[str, Any], plan: Plan) -> str | None:
    comment = body.get("comment")
    if comment is None or comment == "":
        return None
    if not isinstance(comment, str):
        raise invalid("comment must be a string", 9207)
    if len(comment) > plan.comment:
        raise invalid(f"Comment exceeds the maximum length of {plan.comment} characters.", 9101)
    if "\n" in comment or "\r" in comment:
        raise invalid("Comment must not contain line breaks.", 9102)
    return comment


def _read_tags(body: Mapping[str, Any], plan: Plan) -> tuple[str, ...]:
    tags = body.get("tags") or ()
    if not isinstance(tags, list | tuple) or not all(isinstance(tag, str) and _TAG.fullmatch(tag) for tag in tags):
        raise invalid("tags must be a list of name:value", 9207)
    if len(tags) > plan.tags:
        raise invalid(f"a record of this plan may have at most {plan.tags} tags")
    return tuple(tags)


def _read_settings(kind: str, proxied: bool, body: Mapping[str, Any]) -> dict[str, bool]:
    """Silently drops what does not fit the record, as Cloudflare does with `flatten_cname` of a proxied one."""
    settings = body.get("settings") or {}
    if not isinstance(settings, Mapping) or not all(isinstance(value, bool) for value in settings.values()):
        raise invalid("settings must be an object of booleans", 9207)
    fitting = {"ipv4_only", "ipv6_only"} if proxied else {"flatten_cname"} if kind == "CNAME" else set()
    kept = {key: value for key, value in settings.items() if key in fitting}
    return {"flatten_cname": False, **kept} if kind == "CNAME" and not proxied else kept
