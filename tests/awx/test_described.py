# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`extensions/awx`: the modules of awx.awx describe everything, in a controller that refuses what AWX refuses."""

from __future__ import annotations

from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS

from .conftest import Described


def test_the_second_time_nothing_is_written(described: Described) -> None:
    assert len(described.writes[0]) > 30
    assert described.writes[1] == []
    assert "changed=0 " in described.outputs[1]


def test_no_token_is_printed(described: Described) -> None:
    (credential,) = described.controller.objects["credentials"].values()
    assert credential["inputs"]["cloudflare_token"] == described.tokens["cloudflare"]
    for output in described.outputs:
        assert not [name for name, token in described.tokens.items() if token in output]


def test_the_credential_has_the_secret_of_every_kind_of_provider(described: Described) -> None:
    """Under the name that the modules look for first; a field without a value is not in the credential."""
    (kind,) = described.controller.objects["credential_types"].values()
    assert set(kind["injectors"]["env"]) == {one.secret_env[0] for one in PROVIDERS.values() if one.secret_env}
    (credential,) = described.controller.objects["credentials"].values()
    assert set(credential["inputs"]) == {"cloudflare_token", "desec_token"}


def test_the_survey_offers_the_fronts_of_the_inventory(described: Described) -> None:
    survey = described.controller.one("job_templates", "twinzone failover")["survey"]
    pin = survey["spec"][0]
    assert (pin["variable"], pin["choices"]) == ("failover_pin", ["cloudflare", "bunny", "none"])
    # AWX gives defaults to scheduled jobs too, and a pin that nobody asked for would hold the site.
    assert not [question for question in survey["spec"] if question["required"] or "default" in question]


def test_jobs_do_not_overtake_each_other(described: Described) -> None:
    templates = described.controller.objects["job_templates"].values()
    assert {one["playbook"] for one in templates} == {
        f"{name}.yml" for name in ("failover", "sync", "preflight", "status", "drill")
    }
    assert not [one for one in templates if one["allow_simultaneous"] or one["job_slice_count"] != 1]


def test_what_is_on_the_schedule(described: Described) -> None:
    schedules = described.controller.objects["schedules"].values()
    on = {one["name"]: one["rrule"] for one in schedules if one["enabled"]}
    assert set(on) == {f"twinzone {name}" for name in ("failover", "sync", "preflight", "project", "inventory")}
    assert on["twinzone failover"].endswith("RRULE:FREQ=MINUTELY;INTERVAL=2")


def test_who_is_notified(described: Described) -> None:
    controller = described.controller
    notified = {
        one["name"]
        for one in controller.objects["job_templates"].values()
        if controller.related(one, "notification_templates_error")
    }
    assert notified == {"twinzone failover", "twinzone sync", "twinzone preflight"}
    workflow = controller.one("workflow_job_templates", "twinzone advise")
    assert controller.related(workflow, "notification_templates_approvals")
