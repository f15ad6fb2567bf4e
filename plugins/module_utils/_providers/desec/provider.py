# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""deSEC: https://desec.readthedocs.io/. One bulk PATCH of record sets does everything, atomically."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from ..._deadline import Deadline
from ..._dns import comparison
from ..._errors import ProviderError
from ..._parallel import Beside
from ..._timestamps import unix_time
from ..._zone import rdata
from ..._zone.plan import Change, Held
from ..._zone.rdata import Value
from ..._zone.record_sets import DEFAULT_TTL, Key, RecordSet
from ..._zone.routers import router_of
from ..account import AccountData
from ..api import MOST_PAGES, Answer, excerpt, json_of
from ..body import Malformed
from ..chunks import chunks
from ..entry_options import Option
from ..http_provider import HttpProvider, HttpSettings, HttpWrite
from ..shared import Shared, ZoneList
from . import account as desec_account
from . import audit as desec_audit
from .entry import DESEC
from .errors import checked

#: Record sets in one bulk PATCH. The server needs up to 30 ms for each when it is idle, and its proxy gives up after
#: 60 s, which bulks of 500 were seen to exceed on a busy one.
_BULK_SETS = 200

#: Bulks never get smaller than this.
_FEWEST_SETS = 10

#: The proxy refuses a body over 1 MB with an HTML 413.
_BULK_BYTES = 900_000

#: What no CNAME and no TXT record can hold: it is neither an absolute name nor in quotation marks.
_NOTHING = "-"

_APEX_NS = frozenset({("@", "NS")})


@dataclass(frozen=True)
class DesecSettings(HttpSettings):
    """The entry of a zone at deSEC. token_id: of the token, by which its policies can be read."""

    token_id: str | None = None


class Desec(HttpProvider):
    type: ClassVar[str] = DESEC.type
    title: ClassVar[str] = DESEC.title
    secret_env: ClassVar[tuple[str, ...]] = DESEC.secret_env
    default_api_url: ClassVar[str] = DESEC.default_api_url
    options: ClassVar[Mapping[str, Option]] = DESEC.options
    settings_type = DesecSettings
    settings: DesecSettings
    nameserver_suffixes: ClassVar[tuple[str, ...]] = ("desec.io.", "desec.org.")
    default_nameservers: ClassVar[tuple[str, ...]] = ("ns1.desec.io.", "ns2.desec.org.")
    # The server can lose the zone transfer of a write that follows another too quickly.
    one_write_at_a_time: ClassVar[bool] = True
    daily_writes: ClassVar[int | None] = 300
    daily_requests: ClassVar[int | None] = 2000
    record_types: ClassVar[frozenset[str]] = frozenset(
        "A AAAA AFSDB APL CAA CDNSKEY CDS CERT CNAME CSYNC DHCID DLV DNAME DNSKEY DS EUI48 EUI64 HINFO HTTPS KX L32 "
        "L64 LOC LP MX NAPTR NID NS OPENPGPKEY PTR RP SMIMEA SPF SRV SSHFP SVCB TLSA TXT URI".split()
    )

    def __init__(self, zone: str, settings: HttpSettings, deadline: Deadline, shared: Shared | None = None) -> None:
        super().__init__(zone, settings, deadline, shared)
        self._bulk_sets = _BULK_SETS

    @classmethod
    def authorization(cls, token: str) -> str:
        return f"Token {token}"

    @classmethod
    def audit(cls, record_set: RecordSet) -> list[str]:
        return [*cls.audit_common(record_set), *desec_audit.problems(record_set)]

    def value_key(self, value: Value) -> bytes:
        """The wire format as it is: a change of letter case in a name is a change that deSEC stores."""
        return value.wire

    def fetch(self) -> Held:
        # The first page needs nothing of the look-up.
        look_up = Beside(self._minimum_ttl)
        try:
            sets, changed = self._sets()
        except Exception:
            look_up.result()  # it says best what is wrong
            raise
        fixed = _APEX_NS if _is_locked(self.zone) else frozenset()
        return Held(sets, look_up.result(), fixed=fixed, changed=changed)

    def _sets(self) -> tuple[dict[Key, RecordSet], dict[Key, int]]:
        """The record sets, and when each was changed as Unix time."""
        sets: dict[Key, RecordSet] = {}
        changed: dict[Key, int] = {}
        path = f"/domains/{self.zone}/rrsets/"
        cursor: str | None = ""
        for _page in range(MOST_PAGES):
            # Always with a cursor: without one, a zone of more than 500 sets is answered with 400.
            page, cursor = self.api.get(path, {"cursor": cursor}, self._page)
            before = len(sets)
            for item in page:
                one = self._record_set(item)
                sets[one.key] = one
                changed[one.key] = unix_time(item.get("touched"))
            if cursor is None:
                break
            if len(sets) == before:
                raise Malformed("a page of a list that has nothing new, and yet another one after it")
        else:
            raise Malformed(f"a list of more than {MOST_PAGES} pages")
        return sets, changed

    def _minimum_ttl(self) -> int:
        """Seconds. Asked of the list of domains: GET of one domain needs the signing server to be up."""
        domains = self.listed(self._list) or self.api.get("/domains/", {"owns_qname": self.zone}, self._domains)
        for domain in domains:
            if domain["name"] == self.zone:
                return int(domain["minimum_ttl"])
        raise ProviderError(
            "not_found",
            f"the zone {self.zone} does not exist at deSEC, or the token's account does not own it",
            hint="create it with: curl -X POST https://desec.io/api/v1/domains/ …, or check the token's account",
        )

    def _list(self, requests: int) -> ZoneList | None:
        """All domains of the account, in at most so many requests; None where they need more."""
        found: dict[str, list[dict[str, Any]]] = {}
        cursor: str | None = ""
        for _page in range(requests):
            page, cursor = self.api.get("/domains/", {"cursor": cursor}, self._domain_page)
            for domain in page:
                found.setdefault(domain["name"], []).append(domain)
            if cursor is None:
                return found
        return None

    def _domain_page(self, answer: Answer) -> tuple[list[dict[str, Any]], str | None]:
        """The domains on a page of the list, and the cursor of the next page."""
        return self._domains(answer), next_cursor(answer)

    def _page(self, answer: Answer) -> tuple[list[dict[str, Any]], str | None]:
        """The record sets on a page of the list, and the cursor of the next page."""
        return json_of(checked(answer), _is_page), next_cursor(answer)

    def _domains(self, answer: Answer) -> list[dict[str, Any]]:
        return list(json_of(checked(answer), _is_domains))

    def _record_set(self, item: dict[str, Any]) -> RecordSet:
        values = tuple(rdata.parse_held(item["type"], text, self.zone) for text in item["records"])
        return RecordSet(item["subname"] or "@", item["type"], item["ttl"], values)

    def writes(self, changes: Sequence[Change], held: Held) -> list[HttpWrite]:
        path = f"/domains/{self.zone}/rrsets/"
        return [
            HttpWrite(tuple(chunk), "PATCH", path, [_item(change) for change in chunk])
            for chunk in chunks(changes, _size, _BULK_BYTES, self._bulk_sets)
        ]

    def shorten_writes(self) -> None:
        self._bulk_sets = max(_FEWEST_SETS, self._bulk_sets // 4)

    def reminder(self, sets: Iterable[RecordSet], held: Held) -> Change | None:
        """A TTL that is one second longer: only a real change makes deSEC's servers transfer what they missed."""
        for one in sets:
            if one.ttl is not None and held.minimum_ttl <= one.ttl < self.max_ttl:
                return Change("update", one, one.with_ttl(one.ttl + 1))
        return None

    def accept(self, write: HttpWrite, answer: Answer) -> None:
        json_of(checked(answer, write.changes), _is_page)

    def account(self, held: Held) -> AccountData:
        return desec_account.of(self.api, self.zone, self.settings.token_id or "", held.minimum_ttl)

    def prove_write(self, name: str, rdtype: str, held: Held) -> str | None:
        """A bulk with content that is always refused, but only after what a policy forbids."""
        item = {"subname": "" if name == "@" else name, "type": rdtype, "ttl": held.minimum_ttl, "records": [_NOTHING]}
        answer = self.api.write("PATCH", f"/domains/{self.zone}/rrsets/", [item])
        return excerpt(answer.body) if desec_account.refused(answer) else ""

    def by_hand(self, sets: Sequence[RecordSet], held: Held | None = None) -> list[str]:
        body = [_item_by_hand(one, sets) for one in sets]
        curl = self.curl()
        return [curl.definition(), curl.call([f"/domains/{self.zone}/rrsets/"], "PATCH", body)]

    @classmethod
    def served_as(cls, record_set: RecordSet, at_name: Iterable[RecordSet] = ()) -> str:
        """Keys may be added to deSEC's own, which its API does not show."""
        return comparison.SUBSET if record_set.type in ("DNSKEY", "CDS", "CDNSKEY") else comparison.EXACT


def _is_locked(zone: str) -> bool:
    """Whether deSEC keeps the apex NS set as it is: of names directly below its own dedyn.io."""
    return zone.partition(".")[2] == "dedyn.io"


def _item(change: Change) -> dict[str, Any]:
    """One set in a bulk PATCH, with what changes of it. A ttl below the minimum may stay, but not be sent again; values
    that are only to have another ttl may be another machine's by now."""
    name, rdtype = change.key
    item: dict[str, Any] = {"subname": "" if name == "@" else name, "type": rdtype}
    if change.after is None:
        return {**item, "records": []}
    if change.before is None or change.before.ttl != change.after.ttl:
        item["ttl"] = change.after.ttl
    if change.before is None or change.before.values != change.after.values:
        item["records"] = [value.text for value in change.after.values]
    return item


def _size(change: Change) -> int:
    """The octets of a change in a bulk."""
    return len(json.dumps(_item(change)))


def next_cursor(answer: Answer) -> str | None:
    """The cursor of the next page. Only the cursor is taken from the link: its host is what the server believes."""
    for link in answer.headers.get("Link", "").split(","):
        if (match := re.search(r'<([^<>]*)>\s{0,9};\s{0,9}rel="?next"?', link)) is not None:
            return parse_qs(urlsplit(match[1]).query).get("cursor", [None])[0]
    return None


def _item_by_hand(one: RecordSet, sets: Sequence[RecordSet]) -> dict[str, Any]:
    """A set in a command for use by hand; one that may not exist yet needs a TTL, and this one is taken everywhere."""
    item = _item(Change("update", replace(one, values=()), one if one.values else None))
    is_new = bool(router_of(one.name)) or sum(other.name == one.name for other in sets) > 1
    return {**item, "ttl": DEFAULT_TTL} if one.values and is_new else item


def _is_page(data: Any) -> bool:
    return isinstance(data, list) and all(
        isinstance(item, dict) and {"subname", "type", "ttl", "records"} <= item.keys() for item in data
    )


def _is_domains(data: Any) -> bool:
    return isinstance(data, list) and all(
        isinstance(item, dict) and {"name", "minimum_ttl"} <= item.keys() for item in data
    )
