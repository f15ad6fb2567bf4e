# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event sources of extensions/eda, started as ansible-rulebook starts them, without it."""

from __future__ import annotations

import asyncio
import runpy
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from support.paths import ROOT

SOURCES = ROOT / "extensions" / "eda" / "plugins" / "event_source"

#: Seconds after which an event is taken for missing, on a busy machine.
LIMIT = 120


class Queue(asyncio.Queue[Any]):
    """What a source puts its events on."""

    async def next(self, *kinds: str) -> dict[str, Any]:
        """The next event of these kinds, of any without them."""
        while True:
            event: dict[str, Any] = await asyncio.wait_for(self.get(), LIMIT)
            if not kinds or event["twinzone"] in kinds:
                return event


@asynccontextmanager
async def source(name: str, **args: Any) -> AsyncIterator[Queue]:
    """A source at work, with these arguments."""
    queue = Queue()
    main = runpy.run_path(str(SOURCES / f"{name}.py"))["main"]
    task = asyncio.create_task(main(queue, args))
    try:
        yield queue
        assert not task.done(), "an event source that ends, ends ansible-rulebook"
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def free_port() -> int:
    """A port of loopback on which nothing listens now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
