# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names whose content only one CDN can serve, by what their records point at. Pure.

Source of the products: Cloudflare's documentation of `enforce_dns_only` lists what the proxy switch does not reach.
The host names are those that the products' own set-up pages give.
"""

from __future__ import annotations

from collections.abc import Sequence

from .._failover.data.observed import Record

EMAIL_ROUTING = "Email Routing"

#: Product by the suffix of a CNAME target.
_PRODUCTS = {
    "r2.dev.": "R2",
    "r2.cloudflarestorage.com.": "R2",
    "workers.dev.": "Workers",
    "pages.dev.": "Pages",
    "cfargotunnel.com.": "Tunnel",
    "cloudflare-ipfs.com.": "Web3",
}

#: The address that stands at a name whose requests a Worker answers.
_WORKER = "100::"

#: Where the mail of a domain goes that Cloudflare forwards.
_MAIL = ".mx.cloudflare.net."


def locked_to(targets: Sequence[str], addresses: Sequence[str] = ()) -> str:
    """The product that serves a name and that no second CDN can replace; empty for none."""
    if _WORKER in addresses:
        return "Workers"
    for target in (f"{target.rstrip('.')}." for target in targets):
        for suffix, product in _PRODUCTS.items():
            if target == suffix or target.endswith(f".{suffix}"):
                return product
        if ".web3." in target:
            return "Web3"
    return ""


def of_record(record: Record) -> str:
    """The product without which a record of a zone means nothing; empty for none."""
    values = [str(value).lower() for value in record.get("values", ())]
    if record["type"] == "AAAA":
        return locked_to((), values)
    if record["type"] == "CNAME":
        return locked_to(values)
    if record["type"] == "MX" and any(f"{value.rstrip('.')}.".endswith(_MAIL) for value in values):
        return EMAIL_ROUTING
    return ""
