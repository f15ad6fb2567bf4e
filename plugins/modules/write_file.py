#!/usr/bin/python
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: a text as a file that is not for everybody."""

from __future__ import annotations

DOCUMENTATION = r"""
module: write_file
short_description: Write a text to a file that is not for everybody
version_added: 0.2.0
author: The twinzone contributors (@twinzone)
description:
  - Writes a zone file or a page atomically, so that a reader never sees half of it. Its folder is made when it does not exist.
  - The file is readable for the user and the group at most (0640); the umask, and the permissions that it had before, may allow less.
  - A step of the roles P(twinzone.edge.zone_sync#role) and P(twinzone.edge.failover#role). It never becomes another user at the controller.
options:
  path:
    description: The file.
    type: path
    required: true
  content:
    description: What it is to hold.
    type: str
    required: true
  force:
    description: Whether a file that is there already is replaced.
    type: bool
    default: true
attributes:
  check_mode:
    description: Writes nothing, and says whether it would.
    support: full
  diff_mode:
    description: Shows what changes in the file.
    support: full
seealso:
  - module: twinzone.edge.zone_records_info
"""

EXAMPLES = r"""
- name: Write a zone to a file
  twinzone.edge.write_file:
    path: zones/example.com.yml
    content: "{{ zone | to_nice_yaml }}"
  delegate_to: localhost
"""

RETURN = r"""
path:
  description: The file.
  returned: always
  type: str
  sample: zones/example.com.yml
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.twinzone.edge.plugins.module_utils._reports import files


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "content": {"type": "str", "required": True},
            "force": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    path, content = Path(module.params["path"]), module.params["content"]
    before = files.content(path)
    if not module.params["force"] and path.exists():
        content = before
    changed = before != content or not path.exists()
    if changed and not module.check_mode:
        try:
            files.write_private(path, content)
        except OSError as error:
            module.fail_json(msg=f"{error.filename or path} could not be written: {error.strerror or error}")
    shown = {"before_header": str(path), "before": before, "after_header": str(path), "after": content}
    module.exit_json(changed=changed, path=str(path), diff=shown)


if __name__ == "__main__":
    main()
