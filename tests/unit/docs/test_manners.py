# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users of a collection expect of every module and lookup: groups, references, attributes, samples, examples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.doc_fragments import network, policy, providers
from support.paths import ROOT

MODULES = {path.stem: path.read_text() for path in sorted((ROOT / "plugins" / "modules").glob("[!_]*.py"))}
LOOKUPS = {path.stem: path.read_text() for path in sorted((ROOT / "plugins" / "lookup").glob("[!_]*.py"))}
FRAGMENTS = {one.__name__.rpartition(".")[2]: one.ModuleDocFragment for one in (network, policy, providers)}
GROUPS = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]


def described(text: str) -> Any:
    """DOCUMENTATION of a plugin, with what it takes from fragments."""
    document = documented(text, "DOCUMENTATION")
    for fragment in document.get("extends_documentation_fragment", []):
        taken = yaml.safe_load(FRAGMENTS[fragment.rpartition(".")[2]].DOCUMENTATION)
        for part in ("options", "attributes"):
            document[part] = {**taken.get(part, {}), **document.get(part, {})}
    return document


def documented(text: str, name: str) -> Any:
    """DOCUMENTATION, EXAMPLES or RETURN of a plugin, parsed."""
    (found,) = re.findall(rf'^{name} = r"""\n(.*?)"""$', text, re.M | re.S)
    return yaml.safe_load(found)


def test_one_group_has_every_module() -> None:
    assert GROUPS["all"] == list(MODULES)


def test_one_group_has_those_with_providers() -> None:
    """Their defaults are common to them, so each of the group takes the same options."""
    options = {name: described(text).get("options", {}) for name, text in MODULES.items()}
    assert GROUPS["providers"] == [
        name for name, found in options.items() if found.get("providers", {}).get("type") == "list"
    ]


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_says_of_itself(name: str) -> None:
    document = described(MODULES[name])
    assert {"check_mode", "diff_mode"} <= document["attributes"].keys()
    assert all(
        one["description"] and one["support"] in ("full", "partial", "none", "N/A")
        for one in document["attributes"].values()
    )
    assert documented(MODULES[name], "EXAMPLES")
    assert not [key for key, value in documented(MODULES[name], "RETURN").items() if not _has_sample(value)]


def _has_sample(value: Mapping[str, Any]) -> bool:
    return "sample" in value or any(_has_sample(inner) for inner in value.get("contains", {}).values())


@pytest.mark.parametrize("name", [*MODULES, *LOOKUPS])
def test_it_names_its_neighbours_and_they_exist(name: str) -> None:
    document = described({**MODULES, **LOOKUPS}[name])
    named = [str(one.get("module") or one["plugin"]) for one in document["seealso"]]
    assert named
    roles = {path.name for path in (ROOT / "roles").iterdir()}
    ours = [one.removeprefix("twinzone.edge.") for one in named if one.startswith("twinzone.edge.")]
    assert set(ours) <= {*MODULES, *LOOKUPS, *roles} - {name}
