# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides name nothing that does not exist, and what looks like YAML is YAML."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._failover import site_reader
from ansible_collections.twinzone.edge.plugins.module_utils._sync import declaration
from support import guides

ROOT = guides.FOLDER.parent.parent.parent
GUIDES = sorted(path.stem for path in guides.FOLDER.glob("*.rst"))

#: Names that are no variables: a fact that a role sets, and a file.
OTHERS = {"failover_result", "failover_site"}


def test_all_are_in_the_table_of_contents() -> None:
    sections = yaml.safe_load((guides.FOLDER.parent / "extra-docs.yml").read_text())["sections"]
    assert sorted(page for section in sections for page in section["toctree"]) == GUIDES


@pytest.mark.parametrize("guide", GUIDES)
def test_every_name_exists(guide: str) -> None:
    text = (guides.FOLDER / f"{guide}.rst").read_text()
    variables = set(re.findall(r"\b(?:failover|zone_sync)_[a-z_]+\b", text)) - OTHERS
    assert variables <= {*site_reader.VARIABLES, *declaration.VARIABLES}
    parts = {
        path.stem
        for folder in (
            "playbooks",
            "roles",
            "plugins/modules",
            "plugins/filter",
            "plugins/lookup",
            "extensions/eda/plugins/event_source",
        )
        for path in (ROOT / folder).iterdir()
    }
    assert set(re.findall(r"\btwinzone\.edge\.(?!docsite|git\b)(\w+)", text)) <= parts


@pytest.mark.parametrize("guide", GUIDES)
def test_code_has_two_backticks(guide: str) -> None:
    """One is Markdown: the site would look for something of that name to link to."""
    text = (guides.FOLDER / f"{guide}.rst").read_text()
    prose = re.sub(r"^\.\. code-block::.*\n(?:\n| .*\n)+", "", text, flags=re.MULTILINE)
    assert not re.findall(r"(?<![`:])`(?!`)[^`<\n]+`(?![`_])", re.sub(r"``.+?``", "", prose, flags=re.DOTALL))


@pytest.mark.parametrize("guide", GUIDES)
def test_yaml_is_yaml(guide: str) -> None:
    for section in guides.sections(guide).values():
        for block in section.blocks:
            if block.language.startswith("yaml"):
                assert yaml.safe_load(block.text), block.caption
