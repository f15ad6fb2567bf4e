# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Cloudflare refuses, or drops without a word, whatever the zone's plan. Pure.

Limits are those of its page "DNS record types" (2026) and of its OpenAPI document. What depends on the plan is left to
the API, which says so itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..._zone.origins import ADDRESS_TYPES
from ..._zone.proxy import all_within
from ..._zone.rdata import Value
from ..._zone.record_sets import RecordSet
from .networks import PROXY_NETWORKS

#: Types whose answers Cloudflare's proxies can replace.
PROXIABLE = frozenset({"A", "AAAA", "CNAME"})

_KINDS: Mapping[str, type] = {"proxied": bool, "comment": str, "tags": list, "settings": dict}

#: Types that lead to a host; the root is one only where it means "nowhere".
_LEADS_SOMEWHERE = frozenset({"CNAME", "NS", "PTR"})

#: Bytes of one record in wire format; characters of all records of one name and type.
_RECORD_BYTES, _SET_CHARACTERS = 4096, 8192

#: Name servers of one delegation.
_DELEGATION = 10

#: Characters of a comment and tags of a record on the largest plan.
_COMMENT, _TAGS = 500, 20
_TAG = re.compile(r"[A-Za-z0-9_-]{1,32}(:.{0,100})?")

_SETTINGS = ("flatten_cname", "ipv4_only", "ipv6_only")

#: Character strings, which the API takes as JSON text.
_STRINGS: Mapping[str, Callable[[Any], tuple[bytes, ...]]] = {
    "CAA": lambda rdata: (rdata.value,),
    "NAPTR": lambda rdata: (rdata.flags, rdata.service, rdata.regexp),
    "URI": lambda rdata: (rdata.target,),
}


def problems(record_set: RecordSet, own_servers: tuple[str, ...]) -> Iterator[str]:
    """Why Cloudflare cannot hold the set, each reason as `field: text`. own_servers: endings of its servers' names."""
    if "*" in record_set.name.partition(".")[2]:
        yield "name: `*` is possible only as the first label"
    if "\\" in record_set.name:
        yield "name: Cloudflare takes names as plain text, in which nothing can be escaped"
    if record_set.type == "DS" and record_set.name == "@":
        yield "type: DS belongs into the parent zone"
    yield from (f"values: {reason}" for reason in _values(record_set, own_servers))
    wrong = [name for name, given in record_set.attributes.items() if not isinstance(given, _KINDS[name])]
    yield from (f"{name}: {record_set.attributes[name]!r} is not a {_KINDS[name].__name__}" for name in wrong)
    if not wrong:
        yield from _attributes(record_set)


def delegation_problem(at_name: Sequence[RecordSet], name_servers: Iterable[str]) -> str:
    """Why Cloudflare cannot hold a delegation, made of all sets of its name; empty when it can.

    name_servers: those of the zone, as far as they are known.
    """
    sets = {one.type: one for one in at_name if one.name != "@"}
    if "NS" not in sets:
        return "Cloudflare takes a DS only beside an NS of the same name" if "DS" in sets else ""
    own = {host.rstrip(".").lower() for host in name_servers}
    if not any(value.text.rstrip(".").lower() in own for value in sets["NS"].values):
        return ""
    return (
        "Cloudflare refuses a delegation to the zone's own name servers; leave the NS set out, and the names below it "
        "are served from this zone, or name the servers that Cloudflare gave to the child zone"
    )


def _values(record_set: RecordSet, own_servers: tuple[str, ...]) -> Iterator[str]:
    rdtype, apex = record_set.type, record_set.name == "@"
    for value in record_set.values:
        yield from _value(rdtype, value)
        if rdtype == "NS" and apex and value.text.lower().endswith(own_servers):
            yield f"{value.text}: Cloudflare names its own servers by itself and refuses them here; see `at`"
    if sum(len(value.text) for value in record_set.values) > _SET_CHARACTERS:
        yield f"Cloudflare takes at most {_SET_CHARACTERS} characters in all values together"
    if rdtype == "NS" and not apex and len(record_set.values) > _DELEGATION:
        yield f"Cloudflare takes at most {_DELEGATION} name servers for a delegation"


def _value(rdtype: str, value: Value) -> Iterator[str]:
    """Why Cloudflare cannot hold one value, wherever it stands."""
    strings = _STRINGS.get(rdtype)
    if len(value.wire) > _RECORD_BYTES:
        yield f"Cloudflare takes at most {_RECORD_BYTES} bytes in one record"
    if rdtype in _LEADS_SOMEWHERE and value.text == ".":
        yield f"{value.text}: Cloudflare takes no root as the target of {rdtype}"
    if rdtype in ADDRESS_TYPES and all_within([value.text], PROXY_NETWORKS):
        yield (
            f"{value.text}: Cloudflare refuses the addresses of its own proxies; name what lies behind the proxy, with "
            "`proxied: true` under `at`"
        )
    if strings and not all(map(_is_text, strings(value.rdata(rdtype)))):
        yield f"{value.text}: Cloudflare takes only UTF-8 on one line in {rdtype}"


def _attributes(record_set: RecordSet) -> Iterator[str]:
    given, rdtype = record_set.attributes, record_set.type
    proxied, comment = given.get("proxied"), given.get("comment", "")
    if proxied and rdtype not in PROXIABLE:
        yield f"proxied: only {', '.join(sorted(PROXIABLE))} can be proxied, not {rdtype}"
    if "\n" in comment or "\r" in comment:
        yield "comment: has a line break"
    if len(comment) > _COMMENT:
        yield f"comment: is longer than {_COMMENT} characters"
    yield from _tags(given.get("tags", ()))
    settings = given.get("settings", {})
    for name, value in settings.items():
        if name not in _SETTINGS or not isinstance(value, bool):
            yield f"settings: {name}: {value!r} is none of {', '.join(_SETTINGS)} with true or false"
    if settings.get("flatten_cname") and (proxied or rdtype != "CNAME"):
        yield "settings: flatten_cname is silently dropped unless on a CNAME that is not proxied; leave it out"
    if (settings.get("ipv4_only") or settings.get("ipv6_only")) and not proxied:
        yield "settings: ipv4_only and ipv6_only are silently dropped unless `proxied: true` stands beside them"


def _tags(tags: Any) -> Iterator[str]:
    for tag in tags:
        if not isinstance(tag, str) or not _TAG.fullmatch(tag):
            yield f"tags: {tag!r} is not `name:value`, with a name of at most 32 letters, digits, `_` and `-`"
    if len(tags) > _TAGS:
        yield f"tags: are more than {_TAGS}"


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return "\n" not in text and "\r" not in text
