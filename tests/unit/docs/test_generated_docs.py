# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is generated from the code is what the code says now, and what the pages name exists."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support import architecture, generated_docs
from support.guides import FOLDER
from support.paths import ROOT

ARCHITECTURE = (FOLDER / "architecture.rst").read_text()


@pytest.mark.parametrize("path", generated_docs.pages(), ids=lambda path: path.name)
def test_it_is_up_to_date(path: Path) -> None:
    """`make generate` writes it."""
    assert path.read_text() == generated_docs.pages()[path]


def test_it_knows_every_package() -> None:
    packages = {path.name for path in architecture.MODULE_UTILS.iterdir() if (path / "__init__.py").exists()}
    assert set(architecture.PACKAGES) == packages


def test_the_picture_shows_every_package_and_every_import() -> None:
    picture = ElementTree.fromstring(architecture.picture())
    name = "{http://www.w3.org/2000/svg}"
    texts = {text.text for text in picture.iter(f"{name}text")}
    assert {*architecture.PACKAGES, architecture.GROUND} <= texts
    arrows = [path for path in picture.iter(f"{name}path") if "marker-end" in path.attrib]
    assert len(arrows) == sum(map(len, architecture.imports().values())) > 10


def test_every_place_that_the_page_names_exists() -> None:
    places = re.findall(r"^     - ``(\S+/\S+)``$", ARCHITECTURE, re.MULTILINE)
    assert len(places) >= 8
    assert not [place for place in places if not (ROOT / place).exists()]
