# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of DNS providers, by the `type` of their entries.

What an entry may hold is known of all of them. A provider itself is loaded when one of its type is used: Ansible
compiles a collection again in every run, and a run needs few of them. A module ships only what is imported statically,
which may be in a function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from .base import Provider
from .cloudflare.entry import CLOUDFLARE
from .desec.entry import DESEC
from .entry_options import COMMON, EntryKind, Option, together
from .octodns.entry import OCTODNS
from .powerdns.entry import POWERDNS
from .rfc2136.entry import RFC2136


def _cloudflare() -> type[Provider]:
    from .cloudflare.provider import Cloudflare

    return Cloudflare


def _desec() -> type[Provider]:
    from .desec.provider import Desec

    return Desec


def _octodns() -> type[Provider]:
    from .octodns.provider import Octodns

    return Octodns


def _powerdns() -> type[Provider]:
    from .powerdns.provider import Powerdns

    return Powerdns


def _rfc2136() -> type[Provider]:
    from .rfc2136.provider import Rfc2136

    return Rfc2136


class _Providers(Mapping[str, type[Provider]]):
    """Every provider by type. One that is looked up is loaded."""

    def __init__(self, loaders: Mapping[str, Callable[[], type[Provider]]]) -> None:
        self._loaders = loaders
        self._loaded: dict[str, type[Provider]] = {}

    def __getitem__(self, kind: str) -> type[Provider]:
        if kind not in self._loaded:
            self._loaded[kind] = self._loaders[kind]()
        return self._loaded[kind]

    def __contains__(self, kind: object) -> bool:
        return kind in self._loaders

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaders)

    def __len__(self) -> int:
        return len(self._loaders)


PROVIDERS: Mapping[str, type[Provider]] = _Providers(
    {
        CLOUDFLARE.type: _cloudflare,
        DESEC.type: _desec,
        RFC2136.type: _rfc2136,
        POWERDNS.type: _powerdns,
        OCTODNS.type: _octodns,
    }
)

#: What is known of the entries of every type.
ENTRY_KINDS: Mapping[str, EntryKind] = {one.type: one for one in (CLOUDFLARE, DESEC, RFC2136, POWERDNS, OCTODNS)}

#: By type, the environment variable of its secret.
USUAL_VARIABLES: Mapping[str, str] = {name: one.secret_env[0] for name, one in ENTRY_KINDS.items() if one.secret_env}


def entry_options() -> dict[str, Option]:
    """The options of a provider entry, whatever its type."""
    return {
        "name": Option("str", ("A free name, by which results and C(at) call it.",), required=True),
        "type": Option("str", ("The kind of provider.",), required=True, choices=tuple(sorted(ENTRY_KINDS))),
        **together({name: ENTRY_KINDS[name].options for name in sorted(ENTRY_KINDS)}),
        **COMMON,
    }
