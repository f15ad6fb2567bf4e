# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens behind the emulated deSEC API once a request has been found valid: commit, signing, publication.

Two servers stand behind the real one. nslord (PowerDNS) takes every change before it is committed; nsmaster fetches it
from there afterwards, and the public name servers from nsmaster. Either may be down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from zlib import crc32

from . import powerdns
from .errors import Crash, Invalid, our_fault
from .store import Domain, Key, RRset, Store, scrambled
from .transfers import Transfers
from .validation import Item, late_errors


@dataclass
class Backend:
    """Applies changes. Not thread-safe by itself: the API calls it under its lock."""

    store: Store
    transfers: Transfers
    withdraw: Callable[[str], None]
    """Told the name of a zone that is no longer served."""
    nsmaster_down: bool = False
    """Writes are committed and answered with a JSON 500; nothing of them is served until a later real change."""
    nslord_down: bool = False
    """Writes that change something are rolled back with an HTML 500."""
    orphans: set[str] = field(default_factory=set)
    """Zones that nslord kept from a creation that failed: creating them again fails for ever."""

    def create_domain(self, domain: Domain, rrsets: Mapping[Key, RRset]) -> None:
        """Commit a new domain, its default NS last."""
        if self.nslord_down or domain.name in self.orphans:
            raise Crash
        if self.nsmaster_down:
            self.orphans.add(domain.name)
            raise Crash
        name_servers = self.store.default_ns()
        domain.rrsets = {**rrsets, name_servers.key: name_servers}
        self.store.domains[domain.name] = domain

    def publish_new(self, domain: Domain) -> None:
        """The end of a creation, after its answer has been made up."""
        domain.published = self.store.ticker.now()
        self.transfers.at_once(domain.name, domain.rrsets.values())

    def delete_domain(self, domain: Domain) -> None:
        """Commit a deletion, policies about the domain included."""
        if self.nslord_down:
            raise Crash
        del self.store.domains[domain.name]
        for token in self.store.tokens.values():
            token.policies = [policy for policy in token.policies if policy.domain != domain.name]
        self.transfers.forget(domain.name)
        self.withdraw(domain.name)
        if self.nsmaster_down:
            raise our_fault()

    def insert(self, domain: Domain, items: list[Item]) -> list[RRset]:
        """Commit creations, in the order of the request."""
        return self._commit(domain, [], items, [])

    def write(self, domain: Domain, items: list[Item]) -> list[RRset]:
        """Commit changes of all kinds; returned are the created and the updated sets, as the response shows them.

        The order within each kind is that of a set: not the client's."""
        everything = {(item.subname, item.type): item for item in items}
        if any(subname is None for subname, _unused in everything):
            raise Crash  # an item of a bulk PATCH with empty records and without subname: the server does not check
        chosen = [everything[key] for key in sorted(everything, key=lambda key: (crc32(repr(key).encode()), key))]
        return self._commit(
            domain,
            [item for item in chosen if item.empty and _key(item) in domain.rrsets],
            [item for item in chosen if not item.empty and _key(item) not in domain.rrsets],
            [item for item in chosen if not item.empty and _key(item) in domain.rrsets],
        )

    def _commit(self, domain: Domain, deleted: list[Item], created: list[Item], updated: list[Item]) -> list[RRset]:
        after = dict(domain.rrsets)
        shown: list[RRset] = []
        changed: list[RRset] = []
        for item in deleted:
            del after[_key(item)]
        for item in created:
            assert item.subname is not None and item.ttl is not None and item.records is not None
            contents = _stored(domain, item.subname, item.type, item.records)
            rrset = self.store.new_rrset(item.subname, item.type, item.ttl, contents)
            after[rrset.key] = rrset
            shown.append(rrset)
            changed.append(rrset)
        for item in updated:
            before = after[_key(item)]
            rrset, visible = self._updated(domain, before, item)
            after[before.key] = rrset
            shown.append(visible)
            if (rrset.ttl, set(rrset.records)) != (before.ttl, set(before.records)):
                changed.append(rrset)
        if changed or deleted:
            self._sign(changed)
        domain.rrsets = after
        if changed or deleted:
            self._publish(domain)
        return shown

    def _updated(self, domain: Domain, before: RRset, item: Item) -> tuple[RRset, RRset]:
        """What is stored, and what the response shows: its `touched` lags unless a record was added or the TTL
        changed."""
        contents = set(before.records)
        if item.records is not None:
            contents = set(_stored(domain, before.subname, before.type, item.records))
        records = before.records if contents == set(before.records) else scrambled(contents)
        after = replace(before, ttl=item.ttl or before.ttl, records=records, touched=self.store.ticker.now())
        saved = bool(contents - set(before.records)) or after.ttl != before.ttl
        return after, after if saved else replace(after, touched=before.touched)

    def _sign(self, changed: list[RRset]) -> None:
        """nslord takes the change, or the whole request is rolled back."""
        refused = any(powerdns.refuses(rrset.type, content) for rrset in changed for content in rrset.records)
        if self.nslord_down or refused:
            raise Crash

    def _publish(self, domain: Domain) -> None:
        """nsmaster is notified; if that fails, everything is committed anyway."""
        if self.nsmaster_down:
            raise our_fault()
        domain.published = self.store.ticker.now()
        self.transfers.changed(domain.name, domain.rrsets.values())


def _key(item: Item) -> Key:
    assert item.subname is not None
    return item.subname, item.type


def _stored(domain: Domain, subname: str, rtype: str, contents: tuple[str, ...]) -> list[str]:
    errors, stored = late_errors(domain, rtype, subname, contents)
    if errors:
        raise Invalid(list(errors))
    return stored
