# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module preflight_info: what only a thorough look sees of zones, name servers, accounts and this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from .. import _parallel
from .._deadline import Deadline
from .._dns import inquiry, nameservers
from .._dns.looks import ResolverLook
from .._engine import lock
from .._engine.job import Network, source
from .._errors import ProviderError
from .._preflight.seen import ParityLook, PlaceLook, RunnerLook, ServingLook, ZoneLook
from .._providers import account as provider_account
from .._providers.account import AccountData
from .._providers.base import Provider, Settings
from .._providers.registry import PROVIDERS
from .._zone import names
from .._zone.origins import ADDRESS_TYPES
from .._zone.plan import Held
from .._zone.routers import marker_name
from . import options, preflight_rdap, preflight_serving, preflight_web, zone_records_info
from .module import checked, make_module
from .zone_records_info import GRACE, Read

#: Seconds for all that is asked beside the APIs.
_DEADLINE = 20.0

#: Files that exist only in a container.
_CONTAINER = ("/.dockerenv", "/run/.containerenv")

_ZONE: dict[str, Any] = {
    "zone": {"type": "str", "required": True},
    "names": {"type": "list", "elements": "str", "default": []},
    "routers": {"type": "list", "elements": "str", "default": []},
    "fronts": {"type": "dict", "default": {}},
    "providers": {**options.PROVIDERS_LIST, "required": True},
}
_PARITY: dict[str, Any] = {
    "site": {"type": "str", "required": True},
    "front": {"type": "str", "required": True},
    "target": {"type": "str", "default": ""},
    "connect_to": {"type": "list", "elements": "str", "default": []},
    "urls": {"type": "list", "elements": "str", "default": []},
    "headers": {"type": "list", "elements": "str", "default": []},
    "post": {"type": "list", "elements": "str", "default": []},
    "websocket": {"type": "list", "elements": "str", "default": []},
    "ca_path": {"type": "path"},
}
SPEC: dict[str, Any] = {
    "zones": {"type": "list", "elements": "dict", "options": _ZONE, "default": []},
    "parity": {"type": "list", "elements": "dict", "options": _PARITY, "default": []},
    "places": {"type": "list", "elements": "str", "default": []},
    "become": {"type": "bool", "default": False},
    "write": {"type": "bool", "default": False},
    "rdap": {"type": "str"},
    "deadline": {"type": "float", "default": options.FAILOVER_DEADLINE},
    **options.NETWORK,
}


def main() -> None:
    module = make_module(SPEC)
    params = module.params
    network = checked(module, lambda: options.network(params))
    reads = checked(
        module,
        lambda: zone_records_info.reads(
            [{**one, "names": None, "follow": False} for one in params["zones"]], None, params["deadline"]
        ),
    )
    module.no_log_values.update(zone_records_info.secrets(reads))
    proofs = {one["zone"]: _proofs(one) if params["write"] and not module.check_mode else [] for one in params["zones"]}
    inquirer = _Inquirer(network, Deadline(_DEADLINE))
    apis, rest = _parallel.both(partial(_at_apis, reads, proofs), partial(_beside, params, inquirer))
    serving = _parallel.run(
        {one["zone"]: partial(_serving, one, apis.get(one["zone"], {}), network) for one in params["zones"]}
    )
    zones = {
        zone: {**look, "providers": apis.get(zone, {}), "serving": serving.get(zone)}
        for zone, look in rest["zones"].items()
    }
    module.exit_json(changed=False, **{**rest, "zones": zones})


def _proofs(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The record sets that the token must be able to write: each router with its marker."""
    routers = [names.relative(router, entry["zone"]) for router in entry["routers"]]
    return [one for name in routers for one in ((name, "CNAME"), (marker_name(name), "TXT"))]


def _at_apis(
    reads: zone_records_info.Reads, proofs: Mapping[str, Sequence[tuple[str, str]]]
) -> dict[str, dict[str, dict[str, Any]]]:
    """What every API says, all side by side."""
    tasks = {key: partial(_at_api, read, proofs.get(key[0], ())) for key, read in reads.items()}
    done = _parallel.run(tasks, lambda key: reads[key].settings.deadline + GRACE)
    return zone_records_info.by_zone(reads, done)


def _at_api(read: Read, proofs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    provider = PROVIDERS[read.settings.type](read.zone, read.settings, Deadline(read.settings.deadline))
    try:
        held = zone_records_info.fetched(provider)
    except ProviderError as error:
        return {**zone_records_info.failure(error), "account": None}
    return {**zone_records_info.described(read, provider, held), "account": _account(provider, held, proofs)}


def _serving(entry: Mapping[str, Any], held: Mapping[str, Any], network: Network) -> ServingLook | None:
    """What the name servers of a zone serve; None where no API says what they should."""
    if all(one["error"] for one in held.values()):
        return None
    providers = options.settings(entry["providers"], _DEADLINE)
    return preflight_serving.look(names.zone_name(entry["zone"]), providers, held, network)


def _account(provider: Provider, held: Held, proofs: Sequence[tuple[str, str]]) -> AccountData:
    """What the provider says beyond its records; whatever it cannot be asked is part of that."""
    inquiry_ = provider_account.Inquiry()
    found = inquiry_.ask("the account", partial(provider.account, held), provider_account.unknown())
    for name, rdtype in (one for proof in proofs for one in _in_its_form(provider, *proof)):
        proof = inquiry_.ask(f"a write of {name}", partial(provider.prove_write, name, rdtype, held), None)
        if proof is not None:
            found["proofs"][name] = found["proofs"].get(name) or proof
    return {**found, "unseen": [*found["unseen"], *inquiry_.unseen]}


def _in_its_form(provider: Provider, name: str, rdtype: str) -> list[tuple[str, str]]:
    """The sets that stand for one at the provider: most hold addresses at the apex in place of a CNAME."""
    if (name, rdtype) == (names.APEX, "CNAME") and not provider.flattens_apex:
        return [(name, one) for one in ADDRESS_TYPES]
    return [(name, rdtype)]


def _beside(params: Mapping[str, Any], inquirer: _Inquirer) -> dict[str, Any]:
    """All that no provider's API says."""
    tasks: dict[tuple[str, str], Any] = {
        **{("zone", one["zone"]): partial(inquirer.zone, one, params["rdap"]) for one in params["zones"]},
        **{("front", f"{one['site']} {one['front']}"): partial(inquirer.parity, one) for one in params["parity"]},
        ("", "resolver"): partial(inquirer.resolver, [one["zone"] for one in params["zones"]]),
    }
    done = _parallel.run(tasks)
    return {
        "zones": {name: done[kind, name] for kind, name in tasks if kind == "zone"},
        "parity": [look for kind, name in tasks if kind == "front" for look in done[kind, name]],
        "resolver": done["", "resolver"],
        "runner": runner(params["places"], params["become"]),
    }


class _Inquirer:
    """Asks name servers, the resolver, registries and fronts."""

    def __init__(self, network: Network, deadline: Deadline) -> None:
        self._network = network
        self._deadline = deadline
        self._resolver = network.brief_resolver_within(deadline)

    def zone(self, entry: Mapping[str, Any], rdap: str | None) -> ZoneLook:
        """A zone at the parent and at its name servers; what its providers hold is not asked here."""
        zone, resolver, port = names.zone_name(entry["zone"]), self._resolver, self._network.port
        providers: Sequence[Settings] = options.settings(entry["providers"], _DEADLINE)
        found = nameservers.servers(zone, [source(one) for one in providers], resolver, self._deadline, port)
        fronts = {(site, name): target for site, here in entry["fronts"].items() for name, target in here.items()}
        texts = inquiry.https({f"{site}\0{name}": target for (site, name), target in fronts.items()}, resolver)
        https: dict[str, dict[str, list[str]]] = {}
        for site, name in fronts:
            https.setdefault(site, {})[name] = texts[f"{site}\0{name}"]
        referral = nameservers.referral(f"{zone}.", resolver, self._deadline, port)
        return ZoneLook(
            providers={},
            delegation=nameservers.delegation(f"{zone}.", referral),
            delegation_ttl=nameservers.delegation_ttl(f"{zone}.", referral),
            servers=inquiry.servers(zone, found, resolver, self._deadline),
            caa=inquiry.caa(zone, [_absolute(name) for name in entry["names"]], found, resolver, self._deadline),
            https=https,
            registration=preflight_rdap.registration(zone, rdap, self._deadline) if rdap else None,
        )

    def resolver(self, zones: Sequence[str]) -> ResolverLook:
        """The resolver itself."""
        return inquiry.look_at_resolver(self._resolver, self._deadline, f"{zones[0]}." if zones else ".")

    def parity(self, entry: Mapping[str, Any]) -> list[ParityLook]:
        """What a front answers to the requests that are to be compared."""
        return preflight_web.parity(entry, self._resolver, self._deadline)


def _absolute(name: str) -> str:
    return f"{name.rstrip('.').lower()}."


def runner(places: Sequence[str], become: bool) -> RunnerLook:
    """This machine: can it keep what a failover leaves?"""
    return RunnerLook(
        lock=lock.place_problem(), places=[_place(one) for one in dict.fromkeys(places) if one], become=become
    )


def _place(place: str) -> PlaceLook:
    there = next((folder for folder in (Path(place), *Path(place).parents) if folder.exists()), Path("/"))
    problem = ""
    if not there.is_dir():
        problem = f"{there} is not a directory"
    elif not os.access(there, os.W_OK | os.X_OK):
        problem = f"{there} cannot be written by this user"
    inside = any(Path(one).exists() for one in _CONTAINER)
    return PlaceLook(place=place, problem=problem, vanishes=inside and there.stat().st_dev == Path("/").stat().st_dev)
