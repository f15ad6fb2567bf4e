# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of DNS providers, by name: a module ships only what is imported statically."""

from __future__ import annotations

from .base import Provider
from .cloudflare.provider import Cloudflare
from .desec.provider import Desec
from .entry_options import COMMON, Option, together
from .octodns.provider import Octodns
from .powerdns.provider import Powerdns
from .rfc2136.provider import Rfc2136

#: Every provider by the `type` of its entry.
PROVIDERS: dict[str, type[Provider]] = {
    provider.type: provider for provider in (Cloudflare, Desec, Rfc2136, Powerdns, Octodns)
}

#: By type, the environment variable of its secret.
USUAL_VARIABLES: dict[str, str] = {kind: one.secret_env[0] for kind, one in PROVIDERS.items() if one.secret_env}


def entry_options() -> dict[str, Option]:
    """The options of a provider entry, whatever its type."""
    return {
        "name": Option("str", ("A free name, by which results and C(at) call it.",), required=True),
        "type": Option("str", ("The kind of provider.",), required=True, choices=tuple(sorted(PROVIDERS))),
        **together({name: PROVIDERS[name].options for name in sorted(PROVIDERS)}),
        **COMMON,
    }
