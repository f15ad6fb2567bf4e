# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A vantage that lies has one vote and nothing else: no variable, no token, no say about the votes of others."""

from __future__ import annotations

import json
import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import lab_jobs
from support.lab_playbooks import SITE, Playbooks
from support.lab_vantages import Vantages, vantages
from support.tls_fronts import Server
from twinzone_lab.client import LabClient

#: Stands for the Python of the vantage: writes down what it is given, and answers every module with the same lies.
_PYTHON = """\
#!/bin/sh
{{ env; echo "$@"; cat; for file in "$@"; do cat "$file" 2>/dev/null; done; }} >> '{seen}' 2>/dev/null </dev/stdin
cat '{answer}'
"""


@pytest.fixture
def collector() -> Iterator[socket.socket]:
    """Where the adversary would like the tokens to be sent."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


class Adversary:
    """A host of the inventory whose Python is the adversary's."""

    def __init__(self, playbooks: Playbooks, collector: socket.socket) -> None:
        self.playbooks = playbooks
        self.folder = playbooks.directory / "evil"
        self.folder.mkdir()
        self.seen, self.answer, python = (self.folder / name for name in ("seen", "answer", "python"))
        python.write_text(_PYTHON.format(seen=self.seen, answer=self.answer))
        python.chmod(python.stat().st_mode | stat.S_IXUSR)
        port = collector.getsockname()[1]
        self.metrics = self.folder / "overwritten"
        self.facts = {
            "failover_metrics_file": str(self.metrics),
            "failover_to": "bunny",
            "ansible_python_interpreter": "/nowhere",
            "dns_providers": [
                {"name": name, "type": name, "api_url": f"http://127.0.0.1:{port}/v1", "nameservers": ["127.0.0.1:1"]}
                for name in ("cloudflare", "desec")
            ],
        }
        variables = {
            "ansible_connection": "local",
            "ansible_python_interpreter": str(python),
            "ansible_pipelining": True,
        }
        playbooks.inventory["all"]["children"]["vantages"] = {"hosts": {"evil": variables}}

    def answers(self, **changed: Any) -> None:
        verdicts = {"cloudflare": ("down", False), "bunny": ("up", True)}
        fronts = [
            {
                "site": SITE,
                "name": name,
                "verdict": verdict,
                "clean": clean,
                "reason": "says evil",
                "addresses": [],
                "left_out": [],
            }
            for name, (verdict, clean) in verdicts.items()
        ]
        lies = {"changed": False, "vantage": "localhost", "fronts": fronts, "ansible_facts": self.facts}
        job = {"ansible_job_id": "123.4", "started": 1, "finished": 1}
        self.answer.write_text(json.dumps({**lies, **job, **changed}))


@pytest.fixture
def adversary(playbooks: Playbooks, collector: socket.socket) -> Adversary:
    """The adversary, in a zone that is in order."""
    playbooks.create_zone()
    playbooks.environment |= {
        "ANSIBLE_CACHE_PLUGIN": "jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(playbooks.directory / "cache"),
    }
    return Adversary(playbooks, collector)


def assert_harmless(adversary: Adversary, collector: socket.socket, output: str) -> None:
    with pytest.raises(BlockingIOError):
        collector.accept()
    assert not adversary.metrics.exists()
    cached = "".join(path.read_text() for path in Path(adversary.playbooks.directory / "cache").glob("*"))
    assert "dns_providers" not in cached
    assert "/nowhere" not in cached
    for token in adversary.playbooks.tokens.values():
        assert token not in adversary.seen.read_text()
        assert token not in output


@pytest.mark.parametrize("others", [[], ["localhost"]], ids=["alone", "in the background"])
def test_nothing_that_a_vantage_returns_becomes_a_variable(
    adversary: Adversary, collector: socket.socket, others: list[str]
) -> None:
    """Alone it has the whole vote and may move the site; it never gets more than that. Not in a later run either."""
    playbooks = adversary.playbooks
    playbooks.sites[SITE]["failover_vantages"] = ["evil", *others]
    adversary.answers()
    first = playbooks.failover()
    if others:
        first.ok().result("unchanged")
        assert "1 of 2 vantages: says evil" in first.results[SITE]["fronts"]["cloudflare"]["evidence"]
    else:
        first.ok().result("switched", "active_down")
    assert_harmless(adversary, collector, first.output)
    playbooks.sites[SITE]["failover_vantages"] = ["localhost"]
    again = playbooks.failover().ok()
    again.result("unchanged")
    assert_harmless(adversary, collector, again.output)


@pytest.mark.parametrize("fronts", [5, [{}], "x" * 1_000_000], ids=["a number", "an empty vote", "a megabyte"])
def test_a_vote_of_another_shape_harms_nobody(
    adversary: Adversary, collector: socket.socket, lab: LabClient, fronts: Any
) -> None:
    playbooks = adversary.playbooks
    playbooks.sites[SITE]["failover_vantages"] = ["evil", "localhost"]
    adversary.answers(fronts=fronts, msg="\u001b[2J\nPLAY RECAP\n")
    lab.break_("front_cloudflare", "refuse")
    run = playbooks.failover().ok()
    result = run.result("switched", "active_down")
    assert "1 of 2 vantages" in result["reason"]
    assert_harmless(adversary, collector, run.output)


def test_the_environment_of_the_play_is_not_the_vantages(adversary: Adversary, collector: socket.socket) -> None:
    playbooks = adversary.playbooks
    playbooks.sites[SITE]["failover_vantages"] = ["evil", "localhost"]
    adversary.answers()
    own = playbooks.directory / "own-failover.yml"
    environment = {"CLOUDFLARE_API_TOKEN": "{{ lookup('env', 'TWINZONE_CF') }}", "OF_THE_PLAY": "yes"}
    role = {"ansible.builtin.import_role": {"name": "twinzone.edge.failover"}}
    play = {"hosts": "sites", "gather_facts": False, "environment": environment, "tasks": [role]}
    own.write_text(yaml.safe_dump([play]))
    playbooks.environment["TWINZONE_CF"] = playbooks.environment.pop("CLOUDFLARE_API_TOKEN")
    run = playbooks.command(str(own), "-i", playbooks.inventory_file()).ok()
    assert "OF_THE_PLAY" not in adversary.seen.read_text()
    # Of its own process it inherits what any program of this user does.
    seen = adversary.seen.read_text().replace(f"TWINZONE_CF={playbooks.tokens['cloudflare']}", "")
    assert playbooks.tokens["cloudflare"] not in seen
    assert playbooks.tokens["desec"] not in seen
    assert playbooks.tokens["desec"] not in run.output


def test_nothing_at_the_controller_becomes_another_user(playbooks: Playbooks, lab: LabClient) -> None:
    """Sudo would take the tokens away, at the switch only. It would fail here."""
    playbooks.create_zone()
    playbooks.common.update(ansible_become=True, ansible_become_method="sudo", ansible_become_exe="/bin/false")
    words = ("-e", '{"ansible_become": true}')
    playbooks.failover(*words).ok().result("unchanged")
    lab.break_("front_cloudflare", "refuse")
    playbooks.failover(*words).ok().result("switched", "active_down")
    playbooks.sync(*words).ok()
    pages = playbooks.directory / "pages"
    given = {"zone_sync_import_from": "desec", "failover_report_dir": playbooks.reports, "runbook_dir": pages}
    given |= {f"{name}_report_dir": pages for name in ("preflight", "dependencies")}
    given |= {"init_zone": "example.com", "init_second_cdn": "x.b-cdn.net", "init_dir": playbooks.directory / "new"}
    for name in ("status", "preflight", "dependencies", "history", "runbook", "import", "init"):
        run = playbooks.run(name, *words, **given)
        assert "/bin/false" not in run.output, name
        assert "Missing sudo" not in run.output, name
        assert not [line for line in run.output.splitlines() if line.startswith("fatal:") and name != "preflight"], name
    (zone_file,) = playbooks.directory.glob("zones/*.desec.yml")
    written = [zone_file, *(path for path in pages.rglob("*") if path.is_file())]
    assert (playbooks.directory / "new" / "inventory.yml").exists()
    assert {"preflight.html", "preflight.json", "dependencies.html", f"{SITE}.html"} <= {path.name for path in written}
    assert not [path for path in written if stat.S_IMODE(path.stat().st_mode) & 0o027]


_EVENTS = """\
# Writes every event with all its data, as callbacks of AWX and ARA do.
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = "name: events\\ntype: notification\\nshort_description: x\\ndescription: x\\n"


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "events"

    def v2_on_any(self, *args, **kwargs):
        with open(os.environ["EVENTS"], "a", encoding="utf-8") as file:
            for one in args:
                data = getattr(one, "_result", None) or getattr(one, "_ds", None) or one
                print(repr(data), getattr(getattr(one, "_task", None), "args", ""), file=file)
"""


def files_with(secret: str, hosts: Vantages) -> list[Path]:
    """The files at the vantages that hold a secret."""
    found = []
    for path in (path for host in hosts.made.values() for path in host.folder.rglob("*")):
        with suppress(FileNotFoundError):  # gone meanwhile
            found += [path] if path.is_file() and secret in path.read_text(errors="replace") else []
    return found


@pytest.mark.parametrize("others", [[], ["localhost"]], ids=["alone", "with the controller"])
def test_a_secret_header_of_a_check_is_shown_nowhere(
    playbooks: Playbooks, tmp_path_factory: pytest.TempPathFactory, others: list[str]
) -> None:
    """It reaches the front through a remote vantage, and then it is gone: at -vvv, in facts, events, cache and log."""
    secret = "s3cr3t-of-the-check"
    got: list[bytes] = []

    def front(connection: socket.socket, number: int) -> None:
        got.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n")

    playbooks.create_zone()
    directory = playbooks.directory
    plugins = directory / "callbacks"
    plugins.mkdir()
    (plugins / "events.py").write_text(_EVENTS)
    playbooks.environment |= {
        "ANSIBLE_CALLBACK_PLUGINS": str(plugins),
        "ANSIBLE_CALLBACKS_ENABLED": "events",
        "ANSIBLE_CACHE_PLUGIN": "jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(directory / "cache"),
        "ANSIBLE_LOG_PATH": str(directory / "ansible.log"),
        "ANSIBLE_SHOW_CUSTOM_STATS": "1",
        "EVENTS": str(directory / "events"),
    }
    server = Server(front)
    with vantages(tmp_path_factory.mktemp("hosts")) as hosts:
        hosts.add("paris")
        playbooks.inventory["all"]["children"]["vantages"] = hosts.inventory
        site = playbooks.sites[SITE]
        site["failover_vantages"] = ["paris", *others]
        site["failover_check"]["request_headers"] = {"X-Probe-Key": secret}
        site["failover_fronts"][1] |= {
            "connect_to": [server.place],
            "check": {"url": f"http://{SITE}/health", "headers": {}, "request_headers": {"X-Key": secret}},
        }
        run = playbooks.failover("-vvv").ok()
        run.result("unchanged")
        runs = [run, *(playbooks.run(name, "-vvv") for name in ("status", "preflight"))]
        # A probe in the background removes its own files, a moment after its result is read.
        lab_jobs.soon(lambda: files_with(secret, hosts), [])
    server.close()
    assert sum(secret.encode() in request for request in got) >= 3, "the front wants it"
    assert "failover_vote" in (directory / "events").read_text()
    for name in ("events", "ansible.log"):
        assert secret not in (directory / name).read_text(), name
    kept = [path for folder in ("cache", "reports") for path in (directory / folder).rglob("*") if path.is_file()]
    assert not [path for path in kept if secret in path.read_text()]
    assert not [number for number, one in enumerate(runs) if secret in one.output]
