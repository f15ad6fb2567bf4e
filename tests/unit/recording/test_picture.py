# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recording of the demo that the README shows. That its words are those of the demo is tested beside the demo."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from support.paths import ROOT
from support.recording import film
from support.recording.record import PICTURE, TITLE
from twinzone_demo.steps import STEPS

README = (ROOT / "README.md").read_text()
SOURCE = PICTURE.read_text()


def test_the_readme_shows_it_near_the_top() -> None:
    """By a path that GitHub finds."""
    assert f"({PICTURE.relative_to(ROOT)})" in README[: len(README) // 4]


def test_it_needs_nothing_else() -> None:
    """No script, no font, no file of somebody else's, and no other name space."""
    names = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(SOURCE).iter()}
    assert names == {"svg", "title", "style", "rect", "circle", "g", "text"}
    assert "url(" not in SOURCE and "href" not in SOURCE and "@import" not in SOURCE
    assert len(SOURCE) < 100_000


def test_it_can_be_read_on_light_and_dark_pages() -> None:
    """It has a ground of its own."""
    ground = next(ElementTree.fromstring(SOURCE).iter("{http://www.w3.org/2000/svg}rect"))
    whole = ElementTree.fromstring(SOURCE).attrib
    assert (ground.get("width"), ground.get("height")) == (whole["width"], whole["height"])


def test_it_stands_still_for_those_who_want_that() -> None:
    assert SOURCE.count("@media (prefers-reduced-motion: no-preference)") == SOURCE.count("@keyframes") == 2
    assert not re.search(r"^#\w+ \{[^}]*animation", SOURCE, re.MULTILINE)


def test_it_tells_the_whole_story() -> None:
    shown = "\n".join(film.shown(SOURCE))
    assert [one.text for one in ElementTree.fromstring(SOURCE) if one.tag.endswith("title")] == [TITLE]
    assert all(step.title in shown for step in STEPS)
    for words in ("$ curl --resolve", "PARTIAL", "curl: (7)", "HTTP/1.1 200 OK, Server: BunnyCDN-LAB", "CONVERGED"):
        assert words in shown
    assert "Everything went as it should" in shown
