# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which marker of a provider is believed, and what all of them say together. Pure.

One name server that lies must neither move a site nor hold it still. So a marker counts where its provider's API shows
it; where the API cannot be asked, where at least two of the servers answer and all of them agree. Every other marker is
a claim: it is treated as absent, and only makes a run more careful.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .marker import Marker
from .router import MIXED, SILENT, UNCLEAR, Served


@dataclass(frozen=True)
class Reading:
    """Router and marker of one provider, as one source showed them together.

    router: a front's name, or one of the words of `router`. marker: None where there is none that could be ours.
    """

    router: str
    marker: Marker | None = None


@dataclass(frozen=True)
class Holding:
    """All that is known of what one provider holds for a site.

    servers: what each of its name servers shows, None for a silent one. api: what its API shows. unreachable: whether
    the API was asked and did not answer. changed: when the router was last changed, as the API says, Unix time; 0 where
    it is not known. outdated: whether the router is at addresses that its front's proxy no longer has. stale:
    whether the apex is at addresses that its front has no longer and that do not probe clean. stands: the fingerprint
    of the addresses at the apex. maybe: the fronts that its servers may mean where their answers are unclear. separate:
    whether it gets router and marker in two requests, so that a write may have arrived by half.
    """

    servers: Mapping[str, Reading | None] = field(default_factory=dict)
    api: Reading | None = None
    unreachable: bool = False
    changed: int = 0
    outdated: bool = False
    stale: bool = False
    stands: str = ""
    maybe: tuple[str, ...] = ()
    separate: bool = False

    @property
    def heard(self) -> list[Reading]:
        """What the servers show that answer."""
        return [reading for reading in self.servers.values() if reading is not None]

    @property
    def differs(self) -> bool:
        """Whether its servers contradict each other."""
        return len(set(self.heard)) > 1

    @property
    def router(self) -> str:
        """What the router is: as the API says, else as all servers say that answer."""
        if self.api is not None:
            return self.api.router
        routers = {reading.router for reading in self.heard}
        return MIXED if len(routers) > 1 else next(iter(routers), SILENT)

    @property
    def known(self) -> bool:
        """Whether it is settled what the router is."""
        return self.router not in (MIXED, SILENT, UNCLEAR)

    @property
    def marker(self) -> Marker | None:
        """The marker that is confirmed."""
        if self.api is not None:
            return self.api.marker
        markers = {reading.marker for reading in self.heard}
        enough = len(self.heard) >= 2 if self.unreachable else all(self.servers.values())
        return next(iter(markers)) if enough and len(markers) == 1 else None

    @property
    def claims(self) -> list[Marker]:
        """The markers that servers show and nothing confirms."""
        if self.api is not None:
            return []
        shown = {reading.marker for reading in self.heard if reading.marker is not None}
        return sorted(shown - {self.marker}, key=_order)

    @property
    def odd(self) -> dict[str, Marker | None]:
        """By name server, the marker that it shows where the confirmed one is another; None where it shows none."""
        return {
            server: reading.marker
            for server, reading in self.servers.items()
            if reading is not None and reading.marker != self.marker
        }

    @property
    def served(self) -> Served:
        """What the provider serves, in short."""
        servers = {name: reading.router if reading else SILENT for name, reading in self.servers.items()}
        front = "" if self.router.startswith("(") else self.router
        unclear = self.router == UNCLEAR
        return Served("front" if front else self.router, front, servers, self.outdated, self.maybe if unclear else ())


def newest(markers: Iterable[Marker | None]) -> Marker | None:
    """What all confirmed markers say together: the intent of the highest seq, and the pin of the highest pinseq.

    The pin is looked for by itself, so that a failover by a run that never saw it does not lift it. What is
    the affair of each provider is left out.
    """
    found = sorted({marker for marker in markers if marker is not None}, key=_order)
    if not found:
        return None
    latest = found[0]
    with_pin = min(found, key=lambda marker: (-_pin_number(marker), _order(marker)))
    by_pin = latest if all(marker.pinseq is None for marker in found) else with_pin
    asked = max((marker.asked for marker in found if marker.asked is not None), default=None)
    pinseq = None if by_pin.pinseq is None and by_pin.pin is None else max(0, _pin_number(by_pin))
    return replace(latest.shared, pin=by_pin.pin, pinseq=pinseq, asked=asked)


def _order(marker: Marker) -> tuple[int, int, str, str]:
    """The newest first; of two with one seq that which knows the later pin, then always the same one."""
    return -marker.seq, -_pin_number(marker), marker.run, marker.shared.to_text()


def _pin_number(marker: Marker) -> int:
    """With which seq its pin was set or lifted. An older version does not say; a pin that it shows, it set or kept."""
    if marker.pinseq is not None:
        return marker.pinseq
    return marker.seq if marker.pin is not None else -1


def pin_number(marker: Marker | None) -> int:
    """With which seq the pin was set or lifted; -1 where nobody ever did, or nobody knows."""
    return -1 if marker is None else _pin_number(marker)


def is_newer(claim: Marker, than: Marker | None) -> bool:
    """Whether the marker would change the intent or the pin, were it confirmed."""
    if than is None:
        return True
    newer = claim.seq > than.seq or pin_number(claim) > pin_number(than)
    return newer and (claim.front, claim.pin) != (than.front, than.pin)


def to_ask(holdings: Mapping[str, Holding], now: int) -> list[str]:
    """The providers whose API must be asked: none where all servers show one marker and its front.

    Where nothing was ever written there is no marker, and one front shows that. Where all is so but for servers that
    flatten the router and hide which front it is, only their provider is asked. Otherwise all are, so that the hand of
    a person is seen in full.
    """
    readings = [one for holding in holdings.values() for one in (holding.servers.values() or [None])]
    heard = [one for one in readings if one is not None]
    if len(heard) < len(readings) or not _agree(heard, now):
        return list(holdings)
    return [name for name, holding in holdings.items() if not holding.known]


def _agree(heard: Sequence[Reading], now: int) -> bool:
    """Whether all servers show one marker, which nobody contests, and its front."""
    shown = {one.marker and one.marker.shared for one in heard}
    routers = {one.router for one in heard} - {UNCLEAR}
    if len(shown) != 1 or len(routers) > 1:
        return False
    (marker,) = shown
    intent = _intent(marker, now) or next(iter(routers), UNCLEAR)
    given = {one.marker.given for one in heard if one.marker is not None}
    contested = marker is not None and marker.restored.contested
    return not (contested or intent.startswith("(")) and routers <= {intent} and given <= {None, intent}


def _intent(marker: Marker | None, now: int) -> str:
    if marker is None:
        return ""
    return marker.pin.front if marker.pin is not None and marker.pin.holds(now) else marker.front
