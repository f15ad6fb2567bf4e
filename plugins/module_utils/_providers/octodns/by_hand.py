# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that lead a name elsewhere by octoDNS alone."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from ..._zone.record_sets import DEFAULT_TTL, RecordSet
from . import records
from .settings import OctodnsSettings


def command(zone: str, settings: OctodnsSettings, token: str, sets: Sequence[RecordSet]) -> str:
    """The command that writes the sets. token: the environment variable of the token."""
    return f"python3 -c {shlex.quote('; '.join(_script(zone, settings, token, sets)))}"


def variables(settings: OctodnsSettings, token: str) -> dict[str, str]:
    """The environment variable of each secret argument: as its entry names it, else the one of the token."""
    written = {option: str(settings.options.get(option, "")) for option in settings.secret_options}
    return {option: name.removeprefix("env/") or token for option, name in written.items()}


def _script(zone: str, settings: OctodnsSettings, token: str, sets: Sequence[RecordSet]) -> Iterator[str]:
    """Statements of Python."""
    module, _dot, name = settings.path.rpartition(".")
    secret = variables(settings, token)
    arguments = [f"{option}={value!r}" for option, value in settings.options.items() if option not in secret]
    arguments += [f"{option}=os.environ[{variable!r}]" for option, variable in secret.items()]
    yield "import os, octodns.record, octodns.zone"
    yield f"from {module} import {name}"
    given = ", ".join(["'by-hand'", *arguments])
    yield f"provider = {name}({given})"
    yield f"zone = octodns.zone.Zone({f'{zone}.'!r}, [])"
    yield "provider.populate(zone, target=True, lenient=True)"
    yield "there = {(one.name, one._type): one for one in zone.records}"
    yield "desired = zone.copy()"
    for one in sets:
        key = (records.relative(one.name), one.type)
        if one.values:
            data = records.data(one if one.ttl is not None else one.with_ttl(DEFAULT_TTL))
            yield (
                f"desired.add_record(octodns.record.Record.new(desired, {key[0]!r}, {data!r}, lenient=True), "
                "replace=True, lenient=True)"
            )
        else:
            yield f"{key!r} in there and desired.remove_record(there[{key!r}])"
    yield "plan = provider.plan(desired)"
    yield "print(plan and plan.changes)"
    yield "plan and provider.apply(plan)"
