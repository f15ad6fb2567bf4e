# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module desec_token: a token for the failover and nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from .._deadline import Deadline
from .._errors import BadInput, ProviderError
from .._providers.api import Api
from .._providers.desec.provider import Desec
from .._providers.desec.tokens import Tokens, policies
from .._zone import names
from .._zone.routers import marker_name
from .module import AnsibleModule, checked, fail, make_module

SPEC: dict[str, Any] = {
    "zone": {"type": "str", "required": True},
    "routers": {"type": "list", "elements": "str", "required": True},
    "name": {"type": "str"},
    "secret_file": {"type": "path", "required": True},
    "token": {"type": "str", "no_log": True},
    "api_url": {"type": "str"},
    "ca_path": {"type": "path"},
    "deadline": {"type": "float", "default": 60},
}


def main() -> None:
    module = make_module(SPEC)
    params = module.params
    zone, allowed = checked(module, lambda: _names(params))
    settings = checked(
        module, lambda: Desec.read_settings({"name": "desec", "type": "desec", **params}, params["deadline"])
    )
    if missing := Desec(zone, settings, Deadline(params["deadline"])).missing_credentials():
        raise _failed(module, missing)
    name = params["name"] or f"twinzone {zone}"
    api = Api(
        settings.api_url,
        (Desec.token_header, Desec.authorization(settings.token)),
        Deadline(params["deadline"]),
        settings.ca_path,
    )
    try:
        result = ensure(Tokens(api), name, policies(zone, allowed), Path(params["secret_file"]), module.check_mode)
    except (ProviderError, OSError) as error:
        raise _failed(module, error) from None
    module.exit_json(name=name, names=allowed, secret_file=params["secret_file"], **result)


def _names(params: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The zone, and the names that the token may write: every router and its marker."""
    try:
        zone = names.zone_name(params["zone"])
        routers = [names.relative(router, zone) for router in params["routers"]]
    except ValueError as error:
        raise BadInput([str(error)]) from None
    if not routers:
        raise BadInput(["routers: name at least one router record"])
    markers = [marker_name(router) for router in routers]
    return zone, ["" if name == names.APEX else name for name in dict.fromkeys([*routers, *markers])]


def ensure(tokens: Tokens, name: str, wanted: list[Any], file: Path, check_mode: bool) -> dict[str, Any]:
    """Make the token, or what it lacks. Returns `changed`, `created`, the names of what was `added`, and the `id`."""
    token = tokens.find(name)
    missing = tokens.missing(token, wanted) if token else wanted
    added = list(dict.fromkeys(one.subname or names.APEX for one in missing if one.write))
    result = {"changed": bool(missing), "created": not token, "added": added, "id": token}
    if check_mode or not missing:
        return result
    if token:
        tokens.allow(token, missing)
        return result
    # Before anything is made: deSEC shows a secret once.
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    made = ""
    try:
        made, secret = tokens.create(name)
        tokens.allow(made, missing)
        os.write(descriptor, f"{secret}\n".encode())
    except (ProviderError, OSError):
        # A token without its policies may write everything.
        if made:
            tokens.delete(made)
        with suppress(OSError):
            file.unlink()
        raise
    finally:
        os.close(descriptor)
    return {**result, "id": made}


def _failed(module: AnsibleModule, error: ProviderError | OSError) -> SystemExit:
    if isinstance(error, FileExistsError):
        return fail(module, f"{error.filename} exists; a new token is written to a new file only", changed=False)
    if isinstance(error, OSError):
        return fail(module, f"{error.filename}: {error.strerror}", changed=False)
    hint = f" ({error.hint})" if error.hint else ""
    return fail(module, f"{error}{hint}", changed=False)
