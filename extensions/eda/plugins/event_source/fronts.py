# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event source for ansible-rulebook: watches the fronts of the sites of an inventory, lightly and without end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
---
short_description: Watch the fronts of all sites of an inventory
description:
  - Looks at every address of every front every few seconds, with the check that the inventory describes, by the
    same probes as a run of the failover. A bad answer is followed by a second look at once. If that is bad too, an
    event names the site.
  - An event is a reason to look, never a reason to switch. The playbook C(twinzone.edge.failover), which the
    rulebook C(twinzone.edge.failover) runs then, probes by the full policy and decides by itself.
  - The sites are read from the inventory by Ansible, once at the start and again every O(refresh) seconds. Between
    that a small process without Ansible does all the work. It is started again when it ends or falls silent.
  - A site whose C(failover_vantages) leave out C(localhost) is not watched.
  - "Events: C(twinzone) is V(suspicion), V(recovery) or V(beat). The first two have C(sites), C(fronts) (C(site),
    C(front), C(cause), C(reason), C(since)) and C(meta.hosts), which limits a playbook to these sites. Several
    sites that fail together are one event."
  - No event and no message holds a token or a request header of a check.
options:
  inventory:
    description:
      - The inventory with the sites, the same as ansible-rulebook itself gets by C(-i). Best a directory, as
        ansible-rulebook copies an inventory that is a file without the C(group_vars) beside it.
    type: str
    required: true
  limit:
    description: The sites to watch, as C(--limit) takes them. All by default.
    type: str
  interval:
    description: Seconds from one look at a site to the next.
    type: float
    default: 5
  again:
    description:
      - The least seconds between two events about a site, in the long run. What lasts is reported again after them.
      - After a quiet time, trouble is reported three times, 15 seconds apart, as one run may not be sure of it.
    type: float
    default: 60
  beat:
    description: Seconds between two signs of life.
    type: float
    default: 15
  refresh:
    description: Seconds after which the inventory is read again.
    type: float
    default: 600
  metrics_file:
    description:
      - A file for the text file collector of Prometheus' node exporter, written with every sign of life that the
        rule engine has taken. C(twinzone_watch_timestamp_seconds) in it grows old when the watcher,
        ansible-rulebook or its rule engine is dead.
    type: str
"""

EXAMPLES = r"""
- twinzone.edge.fronts:
    inventory: /etc/twinzone/inventory
    metrics_file: /var/lib/node_exporter/twinzone_watch.prom
"""

logger = logging.getLogger(__name__)

_HERE = Path(__file__).resolve().parents[2]
_DEFAULTS = {"limit": "", "interval": 5.0, "again": 60.0, "beat": 15.0, "refresh": 600.0, "metrics_file": ""}
_READING_SECONDS = 120.0
_LONGEST_PAUSE = 30.0
_LONGEST_LINE = 2**24
"""Bytes of an event that names many sites."""
_SILENCE = 5
"""Signs of life that may be missing."""


class _Unwatchable(Exception):
    """The inventory could not be read."""


class Options:
    """The arguments of the source. Raises ValueError naming what is wrong with them."""

    def __init__(self, args: dict[str, Any]) -> None:
        # ansible-rulebook adds keys of its own, eda_feedback_queue for one.
        given = {key: value for key, value in args.items() if not key.startswith("eda_") and value not in (None, "")}
        unknown = sorted(given.keys() - _DEFAULTS.keys() - {"inventory"})
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: unknown; known are inventory, {', '.join(_DEFAULTS)}")
        if "inventory" not in given:
            raise ValueError("inventory: is missing; name the inventory with the sites")
        self.inventory = str(given["inventory"])
        self.limit = str(given.get("limit", _DEFAULTS["limit"]))
        self.metrics_file = str(given.get("metrics_file", _DEFAULTS["metrics_file"]))
        seconds = {
            key: _seconds(key, given.get(key, _DEFAULTS[key])) for key in ("interval", "again", "beat", "refresh")
        }
        self.interval, self.again, self.beat, self.refresh = seconds.values()


def _seconds(key: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = 0.0
    if not 0 < number < float("inf"):
        raise ValueError(f"{key}: {value!r} is not a number of seconds above 0")
    return number


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Watch, and put events on the queue, until cancelled."""
    await _Source(queue, Options(args)).run()


class _Source:
    def __init__(self, queue: asyncio.Queue[Any], options: Options) -> None:
        self._queue = queue
        self._options = options
        self._restarts = 0
        self._alive = 0.0
        """When the last sign of life came, by the monotonic clock."""

    async def run(self) -> None:
        """Whatever ends or fails is begun again: an event source that returns or raises ends ansible-rulebook."""
        pause = 1.0
        orders = ""
        while True:
            began = time.monotonic()
            try:
                orders = await self._orders()
            except _Unwatchable as error:
                kept = "watching what it said before" if orders else f"trying again in {pause:g} s"
                logger.error("twinzone: the inventory could not be read, %s: %s", kept, error)
            if orders:
                await self._watch(orders)
            if time.monotonic() - began > _LONGEST_PAUSE:
                pause = 1.0
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, 2 * pause)

    async def _watch(self, orders: str) -> None:
        """Keep a watcher with these orders, until it ends or other orders are due."""
        async with _watcher(orders) as process:
            self._alive = time.monotonic()
            reading = asyncio.ensure_future(self._pass_on(process))
            guards = [asyncio.ensure_future(self._silence()), asyncio.ensure_future(self._other_orders(orders))]
            try:
                await asyncio.wait([reading, *guards], return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (reading, *guards):
                    task.cancel()
                await asyncio.gather(reading, *guards, return_exceptions=True)
        self._restarts += 1

    async def _pass_on(self, process: asyncio.subprocess.Process) -> None:
        """Put what the watcher prints on the queue, until it ends."""
        if process.stdout is None:
            raise RuntimeError("the watcher has no output")
        async for line in process.stdout:
            try:
                event = json.loads(line)
                kind = event.pop("kind")
            except (ValueError, KeyError, AttributeError):
                logger.error("twinzone: the watcher printed something else than an event")
                continue
            meta = {"meta": {"hosts": ",".join(event["sites"])}} if isinstance(event["sites"], list) else {}
            await self._queue.put({"twinzone": kind, **event, **meta})
            # Only now, as a rule engine that is stuck takes nothing.
            self._alive = time.monotonic()
            if kind == "beat":
                self._write_metrics(event)
        logger.error("twinzone: the watcher has ended with code %s", await process.wait())

    async def _silence(self) -> None:
        """Return when no sign of life has come for too long."""
        allowed = 30.0 + _SILENCE * self._options.beat
        while time.monotonic() - self._alive < allowed:
            await asyncio.sleep(self._options.beat)
        logger.error("twinzone: the watcher has been silent for %d s and is started again", allowed)

    async def _other_orders(self, orders: str) -> None:
        """Return when the inventory says something else."""
        while True:
            await asyncio.sleep(self._options.refresh)
            try:
                if await self._orders() != orders:
                    logger.info("twinzone: the inventory has changed")
                    return
            except _Unwatchable as error:
                logger.error("twinzone: the inventory could not be read, watching what it said before: %s", error)

    async def _orders(self) -> str:
        """What the watcher is to do, a line of JSON. Raises _Unwatchable."""
        folder = Path(tempfile.mkdtemp(prefix="twinzone-"))  # for this user's eyes only
        try:
            await self._read_inventory(folder / "watched.json")
            found = json.loads((folder / "watched.json").read_text())
        except (OSError, ValueError) as error:
            raise _Unwatchable(str(error)) from None
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        wrong = [f"{one['site']}: {'; '.join(one['problems'])}" for one in found.pop("misdescribed")]
        if not found["fronts"]:
            raise _Unwatchable(" | ".join(["no site in it is watched from here", *wrong]))
        for problem in wrong:
            logger.error("twinzone: not watched, as it is not well described: %s", problem)
        options = self._options
        return json.dumps({**found, "interval": options.interval, "again": options.again, "beat": options.beat}) + "\n"

    async def _read_inventory(self, path: Path) -> None:
        """Let Ansible write the fronts and their checks into this file. Raises _Unwatchable and OSError."""
        own = Path(sys.executable).with_name("ansible-playbook")
        words = [str(own) if own.exists() else "ansible-playbook", "-i", self._options.inventory]
        words += ["--limit", self._options.limit] if self._options.limit else []
        words += [str(_HERE / "fronts.yml"), "-e", f"twinzone_watched_file={path}"]
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
        )
        try:
            output, _none = await asyncio.wait_for(process.communicate(), _READING_SECONDS)
        except TimeoutError:
            raise _Unwatchable(f"ansible-playbook took more than {_READING_SECONDS:g} s") from None
        finally:
            await _end(process)
        if not path.exists():
            raise _Unwatchable(output.decode(errors="replace")[-2000:])

    def _write_metrics(self, beat: dict[str, Any]) -> None:
        """Write the sign of life where it is seen; a failure is a message, as the file grows old then."""
        if not self._options.metrics_file:
            return
        path = Path(self._options.metrics_file)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            beside.write_text(metrics_text(beat, self._restarts))
            beside.chmod(0o644)
            beside.replace(path)
        except OSError as error:
            logger.error("twinzone: %s could not be written: %s", path, error.strerror)


def metrics_text(beat: dict[str, Any], restarts: int) -> str:
    """A sign of life in the text format of Prometheus."""
    values = {
        "timestamp_seconds": ("When the watcher last gave a sign of life.", round(beat["at"], 3)),
        "sites": ("Sites that are watched.", beat["sites"]),
        "suspected_fronts": ("Fronts that failed at the last two looks.", beat["suspected_fronts"]),
        "blind_sites": ("Sites that cannot be seen, as no control is reached.", beat["blind_sites"]),
        "restarts_total": ("How often the watcher was started again.", restarts),
    }
    lines = [
        line
        for name, (text, value) in values.items()
        for line in (
            f"# HELP twinzone_watch_{name} {text}",
            f"# TYPE twinzone_watch_{name} {'counter' if name.endswith('_total') else 'gauge'}",
            f"twinzone_watch_{name} {value}",
        )
    ]
    return "\n".join([*lines, ""])


@contextlib.asynccontextmanager
async def _watcher(orders: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A watcher at work. It ends with its input, so it outlives neither this block nor this process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(_HERE / "watch_fronts.py"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
    )
    try:
        if process.stdin is not None:
            process.stdin.write(orders.encode())
            with contextlib.suppress(ConnectionError):
                await process.stdin.drain()
        yield process
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()


if __name__ == "__main__":

    class _Printing(asyncio.Queue[Any]):
        """To try the source without ansible-rulebook: fronts.py INVENTORY."""

        async def put(self, item: Any) -> None:
            """Print the event."""
            print(json.dumps(item), flush=True)

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(_Printing(), {"inventory": sys.argv[1]}))
