# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""preflight.yml: in good weather it passes and says what will be slow; it names everything that would fail."""

from __future__ import annotations

from support.lab_playbooks import ZONE, Playbooks
from twinzone_lab.client import LabClient


def test_good_weather_passes_and_says_what_will_be_slow(playbooks: Playbooks) -> None:
    playbooks.create_zone()
    passed = playbooks.run("preflight").ok()
    assert passed.changed == 0
    assert not playbooks.writes()
    assert "FAIL" not in passed.output
    assert "its TTL is 3600 seconds; resolvers may keep the old answer" in passed.output
    assert "delegation to desec         ns1.desec.io., ns2.desec.org." in passed.output


def test_everything_that_would_fail_is_named(playbooks: Playbooks, lab: LabClient) -> None:
    playbooks.create_zone()
    lab.break_("desec_api", "401")
    lab.break_("front_bunny", "expiring_certificate", days=3)
    lab.break_("desec_ns/1", "silent")
    lab.delegate(ZONE, "cloudflare")
    playbooks.environment["CLOUDFLARE_API_TOKEN"] = ""
    output = playbooks.run("preflight").failed().output
    for line in (
        "FAIL API of cloudflare           no token was given",
        "FAIL API of desec                Invalid token.",
        "FAIL name servers of desec       silent over TCP",
        "FAIL delegation to desec         the parent names only",
        "warn certificate of bunny        valid for 2 more days",
    ):
        assert line in output
