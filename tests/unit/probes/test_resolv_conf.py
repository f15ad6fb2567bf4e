# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the file that names the system's resolvers."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._probes.resolv_conf import fault, fault_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nameserver 192.0.2.1\n", ""),
        ("# nameserver localhost\nnameserver fe80::1%eth0\n", ""),
        ("search example.com\nnameserver localhost\n", "'nameserver localhost' in /etc/resolv.conf is not an address"),
        ("nameserver 192.0.2.1\nnameserver dns.example.com\n", "'nameserver dns.example.com' in"),
        ("nameserver\n", "'nameserver' in /etc/resolv.conf is not an address"),
        ("search example.com\n", "/etc/resolv.conf names no name server"),
        ("", "/etc/resolv.conf names no name server"),
    ],
)
def test_the_line_to_change_is_named(text: str, words: str) -> None:
    found = fault_of(text)
    assert found.startswith(words)
    assert bool(found) == bool(words)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert fault(str(tmp_path / "none")).endswith("does not exist; write the address of a name server into it")
    assert fault(str(tmp_path)) == "", "what cannot be read is not judged"
