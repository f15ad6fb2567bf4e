# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Cloudflare zone as a BIND zone file, as the export call gives it."""

from __future__ import annotations

from .records import Record
from .zone import CloudflareZone


def export(zone: CloudflareZone) -> str:
    """The text of the export."""
    lines = [
        ";;",
        f";; Domain:     {zone.name}.",
        ";; SOA Record",
        f"{zone.name}.\t3600\tIN\tSOA\t{zone.name_servers[0]}. dns.cloudflare.com. 2026000001 10000 2400 604800 3600",
        "",
    ]
    for kind in sorted({record.type for record in zone.table}):
        lines.append(f";; {kind} Records")
        lines += [_line(record) for record in zone.table if record.type == kind]
        lines.append("")
    return "\n".join(lines)


def _line(record: Record) -> str:
    notes = [record.comment] if record.comment else []
    attributes = [f"cf-proxied:{str(record.proxied).lower()}"]
    attributes += ["cf-flatten-cname"] if record.flattened_on_demand else []
    notes.append(f"cf_tags={','.join([*attributes, *record.tags])}")
    return f"{record.name}.\t{record.ttl}\tIN\t{record.type}\t{record.rdata.to_text()} ; {' '.join(notes)}"
