# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filters: the steps of the role zone_sync that are pure. They are for its templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._modules import mirroring, provider_entries
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._setup import inventory, layout, proposal
from ansible_collections.twinzone.edge.plugins.module_utils._sync import bind_writer
from ansible_collections.twinzone.edge.plugins.module_utils._sync.data import Answer, Entry, Held, Mirrored
from ansible_collections.twinzone.edge.plugins.module_utils._text import visible
from ansible_collections.twinzone.edge.plugins.module_utils._variables import inputs_among


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
    kinds = {entry["name"]: PROVIDERS[entry["type"]].of_entry(entry) for entry in providers}
    try:
        return mirroring.translated(read, zone, source, kinds, answers, others or {}, proxied)
    except BadInput as error:
        raise AnsibleFilterError("\n".join(error.problems)) from None


def _facts(hostvars: Mapping[str, Any], host: str) -> list[str]:
    """The inputs of ours among the facts of a host."""
    return inputs_among(hostvars[host].get("ansible_facts")) if host in hostvars else []


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

    wishes: as `proposal.Wishes`. common: variables of all hosts. seen: the name servers (dns), the registrar, the layout
    that is wanted, and the folder to write to. second_records: of the second zone; empty where there is none.
    """
    entries = [
        {key: value for key, value in entry.items() if key not in ("token", "key")}
        for entry in common.get("dns_providers", ())
    ]
    registrar = visible(str(seen["registrar"]))
    given = proposal.Wishes(**wishes)
    here = layout.Seen(seen["dns"], registrar, given.second_zone, str(seen.get("layout") or ""))
    try:
        chosen, why = layout.choose(here)
    except BadInput as error:
        raise AnsibleFilterError("\n".join(error.problems)) from None
    made = proposal.propose(given, provider_entries.plain(list(records)), chosen)
    lines = inventory.lines(made, why, here, seen["folder"])
    shown = {**provider_entries.plain(dict(common)), "dns_providers": provider_entries.plain(entries)}
    if registrar:
        shown["dependency_declared"] = {"registrar": [registrar]}
    return {
        "records": list(made.records),
        "second_records": list(made.second_records),
        "inventory": inventory.inventory(made, shown, lines),
        "lines": lines,
    }


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "mirrored": mirrored,
            "providers_of": providers_of,
            "zone_proposal": zone_proposal,
            "zone_text": zone_text,
        }
