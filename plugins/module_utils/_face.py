# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all our modules share in talking to Ansible: libraries, bad input, failing."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._errors import BadInput

__all__ = ["AnsibleModule", "checked", "fail", "make_module"]

T = TypeVar("T")


def make_module(spec: Mapping[str, Any], **rules: Any) -> AnsibleModule:
    module = AnsibleModule(argument_spec=dict(spec), supports_check_mode=True, **rules)
    for library, package in (("requests", "requests"), ("dns", "dnspython")):
        if importlib.util.find_spec(library) is None:
            module.fail_json(msg=missing_required_lib(package))
    return module


def checked(module: AnsibleModule, run: Callable[[], T]) -> T:
    """What `run` returns; bad input ends the module with every problem, before anything was sent."""
    try:
        return run()
    except BadInput as error:
        heading = f"nothing was sent: {len(error.problems)} problem{'s' * (len(error.problems) > 1)} in the input"
        raise fail(module, "\n".join([heading, *error.problems]), problems=error.problems, changed=False) from None


def fail(module: AnsibleModule, message: str, **result: Any) -> SystemExit:
    """End the module as failed; to be raised, so that readers and type checkers see that nothing follows."""
    module.fail_json(msg=message, **result)
    return SystemExit(1)
