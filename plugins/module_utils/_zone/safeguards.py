# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan must not do: impossible neighbours, a moment without an answer, more than the limits allow. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from .._errors import ProviderError
from .plan import Change, Dialect, Held, Limits
from .record_sets import Key, RecordSet

#: Below `limits.from` sets a percentage says little; this many undeclared sets may go.
_FEW_DELETES = 2

_FORCE = "`force: true` (in the role zone_sync: `zone_sync_force: true`)"


def standing(held: Held, changes: Mapping[Key, Change]) -> dict[str, list[RecordSet]]:
    """What stands at each name after the changes."""
    after: dict[Key, RecordSet | None] = {**held.sets, **{key: change.after for key, change in changes.items()}}
    stands: dict[str, list[RecordSet]] = {name: [] for name, _type in changes}
    for record_set in filter(None, after.values()):
        stands.setdefault(record_set.name, []).append(record_set)
    return stands


def refuse_clash(
    sets: Sequence[RecordSet], held: Held, dialect: Dialect, labels: Mapping[Key, str], provider: str
) -> None:
    """Refuse sets of one name that cannot stand there together. labels: of what is declared; provider: its name."""
    for one in sets:
        for other in sets:
            if one is not other and dialect.exclusive(one, other):
                raise ProviderError(
                    "conflict",
                    f"{one.name}: {one.type} and {other.type} cannot stand at one name there",
                    hint=_way_out(one, sets, held, labels, provider),
                )


def _way_out(lonely: RecordSet, sets: Sequence[RecordSet], held: Held, labels: Mapping[Key, str], provider: str) -> str:
    """How to solve a clash with a set that must stand alone, as entries that can be copied."""
    undeclared = [one for one in sets if one.key not in labels]
    if not undeclared:
        entries = " and ".join(labels[one.key] for one in sets)
        return f"{entries} are declared for one name; leave one out, or give each its own providers with `only`"
    if any(one.key in held.fixed or one.key in held.locked for one in undeclared):
        return "another product of the provider manages one of them; remove it there, or leave the entry out"
    only = {"only": [provider]} if provider else {}
    entries = ", ".join(
        json.dumps({"name": one.name, "type": one.type, "state": "absent", **only}, ensure_ascii=False)
        for one in (undeclared if lonely.key in labels else [lonely])
    )
    return f"what stands there is not declared; to remove it, add to the records: {entries}"


def refuse_gap(changes: Sequence[Change], dialect: Dialect) -> None:
    """Refuse a change of type at one name: written record by record, the name has no answer for a moment.

    changes: those of the name.
    """
    gone = [change.before for change in changes if change.action == "delete" and change.before]
    new = [change.after for change in changes if change.action == "create" and change.after]
    for old in gone:
        for fresh in new:
            if dialect.exclusive(old, fresh) or dialect.exclusive(fresh, old):
                raise ProviderError(
                    "unsafe",
                    f"{old.name}: changing {old.type} to {fresh.type} may leave the name unanswered for a moment",
                    hint=f"repeat with {_FORCE}, at a quiet time",
                )


def refuse_too_much(held: Held, changes: Mapping[Key, Change], limits: Limits, pruned: int) -> None:
    """Refuse to delete the apex NS set, or to touch more than the limits allow. pruned: undeclared sets that go."""
    if (apex := changes.get(("@", "NS"))) and apex.after is None:
        raise ProviderError("unsafe", "the apex NS set would be deleted", hint=f"repeat with {_FORCE} if that is meant")
    existing = sum(not held.is_fixed(key) for key in held.sets)
    if existing < limits.from_sets:
        if pruned > _FEW_DELETES:
            raise _too_much(f"{pruned} of {existing} record sets are not declared and would be deleted")
        return
    for action, percent in (("update", limits.update_percent), ("delete", limits.delete_percent)):
        count = sum(change.action == action for change in changes.values())
        if count * 100 > percent * existing:
            raise _too_much(f"the plan would {action} {count} of {existing} record sets, over {percent} %")


def _too_much(message: str) -> ProviderError:
    return ProviderError("unsafe", message, hint=f"look with --check --diff; repeat with {_FORCE} if it is meant")
