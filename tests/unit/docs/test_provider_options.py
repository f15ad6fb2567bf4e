# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of provider entries is what the registry of providers says."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from support.paths import ROOT

_SPEC = importlib.util.spec_from_file_location("provider_options", ROOT / "tests" / "tools" / "provider_options.py")
assert _SPEC is not None
assert _SPEC.loader is not None
provider_options = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(provider_options)

FILES: list[Path] = provider_options.files()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_generated_parts_are_up_to_date(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert provider_options.generated(text) == text, "run tests/tools/provider_options.py"


def test_every_module_that_takes_provider_entries_has_a_generated_part() -> None:
    names = {path.stem for path in FILES}
    assert names >= {"providers", "zone_records", "zone_records_info", "served_info"}
    assert names >= {"cloudflare_records", "desec_records"}
