# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of DNS providers, by name: a module ships only what is imported statically."""

from __future__ import annotations

from .base import Provider
from .cloudflare.provider import Cloudflare
from .desec.provider import Desec

#: Every provider by the `type` of its entry.
PROVIDERS: dict[str, type[Provider]] = {provider.type: provider for provider in (Cloudflare, Desec)}
