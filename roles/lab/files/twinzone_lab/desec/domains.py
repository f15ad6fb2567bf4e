# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URLs about domains of the emulated deSEC API."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import lru_cache
from typing import Any

import dns.dnssec
import dns.name
import dns.rdata
from dns.rdataclass import IN
from dns.rdatatype import RdataType

from ..web.api import Response
from . import fields, zonefile
from .errors import Crash, Invalid, Refusal, detail, forbidden, our_fault
from .http import Call, View, page
from .store import LOCAL_PUBLIC_SUFFIXES, Domain, Policy, Store, User

_SEP = 1
"""The flag of a key signing key (RFC 4034)."""
_RESERVED = ("_", "autoconfig.", "autodiscover.")
"""How no name directly below a public suffix may begin."""


class DomainList(View):
    """`domains/`"""

    def permit(self, call: Call) -> None:
        """Creating wants a permission and room in the quota."""
        if call.request.method == "POST":
            if not call.token.perm_create_domain:
                raise forbidden()
            limit = call.token.user.domain_limit
            if limit is not None and len(list(call.store.domains_of(call.token.user))) >= limit:
                raise detail(403, "Domain limit exceeded. Please contact support to create additional domains.")

    def throttle(self, call: Call) -> tuple[str, str | None]:
        """One bucket per account."""
        return "dns_api_cheap" if call.reading else "dns_api_expensive", None

    def options(self, call: Call) -> Response:
        """The real server cannot describe this view."""
        raise Crash

    def get(self, call: Call) -> Response:
        """All, or the one that a name belongs to."""
        own = list(call.store.domains_of(call.token.user))
        qname = call.query("owns_qname")
        if qname is None:
            return page(call, own, lambda domain: domain.created, Domain.shown)
        covering = [domain for domain in own if f".{qname}".endswith(f".{domain.name}")]
        covering.sort(key=lambda domain: len(domain.name), reverse=True)
        if fields.domain_complaints(qname.removeprefix("*.")):
            covering = []
        return Response(200, [domain.shown() for domain in covering[:1]])

    def post(self, call: Call) -> Response:
        """Create one, perhaps with the contents of a zone file."""
        user = call.token.user
        try:
            body = call.json()
            data = fields.as_object({} if body is None else body)
            values = fields.collect(
                {
                    "name": lambda: _new_name(call.store, user, data.get("name", fields.MISSING)),
                    "zonefile": lambda: fields.text(data.get("zonefile", ""), blank=True),
                }
            )
            domain = call.store.new_domain(values["name"], user)
            imported = zonefile.load(domain, call.store, values["zonefile"])
        except Invalid as invalid:
            raise Refusal(400, invalid.errors) from None
        call.backend.create_domain(domain, imported)
        if call.token.auto_policy:
            call.token.policies.append(Policy(domain.name, None, None, True))
        shown = _with_keys(domain)
        call.backend.publish_new(domain)
        return Response(201, shown)


class DomainDetail(View):
    """`domains/{name}/`"""

    def permit(self, call: Call) -> None:
        """Deleting wants a permission, even of what does not exist."""
        if call.request.method == "DELETE" and not call.token.perm_delete_domain:
            raise forbidden()

    def throttle(self, call: Call) -> tuple[str, str | None]:
        """One bucket per account."""
        return "dns_api_cheap" if call.reading else "dns_api_expensive", None

    def get(self, call: Call) -> Response:
        """With its keys, for which nslord is asked."""
        domain = call.domain
        if call.backend.nslord_down:
            raise our_fault()
        return Response(200, _with_keys(domain))

    def delete(self, call: Call) -> Response:
        """Idempotent."""
        domain = call.store.domain_of(call.token.user, call.path["name"])
        if domain is not None:
            if not call.token.may_write_everything(domain.name):
                raise forbidden()
            call.backend.delete_domain(domain)
        return Response(204)


class ZoneFile(View):
    """`domains/{name}/zonefile/`: an export in text, which counts as a write."""

    media_type = "text/dns"
    accepts_anything = True

    def throttle(self, call: Call) -> tuple[str, str | None]:
        """The bucket of the domain's writes."""
        return "dns_api_per_domain_expensive", call.path["name"]

    def get(self, call: Call) -> Response:
        """The unsigned zone."""
        domain = call.domain
        if call.backend.nslord_down:
            raise our_fault()
        return Response(200, zonefile.dump(domain, call.store.ticker.now()))

    def error_body(self, body: object) -> object:
        """Just the text."""
        return body["detail"] if isinstance(body, dict) else str(body)

    def error_type(self) -> str:
        """Not JSON either."""
        return "text/plain"


def _new_name(store: Store, user: User, value: object) -> str:
    if value is fields.MISSING:
        raise Invalid([fields.REQUIRED])
    name = fields.text(value, trim=False)
    complaints: list[object] = [*fields.domain_complaints(name)]
    if name in store.domains:
        complaints.append("domain with this name already exists.")
    if complaints:
        raise Invalid(complaints)
    if not _registrable(store, user, name):
        raise Invalid(["This domain name conflicts with an existing domain, or is disallowed by policy."])
    return name


def _registrable(store: Store, user: User, name: str) -> bool:
    """In the lab a public suffix is a single label or one of deSEC's own."""
    suffix = next((local for local in LOCAL_PUBLIC_SUFFIXES if f".{name}".endswith(f".{local}")), None)
    suffix = suffix or name.rpartition(".")[2]
    below = name.count(".") - suffix.count(".")
    foreign = [domain.name for domain in store.domains.values() if domain.owner is not user]
    return not (
        f".{name}".endswith(".internal")
        or (below == 0 and name not in LOCAL_PUBLIC_SUFFIXES)
        or (below == 1 and name.startswith(_RESERVED))
        or any(f".{other}".endswith(f".{name}") for other in foreign)
        or any(f".{name}".endswith(f".{other}") and len(other) > len(suffix) for other in foreign)
    )


def _with_keys(domain: Domain) -> dict[str, Any]:
    added = domain.rrsets.get(("", "DNSKEY"))
    own = {**_key(domain.name, _own_dnskey(domain.name)), "keytype": "csk", "managed": True}
    foreign = [
        {**_key(domain.name, content), "keytype": None, "managed": False}
        for content in (added.records if added else ())
    ]
    return {**domain.shown(), "keys": [own, *foreign]}


def _own_dnskey(name: str) -> str:
    """A key that looks like one; nothing is signed with it."""
    return f"257 3 13 {b64encode(hashlib.sha512(name.encode()).digest()).decode()}"


@lru_cache(maxsize=1000)
def _key(name: str, content: str) -> dict[str, Any]:
    key: Any = dns.rdata.from_text(IN, RdataType.DNSKEY, content)
    origin = dns.name.from_text(name)
    digests = [dns.dnssec.make_ds(origin, key, algorithm).to_text(chunksize=0) for algorithm in ("SHA256", "SHA384")]
    return {"dnskey": content, "ds": digests if key.flags & _SEP else [], "flags": int(key.flags)}
