# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One zone of the Cloudflare emulator with its settings."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dns.name

from .errors import invalid
from .records import PLANS, Plan, new_id, now
from .table import Table

ACCOUNT = {"id": "a" * 32, "name": "The lab's account"}
_KEY = "mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="
_DIGEST = "48E939042E82C22542CB377B580DFDC52A361CEFDC72E7F9107E2B6BD9306A45"


@dataclass
class CloudflareZone:
    """A zone. Writers hold `lock`; readers take `table` as it is."""

    name: str
    name_servers: tuple[str, ...]
    plan: Plan = PLANS["free"]
    status: str = "active"
    paused: bool = False
    id: str = field(default_factory=new_id)
    created_on: str = field(default_factory=now)
    settings: dict[str, Any] = field(default_factory=dict)
    dnssec: dict[str, Any] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    table: Table = field(init=False)

    def __post_init__(self) -> None:
        self.origin = dns.name.from_text(self.name + ".")
        self.empty()

    def empty(self) -> None:
        """Put everything but the identifier into the state of a new zone."""
        self.table = Table(self.origin)
        self.plan, self.status, self.paused = PLANS["free"], "active", False
        self.settings = {
            "flatten_all_cnames": False,
            "internal_dns": {"reference_zone_id": ""},
            "multi_provider": False,
            "nameservers": {"type": "cloudflare.standard"},
            "ns_ttl": 86400,
            "secondary_overrides": False,
            "soa": {
                "mname": self.name_servers[0],
                "rname": "dns.cloudflare.com",
                "refresh": 10000,
                "retry": 2400,
                "expire": 604800,
                "min_ttl": 1800,
                "ttl": 3600,
            },
            "zone_mode": "standard",
        }
        self.dnssec = {"status": "disabled", "dnssec_multi_signer": False, "dnssec_presigned": False}

    @property
    def dns_only(self) -> bool:
        """Whether even proxied records are answered as they are."""
        return self.paused or self.status != "active" or self.settings["zone_mode"] == "dns_only"

    def adjust(self, values: Mapping[str, str]) -> None:
        """Set what the owner can: plan, status, paused, multi_provider. `ValueError` names what is wrong."""
        for key, value in values.items():
            if key == "plan" and value in PLANS:
                self.plan = PLANS[value]
            elif key == "status" and value in ("initializing", "pending", "active", "moved"):
                self.status = value
            elif key == "paused" and value in ("true", "false"):
                self.paused = value == "true"
            elif key == "multi_provider" and value in ("true", "false"):
                self.settings["multi_provider"] = value == "true"
            else:
                known = f"plan={'|'.join(PLANS)}, status=..., paused=true|false, multi_provider=true|false"
                raise ValueError(f"{key}={value}: known are {known}")

    def as_json(self) -> dict[str, Any]:
        """The zone as answers show it."""
        return {
            "id": self.id,
            # Taken in Punycode, and shown in Unicode.
            "name": dns.name.from_text(self.name).to_unicode(omit_final_dot=True),
            "status": self.status,
            "paused": self.paused,
            "type": "full",
            "development_mode": 0,
            "name_servers": list(self.name_servers),
            "original_name_servers": None,
            "original_registrar": None,
            "original_dnshost": None,
            "created_on": self.created_on,
            "modified_on": self.created_on,
            "activated_on": self.created_on if self.status == "active" else None,
            "vanity_name_servers": [],
            "meta": {
                "step": 2,
                "custom_certificate_quota": 0,
                "page_rule_quota": 3,
                "phishing_detected": False,
                "cdn_only": False,
                "dns_only": False,
            },
            "owner": {"id": "b" * 32, "name": "The lab", "type": "user"},
            "account": ACCOUNT,
            "permissions": ["#dns_records:edit", "#dns_records:read", "#zone:read"],
            "plan": {
                "id": "0" * 32,
                "name": self.plan.name,
                "price": 0,
                "currency": "USD",
                "frequency": "",
                "is_subscribed": True,
                "can_subscribe": False,
                "legacy_id": self.plan.legacy_id,
                "legacy_discount": False,
                "externally_managed": False,
            },
        }

    def patch_settings(self, body: Mapping[str, Any]) -> None:
        """Change DNS settings. Raises `CloudflareError` for what does not exist or has another type."""
        for key, value in body.items():
            if key not in self.settings or type(value) is not type(self.settings[key]):
                raise invalid(f"{key} is not a DNS setting, or has the wrong type")
        for key, value in body.items():
            old = self.settings[key]
            self.settings[key] = {**old, **value} if isinstance(old, dict) else value

    def dnssec_json(self) -> dict[str, Any]:
        """The DNSSEC state as answers show it; the key is a fixed one, as the lab signs nothing."""
        shown: dict[str, Any] = {**self.dnssec, "modified_on": self.created_on}
        if self.dnssec["status"] != "disabled":
            shown |= {
                "algorithm": "13",
                "digest": _DIGEST,
                "digest_algorithm": "SHA256",
                "digest_type": "2",
                "ds": f"{self.name}. 3600 IN DS 16953 13 2 {_DIGEST}",
                "flags": 257,
                "key_tag": 16953,
                "key_type": "ECDSAP256SHA256",
                "public_key": _KEY,
            }
        return shown

    def patch_dnssec(self, body: Mapping[str, Any]) -> None:
        """Change the DNSSEC state. Raises `CloudflareError` for an unknown value."""
        if body.get("status", "active") not in ("active", "disabled"):
            raise invalid("status must be active or disabled")
        for key in ("dnssec_multi_signer", "dnssec_presigned"):
            if not isinstance(body.get(key, False), bool):
                raise invalid(f"{key} must be a boolean")
        self.dnssec |= {key: value for key, value in body.items() if key in self.dnssec}
