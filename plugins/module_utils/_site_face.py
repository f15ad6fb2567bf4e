# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and a site: its variables, checked at the beginning of every run by all that will ever read them.

The modules work for all sites of a play at once and refuse what they cannot read. So what is wrong with one site is
found before them, as it would hold up the others; and with every run, not only with the one that has to write.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from . import _site
from ._arguments import FAILOVER_DEADLINE, PROVIDER, settings
from ._errors import BadInput
from ._fronts.options import read_fronts
from ._health_face import converted
from ._providers import PROVIDERS


def read(name: str, variables: Mapping[str, Any], providers: Any, now: int) -> dict[str, Any]:
    """The site `name` as `_site.read` returns it. providers: the provider entries, of whatever shape they are.

    Raises BadInput with every problem.
    """
    variables, providers = _plain(variables), _plain(providers)
    problems = _entry_problems(providers)
    entries = [entry for entry in providers if isinstance(entry, Mapping)] if isinstance(providers, list) else []
    try:
        site = _site.read(name, variables, entries, now, PROVIDERS)
    except BadInput as error:
        raise BadInput([*problems, *error.problems]) from None
    problems += _probe_problems(site)
    if problems:
        raise BadInput(problems)
    return site


def _plain(value: Any) -> Any:
    """A copy without Ansible's own containers: to copy one of those, as each validator does, copies all variables."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _entry_problems(providers: Any) -> list[str]:
    """What the modules that write would refuse. No message repeats a value that may hold a token."""
    if not isinstance(providers, list):
        return ["providers: are no list; write `- {name: …, type: …}` for each"]
    problems, entries = [], []
    for index, entry in enumerate(providers):
        where = f"providers[{index}]"
        if not isinstance(entry, Mapping):
            problems.append(f"{where}: is not a mapping with name and type")
            continue
        for key in entry.keys() - PROVIDER.keys():
            near = difflib.get_close_matches(str(key), PROVIDER, 1)
            hint = f"did you mean {near[0]}?" if near else f"valid are {', '.join(PROVIDER)}"
            problems.append(f"{where}: {key}: is unknown; {hint}")
        read = ArgumentSpecValidator(PROVIDER).validate({key: entry[key] for key in PROVIDER if key in entry})
        problems += [f"{where}: {message}" for message in read.error_messages]
        if _is_missing(read.validated_parameters.get("ca_path")):
            problems.append(f"{where} ({entry.get('name')}): ca_path: {entry['ca_path']!r} is not there")
        entries.append(read.validated_parameters)
    if problems:
        return problems
    try:
        settings(entries, FAILOVER_DEADLINE)
    except BadInput as error:
        problems += error.problems
    return problems


def _probe_problems(site: Mapping[str, Any]) -> list[str]:
    """What `cdn_health` would refuse."""
    fronts = _site.probes(site)
    for front in fronts:
        ca_path = str(front["check"].get("ca_path") or "")
        # Files that only other machines need to have; and a relative path: the module runs in another directory.
        if _site.CONTROLLER not in site["vantages"] or not ca_path.startswith(("/", "~")):
            front["check"] = {key: value for key, value in front["check"].items() if key != "ca_path"}
    common = {"check": {}, "controls": [], "probes": 5, "interval": 3.0, "tolerate": None, "down_at": None}
    try:
        read_fronts({**common, "fronts": fronts}, converted)
    except BadInput as error:
        return list(error.problems)
    return []


def _is_missing(path: str | None) -> bool:
    """Whether there is nothing. Of a relative path it cannot be told here: the modules run in another directory."""
    return path is not None and Path(path).is_absolute() and not Path(path).exists()
