# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports within plugins/module_utils go one way, and I/O stays in the files that are made for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

MODULE_UTILS = Path(__file__).resolve().parents[2] / "plugins" / "module_utils"

VALUES = {"_errors", "_names", "_rdata", "_records"}
PURE = {
    "_agreement",
    "_apex",
    "_decision",
    "_drill",
    "_failover",
    "_goals",
    "_history",
    "_marker",
    "_memory",
    "_metrics",
    "_outcome",
    "_plan",
    "_published",
    "_routing",
    "_site",
    "_status",
    "_steering",
    "_sync",
    "_table",
    "_variables",
    "_verdict",
    "_votes",
}
RIM = {
    "_deadline",
    "_http",
    "_lock",
    "_meeting",
    "_report",
    "_report_files",
    "_side_by_side",
    "_stub_resolver",
    "_webhooks",
    "_wire",
}
REMOTE = {"_fronts", "_nameservers", "_providers", "_proxy_answers", "_routes", "_served"}
ENGINE = {"_engine", "_mirror", "_preflight"}
FACE = {
    "_arguments",
    "_face",
    "_health_face",
    "_info_face",
    "_provider_entries",
    "_records_face",
    "_served_face",
    "_site_face",
}
# Each file imports from its own layer and from those before it.
LAYERS = [VALUES, PURE, RIM, REMOTE, ENGINE, FACE]

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
    "ansible": FACE,
    "dns.asyncquery": set(),
    "dns.query": {"_wire"},
    "dns.resolver": {"_wire"},
    "requests": {"_http"},
}

FILES = {
    ".".join(path.relative_to(MODULE_UTILS).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(MODULE_UTILS.rglob("*.py"))
    if path != MODULE_UTILS / "__init__.py"
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
    return {other for other in imported(name) if other in FILES and not name.startswith(f"{other}.")} - {name}


def within(name: str, package: str) -> bool:
    """Tell whether a full name is the package's own or that of something in it."""
    return name == package or name.startswith(f"{package}.")


def layer(name: str) -> int:
    """Return the place of a file's layer; a package is in one as a whole."""
    places = [place for place, names in enumerate(LAYERS) if name.split(".")[0] in names]
    assert places, f"{name} is in no layer: put it into one of those above"
    return places[0]


@pytest.mark.parametrize("name", FILES)
def test_a_file_imports_only_from_its_own_layer_and_those_below(name: str) -> None:
    own = layer(name)
    above = {other for other in ours(name) if layer(other) > own}
    assert not above, f"{name} imports from a layer above its own"


def test_no_file_imports_itself_by_a_detour() -> None:
    assert len(list(TopologicalSorter({name: ours(name) for name in FILES}).static_order())) == len(FILES)


@pytest.mark.parametrize("name", [name for name in FILES if name in VALUES | PURE])
def test_decisions_know_nothing_of_the_outside_world(name: str) -> None:
    assert not {other for other in imported(name) for package in OUTSIDE_WORLD if within(other, package)}


@pytest.mark.parametrize("package", OWNERS)
def test_each_way_out_has_its_owner(package: str) -> None:
    users = {name for name in FILES if any(within(other, package) for other in imported(name))}
    assert users <= OWNERS[package]


def test_own_imports_are_relative() -> None:
    absolute = {name for name in FILES for other in imported(name) if within(other, "ansible_collections")}
    assert not absolute, "a relative import works under every name of the collection's tree"
