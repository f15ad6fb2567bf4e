# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes entries as a BIND zone file, from which `bind_reader` makes the same entries again. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .._zone import rdata
from .bind_reader import TAG


def write(zone: str, records: Sequence[Mapping[str, Any]], heading: str) -> str:
    """The zone file. What such a file cannot express (`at`, `only`) goes into a comment that only we read."""
    lines = [f"; {heading}", f"$ORIGIN {zone}.", ""]
    # In a zone file, a record without a TTL has that of the record before.
    for entry in sorted(records, key=lambda entry: "ttl" in entry):
        more = {key: entry[key] for key in ("at", "only") if key in entry}
        comment = f" ; {TAG} {json.dumps(more, ensure_ascii=False)}" if more else ""
        given = entry["values"] if isinstance(entry["values"], list) else [entry["values"]]
        values = [rdata.parse(entry["type"], str(text), zone).text for text in given]
        ttl = [str(entry["ttl"])] if "ttl" in entry else []
        for value in values:
            lines.append("\t".join([entry["name"], *ttl, "IN", entry["type"], value]) + comment)
            comment = ""
    return "\n".join([*lines, ""])
