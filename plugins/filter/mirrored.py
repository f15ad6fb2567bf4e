# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: translate one provider's zone for the others."""

from __future__ import annotations

DOCUMENTATION = r"""
name: mirrored
short_description: Translate one provider's zone for the others
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.zone_sync#role), for its templates.
  - Translates what other providers cannot hold, or leaves it out, and says so.
positional: zone, source, providers, answers
options:
  _input:
    description: What M(twinzone.edge.zone_records_info) returned for the source.
    type: dict
    required: true
  zone:
    description: The zone's name.
    type: str
    required: true
  source:
    description: The name of the provider whose zone it is.
    type: str
    required: true
  providers:
    description: The entries of all providers.
    type: list
    required: true
  answers:
    description: C(answers) of M(twinzone.edge.served_info) for A and AAAA of the apex, asked of the source.
    type: list
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ read | twinzone.edge.mirrored('example.com', 'cloudflare', dns_providers, answers) }}"
"""

RETURN = r"""
_value:
  description: C(records) to declare and C(notes) on what was translated or left out.
  type: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._sync import mirror


def mirrored(
    read: Mapping[str, Any],
    zone: str,
    source: str,
    providers: Sequence[Mapping[str, Any]],
    answers: Sequence[Mapping[str, Any]],
) -> dict[str, list[Any]]:
    apex: dict[str, list[str]] = {}
    for answer in answers:
        if answer["values"]:
            apex.setdefault(answer["type"], answer["values"])
    try:
        return mirror.mirrored(zone, source, read, providers, apex)
    except BadInput as error:
        raise AnsibleFilterError("\n".join([f"{zone} cannot be taken from {source}:", *error.problems])) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"mirrored": mirrored}
