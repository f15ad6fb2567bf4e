# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How this run of ansible-playbook was started, so that a report can say how to start it again. Without secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible import constants, context
from ansible.errors import AnsibleError
from ansible.parsing.splitter import parse_kv
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.result import StartedAs

#: What may be repeated of variables given with -e: none of these can be a secret.
_PLAIN = (
    "dns_port",
    "dns_resolver",
    "failover_adopt",
    "failover_deadline",
    "failover_metrics_file",
    "failover_status_page",
    "failover_report_dir",
    "failover_verify_timeout",
)

#: Options by their names in Ansible, with the setting that is their default.
_OPTIONS = (
    ("remote_user", "--user", "DEFAULT_REMOTE_USER"),
    ("private_key_file", "--private-key", "DEFAULT_PRIVATE_KEY_FILE"),
)


def started_as(task_vars: Mapping[str, Any], sites: int) -> StartedAs:
    """What was given on the command line. sites: how many the run has."""
    given = context.CLIARGS
    return StartedAs(
        playbooks=[str(one) for one in given.get("args") or ()],
        options=list(_options(given)),
        limit=str(given.get("subset") or ""),
        template=str(task_vars.get("awx_job_template_id") or task_vars.get("tower_job_template_id") or ""),
        sites=sites,
    )


def _options(given: Mapping[str, Any]) -> Iterator[str]:
    for inventory in given.get("inventory") or ():
        yield from ("-i", str(inventory))
    for option, word, setting in _OPTIONS:
        value = given.get(option)
        if value and value != getattr(constants, setting, None):
            yield from (word, str(value))
    for option, word in (("vault_ids", "--vault-id"), ("vault_password_files", "--vault-password-file")):
        for value in given.get(option) or ():
            yield from (word, str(value))
    if given.get("ask_vault_pass"):
        yield "--ask-vault-password"
    yield from _extra(given.get("extra_vars") or ())


def _extra(given: Sequence[str]) -> Iterator[str]:
    """Files of variables, and of those on the command line the ones that are no secrets."""
    for words in map(str, given):
        if words.startswith("@"):
            yield from ("-e", words)
        elif not words.startswith(("{", "[", "/", ".")):
            for name, value in _read(words).items():
                if name in _PLAIN:
                    yield from ("-e", f"{name}={value}")


def _read(words: str) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = parse_kv(words)
    except AnsibleError:
        return {}
    return found
