# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that go from task to task as one text."""

from __future__ import annotations

from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._modules.packing import packed, unpacked
from hypothesis import given
from hypothesis import strategies as st

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(_VALUES.filter(lambda value: not isinstance(value, str)))
def test_what_was_packed_comes_out_again(value: Any) -> None:
    assert unpacked(packed(value)) == value
    assert unpacked(value) == value


def test_no_version_of_ansible_takes_it_for_a_list_or_a_mapping() -> None:
    """Before ansible-core 2.19 what looks like one becomes one."""
    assert not packed([1]).startswith(("[", "{"))
