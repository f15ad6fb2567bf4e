# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page of one site is made from. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .._failover.data.site import Front, Site
from .contacts import Contact, Schedule

#: What the name of a provider may have and the name of a file should not.
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class NameServer:
    """One authoritative server. name: its host name, or its address and port."""

    name: str
    address: str
    port: int


@dataclass(frozen=True)
class Way:
    """The way to lead the router to a front at one provider, by hand.

    lines: commands of a shell. needs: the environment variables of which one holds its secret.
    """

    provider: str
    front: str
    lines: tuple[str, ...]
    needs: tuple[str, ...]

    @property
    def file(self) -> str:
        """The name of its script."""
        return f"{_NOT_PLAIN.sub('_', self.provider)}-to-{self.front}.sh"


@dataclass(frozen=True)
class Facts:
    """A site, and what was found out about it.

    made: when, as ISO 8601 in UTC. folder: where Ansible is started. inventories: absolute paths, or as given with -i.
    scripts: the folder of the scripts. servers: by provider. lacking: why there is no script, a line for each.
    resolver: `host:port` to ask in place of the system's; empty for the system's.
    """

    site: Site
    made: str
    folder: str
    inventories: Sequence[str]
    scripts: str
    servers: Mapping[str, Sequence[NameServer]]
    ways: Sequence[Way]
    lacking: Sequence[str]
    contacts: Sequence[Contact]
    schedule: Schedule
    resolver: str = ""

    @property
    def first(self) -> Front:
        """The front where the site is when all is well."""
        return self.site["fronts"][0]

    @property
    def others(self) -> Sequence[Front]:
        """The fronts to go to, in order of preference."""
        return self.site["fronts"][1:]
