# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports within plugins/module_utils go one way, and I/O stays in the files that are made for it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter

import pytest
from support.paths import ROOT

MODULE_UTILS = ROOT / "plugins" / "module_utils"

#: The floors of the house, from the top: a package imports only from itself and from those below it.
FLOORS = [
    "_modules",
    "_reports",
    "_runbook",
    "_setup",
    "_preflight",
    "_dependencies",
    "_engine",
    "_failover",
    "_sync",
    "_providers",
    "_dns",
    "_watching",
    "_probes",
    "_zone",
]

#: Files that stand on the ground, shared by all.
GROUND = {"_deadline", "_errors", "_hints", "_page", "_parallel", "_text", "_timestamps", "_variables"}

#: Values and decisions: no I/O, no clock, no Ansible. A package stands for all files in it.
PURE = {
    "_dependencies",
    "_dns.comparison",
    "_dns.looks",
    "_dns.replies",
    "_dns.routes",
    "_errors",
    "_failover",
    "_hints",
    "_page",
    "_preflight",
    "_providers.octodns.audit",
    "_providers.octodns.errors",
    "_providers.octodns.fields",
    "_probes.check",
    "_probes.judgement",
    "_probes.body",
    "_probes.certificates",
    "_probes.edge_pages",
    "_probes.evidence",
    "_probes.http1",
    "_probes.quoting",
    "_probes.places",
    "_probes.thresholds",
    "_probes.verdict",
    "_reports.alarms",
    "_reports.formats",
    "_reports.history",
    "_reports.incidents",
    "_reports.metrics",
    "_reports.reported_run",
    "_reports.standing",
    "_reports.standing_rows",
    "_reports.status",
    "_reports.status_page",
    "_runbook",
    "_setup",
    "_sync",
    "_text",
    "_timestamps",
    "_variables",
    "_watching.lookout",
    "_zone",
}

# What a decision must not depend on.
OUTSIDE_WORLD = {
    "ansible",
    "asyncio",
    "concurrent",
    "http",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "requests",
    "select",
    "socket",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib.request",
}

# Who alone may import it.
OWNERS: dict[str, set[str]] = {
    "ansible": {"_modules"},
    "dns.asyncquery": set(),
    "dns.query": {"_dns.primary", "_dns.single", "_dns.wire"},
    "dns.resolver": {"_dns.wire"},
    "requests": {"_providers.api", "_providers.octodns.client", "_providers.proxy"},
}

FILES = {
    ".".join(path.relative_to(MODULE_UTILS).with_suffix("").parts): path
    for path in sorted(MODULE_UTILS.rglob("*.py"))
    if path.name != "__init__.py"
}


def imported(name: str) -> Iterator[str]:
    """Yield the full name of all that a file imports; our own files are named as in FILES.

    `from a import b` yields both `a` and `a.b`, as `b` may be a module.
    """
    path = FILES[name]
    package = path.parent.relative_to(MODULE_UTILS).parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - (node.level - 1)] if node.level else ()
            module = ".".join((*base, *filter(None, [node.module])))
            yield from filter(None, [module])
            yield from (".".join(filter(None, [module, alias.name])) for alias in node.names)


def ours(name: str) -> set[str]:
    """Return which of our own files a file imports, less the packages it lies in."""
    return {other for other in imported(name) if other in FILES} - {name}


def within(name: str, package: str) -> bool:
    """Tell whether a full name is the package's own or that of something in it."""
    return name == package or name.startswith(f"{package}.")


def floor(name: str) -> int:
    """Return the floor on which a file lies, counted from the top."""
    package = name.split(".")[0]
    if package in GROUND:
        return len(FLOORS)
    assert package in FLOORS, f"{package} is on no floor: put it on one of those above"
    return FLOORS.index(package)


def belongs(name: str, places: set[str]) -> bool:
    """Tell whether a file is one of these places, or lies in one of them."""
    return any(within(name, place) for place in places)


@pytest.mark.parametrize("name", FILES)
def test_a_file_imports_only_from_its_own_package_and_from_floors_below(name: str) -> None:
    own = floor(name)
    package = name.split(".")[0]
    above = {other for other in ours(name) if other.split(".")[0] != package and floor(other) <= own < len(FLOORS)}
    above |= {other for other in ours(name) if own == len(FLOORS) and floor(other) < own}
    assert not above, f"{name} imports from its own floor or from one above it"


def test_no_file_imports_itself_by_a_detour() -> None:
    assert len(list(TopologicalSorter({name: ours(name) for name in FILES}).static_order())) == len(FILES)


@pytest.mark.parametrize("name", [name for name in FILES if belongs(name, PURE)])
def test_decisions_know_nothing_of_the_outside_world(name: str) -> None:
    assert not {other for other in imported(name) for package in OUTSIDE_WORLD if within(other, package)}


def test_the_list_of_pure_files_names_only_what_exists() -> None:
    assert not {place for place in PURE if not any(within(name, place) for name in FILES)}


@pytest.mark.parametrize("name", [name for name in FILES if belongs(name, {"_probes"})])
def test_probes_need_nothing_but_the_standard_library(name: str) -> None:
    own = {other for other in imported(name) for place in FILES if within(other, place) or within(place, other)}
    own |= {other for other in imported(name) for place in FILES if other.startswith(f"{place}.")}
    foreign = {other for other in set(imported(name)) - own if other.split(".")[0] not in sys.stdlib_module_names}
    assert not foreign


@pytest.mark.parametrize("package", OWNERS)
def test_each_way_out_has_its_owner(package: str) -> None:
    users = {name for name in FILES if any(within(other, package) for other in imported(name))}
    assert all(belongs(name, OWNERS[package]) for name in users)


def test_own_imports_are_relative() -> None:
    absolute = {name for name in FILES for other in imported(name) if within(other, "ansible_collections")}
    assert not absolute, "a relative import works under every name of the collection's tree"


def test_packages_hold_nothing_but_their_files() -> None:
    """The sanity test `empty-init` of ansible-core 2.16 wants it so."""
    assert not [path for path in MODULE_UTILS.rglob("__init__.py") if path.read_bytes()]
