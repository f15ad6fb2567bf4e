# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain copies of what templates hand to filters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.twinzone.edge.plugins.module_utils._modules.provider_entries import plain

VALUES = {
    "text": "a",
    "number": 1,
    "nothing": None,
    "list": [1, {"deep": [True, "b"]}, "{ no template"],
    "mapping": {"text": "c", "template": "{{ other }}", "list": ["{{ other }}", "d"]},
}


@dataclass(frozen=True)
class _LazyValue:
    """As ansible-core 2.19 stores what is not filled in yet."""

    value: Any


class Lazy(dict[str, Any]):
    """As the containers of ansible-core 2.19: a template is filled in when it is taken out."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        super().__init__({key: _LazyValue(value) for key, value in stored.items()})
        self.taken: list[str] = []

    def __getitem__(self, key: str) -> Any:
        stored = super().__getitem__(key).value
        self.taken.append(key)
        return Lazy(stored) if isinstance(stored, dict) else _filled(stored)

    def items(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]
        raise NotImplementedError("each value would be filled in")


Lazy.__module__ = "ansible._internal._templating._lazy_containers"


def _filled(stored: Any) -> Any:
    if isinstance(stored, list):
        return [_filled(one) for one in stored]
    return "other's value" if stored == "{{ other }}" else stored


def test_what_holds_no_template_is_taken_as_it_is_stored() -> None:
    lazy = Lazy(VALUES)
    assert plain(lazy) == {
        **VALUES,
        "mapping": {"text": "c", "template": "other's value", "list": ["other's value", "d"]},
    }
    assert set(lazy.taken) == {"list", "mapping"}
    assert plain(lazy)["mapping"].__class__ is dict


def test_other_values_are_as_they_are() -> None:
    odd = {"tuple": (1, 2), "bytes": b"x"}
    assert plain(odd) == odd
    assert plain("{{ x }}") == "{{ x }}"
    assert plain([{"a": "{{ x }}"}]) == [{"a": "{{ x }}"}]
    assert plain(None) is None


def test_templates_of_the_installed_ansible() -> None:
    """What its own engine makes of them, plain."""
    trust = getattr(pytest.importorskip("ansible.template"), "trust_as_template", str)
    found = Templar(DataLoader(), variables={"other": "value"}).template({"a": [trust("{{ other }}"), "b"]})
    assert plain(found) == {"a": ["value", "b"]}
