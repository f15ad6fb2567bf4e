#!/usr/bin/python
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: a deSEC token that may switch routers and nothing else."""

from __future__ import annotations

DOCUMENTATION = r"""
module: desec_token
short_description: Make a deSEC token that may switch routers and nothing else
version_added: 0.2.0
author: The twinzone contributors (@twinzone)
description:
  - Makes a token whose policies allow to write the routers and their markers, and forbid everything else. deSEC shows the secret of a token once;
    it is written to a file that only you can read, and never returned.
  - A token of this name that exists gets the policies that it lacks. Policies that it has beyond those are left alone.
  - Router and marker are written in one request, so a token for the router alone cannot switch it.
options:
  zone:
    description: The zone of the routers.
    type: str
    required: true
  routers:
    description:
      - The router records, relative to the zone. Of V(@), the apex, the token may write C(A) and C(AAAA) only; its marker is C(_twinzone).
    type: list
    elements: str
    required: true
  name:
    description: What the token is called. By default C(twinzone) and the zone.
    type: str
  secret_file:
    description: Where to write the secret of a new token. The file must not exist yet.
    type: path
    required: true
  token:
    description:
      - A token that may manage tokens. By default that of the environment variable E(DESEC_TOKEN) or E(DESEC_API_TOKEN).
    type: str
  api_url:
    description: Base URL of the API, if not deSEC's own.
    type: str
  ca_path:
    description: File of CA certificates to trust instead of the system's.
    type: path
  deadline:
    description: Seconds for everything together.
    type: float
    default: 60
attributes:
  check_mode:
    description: Predicts what a run does.
    support: full
  diff_mode:
    description: Shows no difference; RV(ignore:added) says what is new.
    support: none
requirements:
  - requests
  - dnspython
seealso:
  - module: twinzone.edge.desec_records
"""

EXAMPLES = r"""
- name: Make the token of the failover
  twinzone.edge.desec_token:
    zone: example.com
    routers: [web-router]
    secret_file: ~/twinzone-desec-token
  delegate_to: localhost
"""

RETURN = r"""
name:
  description: What the token is called.
  returned: success
  type: str
  sample: twinzone example.com
names:
  description: The names that it may write.
  returned: success
  type: list
  elements: str
  sample: [web-router, _twinzone.web-router]
created:
  description: Whether the token is new.
  returned: success
  type: bool
  sample: true
added:
  description: The names that it could not write before.
  returned: success
  type: list
  elements: str
  sample: [web-router, _twinzone.web-router]
id:
  description: The id of the token, for O(twinzone.edge.zone_records#module:providers[].token_id); empty for one that check mode would make.
  returned: success
  type: str
  sample: 3159e485-5499-46c0-ae2b-aeb84d627a8e
secret_file:
  description: Where the secret of a new token is.
  returned: success
  type: str
  sample: /root/desec-token
"""

from ansible_collections.twinzone.edge.plugins.module_utils._modules import desec_token

main = desec_token.main

if __name__ == "__main__":
    main()
