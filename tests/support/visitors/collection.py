# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection over simulated providers: its own modules ask and write, the lab's emulated APIs take the writes.

Two places are replaced: where a request goes to an API, and where questions go to a name server. All that lies between
a decision and these is the collection's own: plans, guards, the clients of both providers, the reading of answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import dns.message
import dns.name
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._dns import wire
from ansible_collections.twinzone.edge.plugins.module_utils._errors import ProviderError
from ansible_collections.twinzone.edge.plugins.module_utils._failover import decide_site, questions, writes
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.decision import DecisionData
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.observed import Answer, Observed, Vote
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.site import ProviderEntry, Site
from ansible_collections.twinzone.edge.plugins.module_utils._modules import failover_site
from ansible_collections.twinzone.edge.plugins.module_utils._providers.api import Answer as ApiAnswer
from ansible_collections.twinzone.edge.plugins.module_utils._providers.api import Api
from twinzone_lab.cloudflare.access import Credentials
from twinzone_lab.cloudflare.api import CloudflareApi
from twinzone_lab.desec.api import DesecApi
from twinzone_lab.dns.served import RRsets
from twinzone_lab.web.api import Emulator

from support.emulated_providers import Direct
from support.role_in_process import modules_in_process, run_module

from .authority import ROUTER, TARGETS, ZONE
from .course import Course

SITE = f"www.{ZONE}"

#: Unix time at the begin of a course: in the past of every machine, as markers from the future are not believed.
EPOCH = 1_700_000_000

_TOKEN = "t" * 40

#: Seconds from a decision until a provider's API has taken the write.
WRITING = 0.5

Publish = Callable[[RRsets | Callable[[], RRsets]], None]


def _emulator(provider: str, ttl: int, publish: Publish) -> Emulator:
    """The emulated API of a provider whose router leads to the edge."""
    router = {"type": "CNAME", "ttl": ttl}
    edge = TARGETS["edge"]
    if provider == "cloudflare":
        cloudflare = CloudflareApi(
            credentials=Credentials(_TOKEN, "r" * 40, "user@lab.test", "0" * 37),
            name_servers=("amir.ns.cloudflare.com", "lola.ns.cloudflare.com"),
            edge=("192.0.2.80",),
            publish=lambda _zone, rrsets, _at_once: publish(rrsets),
            outside=lambda _name, _type: None,
        )
        cloudflare.add_zone(ZONE)
        cloudflare.seed(ZONE, [{**router, "name": f"{ROUTER}.{ZONE}", "content": edge.rstrip(".")}])
        return cloudflare
    desec = DesecApi(lambda _zone, rrsets: publish(rrsets), token=_TOKEN, minimum_ttl=1, transfer_seconds=0)
    desec.add_zone(ZONE)
    desec.seed(ZONE, [{**router, "subname": ROUTER, "records": [edge]}])
    return desec


@dataclass
class Collection:
    """The collection on one site of a course. policy: of the site. vantages: their names. now: the simulated second."""

    course: Course
    policy: dict[str, Any]
    vantages: Sequence[str]
    now: float = 0.0
    site: Site = field(init=False)
    _entries: list[Any] = field(default_factory=list)
    _emulators: dict[str, Emulator] = field(default_factory=dict)
    _answers: dict[tuple[int, ...], list[Answer]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for place, name in enumerate(self.course.servers):
            self._emulators[name] = _emulator(name, self.course.ttl, self._publisher(name))
            self._entries.append(
                {
                    "name": name,
                    "type": name,
                    "token": _TOKEN,
                    "api_url": f"https://{name}.test{'/client/v4' if name == 'cloudflare' else '/api/v1'}",
                    "nameservers": [f"192.0.2.{10 * place + number}" for number in range(2)],
                }
            )
        self.site = self._described()

    def _publisher(self, name: str) -> Publish:
        def publish(rrsets: RRsets | Callable[[], RRsets]) -> None:
            # What the course begins with is served already.
            if self.now:
                self.course.servers[name].publish(self.now + WRITING, rrsets)

        return publish

    def _described(self) -> Site:
        fronts = [{"name": front, "target": target} for front, target in TARGETS.items()]
        variables = {
            "failover_zone": ZONE,
            "failover_router": ROUTER,
            "failover_ttl": self.course.ttl,
            "failover_names": [],
            "failover_check": {"url": f"https://{SITE}/health"},
            "failover_fronts": fronts,
            "failover_vantages": list(self.vantages),
            "failover_policy": self.policy,
        }
        return failover_site.read(SITE, variables, self._entries, EPOCH)

    def run(self, when: float, votes: Sequence[Vote]) -> DecisionData:
        """Ask the name servers, decide with these votes, and write what is due."""
        self.now = when
        with _connected(self):
            observed = Observed(answers=self._asked(), votes=list(votes), sites=[self.site])
            now = EPOCH + int(when)
            entries: dict[str, list[ProviderEntry]] = {SITE: self._entries}
            doubtful = questions.unsettled([self.site], observed["answers"], entries, now)
            if doubtful:
                reading = {"zones": doubtful, "fronts": [], "vantage": "localhost", "deadline": 10.0}
                observed["held"] = run_module("twinzone.edge.observe_sites", reading)["zones"]
            decision = decide_site.decide(self.site, observed, now, f"r{int(when)}")
            due = writes.switches([decision], entries, {})
            if due:
                how = {"plan_first": False, "deadline": 10.0, "verify_timeout": 0}
                run_module("twinzone.edge.zone_records", {"zones": due, **how})
        return decision

    @property
    def state(self) -> tuple[int, ...]:
        """What every name server serves now: the number of its state."""
        servers = self.course.servers.values()
        return tuple(one.state(number, self.now) for one in servers for number in range(len(one.lags)))

    def _asked(self) -> list[Answer]:
        """What the name servers answer; the same as before where they serve the same."""
        if self.state not in self._answers:
            zones = questions.queries([self.site])
            self._answers[self.state] = run_module("twinzone.edge.served_info", {"zones": zones})["answers"]
        return self._answers[self.state]

    def ask(
        self, endpoint: wire.Endpoint, asked: Sequence[wire.Question], _deadline: Deadline
    ) -> dict[wire.Question, bytes | str]:
        """In place of `wire.ask`."""
        place, number = divmod(int(endpoint.address.rpartition(".")[2]), 10)
        servers = list(self.course.servers.values())[place]
        return {one: servers.reply(number, self.now, dns.message.make_query(*one).to_wire()) for one in asked}

    def send(self, api: Api, method: str, path: str, body: Any) -> ApiAnswer:
        """In place of what sends a request to an API."""
        name = api.base_url.removeprefix("https://").partition(".")[0]
        if not self.course.is_writable(name, self.now):
            raise ProviderError("deadline", f"{name} did not answer in time")
        return Direct.to(self._emulators[name], api, method, path, body)


@contextmanager
def _connected(collection: Collection) -> Iterator[None]:
    """For this time, modules reach the simulated providers. It concerns the whole process."""

    def send(api: Api, *request: Any) -> Any:  # a function, so that it gets the object as a method does
        return collection.send(api, *request)

    with (
        modules_in_process(),
        mock.patch.object(wire, "ask", collection.ask),
        mock.patch.object(wire.Resolver, "look_up_unchecked", lambda *_asked: None),
        mock.patch.object(Api, "_send", send),
    ):
        yield
