# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the plan: from what a zone holds and what is wanted to the smallest set of changes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from .._errors import ProviderError
from .._text import few
from . import safeguards
from .names import APEX
from .plan import Change, Dialect, Held, Plan, PlanPolicy, Wanted, steered_names
from .record_sets import DEFAULT_TTL, Key, RecordSet
from .routers import owns

#: Managed by the provider's own signer or server, never pruned.
_SERVER_TYPES = frozenset({"SOA", "DNSKEY", "CDS", "CDNSKEY", "NSEC", "NSEC3", "NSEC3PARAM", "RRSIG"})

#: Its form differs between providers: a CNAME at one, addresses at another.
_APEX_LEFT = "left missing, as it stands at another provider and failovers own it; the next failover run writes it"


def plan(
    wanted: Sequence[Wanted],
    held: Held,
    policy: PlanPolicy,
    dialect: Dialect,
    elsewhere: Sequence[Held] = (),
    all_read: bool = True,
    provider: str = "",
) -> Plan:
    """The changes that make `held` hold `wanted`.

    elsewhere: what the other providers hold, from which a steered set that is missing here is copied. all_read: whether
    these are all of them; if not, such a set is not made from the list, since a failover may have moved it meanwhile.
    provider: its name, for entries that a message prints.
    Raises ProviderError `unsafe`, `conflict` or `rejected` when the plan must not be carried out.
    """
    return _Planner(held, policy, dialect, provider).plan(wanted, elsewhere, all_read)


class _Planner:
    def __init__(self, held: Held, policy: PlanPolicy, dialect: Dialect, provider: str) -> None:
        self.held = held
        self.policy = policy
        self.dialect = dialect
        self.provider = provider
        self.notes: list[str] = []
        self.raised: list[str] = []
        self.changes: dict[Key, Change] = {}
        self.final: list[RecordSet] = []

    def plan(self, wanted: Sequence[Wanted], elsewhere: Sequence[Held], all_read: bool) -> Plan:
        steered = frozenset() if self.policy.switch else steered_names(self.policy, [self.held, *elsewhere])
        ours = self._respect_steering(wanted, steered, elsewhere)
        if not all_read:
            known = {key[0] for other in elsewhere for key in other.sets if owns(steered, key)}
            ours = self._without_unknown(ours, steered - known)
        for one in ours:
            self._add(one)
        pruned = self._prune({one.record_set.key for one in ours}, steered) if self.policy.prune else 0
        self._refuse_what_is_unsafe(ours, pruned)
        if self.raised:
            sets = ", ".join(self.raised)
            who = self.provider or "the provider"
            self.notes.append(f"ttl raised to {who}'s minimum of {self.held.minimum_ttl} seconds: {sets}")
        return Plan(tuple(_ordered(self.changes.values())), tuple(self.final), tuple(self.notes))

    def _respect_steering(
        self, wanted: Sequence[Wanted], steered: frozenset[str], elsewhere: Sequence[Held]
    ) -> list[Wanted]:
        """Drop what is wanted for steered names that exist, here or elsewhere; add copies of what exists elsewhere."""
        here = {key[0] for key in self.held.sets if owns(steered, key)}
        there = _steered_elsewhere(steered - here, elsewhere)
        concerned = [one for one in wanted if owns(here | there.keys(), one.record_set.key)]
        ours = [one for one in wanted if one not in concerned]
        self.notes += [
            f"{name}: left as it is; failovers own it"
            for name in sorted(here.intersection(one.record_set.name for one in concerned))
        ]
        if there.pop(APEX, None):
            self.notes.append(f"{APEX}: {_APEX_LEFT}")
        for name, sets in sorted(there.items()):
            self.notes.append(f"{name}: copied from the other provider; failovers own it")
            ours += [Wanted(name, replace(record_set, attributes={})) for record_set in sets]
        return ours

    def _without_unknown(self, wanted: Sequence[Wanted], unknown: frozenset[str]) -> list[Wanted]:
        """Drop what is wanted for steered names that no provider holds of those that could be read."""
        for name in sorted({one.record_set.name for one in wanted if owns(unknown, one.record_set.key)}):
            self.notes.append(f"{name}: not made, as not every provider could be read; a failover may have moved it")
        return [one for one in wanted if not owns(unknown, one.record_set.key)]

    def _add(self, wanted: Wanted) -> None:
        """Add the change that one wanted set needs, if any."""
        key = wanted.record_set.key
        held = self.held.sets.get(key)
        if wanted.absent:
            if held is not None:
                self._refuse_fixed(wanted, key)
                self.changes[key] = self._gone(held)
            return
        after = self._beside_locked(wanted, self._settle(wanted, held), held)
        self.final.append(after)
        if held is None:
            self.changes[key] = Change("create", None, after)
        elif self._differs(after, held):
            self._refuse_fixed(wanted, key)
            self.changes[key] = Change("update", held, after)

    def _gone(self, held: RecordSet) -> Change:
        """The change after which nothing of a set is left but what the provider manages itself."""
        locked = self.held.locked.get(held.key)
        return Change("update", held, replace(held, values=locked)) if locked else Change("delete", held, None)

    def _beside_locked(self, wanted: Wanted, after: RecordSet, held: RecordSet | None) -> RecordSet:
        """The set with the values in it that the provider manages itself."""
        locked = self.held.locked.get(after.key)
        if not locked or held is None:
            return after
        keys = {self.dialect.value_key(value) for value in after.values}
        missing = tuple(value for value in locked if self.dialect.value_key(value) not in keys)
        if missing and after.type == "CNAME":
            raise self._read_only(wanted)
        if missing:
            texts = few([value.text for value in missing])
            self.notes.append(f"{' '.join(after.key)}: stays beside what another product manages: {texts}")
        if len(after.values) + len(missing) > len(locked):
            return replace(after, values=(*after.values, *missing))
        return replace(after, values=locked, ttl=held.ttl, attributes=held.attributes)

    def _read_only(self, wanted: Wanted) -> ProviderError:
        return ProviderError(
            "conflict",
            f"{wanted.label}: the provider, or another of its products, manages this set and keeps it read-only",
            hint="remove the entry, or the set in that product",
        )

    def _refuse_fixed(self, wanted: Wanted, key: Key) -> None:
        if key in self.held.fixed or (wanted.absent and self.held.is_fixed(key)):
            raise self._read_only(wanted)

    def _settle(self, wanted: Wanted, held: RecordSet | None) -> RecordSet:
        """The set as it will stand: the provider's own view, its minimum TTL, and what is kept of what exists."""
        adapted = self.dialect.adapt(wanted.record_set, held)
        attributes = {**(held.attributes if held else {}), **adapted.attributes}
        ttl = adapted.ttl
        if ttl is None:
            ttl = held.ttl if held else max(DEFAULT_TTL, self.held.minimum_ttl)
        elif ttl < self.held.minimum_ttl and ttl not in self.dialect.special_ttls and (held is None or held.ttl != ttl):
            ttl = self._raised(wanted, ttl, held)
        return replace(adapted, ttl=ttl, attributes=attributes)

    def _raised(self, wanted: Wanted, ttl: int, held: RecordSet | None) -> int | None:
        minimum = self.held.minimum_ttl
        if self.policy.switch and held is not None:
            return held.ttl
        if self.policy.ttl_floor == "refuse":
            raise ProviderError(
                "rejected",
                f"{wanted.label}: ttl {ttl} is below the zone's minimum of {minimum} seconds at this provider",
                hint="raise the ttl of the entry, leave out `ttl_floor: refuse` (in the role zone_sync: "
                "`zone_sync_ttl_floor: refuse`), or ask the provider's support for a lower minimum",
            )
        self.raised.append(f"{wanted.record_set.name} {wanted.record_set.type} ({ttl})")
        return minimum

    def _differs(self, after: RecordSet, held: RecordSet) -> bool:
        def keys(record_set: RecordSet) -> set[bytes]:
            return {self.dialect.value_key(value) for value in record_set.values}

        return after.ttl != held.ttl or after.attributes != held.attributes or keys(after) != keys(held)

    def _prune(self, declared: set[Key], steered: frozenset[str]) -> int:
        """Delete what is not declared; return how many sets that are."""
        undeclared = [
            record_set
            for key, record_set in self.held.sets.items()
            if key not in declared and not self._is_kept(key, steered)
        ]
        unreadable = [one for one in undeclared if any(value.is_opaque for value in one.values)]
        self.notes += [f"{' '.join(one.key)}: left as it is, as its value cannot be read" for one in unreadable]
        gone = [one for one in undeclared if one not in unreadable]
        self.changes.update({one.key: self._gone(one) for one in gone})
        return len(gone)

    def _is_kept(self, key: Key, steered: frozenset[str]) -> bool:
        """Whether prune leaves an undeclared set."""
        name, rdtype = key
        if self.held.is_fixed(key) or rdtype in _SERVER_TYPES or key == ("@", "NS"):
            return True
        if name in self.policy.untouched or owns(steered, key):
            return True
        return any(_matches(pattern, key) for pattern in self.policy.keep)

    def _refuse_what_is_unsafe(self, wanted: Sequence[Wanted], pruned: int) -> None:
        """Raise ProviderError for a plan that must not be carried out."""
        labels = {one.record_set.key: one.label for one in wanted if not one.absent}
        stands = safeguards.standing(self.held, self.changes)
        for name in dict.fromkeys(name for name, _type in self.changes):
            safeguards.refuse_clash(stands[name], self.held, self.dialect, labels, self.provider)
            if why := self.dialect.unfit(stands[name], self.held):
                raise ProviderError("rejected", f"{name}: {why}")
            # A failover changes a type only where a person asked it to take over what somebody else wrote.
            if not (self.dialect.atomic_type_change or self.policy.force or self.policy.switch):
                safeguards.refuse_gap([one for key, one in self.changes.items() if key[0] == name], self.dialect)
        if not (self.policy.force or self.policy.switch):
            safeguards.refuse_too_much(self.held, self.changes, self.policy.limits, pruned)


def _steered_elsewhere(names: frozenset[str], elsewhere: Sequence[Held]) -> dict[str, list[RecordSet]]:
    """What the first provider that holds them holds for steered names.

    A set that is proxied elsewhere is not copied, since its values are the origin's.
    """
    found: dict[str, list[RecordSet]] = {}
    for other in elsewhere:
        here: dict[str, list[RecordSet]] = {}
        for key, record_set in other.sets.items():
            name = key[0]
            if owns(names, key) and name not in found and (name == APEX or not record_set.attributes.get("proxied")):
                here.setdefault(name, []).append(record_set)
        found.update(here)
    return found


def _matches(pattern: Mapping[str, str], key: Key) -> bool:
    return fnmatchcase(key[0], pattern.get("name") or "*") and fnmatchcase(key[1], pattern.get("type") or "*")


def _ordered(changes: Iterable[Change]) -> list[Change]:
    """Changes of one name together, its deletes first; names that only lose sets last, so that nothing is missed early.

    Within a name NS comes before DS, which Cloudflare refuses without an NS, and goes after it.
    """
    by_name: dict[str, list[Change]] = {}
    for change in changes:
        by_name.setdefault(change.key[0], []).append(change)
    groups = sorted(by_name.items(), key=lambda item: (all(c.action == "delete" for c in item[1]), item[0]))
    return [change for _name, group in groups for change in sorted(group, key=_rank)]


def _rank(change: Change) -> tuple[bool, bool, str]:
    deletes = change.action == "delete"
    return not deletes, (change.key[1] == "DS") != deletes, change.key[1]
