# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failovers and syncs, every one a process of its own that can be killed at any step, on machines that share nothing
but the DNS. They are carried out without Ansible, in a tenth of a second each."""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import os
import signal
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import requests
import yaml
from ansible.module_utils.testing import patch_module_args
from ansible_collections.twinzone.edge.plugins.filter import failover
from ansible_collections.twinzone.edge.plugins.filter.decide import decide
from ansible_collections.twinzone.edge.plugins.module_utils._dns import wire
from ansible_collections.twinzone.edge.plugins.module_utils._engine import guarding, lock, verification
from ansible_collections.twinzone.edge.plugins.module_utils._failover import decision, hands, restorations
from ansible_collections.twinzone.edge.plugins.module_utils._failover import site as failover_site
from ansible_collections.twinzone.edge.plugins.module_utils._modules import served_info, zone_records, zone_records_info
from ansible_collections.twinzone.edge.plugins.module_utils._modules.packing import unpacked
from ansible_collections.twinzone.edge.plugins.module_utils._providers import api as providers_api
from ansible_collections.twinzone.edge.plugins.module_utils._providers.cloudflare import provider as cloudflare_provider
from ansible_collections.twinzone.edge.plugins.module_utils._providers.desec import provider as desec_provider
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from twinzone_lab.client import LabClient

from support.lab_jobs import BOTH
from support.lab_playbooks import SITE, ZONE

Data = dict[str, Any]

#: Imported here once, so that not every run has to.
_PRELOADED = (requests,)

#: Seconds after which a run is taken for hanging.
_LIMIT = 60


@dataclass(frozen=True)
class Task:
    """One run. module arguments and site variables: as the role has them, for failovers and syncs alike.

    machine: where its locks lie. up: the fronts that its vantage finds clean; the others are down to it. left_down: the
    fronts of which the addresses that they have left are down to it. kill_at: the
    step, counted from one, at which it is killed; 0 for never. steps: the sorts of steps that count (api, dns, lock).
    at: the provider whose steps count, as those of two at once come in no certain order; all, if empty. first: the
    provider that must have been written before another one's first write begins.
    small_writes: whether a provider takes only a few record sets in one write. overlaps: whether its first write at a
    provider waits until all such runs are about to send theirs. last_at: the providers at which that write then waits
    until another of these runs has written. at_lock: such runs wait for each other before they take their locks
    instead, as those of one machine have to. on_the_way: seconds that a person is given for the next provider, and that
    pass between two restorations. meanwhile: a run between what this one has decided and what it writes. later: seconds
    after now at which it takes place, by its own clock. second: the Unix time that is its now; the machine's, if 0.
    """

    machine: str
    site: Mapping[str, Any] = field(default_factory=dict)
    providers: Sequence[Mapping[str, Any]] = ()
    network: Mapping[str, Any] = field(default_factory=dict)
    up: Collection[str] = ()
    run: str = "run"
    left_down: Collection[str] = ()
    sync: Mapping[str, Any] = field(default_factory=dict)
    kill_at: int = 0
    steps: Collection[str] = ("api", "dns", "lock")
    at: str = ""
    first: str = ""
    small_writes: bool = False
    overlaps: bool = False
    at_lock: bool = False
    last_at: Collection[str] = ()
    on_the_way: int = 300
    meanwhile: Task | None = None
    later: int = 0
    second: int = 0


@dataclass(frozen=True)
class Ended:
    """How a run ended. steps: those that it took, the last one being that of its death; result: unless it was killed.

    failure: the traceback of a run that should not have one.
    """

    steps: Sequence[str]
    result: Data | None
    failure: str = ""

    @property
    def killed(self) -> bool:
        return self.result is None

    @property
    def whole(self) -> Data:
        """The result of a run that must have ended by itself."""
        assert self.result is not None, self.steps
        return self.result


class Machines:
    """Any number of machines, each with a temporary directory of its own, that look after a site of the lab."""

    def __init__(self, lab: LabClient, directory: Path, connection: Connection) -> None:
        self.directory = directory
        self._connection = connection
        self.inventory: Data = yaml.safe_load((lab.directory / "inventory.yml").read_text())["all"]
        common = self.inventory["vars"]
        self.providers: Sequence[Data] = common["dns_providers"]
        self.network = {key: common[key] for key in ("dns_resolver", "dns_port")}
        self.site: Data = self.inventory["children"]["sites"]["hosts"][SITE]

    def failover(self, *up: str, machine: str = "here", run: str = "run", **more: Any) -> Task:
        """A failover for which only these fronts are up. more: of Task, or variables of the role."""
        variables = {key: more.pop(key) for key in list(more) if key.startswith("failover_")}
        return Task(
            str(self.directory / machine), {**self.site, **variables}, self.providers, self.network, up, run, **more
        )

    def sync(self, records: Sequence[Data], machine: str = "here", verify: float = 20, **more: Any) -> Task:
        """A sync that makes these records the whole zone. verify: seconds that it waits until they are served. more: of
        Task."""
        arguments: Data = {"zone": ZONE, "records": records, "providers": self.providers, **self.network}
        arguments |= {"prune": True, "force": True, "steered": ["web-router"], "deadline": 60, "verify_timeout": verify}
        return Task(str(self.directory / machine), sync=arguments, **more)

    def at_once(self, *tasks: Task) -> list[Ended]:
        """Runs that begin at the same time; how each ended."""
        self._connection.send(tasks)
        assert self._connection.poll(_LIMIT), "a run hangs"
        found: list[Ended] = self._connection.recv()
        assert not any(ended.failure for ended in found), [ended.failure for ended in found]
        return found

    def one(self, task: Task) -> Ended:
        """One run alone; how it ended."""
        (ended,) = self.at_once(task)
        return ended


@contextlib.contextmanager
def ready_to_fork(lab: LabClient) -> Iterator[Connection]:
    """The connection to a process that carries out runs for the time of a `with` block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    tokens = {PROVIDERS[name].secret_env[0]: one["token"] for name, one in lab.info["providers"].items()}
    process = context.Process(target=_serve, args=(theirs, tokens))
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.join(_LIMIT)
        process.kill()


def _serve(connection: Connection, tokens: Mapping[str, str]) -> None:
    """In a process that has imported everything and has a single thread, so that it can be forked in no time."""
    os.environ.update(tokens)
    with contextlib.suppress(EOFError):
        while True:
            tasks: Sequence[Task] = connection.recv()
            with tempfile.TemporaryDirectory() as directory:
                meeting = _Meeting(len(BOTH) * sum(task.overlaps for task in tasks) or 1)
                pids = [_start(task, Path(directory, str(number)), meeting) for number, task in enumerate(tasks)]
                connection.send([_end(pid, Path(directory, str(number))) for number, pid in enumerate(pids)])


class _Meeting:
    """Where runs that overlap wait for each other. parties: how many threads of theirs there are."""

    def __init__(self, parties: int) -> None:
        self.all = multiprocessing.Barrier(parties)
        self.written = {provider: multiprocessing.Event() for provider in BOTH}


def _start(task: Task, path: Path, meeting: _Meeting) -> int:
    """A process that does the task, and writes its steps and its result beside the path."""
    path.mkdir()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        result = _do(task, path, meeting)
        (path / "result.json").write_text(json.dumps(result))
        code = 0
    except BaseException:
        (path / "failure").write_text(traceback.format_exc())
    finally:
        os._exit(code)


def _end(pid: int, path: Path) -> Ended:
    _pid, status = os.waitpid(pid, 0)
    if (path / "failure").exists():
        return Ended([], None, (path / "failure").read_text())
    steps = (path / "steps").read_text().splitlines()
    if os.WIFSIGNALED(status):
        return Ended(steps, None)
    return Ended(steps, json.loads((path / "result.json").read_text()))


def _do(task: Task, path: Path, meeting: _Meeting) -> Data:
    Path(task.machine).mkdir(parents=True, exist_ok=True)
    # Each machine has a user of its own, and locks of its own.
    lock._places = lambda: [Path(task.machine)]
    if task.small_writes:
        cloudflare_provider._BATCH = {"free": 4}
        desec_provider._BULK_SETS = 2
    # Tests make more switches than a site may allow in an hour.
    decision.HOUR = 0
    hands.ON_THE_WAY = restorations.PAUSE = task.on_the_way
    vars(guarding)["time"] = SimpleNamespace(time=lambda: time.time() + task.later)
    # What is not served soon is taken for lost, so that what is done against that is done in every test.
    verification._TRANSFER_LOST = verification._REMINDER_WAIT = 0.5
    _watch(_Steps(path / "steps", task, meeting))
    return _module(zone_records.run_many_providers, task.sync) if task.sync else _failover(task)


class _Steps:
    """Notes every step, and kills the process at the one that is its last."""

    def __init__(self, path: Path, task: Task, meeting: _Meeting) -> None:
        self._descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        self._task = task
        self._lock = threading.Lock()
        self._count = 0
        self._meeting = meeting
        #: Where a first write, or a first lock, is still to come. Each provider has a thread of its own.
        self._writes_to_come = set(BOTH) if task.overlaps and not task.at_lock else set()
        self._locks_to_come = set(BOTH) if task.overlaps and task.at_lock else set()
        self._thread = threading.local()
        self._first_is_written = threading.Event()

    def _meet_others(self, what: str) -> None:
        when, _space, rest = what.partition(" ")
        provider = rest.partition(" ")[0]
        is_write = provider in BOTH and " GET " not in what
        if when == "before" and is_write and provider in self._writes_to_come:
            self._writes_to_come.remove(provider)
            self._meeting.all.wait(_LIMIT / 2)
            if provider in self._task.last_at:
                assert self._meeting.written[provider].wait(_LIMIT / 2)
        elif when == "after" and is_write and provider not in self._task.last_at:
            self._meeting.written[provider].set()
        elif what == "before the lock" and self._locks_to_come and not hasattr(self._thread, "met"):
            self._locks_to_come.pop()
            self._thread.met = True
            self._meeting.all.wait(_LIMIT / 2)

    def step(self, sort: str, what: str) -> None:
        self._meet_others(what)
        when, _space, rest = what.partition(" ")
        if sort == "api":
            self._thread.provider = rest.partition(" ")[0]
        provider = getattr(self._thread, "provider", "")
        is_write = sort == "api" and " GET " not in what
        if is_write and when == "before" and self._task.first not in ("", provider):
            assert self._first_is_written.wait(_LIMIT / 2)
        if sort in self._task.steps and self._task.at in ("", provider):
            self._note(what)
        if is_write and when == "after" and self._task.first == provider:
            self._first_is_written.set()

    def _note(self, what: str) -> None:
        with self._lock:
            self._count += 1
            os.write(self._descriptor, f"{what}\n".encode())
            if self._count == self._task.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)


def _watch(steps: _Steps) -> None:
    """Make steps of every request to an API and every round of questions, before it and after its answer, and of the
    moment in which a lock is taken."""

    def around(owner: Any, name: str, sort: str, label: Callable[..., str]) -> None:
        original = getattr(owner, name)

        def stepping(*arguments: Any) -> Any:
            what = label(*arguments)
            steps.step(sort, f"before {what}")
            found = original(*arguments)
            # Questions change nothing, so any order will do.
            if sort != "dns":
                steps.step(sort, f"after {what}")
            return found

        setattr(owner, name, stepping)

    def request(api: providers_api.Api, method: str, path: str, _body: object) -> str:
        provider = "desec" if "rrsets" in path or "domains" in path else "cloudflare"
        return f"{provider} {method} {path.partition('?')[0]}"

    around(providers_api.Api, "_send", "api", request)
    around(wire, "ask", "dns", lambda endpoint, questions, *_more: f"{endpoint.address} {len(questions)} questions")
    around(lock.ZoneLock, "_taken", "lock", lambda _lock, _descriptor: "the lock")


def _failover(task: Task) -> Data:
    """The tasks of the role one by one; the result of the site."""
    began = time.time() + task.later
    site = failover.read_site(task.site, SITE, task.providers, int(began))
    providers: Any = {SITE: task.providers}
    fronts = [front["name"] for front in site["fronts"]]
    verdicts = [_verdict(name, task.up) for name in fronts]
    verdicts += [_verdict(failover_site.as_published(name), task.up) for name in task.left_down]
    vote = {"vantage": "localhost", "fronts": verdicts}
    seconds = task.site.get("failover_verify_timeout", 20)
    written: Any = {}
    lost: Any = [site]
    for attempt in range(3):
        queries: Data = {"zones": failover.queries([site]), **task.network}
        answers = _module(served_info.run, queries)["answers"]
        doubtful = failover.unsettled([site], answers, providers, int(time.time()) + task.later, (), attempt > 0)
        reads = [{key: value for key, value in one.items() if key != "needed"} for one in doubtful]
        held = _module(zone_records_info.run, {"zones": reads})["zones"] if reads else {}
        observed: Any = {"answers": answers, "held": held, "votes": [vote], "sites": [site]}
        now = task.second or int(time.time())
        decisions = [decide(site, observed, now + task.later, task.run)]
        decided = time.time() + task.later
        if task.meanwhile is not None and attempt == 0:
            _failover(task.meanwhile)
        if due := failover.switches(decisions, providers):
            switch = {"zones": due, "plan_first": False, "deadline": 20, "verify_timeout": seconds, **task.network}
            written = _module(zone_records.run_many_providers, switch)
        lost = failover.overtaken([site], decisions, written)
        if not lost:
            break
    after: Data = {}
    if written:
        queries = {"zones": failover.queries([site], failover.accepted(decisions, written)), **task.network}
        after = _module(served_info.run, {**queries, "timeout": seconds})

    facts: Any = {"run": task.run, "by": "", "written": written, "after": after.get("answers", []), "check_mode": False}
    times: Any = {
        "started": began,
        "observed": decided,
        "decided": decided,
        "finished": time.time() + task.later,
        "asked": 0.0,
    }
    results = failover.results([site], failover.accepted(decisions, written), facts | times)
    found: Data = unpacked(results[SITE])
    return found


def _module(run: Callable[[], object], arguments: Mapping[str, Any]) -> Data:
    """The result of one of our modules."""
    printed = io.StringIO()
    with patch_module_args(dict(arguments)), contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        run()
    found: Data = json.loads(printed.getvalue())
    return found


def _verdict(name: str, up: Collection[str]) -> Data:
    is_up = name in up
    return {
        "site": SITE,
        "name": name,
        "verdict": "up" if is_up else "down",
        "clean": is_up,
        "reason": "the test says so",
        "addresses": [],
    }
