# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""octoDNS with its providers for Cloudflare and deSEC, and zones from its YAML files."""

from __future__ import annotations

from pathlib import Path

import octodns_desec
import pytest
from octodns.provider.base import BaseProvider
from octodns.provider.yaml import YamlProvider
from octodns.zone import Zone
from octodns_cloudflare import CloudflareProvider
from octodns_desec import DesecProvider
from twinzone_lab.client import LabClient

from support.paths import ROOT

ZONE = "example.com"

#: A folder for each source of a zone.
SOURCES = ROOT / "tests" / "clients" / "zone"


class OctoDns:
    """octoDNS and the lab. For Cloudflare the API's address is an option, for deSEC a constant of its client."""

    def __init__(self, lab: LabClient, monkeypatch: pytest.MonkeyPatch) -> None:
        self._cloudflare = lab.info["providers"]["cloudflare"]
        self._desec = lab.info["providers"]["desec"]
        monkeypatch.setattr(octodns_desec.DesecAPI, "API_DOMAINS_URL", f"{self._desec['api_url']}/domains")

    def sync(self, name: str, *sources: str | Path) -> list[str]:
        """Bring the zone at a provider to what the sources hold together; the changes that this took."""
        provider = self._provider(name)
        plan = provider.plan(_zone(sources))
        if plan:
            provider.apply(plan)
        return _shown(plan)

    def plan(self, name: str, *sources: str | Path) -> list[str]:
        """The changes that this would take; empty where octoDNS says `No changes`."""
        return _shown(self._provider(name).plan(_zone(sources)))

    def _provider(self, name: str) -> BaseProvider:
        """A new one every time: it remembers what it has read."""
        if name == "desec":
            return DesecProvider(name, token=self._desec["token"], retries=0)
        url, token = self._cloudflare["api_url"], self._cloudflare["token"]
        return CloudflareProvider(name, token=token, api_url=url, retry_count=0, strict_supports=True)


def _zone(sources: tuple[str | Path, ...]) -> Zone:
    zone = Zone(f"{ZONE}.", [])
    for source in sources:
        YamlProvider("yaml", str(SOURCES / source), enforce_order=False, escaped_semicolons=True).populate(zone)
    return zone


def _shown(plan: object) -> list[str]:
    changes = getattr(plan, "changes", ())
    return sorted(f"{type(one).__name__} {one.record.name or '@'} {one.record._type}" for one in changes)
