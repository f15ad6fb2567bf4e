# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only real servers show: prerequisites of updates, keys, serial numbers, and the commands to work by hand."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tsig
import dns.update
import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._errors import ProviderError
from ansible_collections.twinzone.edge.plugins.module_utils._providers.powerdns.provider import Powerdns
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._providers.rfc2136.provider import Rfc2136, Rfc2136Settings
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Change, PlanPolicy
from support import lab_jobs, real_servers, stages
from support.lab_jobs import ZONE, Entry
from support.stages import Stage
from twinzone_lab.third import knot

pytestmark = pytest.mark.skipif(
    bool(real_servers.missing()) and not os.environ.get("CI"), reason=f"real name servers: {real_servers.missing()}"
)

#: A sync would leave a router with its marker alone.
SWITCH = PlanPolicy(switch=True)

UPDATED = ["rfc2136-knot", "rfc2136-bind", "rfc2136-powerdns"]


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with stages.at_real_servers(str(request.param), tmp_path) as real:
        yield real


def client(stage: Stage) -> Rfc2136:
    made = PROVIDERS[stage.type](ZONE, stage.settings, Deadline(20.0))
    assert isinstance(made, Rfc2136)
    return made


def router(target: str) -> list[Entry]:
    return [
        {"name": "web-router", "type": "CNAME", "ttl": 60, "values": [target]},
        {"name": "_twinzone.web-router", "type": "TXT", "ttl": 60, "values": [f"v=twinzone1 to={target}"]},
    ]


@pytest.mark.parametrize("stage", UPDATED, indirect=True)
def test_an_update_is_made_only_while_the_sets_are_as_they_were_read(stage: Stage) -> None:
    stage.run(router("one.example.org."), policy=SWITCH, verify_seconds=10)
    late = client(stage)
    held = late.read()
    stage.run(router("two.example.org."), policy=SWITCH)
    before = [held.sets["web-router", "CNAME"], held.sets["_twinzone.web-router", "TXT"]]
    after = [entry.record_set for entry in lab_jobs.declare(router("three.example.org."))]
    changes = [Change("update", *pair) for pair in zip(before, after, strict=True)]
    with pytest.raises(ProviderError) as caught:
        for write in late.writes(changes, held):
            late.send(write)
    assert (caught.value.kind, caught.value.passing, caught.value.nothing_applied) == ("conflict", True, True)
    assert lab_jobs.values(stage.held(), "web-router", "CNAME") == ["two.example.org."]
    with pytest.raises(ProviderError, match="came into being"):
        for write in late.writes([Change("create", None, after[0])], held):
            late.send(write)


#: What PowerDNS makes of values that it does not refuse.
REWRITTEN = {("caa", "CAA"): ('0 issue ""', r'0 issue "\000"'), ("apl", "APL"): ("1:192.0.2.1/24", "1:192.0.2.0/24")}


@pytest.mark.parametrize("stage", ["rfc2136-powerdns"], indirect=True)
def test_a_server_that_stores_something_else_than_was_sent_is_reported_and_can_be_written_to(stage: Stage) -> None:
    """Its answers do not equal what it holds, so it does not find the very sets that it has transferred."""
    records: list[Entry] = [
        {"name": name, "type": rdtype, "ttl": 300, "values": [sent]}
        for (name, rdtype), (sent, _got) in REWRITTEN.items()
    ]
    said = [
        f"{name} {rdtype}: the server holds {got} where {sent} was sent; declare what it holds, as each run would "
        "write it again"
        for (name, rdtype), (sent, got) in REWRITTEN.items()
    ]
    for _time in range(2):
        report = stage.run(records)
        assert (report.result, sorted(report.notes)) == ("ok", sorted(said))
    assert {key: lab_jobs.values(stage.held(), *key) for key in REWRITTEN} == {
        key: [got] for key, (_sent, got) in REWRITTEN.items()
    }
    good: list[Entry] = [
        {"name": "caa", "type": "CAA", "ttl": 300, "values": ['0 issue "ca.example.net"']},
        {"name": "apl", "type": "APL", "ttl": 300, "values": ["1:192.0.2.0/24"]},
    ]
    report = stage.run(good)
    assert (report.result, report.notes) == ("ok", [])


@pytest.mark.parametrize("stage", ["rfc2136-powerdns"], indirect=True)
def test_a_set_that_cannot_be_compared_is_written_only_while_nobody_else_writes(stage: Stage) -> None:
    stage.run([{"name": "caa", "type": "CAA", "ttl": 300, "values": ['0 issue ""']}])
    late = client(stage)
    held = late.read()
    stage.run([{"name": "x", "type": "A", "ttl": 300, "values": ["192.0.2.1"]}])
    (after,) = (
        entry.record_set for entry in lab_jobs.declare([{"name": "caa", "type": "CAA", "values": ['0 issue "a."']}])
    )
    with pytest.raises(ProviderError) as caught:
        for write in late.writes([Change("update", held.sets["caa", "CAA"], after)], held):
            late.send(write)
    assert (caught.value.kind, caught.value.passing, caught.value.nothing_applied) == ("conflict", True, True)


@pytest.mark.parametrize("stage", UPDATED, indirect=True)
def test_the_zone_is_transferred_again_only_when_its_serial_moved(stage: Stage) -> None:
    one = client(stage)
    assert one.read() is one.read()
    stage.run(router("one.example.org."), policy=SWITCH)
    assert ("web-router", "CNAME") in one.read().sets
    assert one.count.requests == 4, "AXFR, SOA, then SOA and AXFR"


@pytest.mark.parametrize("stage", UPDATED, indirect=True)
def test_a_wrong_key_is_unauthorized(stage: Stage) -> None:
    assert isinstance(stage.settings, Rfc2136Settings)
    key = dataclasses.replace(stage.settings.key, secret="d3Jvbmc=")
    wrong = dataclasses.replace(stage, settings=dataclasses.replace(stage.settings, key=key))
    report = wrong.run(router("one.example.org."), policy=SWITCH)
    assert report.result == "unauthorized"
    assert "d3Jvbmc=" not in str(report.as_result())


@pytest.mark.parametrize("stage", UPDATED, indirect=True)
@pytest.mark.parametrize("tool", ["nsupdate", "knsupdate"])
def test_the_commands_by_hand_lead_the_router_elsewhere(stage: Stage, tool: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    stage.run(router("one.example.org."), policy=SWITCH)
    sets = [entry.record_set for entry in lab_jobs.declare(router("two.example.org."))][:1]
    (line,) = client(stage).by_hand(sets)
    line = line.replace("| nsupdate", f"| {tool}")
    env = {**os.environ, "RFC2136_KEY_SECRET": real_servers.SECRET}
    done = subprocess.run(["sh", "-c", line], env=env, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert lab_jobs.values(stage.held(), "web-router", "CNAME") == ["two.example.org."]


@pytest.mark.parametrize("stage", ["powerdns"], indirect=True)
def test_the_commands_for_its_api_lead_router_and_marker_elsewhere(stage: Stage) -> None:
    """As they are printed: in a shell that stops at the first failure, and with the key in no command line."""
    assert isinstance(stage.settings, Powerdns.settings_type)
    stage.run(router("one.example.org."), policy=SWITCH)
    sets = [entry.record_set for entry in lab_jobs.declare(router("two.example.org."))]
    lines = PROVIDERS["powerdns"](ZONE, stage.settings, Deadline(20.0)).by_hand(sets)
    assert stage.settings.token not in "\n".join(lines)
    env = {**os.environ, "POWERDNS_API_KEY": stage.settings.token}
    script = "\n".join(["set -e", *lines])
    done = subprocess.run(["sh", "-c", script], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "error" in done.stdout) == (0, False), done.stdout + done.stderr
    held = stage.held()
    assert lab_jobs.values(held, "web-router", "CNAME") == ["two.example.org."]
    assert lab_jobs.values(held, "_twinzone.web-router", "TXT") == ['"v=twinzone1 to=two.example.org."']


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("stage", ["octodns-powerdns", "octodns-bind", "octodns-knot"], indirect=True)
def test_the_commands_for_octodns_lead_router_and_marker_elsewhere(stage: Stage) -> None:
    stage.run(router("one.example.org."), policy=SWITCH)
    sets = [entry.record_set for entry in lab_jobs.declare(router("two.example.org."))]
    gone = dataclasses.replace(sets[0], name="absent", values=())
    (line,) = PROVIDERS["octodns"](ZONE, stage.settings, Deadline(20.0)).by_hand([*sets, gone])
    (secret,) = stage.settings.secrets
    assert secret not in line
    env = {**os.environ, "OCTODNS_TOKEN": secret, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-c", line], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert lab_jobs.values(stage.held(), "web-router", "CNAME") == ["two.example.org."]
    assert lab_jobs.values(stage.held(), "_twinzone.web-router", "TXT") == ['"v=twinzone1 to=two.example.org."']


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("stage", ["octodns-powerdns", "octodns-bind", "octodns-knot"], indirect=True)
def test_a_wrong_secret_of_octodns_is_not_shown(stage: Stage) -> None:
    entry = {**stage.entry, "token": "d3Jvbmc="}
    wrong = dataclasses.replace(stage, settings=PROVIDERS["octodns"].read_settings(entry, 20.0))
    report = wrong.run(router("one.example.org."), policy=SWITCH)
    assert report.result == "unauthorized", report.as_result()
    assert "d3Jvbmc=" not in str(report.as_result())


#: An HTTPS record with an ECH list of a wrong length, which newer versions of dnspython refuse.
BAD_ECH = bytes.fromhex("000100000500080045fe0d00410001")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("stage", [*UPDATED, "powerdns", "octodns-powerdns"], indirect=True)
def test_a_value_that_cannot_be_parsed_stops_nothing(stage: Stage) -> None:
    """It is read as it is, left alone by prune, and exchanged where something else is declared there."""
    port = int(stage.entry["nameservers"][0].rpartition(":")[2])
    message = dns.update.UpdateMessage(ZONE, keyring=dns.tsig.Key(knot.KEY_NAME, real_servers.SECRET, knot.ALGORITHM))
    odd = dns.rdata.GenericRdata(dns.rdataclass.IN, dns.rdatatype.HTTPS, BAD_ECH)
    message.add(dns.name.from_text(f"odd.{ZONE}."), 3600, odd)
    assert dns.query.tcp(message, real_servers.ADDRESS, port=port, timeout=10).rcode() == dns.rcode.NOERROR
    (value,) = stage.held().sets["odd", "HTTPS"].values
    assert value.is_opaque
    rest: list[Entry] = [{"name": "x", "type": "A", "ttl": 300, "values": ["192.0.2.1"]}]
    report = stage.run(rest, policy=PlanPolicy(prune=True, force=True))
    assert (report.result, ("odd", "HTTPS") in stage.held().sets) == ("ok", True)
    assert "odd HTTPS: left as it is, as its value cannot be read" in report.notes
    good: list[Entry] = [{"name": "odd", "type": "HTTPS", "ttl": 300, "values": ["1 . alpn=h2"]}]
    assert stage.run(good, verify_seconds=10).result == "ok"
    assert lab_jobs.values(stage.held(), "odd", "HTTPS") == ['1 . alpn="h2"']


@pytest.mark.parametrize("stage", ["powerdns"], indirect=True)
def test_records_that_are_switched_off_stay_so(stage: Stage) -> None:
    assert isinstance(stage.settings, Powerdns.settings_type)
    records = [{"content": "192.0.2.1", "disabled": False}, {"content": "192.0.2.2", "disabled": True}]
    url = f"{stage.settings.api_url}/servers/localhost/zones/{ZONE}."
    rrset = {"name": f"x.{ZONE}.", "type": "A", "ttl": 300, "changetype": "REPLACE", "records": records}
    real_servers.call(url, "PATCH", {"rrsets": [rrset]})
    assert lab_jobs.values(stage.held(), "x", "A") == ["192.0.2.1"]
    assert stage.run([{"name": "x", "type": "A", "values": ["192.0.2.3"]}]).result == "ok"
    made = PROVIDERS["powerdns"](ZONE, stage.settings, Deadline(20.0))
    assert made.read().native["x", "A"] == [{"content": "192.0.2.2", "disabled": True}]


@pytest.mark.parametrize("stage", ["powerdns"], indirect=True)
def test_a_wrong_api_key_is_unauthorized(stage: Stage) -> None:
    assert isinstance(stage.settings, Powerdns.settings_type)
    wrong = dataclasses.replace(stage, settings=dataclasses.replace(stage.settings, token="wrong"))
    assert wrong.run(router("one.example.org."), policy=SWITCH).result == "unauthorized"
