# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts that lead a router elsewhere at one provider, with nothing but a shell and the provider's API. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from .._failover.data.observed import Record
from .._failover.data.site import Front, Site
from .._failover.given_addresses import fingerprint
from .._failover.marker import Marker
from .._failover.published import is_copied, records
from .._zone.names import APEX, owner
from .._zone.routers import marker_name
from .facts import Facts, NameServer, Way

#: Stands for the time at which a script runs, in what is rendered before; no marker holds such a time.
_LATER = 9_999_999_999

#: The first line after the `#!`; files that begin so are ours to replace or remove.
SIGNATURE = "# Made by twinzone.edge.runbook"

#: The name of the run, in a marker that a script writes.
_RUN = "by-hand"


def entries(site: Site, front: Front, provider: str, copies: Sequence[str]) -> list[Record]:
    """The entries that lead the router to the front at the provider, and the marker that says so.

    copies: the addresses to copy. Without the marker a later run would take the router for changed by somebody else.
    The marker lifts a pin: who works by hand has decided.
    """
    marker = Marker(
        seq=_LATER,
        front=front["name"],
        since=_LATER,
        run=_RUN,
        pinseq=_LATER,
        asked=_LATER,
        given=front["name"],
        gave=fingerprint(copies) if site["router"] == APEX and is_copied(front, provider) else None,
    )
    name = marker_name(site["router"])
    text = Record(name=name, type="TXT", values=[marker.to_text()], ttl=site["ttl"], only=[provider])
    return [*records(site, front, provider, copies), text]


def at_its_time(lines: Sequence[str]) -> list[str]:
    """The commands with the time at which they run in the marker: it stands in single quotes, which end for it."""
    return [line.replace(str(_LATER), "'\"$NOW\"'") for line in lines]


def dig(server: NameServer, name: str) -> str:
    """The command that asks one server, past all caches. By its address: names may not resolve that night.

    It asks for A: that shows the CNAME too, and servers that hide the CNAME answer nothing else.
    """
    port = f" -p {server.port}" if server.port != 53 else ""
    comment = f"  # {server.name}" if server.name != server.address else ""
    return f"dig +tcp +noall +answer{port} @{server.address} {shlex.quote(name)} A{comment}"


def script(facts: Facts, way: Way) -> str:
    """A script, complete."""
    site = facts.site
    router = owner(site["router"], site["zone"]).rstrip(".")
    lines = [
        "#!/bin/sh",
        f"{SIGNATURE} for {site['site']}, {facts.made}",
        f"# Leads {router} to {way.front} at {way.provider}, and notes that in the marker beside it; a pin is lifted.",
        f"# Needs {_needed(way)}. Do the same at every other provider that answers.",
        "set -eu",
        "NOW=$(date +%s)",
        *way.lines,
        'echo ""',
        "# What its name servers serve now:",
        "command -v dig >/dev/null || exit 0",
        *(dig(server, router) for server in facts.servers.get(way.provider, ())),
    ]
    return "\n".join([*lines, ""])


def _needed(way: Way) -> str:
    text = "\n".join(way.lines)
    programs = [program for program in ("curl", "jq", "nsupdate") if f"{program} " in text]
    secret = [f"the secret in {' or '.join(way.needs)}"] if way.needs else []
    return ", ".join([*programs, *secret])
