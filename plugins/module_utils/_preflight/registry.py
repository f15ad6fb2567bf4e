# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All checks of the preflight. A new one is one file, and one line here. Pure."""

from __future__ import annotations

from .check import Check
from .checks import (
    api_hosts,
    cert_renewal,
    clock,
    copies,
    coverage,
    delegation,
    dnssec_two,
    drill_age,
    edge_accepts_host,
    front_health,
    front_identity,
    lock_in,
    name_servers,
    ns_sets,
    origin_published,
    path,
    router,
    router_form,
    standby_dns,
    tell_people,
    tokens,
    ttl_chain,
    uncached_path,
    zones_equal,
)

CHECKS: tuple[Check, ...] = (
    path.CHECK,
    front_health.CHECK,
    router.CHECK,
    router_form.CHECK,
    tokens.CHECK,
    delegation.CHECK,
    ns_sets.CHECK,
    dnssec_two.CHECK,
    name_servers.CHECK,
    copies.CHECK,
    cert_renewal.CHECK,
    front_identity.CHECK,
    edge_accepts_host.CHECK,
    uncached_path.CHECK,
    ttl_chain.CHECK,
    zones_equal.CHECK,
    origin_published.CHECK,
    lock_in.CHECK,
    standby_dns.CHECK,
    api_hosts.CHECK,
    coverage.CHECK,
    drill_age.CHECK,
    tell_people.CHECK,
    clock.CHECK,
)

IDS = tuple(check.id for check in CHECKS)
