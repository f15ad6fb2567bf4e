# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How tests and the command line speak to a lab."""

from __future__ import annotations

import contextlib
import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import dns.exception
import dns.message
import dns.query
import dns.rcode

from .files import read_state
from .process import LabError, launch, running_pid, stop


class LabClient:
    """A running lab, known by its directory. Every method raises `LabError` when the lab refuses or does not answer."""

    def __init__(self, directory: Path | str) -> None:
        self.directory = Path(directory).resolve()
        state = read_state(self.directory)
        if state is None:
            raise LabError(f"no lab runs in {self.directory}")
        self.info: dict[str, Any] = state
        """What `lab.json` holds: addresses, URLs, tokens."""

    def call(self, command: str, **given: Any) -> Any:
        """Send one command to the control switch."""
        request = urllib.request.Request(f"{self.info['control']}/{command}", json.dumps(given).encode(), method="POST")
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=30) as answer:
                return json.load(answer)["result"]
        except urllib.error.HTTPError as error:
            raise LabError(json.load(error)["error"]) from None
        except OSError as error:
            raise LabError(f"the lab in {self.directory} does not answer: {error}") from None

    def break_(self, part: str, fault: str, /, **options: float | str) -> None:
        """Break a part: `lab.break_("cloudflare_api", "429", retry_after=3, count=1)`."""
        self.call("break", part=part, fault=fault, options={key: str(value) for key, value in options.items()})

    def repair(self, part: str = "all") -> list[str]:
        """Repair a part, or all; the parts that were broken."""
        return list(self.call("repair", part=part))

    def reset(self) -> None:
        """Repair all, empty the zones to their first day, forget the log."""
        self.call("reset")

    def status(self) -> dict[str, Any]:
        """`pid`, and `faults` by part."""
        return dict(self.call("status"))

    def log(self, provider: str | None = None) -> list[dict[str, Any]]:
        """The requests that the APIs got."""
        return list(self.call("log", provider=provider))

    def log_reset(self) -> None:
        """Forget the requests so far."""
        self.call("log-reset")

    def zone(self, provider: str, zone: str) -> list[dict[str, Any]]:
        """What a provider's API holds."""
        return list(self.call("zone", provider=provider, zone=zone))

    def seed(self, provider: str, zone: str, records: Iterable[Mapping[str, Any]]) -> None:
        """Put records into a provider's store past the API's checks, in its own form."""
        self.call("seed", provider=provider, zone=zone, records=list(records))

    def add_zone(self, zone: str) -> None:
        """Another zone at both providers."""
        self.call("add-zone", zone=zone)

    def delegate(self, zone: str, *providers: str, ds: Iterable[str] = ()) -> None:
        """Let the parent delegate a zone to these providers only, with these DS records, until the next reset."""
        self.call("delegate", zone=zone, providers=providers, ds=list(ds))

    def put_clock_forward(self, seconds: float) -> None:
        """Let the clocks of all APIs and fronts be so many seconds ahead of the machine's, until the next reset."""
        self.call("clock", ahead=seconds)

    def adjust(self, zone: str, **values: str) -> None:
        """Set `plan`, `status`, `paused` or `multi_provider` of a Cloudflare zone, or `token_expires`."""
        self.call("adjust", zone=zone, values=values)

    def served(self, provider: str, name: str, rdtype: str) -> dict[str, list[str]]:
        """What each name server of a provider answers over TCP: server address → sorted record texts, or the answer's
        code in place of them (`["NXDOMAIN"]`), or `["silent"]`."""
        servers = self.info["providers"][provider]["name_servers"]
        return {address: self._ask(address, name, rdtype) for address in servers.values()}

    def resolve(self, name: str, rdtype: str) -> list[str]:
        """What the resolver answers, chain included."""
        return self._ask(self.info["resolver"].partition(":")[0], name, rdtype)

    def _ask(self, address: str, name: str, rdtype: str) -> list[str]:
        query = dns.message.make_query(name, rdtype)
        try:
            answer = dns.query.tcp(query, address, timeout=3, port=self.info["dns_port"])
        except (dns.exception.Timeout, OSError, EOFError):
            return ["silent"]
        if answer.rcode() != dns.rcode.NOERROR:
            return [dns.rcode.to_text(answer.rcode())]
        return sorted(rdata.to_text() for rrset in answer.answer for rdata in rrset)


@contextlib.contextmanager
def running_lab(directory: Path | str, **options: float | str | bool | Iterable[str]) -> Iterator[LabClient]:
    """A lab for the time of a `with` block, or until this process ends. Options are those of the command's `start`,
    with `_` for `-`: `running_lab(tmp_path, latency=0.05, zone=["example.com"], throttle=True)`."""
    path = Path(directory).resolve()
    process = launch(path, serve_arguments({"parent_pid": os.getpid(), **options}))
    try:
        yield LabClient(path)
    finally:
        stop(path)
        process.wait()


def start(directory: Path | str, **options: float | str | bool | Iterable[str]) -> tuple[LabClient, bool]:
    """Start a lab that outlives this process; second: whether it had to be started."""
    path = Path(directory).resolve()
    if running_pid(path) is not None:
        return LabClient(path), False
    launch(path, serve_arguments(options))
    return LabClient(path), True


def serve_arguments(options: Mapping[str, float | str | bool | Iterable[str]]) -> list[str]:
    """Options as words of the command line."""
    words: list[str] = []
    for key, value in options.items():
        flag = f"--{key.replace('_', '-')}"
        if isinstance(value, bool):
            words += [flag] if value else []
        elif isinstance(value, int | float | str):
            words += [flag, str(value)]
        else:
            words += [word for item in value for word in (flag, item)]
    return words
