# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which layout a zone can have, and why. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._errors import BadInput

#: As the guide to layouts calls them.
CUSTOM_HOSTNAME, ITSELF, STEERING = "A", "B", "C"

#: How the names of the first CDN's own name servers end.
_ITS_SERVERS = ".ns.cloudflare.com."
#: A part of the name of the registrar that keeps its domains on those.
_ITS_REGISTRAR = "cloudflare"

_NAME_ONE = "name one with -e init_second_zone=DOMAIN"


@dataclass(frozen=True)
class Seen:
    """What decides. dns: the name servers that the parent names. registrar: empty where that is not known.

    second_zone: another domain of the user's, empty for none. wanted: the layout that was asked for; empty for none.
    """

    dns: Sequence[str] = ()
    registrar: str = ""
    second_zone: str = ""
    wanted: str = ""

    @property
    def is_outside(self) -> bool:
        """Whether the zone is served by others than the first CDN."""
        return bool(self.dns) and not any(host.lower().endswith(_ITS_SERVERS) for host in self.dns)

    @property
    def is_pinned(self) -> bool:
        """Whether the domain cannot have the name servers of others."""
        return _ITS_REGISTRAR in self.registrar.lower()


def choose(seen: Seen) -> tuple[str, str]:
    """The layout and its reason. Raises BadInput for one that was asked for and cannot be had."""
    wanted = seen.wanted.upper()
    if wanted not in ("", CUSTOM_HOSTNAME, ITSELF, STEERING):
        raise BadInput([f"init_layout: {seen.wanted!r} is not one of a, b and c"])
    if wanted in (CUSTOM_HOSTNAME, STEERING) and not seen.second_zone:
        raise BadInput([f"init_layout: layout {wanted} needs a second domain: {_NAME_ONE}"])
    if wanted == CUSTOM_HOSTNAME and seen.is_pinned:
        raise BadInput(["init_layout: layout A needs other name servers, and the registrar Cloudflare allows none"])
    layout = wanted or _fitting(seen)
    return layout, f"{_REASONS[layout]}{_not_another(layout, seen)}"


def _fitting(seen: Seen) -> str:
    if not seen.second_zone:
        return ITSELF
    return STEERING if seen.is_pinned else CUSTOM_HOSTNAME


_REASONS = {
    CUSTOM_HOSTNAME: (
        "the first CDN serves the public name as a custom hostname of a second zone, and the DNS is elsewhere: nothing "
        "of Cloudflare is needed to leave it"
    ),
    ITSELF: "the public name itself is switched: a zone at Cloudflare keeps it there by documented behaviour only",
    STEERING: (
        "the name that is switched lies in a second zone that only deSEC serves, as this domain has to stay on "
        "Cloudflare's name servers. Whether Cloudflare's edge serves a name that is not proxied is not documented: do "
        "the test in the guide to layouts first"
    ),
}


def _not_another(layout: str, seen: Seen) -> str:
    """What stands in the way of a better one."""
    if layout != ITSELF:
        return ""
    if seen.is_pinned:
        return (
            ". It needs name servers beside Cloudflare's, which this registrar does not allow: move the domain first, "
            f"or take layout C, which needs a second domain at deSEC ({_NAME_ONE})"
        )
    where = "its DNS is outside already" if seen.is_outside else "nothing of Cloudflare is needed to leave it then"
    return f". Layout A, a custom hostname, is better ({where}), and needs a second domain at Cloudflare: {_NAME_ONE}"
