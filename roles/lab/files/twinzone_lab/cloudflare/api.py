# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Cloudflare v4 API emulator: routes, envelope, transactions. The rules of the records live in `cloudflare_*`."""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import dns.name

from ..dns.served import RRsets
from ..web.api import Request, Response
from .access import Credentials, Limiter, Throttled, authenticate
from .errors import CloudflareError, invalid, no_route
from .export import export
from .records import PLANS, Record, created
from .select import page_of, select
from .served import Outside, ServingRules, served_rrsets
from .table import Table, Transaction
from .zone import ACCOUNT, CloudflareZone

PREFIX = "/client/v4"
MAX_PER_PAGE = 5_000_000
_IDENTIFIER = re.compile(r"[0-9a-f]{32}")

Publish = Callable[[str, Callable[[], RRsets], bool], None]
"""Zone name, what to serve, and whether at once (else after the propagation delay)."""
Handler = Callable[..., Response]


class CloudflareApi:
    """One account with its zones."""

    def __init__(
        self,
        *,
        credentials: Credentials,
        name_servers: Sequence[str],
        edge: Sequence[str],
        publish: Publish,
        outside: Outside,
        limiter: Limiter | None = None,
        record_quota: int = 3500,
    ) -> None:
        """`edge`: addresses that proxied names are answered with; `outside`: addresses of names elsewhere."""
        self._credentials = credentials
        self._name_servers = tuple(name_servers)
        self._edge = tuple(edge)
        self._publish = publish
        self._outside = outside
        self._limiter = limiter
        self._quota = record_quota
        self._zones: dict[str, CloudflareZone] = {}
        self._zones_lock = threading.Lock()
        self._enforce_dns_only = False
        self._expires_on = ""

    # --- The emulator's own side ---

    def add_zone(self, name: str) -> None:
        """Make a zone, or empty it; one that exists keeps its identifier. The account is put back, too."""
        self._enforce_dns_only = False
        self._expires_on = ""
        if self._limiter:
            self._limiter.forget()
        with self._zones_lock:
            zone = self._zones.get(name) or CloudflareZone(name, self._name_servers)
            self._zones = {**self._zones, name: zone}
        with zone.lock:
            zone.empty()
            self._serve(zone, at_once=True)

    def remove_zone(self, name: str) -> None:
        """Take a zone away."""
        with self._zones_lock:
            self._zones = {other: zone for other, zone in self._zones.items() if other != name}

    def seed(self, zone: str, records: Iterable[Mapping[str, Any]]) -> None:
        """Store records past the checks of neighbours, quota and read-only: bodies as for a POST, with `id` and `meta`
        (`read_only`) at will. `content` and `comment` are shown as given, as those of old records are."""
        target = self._zones[zone]
        with target.lock:
            table = target.table.copy()
            for body in records:
                made = created(body, target.origin, PLANS["enterprise"])
                given = {key: body[key] for key in ("id", "meta") if key in body}
                shown = {key: body[key] for key in ("content", "comment") if key in body}
                table.put(replace(made, **given, shown=shown))
            target.table = table
            self._serve(target, at_once=True)

    def holds(self, zone: str) -> list[dict[str, Any]]:
        """All records of a zone."""
        target = self._zones[zone]
        return [record.as_json(target.id, target.name) for record in target.table]

    def adjust(self, zone: str, values: Mapping[str, str]) -> None:
        """Set plan, status, paused or multi_provider of a zone, or `token_expires` (a time in ISO 8601) of the
        account's token. Raises `KeyError`, `ValueError`."""
        target = self._zones[zone]
        with target.lock:
            target.adjust({key: value for key, value in values.items() if key != "token_expires"})
            self._expires_on = values.get("token_expires", self._expires_on)
            self._serve(target, at_once=True)

    def is_proxied(self, host: str) -> bool:
        """Whether the edge knows this host name as a proxied one."""
        name = dns.name.from_text(host)
        wildcard = dns.name.Name((b"*", *name.labels[1:]))
        return any(
            record.proxied
            for zone in self._zones.values()
            if not zone.dns_only and not self._enforce_dns_only
            for record in zone.table.at(name) or zone.table.at(wildcard)
        )

    # --- Requests ---

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        headers = {"CF-Ray": f"{secrets.token_hex(8)}-LAB"}
        try:
            who = authenticate(request, self._credentials)
            if self._limiter:
                headers |= self._limiter.count(who)
            response = self._route(request)
        except CloudflareError as error:
            response = _failure(error)
        return Response(response.status, response.body, {**headers, **response.headers}, response.content_type)

    def _route(self, request: Request) -> Response:
        path = request.path.removeprefix(PREFIX)
        handlers, identifiers = _find_route(path)
        if handlers is None or request.path == path:
            raise CloudflareError(404, 7000, f"No route for the URI {request.path}")
        if request.method not in handlers:
            raise CloudflareError(405, 10405, "Method not allowed for this authentication scheme")
        if not all(_IDENTIFIER.fullmatch(identifier) for identifier in identifiers):
            raise no_route(path)
        target: list[Any] = list(identifiers)
        if path.startswith("/zones/"):
            zone = next((zone for zone in self._zones.values() if zone.id == identifiers[0]), None)
            if zone is None:
                raise no_route(path)
            target[0] = zone
        return handlers[request.method](self, request, *target)

    def _verify_token(self, request: Request, *account: str) -> Response:
        expiry = {"expires_on": self._expires_on} if self._expires_on else {}
        return _success(
            {"id": "c" * 32, "status": "active", **expiry},
            [{"code": 10000, "message": "This API Token is valid and active"}],
        )

    def _list_zones(self, request: Request) -> Response:
        query = dict(request.query)
        zones = [zone for zone in self._zones.values() if _zone_matches(zone, query)]
        zones.sort(key=lambda zone: zone.name, reverse=query.get("direction") == "desc")
        part, info = page_of(zones, query, 20, 50)
        return _success([zone.as_json() for zone in part], result_info=info)

    def _get_zone(self, request: Request, zone: CloudflareZone) -> Response:
        return _success(zone.as_json())

    def _patch_zone(self, request: Request, zone: CloudflareZone) -> Response:
        paused = _object(request).get("paused")
        if not isinstance(paused, bool):
            raise invalid("only paused can be changed here")
        with zone.lock:
            zone.paused = paused
            self._serve(zone)
        return _success(zone.as_json())

    def _list_records(self, request: Request, zone: CloudflareZone) -> Response:
        query = dict(request.query)
        part, info = page_of(select(list(zone.table), query), query, 100, MAX_PER_PAGE)
        return _success([record.as_json(zone.id, zone.name) for record in part], result_info=info)

    def _get_record(self, request: Request, zone: CloudflareZone, identity: str) -> Response:
        return _success(zone.table.get(identity).as_json(zone.id, zone.name))

    def _post_record(self, request: Request, zone: CloudflareZone) -> Response:
        return self._write(zone, lambda change: change.post(_object(request)))

    def _put_record(self, request: Request, zone: CloudflareZone, identity: str) -> Response:
        return self._write(zone, lambda change: change.put(identity, _object(request)))

    def _patch_record(self, request: Request, zone: CloudflareZone, identity: str) -> Response:
        return self._write(zone, lambda change: change.patch(identity, _object(request)))

    def _delete_record(self, request: Request, zone: CloudflareZone, identity: str) -> Response:
        self._write(zone, lambda change: change.delete(identity))
        return _success({"id": identity})

    def _write(self, zone: CloudflareZone, work: Callable[[Transaction], Record]) -> Response:
        with zone.lock:
            change = self._transaction(zone)
            record = work(change)
            self._commit(zone, change.table)
        return _success(record.as_json(zone.id, zone.name))

    def _batch(self, request: Request, zone: CloudflareZone) -> Response:
        """One transaction, in the order deletes, patches, puts, posts; the first error is the answer."""
        body = _object(request)
        lists = {key: _operations(body, key) for key in ("deletes", "patches", "puts", "posts")}
        if sum(map(len, lists.values())) > zone.plan.batch:
            raise invalid(f"a batch may have at most {zone.plan.batch} operations on this plan", 9207)
        with zone.lock:
            change = self._transaction(zone)
            done = {
                "deletes": [change.delete(_id(item)) for item in lists["deletes"]],
                "patches": [change.patch(_id(item), item) for item in lists["patches"]],
                "puts": [change.put(_id(item), item) for item in lists["puts"]],
                "posts": [change.post(item) for item in lists["posts"]],
            }
            self._commit(zone, change.table)
        return _success(
            {key: [record.as_json(zone.id, zone.name) for record in records] for key, records in done.items()}
        )

    def _export(self, request: Request, zone: CloudflareZone) -> Response:
        return Response(200, export(zone), content_type="text/plain; charset=utf-8")

    def _usage(self, request: Request, zone: CloudflareZone) -> Response:
        return _success({"record_quota": self._quota, "record_usage": len(zone.table)})

    def _get_settings(self, request: Request, zone: CloudflareZone) -> Response:
        return _success(zone.settings)

    def _patch_settings(self, request: Request, zone: CloudflareZone) -> Response:
        with zone.lock:
            zone.patch_settings(_object(request))
            self._serve(zone)
        return _success(zone.settings)

    def _get_account_settings(self, request: Request, account: str) -> Response:
        if account != ACCOUNT["id"]:
            raise no_route(request.path)
        return _success({"enforce_dns_only": self._enforce_dns_only})

    def _patch_account_settings(self, request: Request, account: str) -> Response:
        enforce = _object(request).get("enforce_dns_only", self._enforce_dns_only)
        if not isinstance(enforce, bool):
            raise invalid("enforce_dns_only must be a boolean")
        self._enforce_dns_only = enforce
        for zone in self._zones.values():
            self._serve(zone)
        return self._get_account_settings(request, account)

    def _get_dnssec(self, request: Request, zone: CloudflareZone) -> Response:
        return _success(zone.dnssec_json())

    def _patch_dnssec(self, request: Request, zone: CloudflareZone) -> Response:
        zone.patch_dnssec(_object(request))
        return _success(zone.dnssec_json())

    def _delete_dnssec(self, request: Request, zone: CloudflareZone) -> Response:
        zone.patch_dnssec({"status": "disabled"})
        return _success("")

    def _nothing(self, request: Request, zone: CloudflareZone) -> Response:
        return _success([])

    def _transaction(self, zone: CloudflareZone) -> Transaction:
        return Transaction(zone.table, zone.plan, self._quota, frozenset(self._edge), frozenset(zone.name_servers))

    def _commit(self, zone: CloudflareZone, table: Table) -> None:
        zone.table = table
        self._serve(zone)

    def _serve(self, zone: CloudflareZone, *, at_once: bool = False) -> None:
        table = zone.table
        rules = ServingRules(
            zone.origin,
            self._name_servers,
            self._edge,
            self._outside,
            dns_only=zone.dns_only or self._enforce_dns_only,
            multi_provider=zone.settings["multi_provider"],
            flatten_all=zone.settings["flatten_all_cnames"],
            ns_ttl=zone.settings["ns_ttl"],
        )
        self._publish(zone.name, lambda: served_rrsets(table, rules), at_once)


_PATHS: Mapping[str, Mapping[str, Handler]] = {
    "/user/tokens/verify": {"GET": CloudflareApi._verify_token},
    "/accounts/ID/tokens/verify": {"GET": CloudflareApi._verify_token},
    "/accounts/ID/dns_settings": {
        "GET": CloudflareApi._get_account_settings,
        "PATCH": CloudflareApi._patch_account_settings,
    },
    "/zones": {"GET": CloudflareApi._list_zones},
    "/zones/ID": {"GET": CloudflareApi._get_zone, "PATCH": CloudflareApi._patch_zone},
    "/zones/ID/dns_records": {"GET": CloudflareApi._list_records, "POST": CloudflareApi._post_record},
    "/zones/ID/dns_records/batch": {"POST": CloudflareApi._batch},
    "/zones/ID/dns_records/export": {"GET": CloudflareApi._export},
    "/zones/ID/dns_records/usage": {"GET": CloudflareApi._usage},
    "/zones/ID/dns_records/ID": {
        "GET": CloudflareApi._get_record,
        "PUT": CloudflareApi._put_record,
        "PATCH": CloudflareApi._patch_record,
        "DELETE": CloudflareApi._delete_record,
    },
    "/zones/ID/dns_settings": {"GET": CloudflareApi._get_settings, "PATCH": CloudflareApi._patch_settings},
    "/zones/ID/dnssec": {
        "GET": CloudflareApi._get_dnssec,
        "PATCH": CloudflareApi._patch_dnssec,
        "DELETE": CloudflareApi._delete_dnssec,
    },
    "/zones/ID/dnssec/zsk": {"GET": CloudflareApi._nothing},
    "/zones/ID/pagerules": {"GET": CloudflareApi._nothing},
}
_ROUTES = tuple((re.compile(path.replace("ID", "([^/]+)")), handlers) for path, handlers in _PATHS.items())


def _find_route(path: str) -> tuple[Mapping[str, Handler] | None, tuple[str, ...]]:
    for pattern, handlers in _ROUTES:
        if match := pattern.fullmatch(path.rstrip("/")):
            return handlers, match.groups()
    return None, ()


def _zone_matches(zone: CloudflareZone, query: Mapping[str, str]) -> bool:
    """The filters of the zone list; a name may begin with an operator, as in `contains:.org`."""
    operator, _unused, wanted = query.get("name", zone.name).lower().rpartition(":")
    compare: Mapping[str, Callable[[str, str], bool]] = {
        "": lambda have, want: have == want,
        "equal": lambda have, want: have == want,
        "not_equal": lambda have, want: have != want,
        "starts_with": lambda have, want: have.startswith(want),
        "ends_with": lambda have, want: have.endswith(want),
        "contains": lambda have, want: want in have,
    }
    if operator not in compare:
        raise invalid(f"unknown operator {operator}")
    return (
        compare[operator](zone.name, wanted)
        and query.get("status", zone.status) == zone.status
        and query.get("account.id", ACCOUNT["id"]) == ACCOUNT["id"]
        and query.get("account.name", ACCOUNT["name"]) == ACCOUNT["name"]
    )


def _object(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError:
        raise invalid("Request body is invalid.", 9207) from None
    if not isinstance(body, dict):
        raise invalid("Request body is invalid.", 9207)
    return body


def _operations(body: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    operations = body.get(key) or []
    if not isinstance(operations, list) or not all(isinstance(item, dict) for item in operations):
        raise invalid("Request body is invalid.", 9207)
    return operations


def _id(item: Mapping[str, Any]) -> str:
    identity = item.get("id")
    if not isinstance(identity, str) or not _IDENTIFIER.fullmatch(identity):
        raise no_route("the record of a batch operation")
    return identity


def _success(
    result: object, messages: Sequence[Mapping[str, Any]] = (), result_info: Mapping[str, int] | None = None
) -> Response:
    body: dict[str, Any] = {"success": True, "errors": [], "messages": list(messages), "result": result}
    if result_info is not None:
        body["result_info"] = result_info
    return Response(200, body)


def _failure(error: CloudflareError) -> Response:
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, Throttled) else {}
    errors = [{"code": error.code, "message": error.message}]
    return Response(error.status, {"success": False, "errors": errors, "messages": [], "result": None}, headers)
