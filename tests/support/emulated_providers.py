# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The providers' clients over the lab's emulated APIs, without sockets: thousands of zones in seconds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._providers.api import Answer, Api
from ansible_collections.twinzone.edge.plugins.module_utils._providers.base import Provider
from ansible_collections.twinzone.edge.plugins.module_utils._providers.http_provider import HttpProvider
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._zone import entries as zone_entries
from ansible_collections.twinzone.edge.plugins.module_utils._zone.entries import Context
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Held, Plan, PlanPolicy, Wanted
from ansible_collections.twinzone.edge.plugins.module_utils._zone.planner import plan
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import Declared
from twinzone_lab.cloudflare.access import Credentials
from twinzone_lab.cloudflare.api import CloudflareApi
from twinzone_lab.desec.api import DesecApi
from twinzone_lab.web.api import Emulator, Request

ZONE = "example.com"
TOKEN, READ_ONLY = "t" * 40, "r" * 40
EDGE = ("192.0.2.80", "192.0.2.81")
CONTEXT = Context(ZONE, {provider.type: provider.attributes for provider in PROVIDERS.values()})

Entry = dict[str, Any]

FORCE = PlanPolicy(force=True)


def cloudflare_api(**options: Any) -> CloudflareApi:
    """An emulated Cloudflare with an empty zone."""
    api = CloudflareApi(
        credentials=Credentials(TOKEN, READ_ONLY, "user@lab.test", "0" * 37),
        name_servers=("amir.ns.cloudflare.com", "lola.ns.cloudflare.com"),
        edge=EDGE,
        publish=lambda zone, rrsets, at_once: None,
        outside=lambda name, rdtype: None,
        **options,
    )
    api.add_zone(ZONE)
    return api


def desec_api(minimum_ttl: int = 60, zone: str = ZONE) -> DesecApi:
    """An emulated deSEC with an empty zone."""
    api = DesecApi(lambda zone, rrsets: None, token=TOKEN, minimum_ttl=minimum_ttl, transfer_seconds=0)
    api.add_zone(zone)
    return api


class Direct(Api):
    """A session that hands its requests to an emulator."""

    def __init__(self, emulator: Emulator, base_url: str, authorization: str, seconds: float = 20.0) -> None:
        super().__init__(base_url, ("Authorization", authorization), Deadline(seconds))
        self.emulator = emulator
        self.sent: list[tuple[str, str, Any]] = []

    def _send(self, method: str, path: str, body: Any) -> Answer:
        self.count.requests += 1
        self.sent.append((method, path, body))
        return self.to(self.emulator, self, method, path, body)

    @staticmethod
    def to(emulator: Emulator, api: Api, method: str, path: str, body: Any) -> Answer:
        """The emulator's answer to a request of this session."""
        parts = urlsplit(api.base_url + path)
        headers = {
            "accept": "application/json",
            "content-type": "application/json",
            "authorization": api._credentials[1],
        }
        data = b"" if body is None else json.dumps(body).encode()
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        answer = emulator.handle(Request(method, parts.path, query, headers, data, "https://lab.test"))
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        return Answer(answer.status, answer.headers, text.encode())


def client(emulator: Emulator, token: str = TOKEN, zone: str = ZONE, **settings: Any) -> HttpProvider:
    """The provider's client of an emulator."""
    kind, prefix = ("cloudflare", "/client/v4") if isinstance(emulator, CloudflareApi) else ("desec", "/api/v1")
    url = f"https://lab.test{prefix}"
    entry = {"name": kind, "type": kind, "token": token, "api_url": url, **settings}
    provider = PROVIDERS[kind](zone, PROVIDERS[kind].read_settings(entry, 20.0), Deadline(20.0))
    if not isinstance(provider, HttpProvider):
        raise TypeError(kind)
    provider.api = Direct(emulator, url, provider.authorization(token))
    return provider


def declare(*entries: Mapping[str, Any], zone: str = ZONE) -> list[Declared]:
    """Declared entries as values."""
    return zone_entries.parse_declared(entries, replace(CONTEXT, zone=zone))


def audit(provider: Provider, *entries: Entry) -> list[str]:
    """Why the provider cannot hold what is declared."""
    found = []
    for entry in declare(*entries):
        found += provider.audit(entry.at(provider.type))
    return found


def planned(provider: Provider, held: Held, entries: Sequence[Mapping[str, Any]], policy: PlanPolicy = FORCE) -> Plan:
    """The plan that leads from what is held to what is declared."""
    declared = [entry for entry in declare(*entries, zone=provider.zone) if entry.concerns(provider.type)]
    wanted = [Wanted(entry.label, entry.at(provider.type), entry.absent) for entry in declared]
    return plan(wanted, held, policy, provider)


def apply(provider: Provider, entries: Sequence[Mapping[str, Any]], policy: PlanPolicy = FORCE) -> Plan:
    """Read, plan and write; the plan that was carried out."""
    held = provider.read()
    made = planned(provider, held, entries, policy)
    for write in provider.writes(made.changes, held):
        provider.send(write)
    return made


def done(made: Plan) -> list[tuple[str, str, str]]:
    """The changes of a plan: (action, name, type)."""
    return [(change.action, *change.key) for change in made.changes]


def texts(held: Held) -> Mapping[tuple[str, str], list[str]]:
    """The values of every set, sorted."""
    return {key: sorted(value.text for value in one.values) for key, one in held.sets.items()}
