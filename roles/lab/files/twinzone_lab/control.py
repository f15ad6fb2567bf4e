# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control switch: plain HTTP with JSON on the lab's first address."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from . import clock
from .laboratory import Laboratory
from .web.api import Request, Response

Command = Callable[[Laboratory, Mapping[str, Any]], object]


def _break(lab: Laboratory, given: Mapping[str, Any]) -> None:
    lab.switchboard.break_part(given["part"], given["fault"], given.get("options", {}))


def _add_zone(lab: Laboratory, given: Mapping[str, Any]) -> None:
    lab.providers.add_zone(given["zone"].rstrip(".").lower())


_COMMANDS: Mapping[str, Command] = {
    "status": lambda lab, given: {"pid": os.getpid(), "faults": lab.switchboard.faults()},
    "break": _break,
    "repair": lambda lab, given: lab.switchboard.repair(given.get("part", "all")),
    "reset": lambda lab, given: lab.reset(),
    "log": lambda lab, given: lab.log.entries(given.get("provider")),
    "log-reset": lambda lab, given: lab.log.clear(),
    "zone": lambda lab, given: lab.providers.holds(given["provider"], given["zone"]),
    "seed": lambda lab, given: lab.providers.emulator(given["provider"]).seed(given["zone"], given["records"]),
    "delegate": lambda lab, given: lab.providers.delegate(given["zone"], given["providers"], given.get("ds", ())),
    "clock": lambda lab, given: clock.put_forward(given["ahead"]),
    "adjust": lambda lab, given: lab.providers.cloudflare.adjust(given["zone"], given["values"]),
    "add-zone": _add_zone,
}


def control_handler(lab: Laboratory) -> Callable[[Request], Response]:
    """`POST /COMMAND` with a JSON object → `{"result": ...}` or, with status 400, `{"error": ...}`."""

    def handle(request: Request) -> Response:
        command = _COMMANDS.get(request.path.strip("/"))
        if command is None or request.method != "POST":
            return Response(404, {"error": f"POST to one of: {', '.join(_COMMANDS)}"})
        try:
            return Response(200, {"result": command(lab, json.loads(request.body or b"{}"))})
        except LookupError as error:
            return Response(400, {"error": f"unknown: {error.args[0] if error.args else error}"})
        except Exception as error:  # a seed may be refused in many ways; whoever sent it must read why
            return Response(400, {"error": f"{type(error).__name__}: {error}"})

    return handle
