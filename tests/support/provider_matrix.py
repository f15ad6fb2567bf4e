# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each provider can hold and do, read from the registry, as tables for the documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ansible_collections.twinzone.edge.plugins.module_utils._providers.base import Provider
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS

_Kind = type[Provider]


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"``{name}``" for name in names) or "none"


def _yes(value: object) -> str:
    return "yes" if value else "no"


#: A line of the table: what it is about, and the answer of a provider.
_ROWS: Sequence[tuple[str, Callable[[_Kind], str]]] = (
    ("Value of ``type``", lambda kind: f"``{kind.type}``"),
    ("Options of its entries", lambda kind: _code(kind.options)),
    ("Environment variables of its secret, the first one set wins", lambda kind: _code(kind.secret_env)),
    ("Attributes of record sets", lambda kind: _code(sorted(kind.attributes))),
    ("Greatest TTL, in seconds", lambda kind: str(kind.max_ttl)),
    (
        "TTLs with a meaning of their own",
        lambda kind: ", ".join(f"{ttl} (served as {seconds})" for ttl, seconds in kind.special_ttls.items()) or "none",
    ),
    ("Makes all changes of a write or none", lambda kind: _yes(kind.atomic_writes)),
    ("Makes a write only while the sets are as they were read", lambda kind: _yes(kind.compares)),
    ("Changes the type of a name in one atomic request", lambda kind: _yes(kind.atomic_type_change)),
    ("Takes the next write only once the last one is served", lambda kind: _yes(kind.one_write_at_a_time)),
    ("Answers a CNAME at the apex with the addresses of its target", lambda kind: _yes(kind.flattens_apex)),
    ("Serves the NS records at the apex that it holds", lambda kind: kind.apex_ns_condition or "yes"),
    ("Has proxies (a CDN) of its own", lambda kind: _yes(kind.proxy_networks)),
    ("Its name servers end in", lambda kind: _code(kind.nameserver_suffixes)),
)


def table() -> str:
    """All providers side by side: capabilities, then record types."""
    kinds = list(PROVIDERS.values())
    heading = ["", *(kind.title for kind in kinds)]
    rows = [[what, *(answer(kind) for kind in kinds)] for what, answer in _ROWS]
    types = sorted(set().union(*(kind.record_types for kind in kinds)))
    taken = [[f"``{rdtype}``", *(_yes(rdtype in kind.record_types) for kind in kinds)] for rdtype in types]
    return f"{_table([heading, *rows])}\n{_table([['Record type', *heading[1:]], *taken])}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in rows:
        lines += [f"   {'* -' if number == 0 else '  -'} {cell}".rstrip() for number, cell in enumerate(row)]
    return "\n".join(lines) + "\n"
