# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves behind: files and metrics."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._reports import files, reported_run
from ansible_collections.twinzone.edge.plugins.module_utils._reports import history as reports_history
from ansible_collections.twinzone.edge.plugins.module_utils._reports import metrics as reports_metrics
from hypothesis import given, settings
from prometheus_client.parser import text_string_to_metric_families
from support.failover_reports import SITE, Report, report, reports
from support.failover_world import NOW


def stored(directory: Path) -> list[str]:
    """The ids of the runs whose reports are kept for good."""
    return [json.loads(path.read_text())["run"] for path in sorted((directory / "history" / SITE).glob("*"))]


@given(left=reports(sites=(SITE,)))
@settings(max_examples=15)
def test_files_tell_what_the_reports_reported(left: list[Report], tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("reports")
    for one in left:
        files.store(directory, SITE, one)
    runs, left_out = files.load(directory, [SITE])
    assert left_out == []
    assert reports_history.timeline(runs) == reports_history.timeline([reported_run.read(one) for one in left])
    assert list(directory.rglob(".twinzone-*")) == []


def test_what_is_no_report_is_named_and_left_out(tmp_path: Path) -> None:
    files.store(tmp_path, SITE, report())
    history = tmp_path / "history" / SITE
    contents = {
        "half": b'{"schema": "twinzone-failover/1", "site": "ww',
        "foreign": b'{"schema": "another/1"}',
        "list": b"[]",
        "bytes": b"\xff\xfe\x00",
        "empty": b"",
        "deep": b"[" * 100_000,
        "large": b" " * (1 << 20) + b"{}",
    }
    for name, content in contents.items():
        (history / f"{name}.json").write_bytes(content)
    (history / "folder.json").mkdir()
    (history / "notes.txt").write_text("no business of ours")
    runs, left_out = files.load(tmp_path, [SITE, "new.example.com"])
    assert {run.run for run in runs} == {"r1"}
    assert sorted(Path(path).stem for path, _why in left_out) == sorted([*contents, "folder"])
    assert all(why for _path, why in left_out)
    assert (str(history / "large.json"), "too large for a report") in left_out
    (tmp_path / f"{SITE}.json").write_bytes(contents["half"])
    files.store(tmp_path, SITE, report(60, "r2"))
    assert "r2" in {run.run for run in files.load(tmp_path, [SITE])[0]}


def test_the_oldest_are_forgotten_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_KEPT", 3)
    for number in range(6):
        files.store(tmp_path, SITE, report(number, f"r{number}", changed=True))
        (tmp_path / "history" / SITE / "mine.json").write_text('{"run": "mine"}')
    assert stored(tmp_path) == ["r3", "r4", "r5", "mine"]


def test_a_script_does_not_outlive_what_it_is_for(tmp_path: Path) -> None:
    script = tmp_path / f"{SITE}.by-hand.sh"
    files.store(tmp_path, SITE, report(outcome="partial", by_hand=["curl -X PATCH"]))
    assert script.read_text() == "#!/bin/sh\ncurl -X PATCH\n"
    files.store(tmp_path, SITE, report(30, "r2", check_mode=True))
    assert script.exists(), "a dry run has repaired nothing"
    files.store(tmp_path, SITE, report(60, "r3", outcome="converged"))
    assert not script.exists()
    assert stored(tmp_path) == ["r1", "r3"]


@pytest.mark.parametrize(("umask", "expected"), [(0o022, (0o640, 0o750)), (0o077, (0o600, 0o700)), (0, (0o640, 0o750))])
def test_reports_and_scripts_are_not_for_everybody(umask: int, expected: tuple[int, int], tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        files.store(tmp_path, SITE, report(outcome="partial", by_hand=["curl -X PATCH"]))
        files.write(tmp_path / "twinzone.prom", "", 0o644)
        assert os.umask(umask) == umask, "the umask is as it was"
    finally:
        os.umask(before)
    modes = {path.suffix: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*.*") if path.is_file()}
    assert modes == {".json": expected[0], ".sh": expected[1], ".prom": 0o644}


ODD_NAMES = [
    "..",
    ".",
    "",
    "a/b",
    "a_b",
    "../../etc/x",
    "/etc/x",
    "a\nb",
    "a\0b",
    "-rf",
    ".hidden",
    "x" * 300,
    "\u202egpj",
]


def test_every_name_stays_in_the_directory_and_has_a_file_of_its_own(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "reports"
    for name in ODD_NAMES:
        written = files.store(directory, name, report(run=f"r-{name!r}"[:20]))
        assert all(directory in path.resolve().parents for path in written)
        assert all(path.name.isprintable() for path in written)
    assert {path for path in tmp_path.rglob("*") if path.is_file() and directory not in path.parents} == set()
    assert len(list(directory.glob("*.json"))) == len(ODD_NAMES)
    for name in ODD_NAMES:
        assert {run.run for run in files.load(directory, [name])[0]} == {f"r-{name!r}"[:20]}


def test_a_pipe_in_the_place_of_a_report_holds_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / f"{SITE}.json")
    assert files.load(tmp_path, [SITE]) == ([], [(str(tmp_path / f"{SITE}.json"), "not a file")])
    files.store(tmp_path, SITE, report())
    assert len(files.load(tmp_path, [SITE])[0]) >= 1


def metrics(*results: Report) -> dict[str, float]:
    """Samples by their names with labels; the text must be well formed."""
    return samples(reports_metrics.text(results, NOW + 5))


def samples(text: str) -> dict[str, float]:
    """The samples as the official client library reads them, by their names with labels."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        for one in family.samples:
            assert one.name == family.name + ("_total" if family.type == "counter" else "")
            labels = ",".join(f'{key}="{value}"' for key, value in one.labels.items())
            assert f"{one.name}{{{labels}}}" not in found, "each once"
            found[f"{one.name}{{{labels}}}"] = one.value
    assert text.endswith("\n")
    return found


def test_a_limited_run_leaves_the_series_of_other_sites() -> None:
    def of(site: str, finished: int, **more: Any) -> str:
        return reports_metrics.text([report(site=site, **more)], finished)

    odd = 'b "\\'
    both = reports_metrics.merged(of("a", NOW + 60, outcome="held"), of(odd, NOW))
    found = samples(both)
    assert found['twinzone_last_run_timestamp_seconds{site="a"}'] == NOW + 60
    assert found[f'twinzone_last_run_timestamp_seconds{{site="{odd}"}}'] == NOW
    again = reports_metrics.merged(of("a", NOW + 120), both)
    assert samples(again).keys() == found.keys()
    assert samples(again)['twinzone_outcome{site="a",outcome="held"}'] == 0
    late = samples(reports_metrics.merged(of("a", NOW + 8 * 86400), again))
    assert not [name for name in late if odd in name]
    for old in ("", "garbage{", "other_metric 1\n", both[: len(both) // 2], 'twinzone_outcome{site="x"} NaN\n'):
        samples(reports_metrics.merged(of("a", NOW), old))


def test_metrics_of_a_run() -> None:
    found = metrics(
        report(
            outcome="partial", front="bunny", fronts={"cloudflare": "down"}, served={"a": "bunny", "b": "cloudflare"}
        ),
        report(site='odd "name"\\'),
    )
    site = f'site="{SITE}"'
    assert found[f'twinzone_front_verdict{{{site},front="cloudflare",verdict="down"}}'] == 1
    assert found[f'twinzone_front_verdict{{{site},front="cloudflare",verdict="up"}}'] == 0
    assert found[f'twinzone_active_front{{{site},front="bunny"}}'] == 1
    assert found[f'twinzone_active_front{{{site},front="cloudflare"}}'] == 0
    assert found[f'twinzone_outcome{{{site},outcome="partial"}}'] == 1
    assert found[f'twinzone_outcome{{{site},outcome="unchanged"}}'] == 0
    assert found[f"twinzone_servers_agree{{{site}}}"] == 0
    assert found[f'twinzone_phase_seconds{{{site},phase="switch"}}'] == 0.5
    assert found[f"twinzone_last_run_timestamp_seconds{{{site}}}"] == NOW + 5
    assert found['twinzone_servers_agree{site="odd "name"\\"}'] == 1
    assert found[f"twinzone_active_since_timestamp_seconds{{{site}}}"] == NOW - 600
    assert found[f'twinzone_provider_failed{{{site},provider="desec"}}'] == 0
    assert found[f'twinzone_provider_seconds{{{site},provider="desec"}}'] == 0.25
    assert found[f"twinzone_pinned{{{site}}}"] == 0
    path = f'twinzone_public_name_servers{{{site},name="www.example.com",verdict='
    assert (found[f'{path}"through"}}'], found[f'{path}"bypasses"}}']) == (1, 0)


def test_what_is_said_of_certificates_providers_and_reasons() -> None:
    made = report(outcome="unready", unready=["no token", "no resolver"])
    made["providers"]["desec"]["result"] = "throttled"
    made["fronts"]["bunny"]["certificate_expires"] = ""
    found = metrics(made)
    site = f'site="{SITE}"'
    expiry = "twinzone_certificate_expiry_timestamp_seconds"
    assert found[f'{expiry}{{{site},front="cloudflare"}}'] == NOW + 30 * 86400
    assert f'{expiry}{{{site},front="bunny"}}' not in found, "no certificate was seen"
    assert found[f"twinzone_unready_reasons{{{site}}}"] == 2
    result = f'twinzone_provider_result{{{site},provider="desec",result='
    assert found[f'{result}"throttled"}}'] == 1
    assert found[f'{result}"ok"}}'] == found[f'{result}"not_needed"}}'] == 0


def test_switches_are_counted_on() -> None:
    def run(seconds: int, old: str, **more: Any) -> str:
        return reports_metrics.merged(reports_metrics.text([report(seconds, **more)], NOW + seconds), old)

    name = f'twinzone_switches_total{{site="{SITE}"}}'
    quiet = run(0, "")
    assert samples(quiet)[name] == 0
    moved = run(60, quiet, outcome="switched", front="bunny")
    half = run(120, moved, outcome="partial", front="cloudflare", active_before="bunny", changed=True)
    assert samples(half)[name] == 2
    assert samples(run(180, half, outcome="advised", front="bunny"))[name] == 2
    assert samples(run(180, half, outcome="converged", front="bunny", active_before="bunny"))[name] == 2
    other = reports_metrics.merged(reports_metrics.text([report(site="other")], NOW + 240), half)
    assert samples(other)[name] == 2


def test_an_advised_front_is_not_the_active_one() -> None:
    found = metrics(report(outcome="advised", front="bunny"))
    assert found[f'twinzone_active_front{{site="{SITE}",front="cloudflare"}}'] == 1
    assert found[f'twinzone_servers_agree{{site="{SITE}"}}'] == 1
    assert found[f'twinzone_outcome{{site="{SITE}",outcome="advised"}}'] == 1


#: As `promtool check metrics` has them.
_NO_BASE_UNIT = r"_(milliseconds|minutes|hours|days|weeks|percent|kilobytes|celsius_kelvin)(_|$)"


def test_names_keep_to_the_conventions() -> None:
    """https://prometheus.io/docs/practices/naming/"""
    families = list(text_string_to_metric_families(reports_metrics.text([report()], NOW)))
    assert len(families) > 10
    for family in families:
        assert re.fullmatch(r"twinzone_[a-z]+(_[a-z]+)*", family.name)
        assert family.documentation[0].isupper() and family.documentation.endswith(".")
        assert not re.search(_NO_BASE_UNIT, family.name)
        assert not re.search(r"_(total|count|sum|bucket|info|gauge|counter)$", family.name)
        is_time = "Unix time" in family.documentation
        assert is_time == family.name.endswith("_timestamp_seconds")
        if family.documentation.startswith("Seconds"):
            assert family.name.endswith("_seconds")
        for sample in family.samples:
            assert sample.labels.keys() <= {
                "site",
                "front",
                "verdict",
                "outcome",
                "provider",
                "result",
                "name",
                "phase",
            }
            assert sample.labels["site"] == SITE


def test_a_refused_wish_does_not_make_the_metrics_say_that_nothing_is_active() -> None:
    found = metrics(report(outcome="refused", front=""))
    assert found[f'twinzone_active_front{{site="{SITE}",front="cloudflare"}}'] == 1
    assert found[f'twinzone_servers_agree{{site="{SITE}"}}'] == 1
