# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the entries of `dns_providers`, reported before a module gets them.

No message repeats a value that may hold a token, as Ansible does with -vvv of an option that it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .. import _hints
from .._errors import BadInput
from .options import FAILOVER_DEADLINE, PROVIDER, settings

#: What may hold a template, and the modules of the containers that fill them in.
_TEMPLATES = object()
_LAZY = "ansible._internal._templating"

#: The module of texts that say where they were written.
_TAGGED = "ansible.module_utils._internal._datatag"

#: What a text has that is encrypted in place (`!vault`); before ansible-core 2.19 it is none to Python.
_ENCRYPTED = "__ENCRYPTED__"


def plain(value: Any) -> Any:
    """A copy without Ansible's own containers: to copy one of those, as each validator does, copies all variables."""
    if isinstance(value, dict):
        return {key: _filled(value, key, inner) for key, inner in dict.items(value)}
    if isinstance(value, list):
        return [_filled(value, index, inner) for index, inner in enumerate(list.__iter__(value))]
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    return str(value) if getattr(value, _ENCRYPTED, False) else value


def filled(value: Any, fill: Callable[[Any], Any]) -> Any:
    """A plain copy of a variable. fill: fills in its templates; asked only where there may be any."""
    found = _without_templates(value)
    return plain(fill(value)) if found is _TEMPLATES else found


def _filled(container: Any, key: Any, inner: Any) -> Any:
    """What a container holds under a key, plain. inner: the same, as it is stored there.

    Since ansible-core 2.19 templates are filled in whenever something is taken out of a container, one value at a time,
    and that costs most of the time of a run for many sites. What holds no template is taken as it is stored.
    """
    stored = inner.value if type(inner).__name__ == "_LazyValue" else inner
    if (found := _without_templates(stored)) is not _TEMPLATES:
        return found
    return plain(container[key])


def _without_templates(stored: Any) -> Any:
    """A plain copy of what is stored; _TEMPLATES where a template may be in it, or where its type is not known."""
    if isinstance(stored, str):
        return _TEMPLATES if "{" in stored else _untagged(stored)
    if stored is None or isinstance(stored, (bool, int, float)):
        return stored
    if type(stored).__module__.startswith(_LAZY):
        return plain(stored)
    if isinstance(stored, dict):
        pairs = [(key, _without_templates(inner)) for key, inner in dict.items(stored)]
        return _TEMPLATES if any(inner is _TEMPLATES for _key, inner in pairs) else dict(pairs)
    if isinstance(stored, list):
        items = [_without_templates(inner) for inner in stored]
        return _TEMPLATES if any(inner is _TEMPLATES for inner in items) else items
    return _TEMPLATES


def _untagged(text: str) -> str:
    """Without the tags that ansible-core has put to texts since 2.19: each validator copies them one by one."""
    return str(text) if type(text).__module__ == _TAGGED else text


def read(providers: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """The entries that are mappings, and every problem of all. providers: plain, of whatever shape."""
    if not isinstance(providers, list):
        return [], ["providers: must be a list; write `- {name: …, type: …}` for each"]
    problems, validated = [], []
    for index, entry in enumerate(providers):
        where = f"providers[{index}]"
        if not isinstance(entry, dict):
            problems.append(f"{where}: is not a mapping with name and type")
            continue
        if isinstance(entry.get("name"), str):
            where = f"{where} ({entry['name']})"
        for key in entry.keys() - PROVIDER.keys():
            problems.append(f"{where}: {key}: {_hints.unknown(key, PROVIDER)}")
        result = ArgumentSpecValidator(PROVIDER).validate({key: entry[key] for key in PROVIDER if key in entry})
        problems += [f"{where}: {message}" for message in result.error_messages]
        if _is_missing(result.validated_parameters.get("ca_path")):
            problems.append(f"{where}: ca_path: {entry['ca_path']!r} is not there")
        validated.append(result.validated_parameters)
    entries = [entry for entry in providers if isinstance(entry, dict)]
    if problems:
        return entries, problems
    try:
        # The deadline is of no importance here.
        settings(validated, FAILOVER_DEADLINE)
    except BadInput as error:
        problems += error.problems
    return entries, problems


def _is_missing(path: str | None) -> bool:
    """Whether there is nothing. Of a relative path that cannot be known here: the modules run in another directory."""
    return path is not None and Path(path).is_absolute() and not Path(path).exists()
