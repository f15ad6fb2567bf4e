# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: from what a zone holds and what is wanted to the smallest set of changes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, ClassVar, Protocol

from .._errors import ProviderError
from .record_sets import DEFAULT_TTL, Key, RecordSet

#: The TXT record set that carries a router's memory is called `_twinzone.<router>`.
MARKER_PREFIX = "_twinzone."

#: Never pruned: others own them, and their loss breaks certificates or a failover's memory.
DEFAULT_KEEP = (
    {"name": "_acme-challenge*"},
    {"name": "_cf-custom-hostname*"},
    {"name": "cloudflare-verify*"},
    {"name": "_twinzone*"},
)

#: Managed by the provider's own signer or server, never pruned.
_SERVER_TYPES = frozenset({"SOA", "DNSKEY", "CDS", "CDNSKEY", "NSEC", "NSEC3", "NSEC3PARAM", "RRSIG"})

#: Below `limits.from` sets a percentage says little; this many undeclared sets may go.
_FEW_DELETES = 2


@dataclass(frozen=True)
class Limits:
    """How much of a zone one update may touch without `force`: percent of the existing sets, from `from_sets` on."""

    update_percent: int = 30
    delete_percent: int = 30
    from_sets: int = 10


@dataclass(frozen=True)
class PlanPolicy:
    """How to plan.

    prune: what is not declared goes. keep: shell patterns {name, type} of what prune leaves.
    ttl_floor: `raise` lifts a TTL to the provider's minimum, `refuse` refuses it.
    steered: canonical names that failovers own; a sync never changes them where they exist.
    untouched: canonical names that prune leaves as they are.
    switch: this is a failover's write: exempt from the limits, and the TTL of an existing set stays where the
    provider's minimum is higher than the wanted one.
    """

    prune: bool = False
    keep: Sequence[Mapping[str, str]] = DEFAULT_KEEP
    limits: Limits = Limits()
    force: bool = False
    ttl_floor: str = "raise"
    steered: frozenset[str] = frozenset()
    untouched: frozenset[str] = frozenset()
    switch: bool = False


@dataclass(frozen=True)
class Held:
    """What a provider holds of a zone.

    fixed: sets that the provider manages itself and refuses to change. minimum_ttl: seconds.
    native: what the provider needs to change a set later, for instance record ids.
    facts: what else it learned about the zone, for its own use.
    """

    sets: Mapping[Key, RecordSet]
    minimum_ttl: int
    fixed: frozenset[Key] = frozenset()
    native: Mapping[Key, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """One record set that shall stand at a provider, or shall not (`absent`). label: how to name it to the user."""

    label: str
    record_set: RecordSet
    absent: bool = False


@dataclass(frozen=True)
class Change:
    """One change: a message (action, before, after) and all that is needed to do it."""

    action: str  # create, update, delete
    before: RecordSet | None
    after: RecordSet | None

    @property
    def key(self) -> Key:
        if self.after is not None:
            return self.after.key
        if self.before is not None:
            return self.before.key
        raise AssertionError("a change has one side at least")

    def as_result(self, provider: str) -> dict[str, Any]:
        """One entry of a module's `changes`."""
        return {
            "provider": provider,
            "action": self.action,
            "name": self.key[0],
            "type": self.key[1],
            "before": self.before.as_entry() if self.before else None,
            "after": self.after.as_entry() if self.after else None,
        }


@dataclass(frozen=True)
class Plan:
    """Changes in the order in which to make them. final: what the declared sets will be. notes: what was decided."""

    changes: tuple[Change, ...]
    final: tuple[RecordSet, ...]
    notes: tuple[str, ...] = ()


class Dialect(Protocol):
    """How one provider reads record sets: the questions that a plan asks. All answers are pure."""

    #: Whether a delete and a create at one name reach its servers at the same moment.
    atomic_type_change: ClassVar[bool]
    #: TTLs with a meaning of their own, to which the minimum does not apply, with the seconds that they stand for.
    special_ttls: ClassVar[Mapping[int, int]]

    def value_key(self, value: Any) -> bytes:
        """Two values with one key are the same record there."""

    def adapt(self, wanted: RecordSet, held: RecordSet | None) -> RecordSet:
        """The set as this provider keeps it, before its minimum TTL; `ttl` None where it has no say.

        Raises ProviderError `rejected` for what cannot be, given what is held.
        """

    def exclusive(self, one: RecordSet, other: RecordSet) -> bool:
        """Whether these two sets of different types cannot stand at one name."""

    def lacking(self, at_name: Sequence[RecordSet]) -> str:
        """What the sets of one name lack there, in words; empty when nothing."""


def marker_names(names: Iterable[str]) -> frozenset[str]:
    """The routers whose markers are among the names of TXT sets, with the markers themselves."""
    markers = [name for name in names if name.startswith(MARKER_PREFIX)]
    return frozenset(markers) | frozenset(name[len(MARKER_PREFIX) :] for name in markers)


def steered_names(policy: PlanPolicy, zones: Iterable[Held]) -> frozenset[str]:
    """The names that failovers own: those of the inventory, their markers, and the routers of the markers found."""
    found = marker_names(name for held in zones for name, rdtype in held.sets if rdtype == "TXT")
    return policy.steered | found | frozenset(MARKER_PREFIX + name for name in policy.steered)


def plan(
    wanted: Sequence[Wanted],
    held: Held,
    policy: PlanPolicy,
    dialect: Dialect,
    elsewhere: Sequence[Held] = (),
    all_read: bool = True,
) -> Plan:
    """The changes that make `held` hold `wanted`.

    elsewhere: what the other providers hold, from which a steered set that is missing here is copied. all_read: whether
    these are all of them; if not, such a set is not made from the list, since a failover may have moved it meanwhile.
    Raises ProviderError `unsafe`, `conflict` or `rejected` when the plan must not be carried out.
    """
    return _Planner(held, policy, dialect).plan(wanted, elsewhere, all_read)


class _Planner:
    def __init__(self, held: Held, policy: PlanPolicy, dialect: Dialect) -> None:
        self.held = held
        self.policy = policy
        self.dialect = dialect
        self.notes: list[str] = []
        self.raised: list[str] = []
        self.changes: dict[Key, Change] = {}
        self.final: list[RecordSet] = []

    def plan(self, wanted: Sequence[Wanted], elsewhere: Sequence[Held], all_read: bool) -> Plan:
        steered = frozenset() if self.policy.switch else steered_names(self.policy, [self.held, *elsewhere])
        goals = self._respect_steering(wanted, steered, elsewhere)
        if not all_read:
            known = {name for other in elsewhere for name, _type in other.sets}
            goals = self._without_unknown(goals, steered - known)
        for goal in goals:
            self._pursue(goal)
        pruned = self._prune({goal.record_set.key for goal in goals}, steered) if self.policy.prune else 0
        self._refuse_clashes()
        if not (self.policy.force or self.policy.switch):
            self._refuse_unsafe(pruned)
        if self.raised:
            sets = ", ".join(self.raised)
            self.notes.append(f"ttl raised to the provider's minimum of {self.held.minimum_ttl} seconds: {sets}")
        return Plan(tuple(_ordered(self.changes.values())), tuple(self.final), tuple(self.notes))

    def _respect_steering(
        self, wanted: Sequence[Wanted], steered: frozenset[str], elsewhere: Sequence[Held]
    ) -> list[Wanted]:
        """Drop goals for steered names that exist, here or elsewhere; add copies of those that exist only elsewhere.

        A set that is proxied elsewhere is not copied, since its values are the origin's.
        """
        here = {name for name, _type in self.held.sets if name in steered}
        there: dict[str, list[RecordSet]] = {}
        for other in elsewhere:
            fresh: dict[str, list[RecordSet]] = {}
            for (name, _type), record_set in other.sets.items():
                proxied = record_set.attributes.get("proxied")
                if name in steered and name not in here and name not in there and not proxied:
                    fresh.setdefault(name, []).append(record_set)
            there.update(fresh)
        goals = [goal for goal in wanted if goal.record_set.name not in here | there.keys()]
        for name in sorted(here & {goal.record_set.name for goal in wanted}):
            self.notes.append(f"{name}: left as it is; failovers own it")
        for name, sets in sorted(there.items()):
            self.notes.append(f"{name}: copied from the other provider; failovers own it")
            goals += [Wanted(name, replace(record_set, attributes={})) for record_set in sets]
        return goals

    def _without_unknown(self, goals: Sequence[Wanted], unknown: frozenset[str]) -> list[Wanted]:
        """Drop the goals for steered names that no provider holds of those that could be read."""
        for name in sorted(unknown & {goal.record_set.name for goal in goals}):
            self.notes.append(f"{name}: not made, as not every provider could be read; a failover may have moved it")
        return [goal for goal in goals if goal.record_set.name not in unknown]

    def _pursue(self, goal: Wanted) -> None:
        key = goal.record_set.key
        held = self.held.sets.get(key)
        if goal.absent:
            if held is not None:
                self._refuse_fixed(goal, key)
                self.changes[key] = Change("delete", held, None)
            return
        after = self._settle(goal, held)
        self.final.append(after)
        if held is None:
            self.changes[key] = Change("create", None, after)
        elif self._differs(after, held):
            self._refuse_fixed(goal, key)
            self.changes[key] = Change("update", held, after)

    def _refuse_fixed(self, goal: Wanted, key: Key) -> None:
        if key in self.held.fixed:
            raise ProviderError(
                "conflict",
                f"{goal.label}: the provider, or another of its products, manages this set and keeps it read-only",
                hint="remove the entry, or the set in that product",
            )

    def _settle(self, goal: Wanted, held: RecordSet | None) -> RecordSet:
        """The set as it will stand: the provider's own view, its minimum TTL, and what is kept of what exists."""
        adapted = self.dialect.adapt(goal.record_set, held)
        attributes = {**(held.attributes if held else {}), **adapted.attributes}
        ttl = adapted.ttl
        if ttl is None:
            ttl = held.ttl if held else max(DEFAULT_TTL, self.held.minimum_ttl)
        elif ttl < self.held.minimum_ttl and ttl not in self.dialect.special_ttls and (held is None or held.ttl != ttl):
            ttl = self._raised(goal, ttl, held)
        return replace(adapted, ttl=ttl, attributes=attributes)

    def _raised(self, goal: Wanted, ttl: int, held: RecordSet | None) -> int | None:
        minimum = self.held.minimum_ttl
        if self.policy.switch and held is not None:
            return held.ttl
        if self.policy.ttl_floor == "refuse":
            raise ProviderError(
                "rejected",
                f"{goal.label}: ttl {ttl} is below the zone's minimum of {minimum} seconds at this provider",
                hint="raise the ttl, set ttl_floor to raise, or ask the provider's support for a lower minimum",
            )
        self.raised.append(f"{goal.record_set.name} {goal.record_set.type} ({ttl})")
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
            if key not in declared
            and key not in self.held.fixed
            and key[0] not in steered | self.policy.untouched
            and key[1] not in _SERVER_TYPES
            and key != ("@", "NS")
            and not any(_matches(pattern, key) for pattern in self.policy.keep)
        ]
        self.changes.update({record_set.key: Change("delete", record_set, None) for record_set in undeclared})
        return len(undeclared)

    def _refuse_clashes(self) -> None:
        """Refuse sets that cannot share a name with what will stand there, and type changes that would leave a gap."""
        stands: dict[str, dict[Key, RecordSet]] = {}
        for key, record_set in self.held.sets.items():
            stands.setdefault(key[0], {})[key] = record_set
        for key, change in self.changes.items():
            at_name = stands.setdefault(key[0], {})
            at_name.pop(key, None)
            if change.after is not None:
                at_name[key] = change.after
        for name, _type in self.changes:
            sets = list(stands[name].values())
            self._refuse_clash(sets)
            if lack := self.dialect.lacking(sets):
                raise ProviderError("rejected", f"{name}: {lack}")
            self._refuse_gap(name)

    def _refuse_clash(self, sets: Sequence[RecordSet]) -> None:
        for one in sets:
            for other in sets:
                if one is not other and self.dialect.exclusive(one, other):
                    raise ProviderError(
                        "conflict",
                        f"{one.name}: {one.type} and {other.type} cannot stand at one name there",
                        hint=f"declare the one that shall go as {{name: '{one.name}', type: …, state: absent}}",
                    )

    def _refuse_gap(self, name: str) -> None:
        """One transaction may yet reach the servers record by record; a name that changes its type then vanishes."""
        if self.dialect.atomic_type_change or self.policy.force:
            return
        changes = [change for key, change in self.changes.items() if key[0] == name]
        gone = [change.before for change in changes if change.action == "delete" and change.before]
        new = [change.after for change in changes if change.action == "create" and change.after]
        pairs = [(old, fresh) for old in gone for fresh in new]
        if any(self.dialect.exclusive(*pair) or self.dialect.exclusive(*reversed(pair)) for pair in pairs):
            raise ProviderError(
                "unsafe",
                f"{name}: changing {gone[0].type} to {new[0].type} may leave the name without an answer for a moment",
                hint="repeat with force: true, at a quiet time",
            )

    def _refuse_unsafe(self, pruned: int) -> None:
        if (apex := self.changes.get(("@", "NS"))) and apex.after is None:
            raise ProviderError(
                "unsafe", "the apex NS set would be deleted", hint="repeat with force: true if that is meant"
            )
        existing = len(self.held.sets) - len(self.held.fixed)
        limits = self.policy.limits
        counts = {
            action: sum(change.action == action for change in self.changes.values()) for action in ("update", "delete")
        }
        if existing < limits.from_sets:
            if pruned > _FEW_DELETES:
                raise _too_much(f"{pruned} of {existing} record sets are not declared and would be deleted")
            return
        for action, percent in (("update", limits.update_percent), ("delete", limits.delete_percent)):
            if counts[action] * 100 > percent * existing:
                raise _too_much(f"the plan would {action} {counts[action]} of {existing} record sets, over {percent} %")


def _too_much(message: str) -> ProviderError:
    return ProviderError("unsafe", message, hint="look with --check --diff; repeat with force: true if it is meant")


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
