# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filters: the steps of the role zone_sync that are pure. They are for its templates."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._modules import provider_entries
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._setup import inventory, proposal
from ansible_collections.twinzone.edge.plugins.module_utils._sync import bind_writer, declaration, mirror
from ansible_collections.twinzone.edge.plugins.module_utils._sync.data import (
    Answer,
    DescribedZone,
    Entry,
    Held,
    Mirrored,
)
from ansible_collections.twinzone.edge.plugins.module_utils._text import visible
from ansible_collections.twinzone.edge.plugins.module_utils._variables import among_facts, inputs_among
from ansible_collections.twinzone.edge.plugins.module_utils._zone import names


def sync_zone(
    variables: Mapping[str, Any],
    name: str,
    content: str | None,
    hostvars: Mapping[str, Any],
    sites: Sequence[str],
    providers: Any,
    path: str = "",
) -> DescribedZone:
    """The zone `name` from its variables and the text of its zone file. Fails with every problem at once.

    path: of the zone file, below whose folder the files lie that it includes.
    """
    entries, problems = provider_entries.read(provider_entries.plain(providers))
    kinds = {str(entry.get("name")): PROVIDERS[entry["type"]] for entry in entries if entry.get("type") in PROVIDERS}
    poisoned = {host: facts for host in [name, *sites] if (facts := _facts(hostvars, host))}
    problems += [f"{host}: {among_facts(facts)}" for host, facts in poisoned.items()]
    steered = declaration.steered_sites(hostvars, [site for site in sites if site not in poisoned])
    try:
        zone = declaration.read(name, variables, content, steered, kinds, partial(_included, Path(path).expanduser()))
    except BadInput as error:
        problems += error.problems
    if problems:
        raise AnsibleFilterError("\n".join([f"{name} is not well described:", *problems]))
    return zone


def _facts(hostvars: Mapping[str, Any], host: str) -> list[str]:
    """The inputs of ours among the facts of a host."""
    return inputs_among(hostvars[host].get("ansible_facts")) if host in hostvars else []


def _included(zone_file: Path, name: str) -> str:
    """The text of a file that a zone file includes. Raises ValueError."""
    folder = zone_file.parent.resolve()
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise ValueError(f"{name} is not below {folder}, the folder of the zone file")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{name} cannot be read: {error}") from None


def zone_text(records: Sequence[Entry], zone: str, heading: str) -> str:
    """The records as a BIND zone file, which begins with a comment."""
    return bind_writer.write(zone, records, heading)


def mirrored(
    read: Held,
    zone: str,
    source: str,
    providers: Sequence[Mapping[str, str]],
    answers: Sequence[Answer],
    others: Mapping[str, Held] | None = None,
    proxied: Sequence[Answer] = (),
) -> Mirrored:
    """What to declare for the others of a zone as zone_records_info read it from `source`, and notes on what was left out.

    providers: their entries. answers: of the source's name servers for A and AAAA of the apex. others: what
    zone_records_info returned for the other providers, as far as they answered. proxied: answers of the others' name
    servers for A and AAAA of names that they may proxy.
    """
    apex: dict[str, Sequence[str]] = {}
    for answer in answers:
        if answer["values"]:
            apex.setdefault(answer["type"], answer["values"])
    theirs = [entry for name, other in (others or {}).items() for entry in _proxied_at(name, other)]
    known = mirror.Elsewhere(theirs, _by_name(proxied, zone, {entry["name"] for entry in theirs}))
    kinds = {entry["name"]: PROVIDERS[entry["type"]].of_entry(entry) for entry in providers}
    try:
        return mirror.mirrored(zone, source, read, kinds, apex, known)
    except BadInput as error:
        raise AnsibleFilterError("\n".join([f"{zone} cannot be taken from {source}:", *error.problems])) from None


def _proxied_at(name: str, other: Held) -> list[Entry]:
    """The entries that a provider proxies. other: what zone_records_info returned for it."""
    return [entry for entry in other["records"] if entry.get("at", {}).get(name, {}).get("proxied")]


def _by_name(answers: Sequence[Answer], zone: str, wanted: Collection[str]) -> dict[str, frozenset[str]]:
    """The addresses that were answered for the wanted names, by relative name."""
    found: dict[str, frozenset[str]] = {}
    for answer in answers:
        name = names.relative(f"{answer['name'].rstrip('.')}.", zone)
        if name in wanted:
            found[name] = found.get(name, frozenset()) | frozenset(answer["values"])
    return found


def providers_of(
    hostvars: Mapping[str, Any], hosts: Sequence[str], variable: str, default: Sequence[Any]
) -> dict[str, Any]:
    """The provider entries of each host, with their tokens: its own `variable`, else `dns_providers`, else the default.

    What a role has as a default is not among the variables that other hosts see. A host with inputs among its facts is
    refused elsewhere; here it has the default, which is the user's.
    """
    found: dict[str, Any] = {}
    for host in hosts:
        own = {} if _facts(hostvars, host) else hostvars[host]
        found[host] = next((own[name] for name in (variable, "dns_providers") if name in own), default)
    return found


def zone_proposal(
    records: Sequence[Mapping[str, Any]], wishes: Mapping[str, Any], common: Mapping[str, Any], seen: Mapping[str, Any]
) -> dict[str, Any]:
    """What to write for a zone that has no inventory yet: its records, the inventory's text, and lines for a person.

    wishes: as `proposal.Wishes`. common: variables of all hosts. seen: the name servers (dns), the registrar, and the
    folder to write to.
    """
    entries = [
        {key: value for key, value in entry.items() if key not in ("token", "key")}
        for entry in common.get("dns_providers", ())
    ]
    made = proposal.propose(proposal.Wishes(**wishes), provider_entries.plain(list(records)))
    registrar = visible(str(seen["registrar"]))
    lines = inventory.lines(made, seen["dns"], registrar, seen["folder"])
    shown = {**provider_entries.plain(dict(common)), "dns_providers": provider_entries.plain(entries)}
    if registrar:
        shown["dependency_declared"] = {"registrar": [registrar]}
    return {"records": list(made.records), "inventory": inventory.inventory(made, shown, lines), "lines": lines}


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "mirrored": mirrored,
            "providers_of": providers_of,
            "sync_zone": sync_zone,
            "zone_proposal": zone_proposal,
            "zone_text": zone_text,
        }
