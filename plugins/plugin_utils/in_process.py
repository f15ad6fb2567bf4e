# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module of ours in the process of its task."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout, suppress
from typing import Any

from ansible.module_utils import basic
from ansible.module_utils.common import json as ansible_json

if hasattr(ansible_json, "get_module_encoder"):  # since ansible-core 2.19
    _ENCODING = {"cls": ansible_json.get_module_encoder("legacy", ansible_json.Direction.CONTROLLER_TO_MODULE)}
else:
    _ENCODING = {"cls": ansible_json.AnsibleJSONEncoder, "vault_to_text": True}


def plain(value: Any) -> Any:
    """A value as a module gets it, without Ansible's own types."""
    return json.loads(json.dumps(value, **_ENCODING))


def run(main: Callable[[], None], arguments: Mapping[str, Any], environment: Mapping[str, Any]) -> dict[str, Any]:
    """What a module returned. Raises what it raised, and ValueError where it returned nothing.

    main: the module's own. arguments: its options and what Ansible adds to them. environment: that of its task, which
    is added to that of this process for as long as the module runs.
    """
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}, **_ENCODING).encode()
    basic._ANSIBLE_PROFILE = "legacy"
    before = dict(os.environ)
    os.environ.update({name: str(value) for name, value in environment.items()})
    try:
        with redirect_stdout(io.StringIO()) as output, suppress(SystemExit):
            main()
    finally:
        os.environ.clear()
        os.environ.update(before)
    returned: dict[str, Any] = json.loads(output.getvalue())
    return returned
