# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters that write zones down as they are held: as a zone file, and as what to declare for other providers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible.errors import AnsibleFilterError
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._modules import mirroring
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._sync import bind_writer
from ansible_collections.twinzone.edge.plugins.module_utils._sync.data import Answer, Entry, Held, Mirrored


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
    """What to declare for the others of a zone as zone_records_info read it from `source`, with notes on what was left.

    providers: their entries. answers: of the source's name servers for A and AAAA of the apex. others: what
    zone_records_info returned for the other providers, as far as they answered. proxied: answers of the others' name
    servers for A and AAAA of names that they may proxy.
    """
    kinds = {entry["name"]: PROVIDERS[entry["type"]].of_entry(entry) for entry in providers}
    try:
        return mirroring.translated(read, zone, source, kinds, answers, others or {}, proxied)
    except BadInput as error:
        raise AnsibleFilterError("\n".join(error.problems)) from None
