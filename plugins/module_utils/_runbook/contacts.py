# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads `runbook_contacts` and `runbook_schedule`: whom to call, and how the schedule is stopped. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import _hints
from .._errors import BadInput
from .._variables import Reader

#: The role of the contact that the last resort needs.
REGISTRAR = "registrar"


@dataclass(frozen=True)
class Contact:
    """Somebody to call. role: what for, such as `registrar`, `on call` or `bunny`."""

    role: str
    name: str = ""
    phone: str = ""
    mail: str = ""
    url: str = ""
    note: str = ""

    def shown(self) -> str:
        """All but the role, on one line."""
        return ", ".join(part for part in (self.name, self.phone, self.mail, self.url, self.note) if part)


@dataclass(frozen=True)
class Schedule:
    """The commands that stop and start the runs that nobody asks for."""

    stop: str = "systemctl stop twinzone-failover.timer"
    start: str = "systemctl start twinzone-failover.timer"


_KEYS = ("role", "name", "phone", "mail", "url", "note")


def read_contacts(given: Any) -> list[Contact]:
    """The contacts. Raises BadInput with every problem."""
    entries = given if isinstance(given, Sequence) and not isinstance(given, str) else [given] if given else []
    found, problems = [], []
    for index, entry in enumerate(entries):
        where = f"runbook_contacts[{index}]"
        if not isinstance(entry, Mapping):
            problems.append(f"{where}: is not a mapping such as {{role: registrar, name: …, phone: …, url: …}}")
            continue
        reader = Reader(entry, f"{where}.")
        for key in entry:
            if key not in _KEYS:
                reader.problem(str(key), _hints.unknown(key, _KEYS))
        texts = {key: one_line(reader.text(key, required=key == "role")) for key in _KEYS}
        problems += reader.problems
        found.append(Contact(**texts))
    if problems:
        raise BadInput(problems)
    return found


def read_schedule(given: Any) -> Schedule:
    """How the schedule is stopped and started. Raises BadInput with every problem."""
    if not given:
        return Schedule()
    if not isinstance(given, Mapping):
        raise BadInput(["runbook_schedule: is not a mapping with `stop` and `start`, each a command"])
    reader = Reader(given, "runbook_schedule.")
    for key in given:
        if key not in ("stop", "start"):
            reader.problem(str(key), _hints.unknown(key, ("stop", "start")))
    made = Schedule(one_line(reader.text("stop", required=True)), one_line(reader.text("start", required=True)))
    if reader.problems:
        raise BadInput(reader.problems)
    return made


def one_line(text: str) -> str:
    """The text without line breaks, and without the backticks that would end a piece of code on the page."""
    return " ".join(text.replace("`", "'").split())
