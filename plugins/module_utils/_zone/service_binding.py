# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS records (RFC 9460): where browsers ask for them, and where one of them leads. Pure."""

from __future__ import annotations

#: The port of HTTPS, at which the records stand at the name itself.
_PORT = 443


def asked_at(name: str, port: int) -> str:
    """Where a browser asks for the records of a host at a port (section 9.1); empty where that is the name itself."""
    return "" if port == _PORT else f"_{port}._https.{name}"


def target(owner: str, text: str) -> str:
    """The absolute name to which a record leads, in presentation format; empty where that is its owner itself."""
    fields = text.split()
    found = fields[1].lower() if len(fields) > 1 else "."
    return "" if found in (".", owner) else found
