# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes from task to task of a role for all sites, as one text.

Ansible copies, checks, tags and prints every value in a list of lists on its own, several times a task. For hundreds of
sites that costs more than the work itself. A text costs next to nothing, and is read where it is needed.
"""

from __future__ import annotations

import json
from typing import Any

from .provider_entries import plain

#: Before it. Older versions of Ansible make a list of a text that begins like one.
_MARK = "packed "


def packed(value: Any) -> str:
    """The value as one text. value: what JSON knows, with text for keys."""
    return _MARK + json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def unpacked(value: Any) -> Any:
    """What was packed; a plain copy of a value that is not packed."""
    if isinstance(value, str) and value.startswith(_MARK):
        return json.loads(value[len(_MARK) :])
    return plain(value)


def each_unpacked(values: Any) -> Any:
    """A mapping with each of its values unpacked. values: may be packed itself."""
    return {key: unpacked(one) for key, one in unpacked(values).items()}
