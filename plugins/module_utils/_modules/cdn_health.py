# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and the probes: options and result of the module cdn_health.

Like all that it imports, it runs on any inventory host: nothing newer than Python 3.8, nothing but its standard library
and what Ansible brings along.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .._deadline import Deadline
from .._errors import BadInput
from .._probes.addresses import read_resolver
from .._probes.check import Front
from .._probes.observe import observe
from .._probes.options import CHECK, FRONT, Option, read_fronts
from .._probes.visit import Exhausted
from .module import AnsibleModule, fail

# `no_log`: suboptions may hold secrets, which Ansible would write to the system log. The keys of fronts and checks are
# not declared to Ansible but read by `read_fronts`, because only so a message can name the front that it is about.
SPEC: dict[str, dict[str, Any]] = {
    "fronts": {"type": "list", "elements": "dict", "required": True, "no_log": True},
    "check": {"type": "dict", "default": {}, "no_log": True},
    "controls": {"type": "list", "elements": "str", "default": []},
    "probes": {"type": "int", "default": 5},
    "interval": {"type": "float", "default": 3.0},
    "tolerate": {"type": "int"},
    "down_at": {"type": "int"},
    "resolver": {"type": "str"},
    "vantage": {"type": "str", "default": ""},
}
#: What a value of an option is that needs no conversion, by its type.
_PLAIN: dict[str, type] = {"str": str, "int": int, "float": float, "dict": dict, "raw": object}
_HIDDEN = "VALUESPECIFIED_IN_NO_LOG_PARAMETER"


def run() -> None:
    """Run the module cdn_health."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    # Ansible would blot out every value of a no_log option wherever it occurs in the result: all 4s and 200s, and the
    # names of the fronts. The result repeats no request header, and the invocation is returned without them.
    module.no_log_values.clear()
    invocation = {"module_args": _shown(module.params)}
    try:
        fronts, resolver = read(module.params)
    except BadInput as error:
        raise fail(module, refusal(error), problems=error.problems, changed=False, invocation=invocation) from None
    started = time.time()
    work = Deadline(float("inf"))
    try:
        observed = observe(fronts, resolver)
    except Exhausted as error:
        raise fail(module, exhausted(error), invocation=invocation) from None
    module.exit_json(
        changed=False,
        vantage=module.params["vantage"],
        # Not `started` and `finished`: Ansible takes these for the state of a task in the background.
        began=utc(started),
        ended=utc(time.time()),
        seconds=round(work.elapsed(), 3),
        invocation=invocation,
        **observed,
    )


def read(params: Mapping[str, Any]) -> tuple[list[Front], tuple[str, int] | None]:
    """The fronts to probe, and the resolver to ask. Raises BadInput with every problem."""
    problems: list[str] = []
    fronts: list[Front] = []
    resolver = None
    try:
        fronts = list(read_fronts(params, converted))
    except BadInput as error:
        problems += error.problems
    try:
        resolver = read_resolver(params["resolver"])
    except (OSError, ValueError) as error:
        problems.append(f"resolver: {error}")
    if problems:
        raise BadInput(problems)
    return fronts, resolver


def refusal(error: BadInput) -> str:
    """What is wrong with the input."""
    count = len(error.problems)
    return "\n".join([f"nothing was probed: {count} problem{'s' * (count > 1)} in the input", *error.problems])


def exhausted(error: Exhausted) -> str:
    """What to do when a host cannot carry out the probes."""
    return f"this host ran out of what the probes need ({error}); raise its limits, or probe fewer fronts at once"


def converted(key: str, spec: Mapping[str, Any], value: Any) -> Any:
    """The value, converted as Ansible converts an option of this type. Raises ValueError when it cannot be."""
    if _is_right(spec, value):
        return value
    result = ArgumentSpecValidator({key: dict(spec)}).validate({key: value})
    if result.error_messages:
        raise ValueError("; ".join(result.error_messages))
    return result.validated_parameters[key]


def _is_right(spec: Mapping[str, Any], value: Any) -> bool:
    """Whether Ansible would leave the value as it is, which takes it a tenth of a millisecond to find out."""
    if "choices" in spec:
        return isinstance(value, str) and value in spec["choices"]
    if spec["type"] == "list":
        return isinstance(value, list) and all(_is_right({"type": spec["elements"]}, one) for one in value)
    if spec["type"] == "path":
        return isinstance(value, str) and not {"~", "$"} & set(value)
    known = _PLAIN.get(spec["type"])
    return known is object or (known is not None and isinstance(value, known) and not isinstance(value, bool))


def _shown(params: Mapping[str, Any]) -> dict[str, Any]:
    """The module's options as they may be shown: without request headers, wherever they were written by mistake."""
    fronts = [
        {key: _shown_check(value) if key == "check" else value for key, value in _known(front, FRONT).items()}
        for front in params["fronts"]
    ]
    return {**params, "fronts": fronts, "check": _shown_check(params["check"])}


def _shown_check(check: Any) -> Any:
    if not isinstance(check, Mapping):
        return None if check is None else _HIDDEN
    return {key: _HIDDEN if key == "request_headers" else value for key, value in _known(check, CHECK).items()}


def _known(entry: Mapping[str, Any], options: Mapping[str, Option]) -> dict[str, Any]:
    return {key: value if key in options else _HIDDEN for key, value in entry.items()}


def utc(moment: float) -> str:
    """Unix time in ISO 8601."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
