# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the file that names the system's resolvers, because the system itself keeps silent about it."""

from __future__ import annotations

from pathlib import Path

from .places import is_address
from .quoting import shortened

PATH = "/etc/resolv.conf"
_ENOUGH = 65536


def fault(path: str = PATH) -> str:
    """What to change in this file, in plain words; empty when every name server in it is an address, or it is unread.

    The C library ignores a name server that is not an address, without a word, and asks 127.0.0.1 in its place.
    """
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as file:
            text = file.read(_ENOUGH)
    except FileNotFoundError:
        return f"{path} does not exist; write the address of a name server into it"
    except OSError:
        return ""
    return fault_of(text, path)


def fault_of(text: str, path: str = PATH) -> str:
    """What to change in the file that has this text; empty when nothing."""
    lines = [line.split() for line in text.splitlines()]
    servers = [words[1] if len(words) > 1 else "" for words in lines if words and words[0] == "nameserver"]
    wrong = [server for server in servers if not is_address(server.partition("%")[0])]
    if wrong:
        written = f"nameserver {shortened(wrong[0])}".strip()
        return f"'{written}' in {path} is not an address, so it is ignored; write the address there"
    return "" if servers else f"{path} names no name server; write 'nameserver' and an address into it"
