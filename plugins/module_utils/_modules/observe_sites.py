# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and what the controller observes of sites: probes, and beside them reads of zones at APIs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from .. import _parallel
from .._deadline import Deadline
from .._errors import BadInput
from .._probes.observe import observe
from .._probes.visit import Exhausted
from . import cdn_health, options, zone_records_info
from .module import checked, fail, make_module
from .packing import packed
from .zone_records_info import GRACE

#: Seconds that reads on which no decision depends may take, and by which they may outlast the probes.
_SPARE, _LONGER = 3.0, 0.5

#: Seconds after which probes are given up for lost; they are bounded by themselves.
_LONGEST = 3600.0

_PROBES = ("", "")

_ZONE: dict[str, Any] = {
    "zone": {"type": "str", "required": True},
    "names": {"type": "list", "elements": "str"},
    "follow": {"type": "bool", "default": False},
    "needed": {"type": "bool", "default": True},
    "providers": {**options.PROVIDERS_LIST, "required": True},
}


def run() -> None:
    """The whole module observe_sites."""
    zones = {"type": "list", "elements": "dict", "options": _ZONE, "default": []}
    deadline = {"type": "float", "default": 10.0}
    module = make_module({**cdn_health.SPEC, "zones": zones, "deadline": deadline, **options.PACKED})
    params = module.params
    # Like cdn_health: only what must not be seen, not every value of a check.
    module.no_log_values.clear()
    work = checked(module, lambda: zone_records_info.reads(params["zones"], None, params["deadline"]))
    module.no_log_values.update(zone_records_info.secrets(work))
    needed = zone_records_info.reads([one for one in params["zones"] if one["needed"]], None, params["deadline"])
    began, took = time.time(), Deadline(_LONGEST)
    probed: dict[str, Any] = {}
    probes_took = _LONGEST

    def probe() -> dict[str, Any]:
        nonlocal probes_took
        probed.update(_probed(params))
        probes_took = took.elapsed()
        return probed

    def seconds(key: tuple[str, str]) -> float:
        if key == _PROBES:
            return _LONGEST
        longest = work[key].settings.deadline + GRACE
        return longest if key in needed else min(longest, max(_SPARE, probes_took + _LONGER))

    tasks: dict[tuple[str, str], Callable[[], dict[str, Any]]] = {_PROBES: probe}
    done = _parallel.run({**tasks, **{key: read.carry_out for key, read in work.items()}}, seconds)
    result = {
        "changed": False,
        "vantage": params["vantage"],
        "zones": zone_records_info.by_zone(work, done),
        "looked": began,
        "began": cdn_health.utc(began),
        "ended": cdn_health.utc(time.time()),
        "seconds": round(took.elapsed(), 3),
        "invocation": {"module_args": {"zones": [one["zone"] for one in params["zones"]]}},
        **probed,
    }
    if params["packed"] and "fronts" in result:
        # Here, as Ansible looks for secrets in all values one by one.
        result["fronts"] = packed(result["fronts"])
    if "msg" in probed:
        raise fail(module, result.pop("msg"), **result)
    module.exit_json(**result)


def _probed(params: Mapping[str, Any]) -> dict[str, Any]:
    """What the probes saw, or `msg`."""
    if not params["fronts"]:
        return {"fronts": []}
    try:
        return observe(*cdn_health.read(params))
    except BadInput as error:
        return {"msg": cdn_health.refusal(error), "problems": error.problems}
    except Exhausted as error:
        return {"msg": cdn_health.exhausted(error)}
