# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all our modules share in talking to Ansible: libraries, bad input, failing."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, TypeVar

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.parameters import remove_values

from .._errors import BadInput

__all__ = [
    "AnsibleModule",
    "checked",
    "fail",
    "make_module",
    "missing_library",
    "refusal",
    "undeclared",
    "without_secrets",
]

T = TypeVar("T")

_SHORTEST_SECRET = 8

#: What the modules need beside ansible-core: by the name to import it by, that to install it by.
_LIBRARIES = {"requests": "requests", "dns": "dnspython"}


class _Discreet(AnsibleModule):  # type: ignore[misc]  # Ansible has no types
    """Ansible returns all options of a module that it refuses, and hides only those that are declared as secret.

    A token under a misspelt key, or in a list of the wrong shape, would be shown with -vvv. And it hides every text
    that a secret is found in, so that one that equals a provider's name would hide its results.
    """

    def exit_json(self, **kwargs: Any) -> NoReturn:
        self._show_names()
        super().exit_json(**kwargs)
        raise SystemExit(0)

    def fail_json(self, msg: str, **kwargs: Any) -> NoReturn:
        self.no_log_values.update(undeclared(self.params, {"options": self.argument_spec}))
        self._show_names()
        super().fail_json(msg, **kwargs)
        raise SystemExit(1)

    def _show_names(self) -> None:
        names = set(_names(self.params))
        self.no_log_values -= {secret for secret in self.no_log_values if any(secret in name for name in names)}


def without_secrets(module: AnsibleModule, value: Any) -> Any:
    """A value as the module would return it."""
    module._show_names()
    return remove_values(value, module.no_log_values)


def _names(value: Any) -> Iterator[str]:
    """The names and types of all providers, which nobody keeps secret."""
    if isinstance(value, list):
        for inner in value:
            yield from _names(inner)
    elif isinstance(value, dict):
        for entry in value.get("providers") or ():
            if isinstance(entry, dict):
                yield from (str(entry[key]) for key in ("name", "type") if entry.get(key))
        yield from _names(value.get("zones"))


def undeclared(value: Any, spec: Mapping[str, Any]) -> Iterator[str]:
    """The texts that belong to no declared option."""
    options = spec.get("options")
    if options is None:
        return
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, dict):
            for key, inner in entry.items():
                yield from undeclared(inner, options[key]) if key in options else _texts(inner)
        else:
            yield from _texts(entry)


def _texts(value: Any) -> Iterator[str]:
    """What is long enough for a secret; hiding a short word would garble the message."""
    if isinstance(value, str) and len(value) >= _SHORTEST_SECRET:
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def make_module(spec: Mapping[str, Any], **rules: Any) -> AnsibleModule:
    module = _Discreet(argument_spec=dict(spec), supports_check_mode=True, **rules)
    if missing := missing_library():
        module.fail_json(msg=missing)
    return module


def missing_library() -> str:
    """What to install where a library that we need is not there; empty where all are."""
    for library, package in _LIBRARIES.items():
        if importlib.util.find_spec(library) is None:
            return (
                f"the Python library {package} is missing; nothing was done. "
                f"Install what is needed: {sys.executable} -m pip install {' '.join(_LIBRARIES.values())}"
            )
    return ""


def checked(module: AnsibleModule, run: Callable[[], T]) -> T:
    """What `run` returns; bad input ends the module with every problem, before anything was sent."""
    try:
        return run()
    except BadInput as error:
        raise fail(module, refusal(error), problems=error.problems, changed=False) from None


def refusal(error: BadInput) -> str:
    """What is wrong with the input of a module that writes."""
    heading = f"nothing was sent: {len(error.problems)} problem{'s' * (len(error.problems) > 1)} in the input"
    return "\n".join([heading, *error.problems])


def fail(module: AnsibleModule, message: str, **result: Any) -> SystemExit:
    """End the module as failed; to be raised, so that readers and type checkers see that nothing follows."""
    module.fail_json(msg=message, **result)
    return SystemExit(1)
