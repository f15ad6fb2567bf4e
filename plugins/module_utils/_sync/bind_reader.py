# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A BIND zone file as the entries that users declare, with notes on what is left out. Pure.

The file is taken as it comes: directives, units, brackets, comments, types by number. Cloudflare's own export too,
whose comments hold what only Cloudflare knows, and what `bind_writer` puts there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from .._errors import BadInput
from .._zone import names as zone_names
from .._zone import rdata
from . import bind_lines
from .bind_lines import Line

with suppress(ImportError):  # comes with dnspython, but not into the tests of imports
    import dns.ttl

#: Includes within includes.
_DEEPEST = 10

#: What a name server makes by itself.
_SERVER_TYPES = frozenset({"SOA", "RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "ZONEMD"})

#: What belongs to the signer where a zone is signed.
_KEYS = (("@", "DNSKEY"), ("@", "CDS"), ("@", "CDNSKEY"))

#: So many places of one kind are named in a note.
_FEW = 3

_CLASSES = frozenset({"IN", "CLASS1"})
_OTHER_CLASSES = frozenset({"CH", "HS", "CS", "ANY", "NONE"})

#: What `bind_writer` puts into a comment.
TAG = "twinzone:"

#: By the name of each provider, its TTLs with a meaning of their own and the seconds that they stand for.
SpecialTtls = Mapping[str, Mapping[int, int]]

_CLOUDFLARE = re.compile(r"(?P<comment>.*?)\s*cf_tags=(?P<tags>\S*)\s*$", re.DOTALL)


@dataclass(frozen=True)
class ZoneFile:
    """What a zone file says: entries as users declare them, and notes on what was left out or changed."""

    records: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]


@dataclass
class _Set:
    """The records of one name and type so far. values: texts by what they mean. ttls: seconds, as far as given."""

    name: str
    type: str
    values: dict[bytes, str] = field(default_factory=dict)
    ttls: list[int] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    attributes: list[dict[str, Any]] = field(default_factory=list)


def read(
    text: str,
    zone: str,
    include: Callable[[str], str],
    proxying: Sequence[str] = (),
    special_ttls: SpecialTtls | None = None,
) -> ZoneFile:
    """The zone file of a zone.

    include: gives the text of an included file, or raises ValueError with the reason why not. proxying: the names of
    the providers to which Cloudflare's comments apply.
    Raises BadInput with every problem, each with the number of its line.
    """
    reader = _Reader(zone, include)
    reader.read(text.removeprefix("\ufeff"), "")  # Windows marks UTF-8 by that
    if "RRSIG" in reader.made_by_servers:
        gone = [f"{name} {rdtype}" for name, rdtype in _KEYS if reader.sets.pop((name, rdtype), None)]
        reader.notes += [f"{label}: left out, as the file is signed, and its keys are the signer's" for label in gone]
    if not reader.sets and not reader.problems:
        reader.problems.append(f"has no records of the zone {zone}")
    if reader.problems:
        raise BadInput(reader.problems)
    records = [_entry(one, proxying, special_ttls or {}, reader.notes) for one in reader.sets.values()]
    return ZoneFile(tuple(records), (*_server_notes(reader.made_by_servers), *reader.notes))


def _server_notes(found: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Notes on records that name servers make. found: where they stand, by type."""
    for places in found.values():
        for place in places[:_FEW]:
            yield f"{place}: left out, as each provider makes its own"
        if len(places) > _FEW:
            yield f"and {len(places) - _FEW} more of this type, {len(places)} in all"


class _Reader:
    """Reads a file and those that it includes. What a line leaves out is as in the line before."""

    def __init__(self, zone: str, include: Callable[[str], str]) -> None:
        self.zone = zone
        self.include = include
        self.origin = f"{zone}."
        self.owner = self.origin
        self.default_ttl: int | None = None
        self.last_ttl: int | None = None
        self.depth = 0
        self.sets: dict[tuple[str, str], _Set] = {}
        self.notes: list[str] = []
        self.problems: list[str] = []
        self.made_by_servers: dict[str, list[str]] = {}

    def read(self, text: str, place: str) -> None:
        """Read one file. place: how to name it in messages; empty for the zone file itself."""
        try:
            for line in bind_lines.lines(text):
                where = f"{place}line {line.number}"
                try:
                    self._line(line, where)
                except ValueError as error:
                    self.problems.append(f"{where}: {error}")
        except ValueError as error:
            self.problems.append(f"{place}{error}")

    def _line(self, line: Line, where: str) -> None:
        directive = line.fields[0].upper()
        if line.continues or not directive.startswith("$"):
            self._record(line, where)
        elif directive == "$GENERATE":
            for one in bind_lines.generated(line):
                self._record(one, where)
        elif len(line.fields) < 2:
            raise ValueError(f"{directive} needs a value")
        elif directive == "$ORIGIN":
            self.origin = zone_names.absolute(line.fields[1], self.origin)
        elif directive == "$TTL":
            self.default_ttl = _seconds(line.fields[1])
        elif directive == "$INCLUDE":
            self._include(line)
        else:
            raise ValueError(f"{line.fields[0]} is not a directive that is known")

    def _include(self, line: Line) -> None:
        """Read another file. Its origin ends with it (RFC 1035 section 5.1)."""
        if self.depth >= _DEEPEST:
            raise ValueError(f"files include each other more than {_DEEPEST} deep")
        path = line.fields[1].strip('"')
        text = self.include(path)
        before = self.origin, self.owner
        if len(line.fields) > 2:
            self.origin = zone_names.absolute(line.fields[2], self.origin)
        self.depth += 1
        self.read(text, f"{path}: ")
        self.depth -= 1
        self.origin, self.owner = before

    def _record(self, line: Line, where: str) -> None:
        fields = list(line.fields)
        if not line.continues:
            self.owner = zone_names.absolute(fields.pop(0), self.origin)
        ttl = self._ttl_and_class(fields)
        if not fields:
            raise ValueError("has no type")
        rdtype = rdata.type_name(fields.pop(0).upper())
        if not zone_names.is_in(self.owner, self.zone):
            self.notes.append(f"{where} ({self.owner} {rdtype}): left out, as it lies outside of the zone")
            return
        name = zone_names.relative(self.owner, self.zone)
        if rdtype in _SERVER_TYPES:
            self.made_by_servers.setdefault(rdtype, []).append(f"{where} ({name} {rdtype})")
            return
        text = _presentation(rdtype, fields)
        try:
            value = rdata.parse(rdtype, text, self.origin.removesuffix("."))
        except ValueError as error:
            if fields[:1] != ["\\#"]:
                raise ValueError(f"({name} {rdtype}): {error}") from None
            self.notes.append(f"{where} ({name} {rdtype}): left out: {error}")
            return
        found = self.sets.setdefault((name, rdtype), _Set(name, rdtype))
        # As it is written, where that means the same in an entry: what lacks its dot is found there.
        found.values.setdefault(value.key, text if self.origin == f"{self.zone}." else value.text)
        found.ttls += [ttl] if ttl is not None else []
        _note_comment(found, line.comment)

    def _ttl_and_class(self, fields: list[str]) -> int | None:
        """Take TTL and class, in either order, off the fields; the TTL that holds."""
        given: int | None = None
        while fields:
            word = fields[0].upper()
            if word in _OTHER_CLASSES and len(fields) > 1:
                raise ValueError(f"the class {word} is not that of the Internet")
            if word not in _CLASSES:
                if given is not None or not word[:1].isdigit():
                    break
                given = _seconds(word)
            fields.pop(0)
        if given is not None:
            self.last_ttl = given
            return given
        return self.default_ttl if self.default_ttl is not None else self.last_ttl


def _presentation(rdtype: str, fields: Sequence[str]) -> str:
    """The fields as a value. Words of a text are strings of their own in a zone file, quoted or not."""
    if rdtype in rdata.TEXT_TYPES and fields[:1] != ["\\#"]:
        return " ".join(word if word.startswith('"') else f'"{word}"' for word in fields)
    # A tokenizer parts `alpn="h3,h2"`.
    return " ".join(fields).replace('= "', '="') if rdtype in rdata.BINDING_TYPES else " ".join(fields)


def _seconds(text: str) -> int:
    try:
        return int(dns.ttl.from_text(text))
    except dns.ttl.BadTTL:
        raise ValueError(f"{text!r} is not a TTL such as 3600 or 1h30m") from None


def _note_comment(found: _Set, comment: str) -> None:
    """Keep what a comment says about the set: ours about the whole set, Cloudflare's about each record."""
    if comment.startswith(TAG):
        with suppress(ValueError):
            more = json.loads(comment.removeprefix(TAG))
            found.more.update(more if isinstance(more, dict) else {})
    elif match := _CLOUDFLARE.match(comment):
        found.attributes.append(_attributes(match["comment"], match["tags"]))


def _attributes(comment: str, tags: str) -> dict[str, Any]:
    """Cloudflare's attributes of a record, of which its export writes those that are flags among the tags."""
    given = [tag for tag in tags.split(",") if tag]
    on = {tag.removesuffix(":true") for tag in given if tag.startswith("cf-")}
    found = {
        "proxied": "cf-proxied" in on,
        "comment": comment,
        "tags": [tag for tag in given if not tag.startswith("cf-")],
        "settings": {"flatten_cname": True} if "cf-flatten-cname" in on else {},
    }
    return {name: value for name, value in found.items() if value}


def _entry(one: _Set, proxying: Sequence[str], special_ttls: SpecialTtls, notes: list[str]) -> dict[str, Any]:
    """The set as an entry. Where its records differ in TTL or attributes, a note says what was taken."""
    label = f"{one.name} {one.type}"
    entry: dict[str, Any] = {"name": one.name, "type": one.type}
    if one.ttls:
        entry["ttl"] = min(one.ttls)
    if len(set(one.ttls)) > 1:
        notes.append(f"{label}: its records differ in their TTL; the shortest is taken, {entry['ttl']} seconds")
    if any(attributes != one.attributes[0] for attributes in one.attributes):
        notes.append(f"{label}: its records differ in what Cloudflare's comments say; the last is taken")
    attributes = {key: value for each in one.attributes for key, value in each.items()}
    if attributes.get("proxied") and not proxying:
        notes.append(f"{label}: is proxied at Cloudflare, says its comment, and no provider here can do that")
    at = {name: dict(attributes) for name in proxying if attributes}
    for name, seconds in _seconds_at(entry.get("ttl"), special_ttls).items():
        at.setdefault(name, {})["ttl"] = seconds
    return {**entry, "values": list(one.values.values()), **({"at": at} if at else {}), **one.more}


def _seconds_at(ttl: int | None, special_ttls: SpecialTtls) -> dict[str, int]:
    """For a TTL that has a meaning of its own somewhere, the seconds that it stands for at the other providers."""
    meanings = [ttls[ttl] for ttls in special_ttls.values() if ttl in ttls] if ttl is not None else []
    return {name: meanings[0] for name, ttls in special_ttls.items() if meanings and ttl not in ttls}
