# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of DNS providers."""

from __future__ import annotations

from typing import ClassVar


class ModuleDocFragment:
    DOCUMENTATION: ClassVar[str] = r"""
options:
  providers:
    description: The DNS providers of the zone.
    type: list
    elements: dict
    suboptions:
      name:
        description: A free name, by which results and C(at) call it.
        type: str
        required: true
      type:
        description: The provider's API.
        type: str
        choices: [cloudflare, desec]
        required: true
      token:
        description:
          - The API token. Without it the environment variable E(CLOUDFLARE_API_TOKEN) or E(CF_API_TOKEN), or E(DESEC_TOKEN) or
            E(DESEC_API_TOKEN) is used.
        type: str
      api_url:
        description: Base URL of the API, if not the provider's own.
        type: str
      zone_id:
        description:
          - Cloudflare's id of the zone. Saves a request and works when the look-up is down.
          - The zone's plan is not known then, so that batches are those of the free plan, and TTLs below 60 seconds are raised.
        type: str
      nameservers:
        description:
          - Its name servers as C(address[:port]) or host names. By default those to which the parent delegates, told apart by their
            names. Needed where two entries have one type.
        type: list
        elements: str
      ca_path:
        description: File of CA certificates to trust instead of the system's. TLS is always verified.
        type: path
      deadline:
        description: How long in seconds all its work may take.
        type: float
"""
