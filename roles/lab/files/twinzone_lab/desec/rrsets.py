# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URLs about RRsets of the emulated deSEC API."""

from __future__ import annotations

from ..web.api import Response
from . import validation
from .errors import Crash, Invalid, Refusal, detail, not_found
from .http import Call, View, page
from .records import AUTOMATIC
from .store import Domain, Key, RRset

_FILTERS = ("subname", "type")


class RRsetView(View):
    """What both kinds have in common."""

    def permit(self, call: Call) -> None:
        """The domain must be the account's own: before anything is counted, and in words of its own."""
        if call.store.domain_of(call.token.user, call.path["name"]) is None:
            raise detail(404, "Not found.")

    def throttle(self, call: Call) -> tuple[str, str | None]:
        """Reads of all domains share a bucket, writes have one per domain."""
        return ("dns_api_cheap", None) if call.reading else ("dns_api_per_domain_expensive", call.path["name"])

    def writing(self, call: Call) -> validation.Writing:
        """The context for the checks."""
        return validation.Writing(call.domain, call.request.method, call.token.may_write)


def _field(kind: str, label: str, *, required: bool, read_only: bool = False, **more: object) -> dict[str, object]:
    return {"type": kind, "required": required, "read_only": read_only, "label": label, **more}


_CONTENT = {"content": _field("string", "Content", required=True)}
_CHILD = {"type": "nested object", "required": True, "read_only": False, "children": _CONTENT}
_FIELDS = {
    "created": _field("datetime", "Created", required=False, read_only=True),
    "domain": _field("field", "Domain", required=False, read_only=True),
    "subname": _field("string", "Subname", required=False, max_length=178),
    "name": _field("field", "Name", required=False, read_only=True),
    "records": _field("field", "Records", required=True, child=_CHILD),
    "ttl": _field("integer", "Ttl", required=True, max_value=86400),
    "type": _field("string", "Type", required=True, max_length=10),
    "touched": _field("datetime", "Touched", required=False, read_only=True),
}
_ACTIONS = {"POST": _FIELDS, "PUT": _FIELDS}
"""What the framework says of an RRset."""


class RRsetList(RRsetView):
    """`domains/{name}/rrsets/`"""

    def options(self, call: Call) -> Response:
        """The framework describes the fields."""
        described = {"renders": [self.media_type], "parses": ["application/json"], "actions": _ACTIONS}
        return Response(200, {"name": "R Rset List", "description": "", **described})

    def get(self, call: Call) -> Response:
        """All, or those that fit the filters exactly."""
        domain = call.domain
        if "\0" in (call.query("subname") or ""):
            raise Crash  # its database takes no such text
        return page(call, list(_selected(call).values()), lambda rrset: rrset.created, domain.shown_rrset)

    def post(self, call: Call) -> Response:
        """Create one or many."""
        domain = call.domain
        data = call.json()
        try:
            if isinstance(data, list):
                items = validation.bulk(self.writing(call), data, {})
                return Response(201, _shown(domain, call.backend.insert(domain, items)))
            item = validation.single(self.writing(call), data, None)
            return Response(201, _shown(domain, call.backend.insert(domain, [item]))[0])
        except Invalid as invalid:
            raise Refusal(400, invalid.errors) from None

    def patch(self, call: Call) -> Response:
        """Create, change and delete many."""
        domain = call.domain
        known = _selected(call)
        try:
            items = validation.bulk(self.writing(call), call.json(), known)
            return Response(200, _shown(domain, call.backend.write(domain, items)))
        except Invalid as invalid:
            raise Refusal(400, invalid.errors) from None

    put = patch


class RRsetDetail(RRsetView):
    """`domains/{name}/rrsets/{subname}/{type}/`"""

    def get(self, call: Call) -> Response:
        """One."""
        return Response(200, call.domain.shown_rrset(_existing(call)))

    def patch(self, call: Call) -> Response:
        """Change one that exists; without records it is deleted."""
        domain, rrset = call.domain, _existing(call)
        _check_policy(call, rrset)
        try:
            item = validation.single(self.writing(call), _body(call), rrset)
            shown = call.backend.write(domain, [item])
        except Invalid as invalid:
            raise Refusal(400, invalid.errors) from None
        return Response(200, _shown(domain, shown)[0]) if shown else Response(204)

    put = patch

    def delete(self, call: Call) -> Response:
        """Idempotent."""
        domain = call.domain
        rrset = domain.rrsets.get(_address(call))
        if rrset is not None:
            _check_policy(call, rrset)
            if rrset.key == ("", "NS") and domain.locally_registrable:
                raise Refusal(400, ["Cannot modify NS records for this domain."])
            call.backend.write(domain, [validation.Item(rrset.subname, rrset.type, None, ())])
        return Response(204)


def _selected(call: Call) -> dict[Key, RRset]:
    wanted = {name: value for name in _FILTERS if (value := call.query(name)) is not None}
    if wanted.get("type") in AUTOMATIC:
        raise detail(403, f"You cannot tinker with the {wanted['type']} RRset.")
    return {
        key: rrset
        for key, rrset in call.domain.rrsets.items()
        if wanted.get("subname", rrset.subname) == rrset.subname and wanted.get("type", rrset.type) == rrset.type
    }


def _address(call: Call) -> Key:
    return call.path["subname"], call.path["type"]


def _existing(call: Call) -> RRset:
    rrset = call.domain.rrsets.get(_address(call))
    if rrset is None:
        raise not_found("RRset")
    return rrset


def _check_policy(call: Call, rrset: RRset) -> None:
    if not call.token.may_write(call.path["name"], rrset.subname, rrset.type):
        raise detail(403, "Insufficient token permissions.")


def _body(call: Call) -> object:
    """A missing body is an empty object here, other than in the list's view."""
    data = call.json()
    return {} if not call.request.body else data


def _shown(domain: Domain, rrsets: list[RRset]) -> list[object]:
    return [domain.shown_rrset(rrset) for rrset in rrsets]
