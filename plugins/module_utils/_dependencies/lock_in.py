# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names whose content only one CDN can serve, by what their records point at. Pure.

Source of the products: Cloudflare's documentation of `enforce_dns_only` lists what the proxy switch does not reach.
The host names are those that the products' own set-up pages give.
"""

from __future__ import annotations

from collections.abc import Sequence

#: Product by the suffix of a CNAME target.
_PRODUCTS = {
    "r2.dev.": "R2",
    "workers.dev.": "Workers",
    "pages.dev.": "Pages",
    "cfargotunnel.com.": "Tunnel",
}

#: The address that stands at a name whose requests a Worker answers.
_WORKER = "100::"


def locked_to(targets: Sequence[str], addresses: Sequence[str] = ()) -> str:
    """The product that serves a name and that no second CDN can replace; empty for none."""
    if _WORKER in addresses:
        return "Workers"
    for target in targets:
        for suffix, product in _PRODUCTS.items():
            if target == suffix or target.endswith(f".{suffix}"):
                return product
        if ".web3." in target:
            return "Web3"
    return ""
