# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README sets up the layout that it recommends with the files of the guide, which are tested in the lab."""

from __future__ import annotations

import re

import pytest
import yaml
from support import guides
from support.paths import ROOT

RECOMMENDED = guides.sections("guide_layouts")["A: Cloudflare as a custom hostname"]


@pytest.mark.parametrize("name", ["inventory.yml", "zones/example.com.yml", "zones/example-edge.net.yml"])
def test_its_files_are_those_of_the_guide(name: str) -> None:
    (found,) = re.findall(rf"^```yaml\n# {re.escape(name)}\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)
    assert found.strip() == RECOMMENDED.file(name).strip()


#: What certification asks for (https://access.redhat.com/articles/7068606), and the template of community collections.
SECTIONS = """Description, Requirements, Installation, Use cases, Testing, Support, Release notes and roadmap,
Related information, License information, What is in it, Contributing"""


def test_it_has_the_sections_that_certification_asks_for() -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "README.md").read_text(), re.M)
    assert {" ".join(one.split()) for one in SECTIONS.split(",")} <= set(headings)
    assert len(headings) == len(set(headings))


def test_the_version_to_install_is_the_one_of_the_collection() -> None:
    (text,) = re.findall(r"^```yaml\n# requirements.yml\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)
    (collection,) = yaml.safe_load(text)["collections"]
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    assert (collection["name"], collection["version"]) == (f"{galaxy['repository']}.git", galaxy["version"])
