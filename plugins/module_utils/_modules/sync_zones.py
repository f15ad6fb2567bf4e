# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and a sync of all zones of a play: every zone has its own options, problems, and result."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values

from .. import _parallel
from .._engine import engine
from .._engine.job import Job
from .._errors import BadInput
from .._providers.base import Settings
from .._providers.registry import PROVIDERS
from .._providers.shared import AT_ONCE, Accounts
from .._sync.declaration import DECLARED
from . import options, undotted_targets, zone_records
from .module import AnsibleModule, make_module, refusal, undeclared, without_secrets
from .packing import packed

#: The options of one zone: those of zone_records, and where it is taken from.
_SPEC: dict[str, Any] = {
    **options.ZONE,
    "zone": {"type": "str", "required": True},
    **options.POLICY,
    **options.TOGETHER,
    **options.NETWORK,
    "source": {"type": "str", "default": DECLARED},
    "notes": {"type": "list", "elements": "str", "default": []},
}

Result = dict[str, Any]

#: How often -v was given where Ansible shows the options of modules.
_TALKATIVE = 3


@dataclass(frozen=True)
class _Zone:
    """A zone whose options are in order. settings: of its providers. accounts: of all zones of the run."""

    params: Mapping[str, Any]
    settings: tuple[Settings, ...]
    check_mode: bool
    accounts: Accounts = field(default_factory=Accounts)

    @property
    def name(self) -> str:
        return str(self.params["zone"])

    @property
    def secrets(self) -> list[str]:
        """What no result may show. Tokens from the environment are not options, so Ansible does not know of them."""
        return [secret for entry in self.settings for secret in entry.secrets]

    def job(self) -> tuple[Job, Sequence[str]]:
        """The work, and notes on where it comes from. Raises BadInput."""
        params, records, notes = self.params, self.params["records"] or [], self.params["notes"]
        source = params["source"]
        if source != DECLARED:
            from .mirroring import Origin  # it needs much that others do not

            network = options.network(params)
            kinds = {entry["name"]: PROVIDERS[entry["type"]].of_entry(entry) for entry in params["providers"]}
            found = Origin(self.name, source, self.settings, kinds, network, self.accounts).taken()
            records, notes = found["records"], [*notes, *found["notes"]]
        made = options.job(params, self.name, records, self.settings, params["steered"], self.check_mode)
        return replace(made, accounts=self.accounts), notes

    def carry_out(self, diff: bool) -> Result:
        """Do the work; what became of it."""
        try:
            job, notes = self.job()
        except BadInput as error:
            return _failed(refusal(error), error.problems)
        warnings = undotted_targets.warnings([job])
        reports = engine.run(job)
        every = [(job.zone, report) for report in reports.values()]
        result = {**zone_records.zone_result(reports), "warnings": warnings}
        shown = zone_records.diffs(every) if diff else []
        failure = zone_records.failure_of(every)
        return {
            **result,
            **({"diff": shown} if diff else {}),
            **({"failed": True, **failure} if failure else {}),
            "notes": [*notes, *_notes(result["providers"].values())],
        }

    def shown(self) -> Result:
        """What the module of one zone shows of its options with -vvv. They hold secrets yet."""
        return {"invocation": {"module_args": dict(self.params)}}


def run(entries: Mapping[str, Mapping[str, Any]]) -> None:
    """All zones of a play, by host. Never fails: what became of each zone is data, packed.

    The entries are no argument of the module: Ansible would copy and search all of it several times. So is the result.
    """
    module = make_module({})
    module.params["zones"] = dict(entries)
    read = {host: _read(entry, module.check_mode) for host, entry in entries.items()}
    zones = {host: zone for host, zone in read.items() if isinstance(zone, _Zone)}
    module.no_log_values.update(secret for zone in zones.values() for secret in zone.secrets)
    done = _done(zones, module)
    found = {host: zone if isinstance(zone, dict) else done[host] for host, zone in read.items()}
    notes = [f"{host}: {note}" for host, one in found.items() for note in one.pop("notes", ())]
    results = {host: _packed(module, one) for host, one in found.items()}
    module.params.clear()
    module.exit_json(changed=False, zones=results, notes=without_secrets(module, notes))


def _packed(module: AnsibleModule, value: Result) -> str:
    """The value as the module would return it, packed.

    To look through a large value takes longer than through its text, in which a secret would stand as JSON has it.
    """
    text = packed(value)
    if any(json.dumps(secret, ensure_ascii=False)[1:-1] in text for secret in module.no_log_values):
        return packed(without_secrets(module, value))
    return text


def _done(zones: Mapping[str, _Zone], module: AnsibleModule) -> dict[str, Result]:
    """What became of all zones, some of them worked on side by side."""
    accounts = Accounts((zone.name, zone.settings) for zone in zones.values())
    work = {host: replace(zone, accounts=accounts) for host, zone in zones.items()}
    done = _parallel.in_turns({host: partial(zone.carry_out, module._diff) for host, zone in work.items()}, AT_ONCE)
    if module._verbosity < _TALKATIVE:
        return done
    return {host: {**one, **zones[host].shown()} for host, one in done.items()}


def _read(entry: Mapping[str, Any], check_mode: bool) -> _Zone | Result:
    """The zone, or why it is refused."""
    # The records are checked one by one later, and copying them takes long.
    validated = ArgumentSpecValidator(_SPEC).validate({**entry, "records": []})
    secrets = {*validated._no_log_values, *undeclared(entry, {"options": _SPEC})}
    if validated.error_messages:
        return dict(remove_values(_failed("\n".join(validated.error_messages)), secrets))
    params = {**validated.validated_parameters, "records": entry.get("records")}
    try:
        settings = options.settings(params["providers"], zone_records.deadline(params))
    except BadInput as error:
        return dict(remove_values(_failed(refusal(error), error.problems), secrets))
    return _Zone(params, settings, check_mode)


def _failed(message: str, problems: Sequence[str] = ()) -> Result:
    return {"failed": True, "changed": False, "msg": message, **({"problems": list(problems)} if problems else {})}


def _notes(providers: Any) -> list[str]:
    """What the providers of a zone note, each thing once, and what none of them could copy yet."""
    pending: dict[str, str] = {}
    for provider in providers:
        pending |= provider["pending_copy"]
    notes = dict.fromkeys(note for provider in providers for note in provider["notes"])
    return [*notes, *(f"{name}: not published everywhere yet: {why}" for name, why in pending.items())]
