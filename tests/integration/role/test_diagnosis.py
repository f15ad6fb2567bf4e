# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all fronts, all name servers or all APIs share is suspected first, and the message names what to change."""

from __future__ import annotations

import socket

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover import suspects
from support import guides
from support.lab_playbooks import SITE, ZONE, Playbooks, Run
from twinzone_lab.client import LabClient


@pytest.fixture
def zone(playbooks: Playbooks) -> Playbooks:
    """Playbooks for a zone that is there already."""
    playbooks.create_zone()
    return playbooks


@pytest.fixture
def nowhere() -> str:
    """An address and port at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


def check_says(run: Run, remedy: str) -> None:
    """The run has the remedy as its next step, and offers to insist only where the fronts were judged."""
    assert f"next    {remedy}" in run.output
    result = run.results[SITE]
    assert result["hint"].startswith(remedy)
    assert ("failover_force" in result["hint"]) == (result["rule"] == "all_down")


@pytest.mark.parametrize("found", [False, True])
def test_a_misspelt_zone(zone: Playbooks, found: bool) -> None:
    """It reads as misspelt, not as silent servers, and no entry for a name in it is proposed."""
    zone.sites[SITE]["failover_zone"] = "exmaple.com"
    if found:
        for entry in zone.common["dns_providers"]:
            del entry["nameservers"]
    run = zone.failover().failed()
    held = run.result("held", "blind")
    guides.check_fault("``failover_zone`` is misspelt", held)
    assert "no name server serves a zone exmaple.com" in held["message"]
    assert f"{SITE} lies in the zone {ZONE}" in held["message"]
    check_says(run, f"correct `failover_zone` (is {ZONE} meant?), or create the zone exmaple.com at the providers")
    others = [] if found else [zone.run("preflight").failed().output, zone.status().output]
    for output in (run.output, *others):
        assert "no name server serves a zone exmaple.com" in output
        assert "web-router.exmaple.com" not in output


def test_a_dead_resolver_of_the_runner(zone: Playbooks, nowhere: str) -> None:
    """The fronts are unknown to such a vantage, not down."""
    zone.common["dns_resolver"] = nowhere
    run = zone.failover().failed()
    held = run.result("held", "vantage_offline")
    assert {one["verdict"] for one in held["fronts"].values()} == {"unknown"}
    assert "localhost cannot ask its resolver" in held["reason"]
    guides.check_fault("its resolver does not answer", held)
    check_says(run, suspects.RESOLVER)
    zone.check_quiet()


def test_a_controller_without_the_authority_of_the_fronts(zone: Playbooks) -> None:
    del zone.sites[SITE]["failover_check"]["ca_path"]
    run = zone.failover().failed()
    held = run.result("held", "vantage_offline")
    assert "localhost trusts the certificate of no front" in held["reason"]
    guides.check_fault("it lacks the authority of the fronts' certificates", held)
    check_says(run, suspects.TRUST)
    preflight = zone.run("preflight").failed().output
    assert suspects.TRUST in preflight
    assert "repair this front" not in preflight


def test_one_front_with_a_strange_certificate_is_down(zone: Playbooks, lab: LabClient) -> None:
    """Which the other one is not: it is no fault of the vantage."""
    lab.break_("front_cloudflare", "untrusted_certificate")
    assert zone.failover().ok().result("switched", "active_down")["front"] == "bunny"


@pytest.mark.parametrize(
    ("fault", "options", "remedy"),
    [
        ("status", {"code": 503}, suspects.ORIGIN),
        ("wrong_body", {}, suspects.CHECK),
        ("expired_certificate", {}, suspects.CERTIFICATE),
    ],
)
def test_what_all_fronts_share_is_named(
    zone: Playbooks, lab: LabClient, fault: str, options: dict[str, float], remedy: str
) -> None:
    zone.sites[SITE]["failover_check"]["contains"] = "^ok"
    for front in zone.sites[SITE]["failover_fronts"]:
        del front["check"]
    for front in ("cloudflare", "bunny"):
        lab.break_(f"front_{front}", fault, **options)
    run = zone.failover().failed()
    held = run.result("held", "all_down")
    assert "all fronts fail in the same way" in held["reason"]
    guides.check_fault("all fronts answer 503, the origin being dead", held)
    check_says(run, remedy)


def test_fronts_that_fail_by_themselves(zone: Playbooks, lab: LabClient) -> None:
    lab.break_("front_cloudflare", "refuse")
    lab.break_("front_bunny", "status", code=500)
    run = zone.failover().failed()
    assert "same way" not in run.result("held", "all_down")["reason"]
    check_says(run, suspects.DIFFERENT)


def test_a_dead_proxy_of_the_runner(zone: Playbooks, lab: LabClient, nowhere: str) -> None:
    """It is not the API that is down. A quiet run knows it, without a request. The proxy's password stays hidden."""
    zone.environment["HTTPS_PROXY"] = f"http://ann:hidden-word@{nowhere}"
    quiet = zone.failover().failed()
    unready = quiet.result("unready", "active_up")
    assert f"the proxy {nowhere} (HTTPS_PROXY) takes no connection" in unready["unready"][0]
    guides.check_fault("its proxy in ``HTTPS_PROXY`` is dead, and nothing is due", unready)
    assert not lab.log()
    lab.break_("front_cloudflare", "refuse")
    run = zone.failover().failed()
    failed = run.result("failed", "active_down")
    for provider in ("cloudflare", "desec"):
        assert f"the proxy {nowhere} (HTTPS_PROXY) did not let" in failed["providers"][provider]["error"]
    assert "correct or unset HTTPS_PROXY" in failed["hint"]
    guides.check_fault("its proxy in ``HTTPS_PROXY`` is dead, and a switch is due", failed)
    assert "hidden-word" not in quiet.output + run.output
    zone.environment["NO_PROXY"] = "*"
    zone.failover().ok().result("switched", "active_down")
