# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the modules that ask name servers."""

from __future__ import annotations

from typing import ClassVar


class ModuleDocFragment:
    DOCUMENTATION: ClassVar[str] = r"""
options:
  dns_resolver:
    description:
      - The resolver to use instead of the system's, as C(host) or C(host:port).
    type: str
  dns_port:
    description:
      - The port of name servers that are given or found without one.
    type: int
    default: 53
"""
