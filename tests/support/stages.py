# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a provider's story runs: at the lab's emulated APIs, or at real name servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dns.rdatatype
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._engine import engine
from ansible_collections.twinzone.edge.plugins.module_utils._engine.job import Job, Network, audit
from ansible_collections.twinzone.edge.plugins.module_utils._engine.provider_report import Report
from ansible_collections.twinzone.edge.plugins.module_utils._providers.base import Settings
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._zone import names as zone_names
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Held
from twinzone_lab.client import LabClient
from twinzone_lab.third import knot

from support import lab_jobs, real_servers
from support.lab_jobs import ZONE, Entry


@dataclass(frozen=True)
class Stage:
    """One provider with its zone and its name servers.

    entry: what an inventory says of it. reads: the requests that reading the zone takes. per_write: those of one atomic
    write. ids: the identities of its records, where it has any.
    """

    entry: Entry
    settings: Settings
    network: Network
    reads: int
    per_write: int
    serves: Callable[[str, str], list[list[str]]]
    ids: Callable[[], set[str]] = set

    @property
    def type(self) -> str:
        return self.settings.type

    @property
    def record_types(self) -> frozenset[str]:
        """Those that the provider takes."""
        return PROVIDERS[self.type].of_entry(self.entry).record_types

    def run(self, records: Sequence[Entry], **options: Any) -> Report:
        """What became of a job at this provider."""
        made = Job(ZONE, (self.settings,), lab_jobs.declare(records), network=self.network, **options)
        assert not audit(made)
        return engine.run(made)[self.settings.name]

    def held(self) -> Held:
        """What the provider says that it holds."""
        return PROVIDERS[self.type](ZONE, self.settings, Deadline(20.0)).read()

    def served(self, name: str, rdtype: str) -> list[list[str]]:
        """What each of its servers serves, sorted."""
        return self.serves(zone_names.owner(name, ZONE), rdtype)


def at_the_lab(lab: LabClient, name: str) -> Stage:
    """A provider whose API the lab emulates."""
    return Stage(
        entry=lab_jobs.provider_entry(lab, name),
        settings=lab_jobs.settings(lab, name),
        network=Network(lab.info["resolver"], lab.info["dns_port"]),
        reads=2,
        per_write=1,
        serves=lambda owner, rdtype: list(lab.served(name, owner, rdtype).values()),
        ids=lambda: {one["id"] for one in lab.zone(name, ZONE) if "id" in one},
    )


#: The real servers: the type of provider, the software of the primary, and the requests of reading and of one write.
REAL: Mapping[str, tuple[str, str, int, int]] = {
    "rfc2136-knot": ("rfc2136", "knot", 1, 1),
    "rfc2136-bind": ("rfc2136", "bind", 1, 1),
    "rfc2136-powerdns": ("rfc2136", "powerdns", 1, 1),
    "powerdns": ("powerdns", "powerdns", 1, 2),
    # octoDNS reads again before each write and after it; PowerDNS wants to be asked to notify its secondaries.
    "octodns-powerdns": ("octodns", "powerdns", 1, 4),
    "octodns-bind": ("octodns", "bind", 1, 3),
    "octodns-knot": ("octodns", "knot", 1, 3),
}


@contextmanager
def at_real_servers(name: str, folder: Path) -> Iterator[Stage]:
    """A provider on real servers: a primary, and a secondary of another kind."""
    provider_type, software, reads, per_write = REAL[name]
    with real_servers.pair(software, folder, ZONE) as servers:
        primary, secondary = servers
        entry: dict[str, Any] = {
            "name": provider_type,
            "type": provider_type,
            "nameservers": [primary.endpoint, secondary.endpoint],
        }
        if provider_type == "octodns":
            entry |= _octodns(primary)
        elif provider_type == "powerdns":
            entry |= {"token": real_servers.API_KEY, "api_url": primary.api_url}
        else:
            key = {"name": knot.KEY_NAME, "algorithm": knot.ALGORITHM, "secret": real_servers.SECRET}
            entry |= {"server": primary.endpoint, "key": key}
        settings = PROVIDERS[provider_type].read_settings(entry, 20.0)
        yield Stage(
            entry,
            settings,
            Network(),
            reads,
            per_write,
            lambda owner, rdtype: [_served(server.port, owner, rdtype) for server in servers],
        )


def _octodns(primary: real_servers.RealServer) -> dict[str, Any]:
    """What an inventory says of a real server that is spoken to by octoDNS."""
    if primary.api_url:
        url = urlsplit(primary.api_url)
        options = {"host": url.hostname, "port": url.port, "notify": True, "enable_dynamic": False}
        token = {"token": real_servers.API_KEY, "token_option": "api_key"}
        return {"class": "octodns_powerdns.PowerDnsProvider", "options": options, **token}
    key = {"key_name": knot.KEY_NAME, "key_algorithm": knot.ALGORITHM}
    token = {"token": real_servers.SECRET, "token_option": "key_secret"}
    options = {"host": real_servers.ADDRESS, "port": primary.port, **key}
    return {"class": "octodns_bind.Rfc2136Provider", "options": options, **token}


def _served(port: int, owner: str, rdtype: str) -> list[str]:
    answer = real_servers.ask(port, owner, rdtype)
    wanted = dns.rdatatype.from_text(rdtype)
    return sorted(
        rdata.to_text() for rrset in (answer.answer if answer else ()) if rrset.rdtype == wanted for rdata in rrset
    )
