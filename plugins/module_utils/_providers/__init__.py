# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of DNS providers, by name: a module ships only what is imported statically."""

from __future__ import annotations

from . import _base, cloudflare, desec

#: Every provider by the `type` of its entry.
PROVIDERS: dict[str, type[_base.Provider]] = {
    provider.type: provider for provider in (cloudflare.Cloudflare, desec.Desec)
}
