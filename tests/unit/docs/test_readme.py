# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README sets up the layout that it recommends with the files of the guide, which are tested in the lab."""

from __future__ import annotations

import re

import pytest
from support import guides
from support.paths import ROOT

RECOMMENDED = guides.sections("guide_layouts")["A: Cloudflare as a custom hostname"]


@pytest.mark.parametrize("name", ["inventory.yml", "zones/example.com.yml", "zones/example-edge.net.yml"])
def test_its_files_are_those_of_the_guide(name: str) -> None:
    (found,) = re.findall(rf"^```yaml\n# {re.escape(name)}\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)
    assert found.strip() == RECOMMENDED.file(name).strip()
