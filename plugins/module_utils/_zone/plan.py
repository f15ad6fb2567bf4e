# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan is made from and what it says: wanted and held sets, changes, and the policy. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from . import routers
from .rdata import Value
from .record_sets import Key, RecordSet

#: Never pruned: others own them, and their loss breaks certificates or a failover's memory.
DEFAULT_KEEP = (
    {"name": "_acme-challenge*"},
    {"name": "_cf-custom-hostname*"},
    {"name": "cloudflare-verify*"},
    {"name": "_twinzone*"},
    {"name": "_validation-persist*"},
)


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
    locked: of other sets, the values that it manages itself; others may stand beside them.
    native: what the provider needs to change a set later, for instance record ids.
    facts: what else it learned about the zone, for its own use. changed: when sets were last changed, Unix time, as far
    as the provider tells.
    """

    sets: Mapping[Key, RecordSet]
    minimum_ttl: int
    fixed: frozenset[Key] = frozenset()
    locked: Mapping[Key, tuple[Value, ...]] = field(default_factory=dict)
    native: Mapping[Key, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    changed: Mapping[Key, int] = field(default_factory=dict)

    def is_fixed(self, key: Key) -> bool:
        """Whether nothing of a set that is held can be changed."""
        return key in self.fixed or (key in self.locked and len(self.locked[key]) == len(self.sets[key].values))


@dataclass(frozen=True)
class Wanted:
    """One record set that is to stand at a provider, or to go (`absent`). label: how to name it to the user."""

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

    def unfit(self, at_name: Sequence[RecordSet], held: Held) -> str:
        """Why the sets of one name cannot stand together in the zone as it is held; empty when they can."""


def steered_names(policy: PlanPolicy, zones: Iterable[Held]) -> frozenset[str]:
    """The names that failovers own: those of the inventory, their markers, and the routers of the markers found.

    Of the apex, only what `routers.owns` says is theirs.
    """
    found = routers.marked(name for held in zones for name, rdtype in held.sets if rdtype == "TXT")
    return found | routers.with_markers(policy.steered)
