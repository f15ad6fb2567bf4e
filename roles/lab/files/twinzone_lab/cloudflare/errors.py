# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the Cloudflare emulator: the codes that Cloudflare uses, where they are known."""

from __future__ import annotations


class CloudflareError(Exception):
    """What a request is refused with. The envelope is made from it."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def invalid(message: str, code: int = 1004) -> CloudflareError:
    """Validation: 1004 is the general "DNS Validation Error", used where the special code is not known."""
    return CloudflareError(400, code, f"DNS Validation Error: {message}" if code == 1004 else message)


def no_such_record() -> CloudflareError:
    """A well-formed record identifier that the zone does not have."""
    return CloudflareError(404, 81044, "Record does not exist.")


def no_route(path: str) -> CloudflareError:
    """An identifier that is malformed or unknown."""
    return CloudflareError(404, 7003, f"Could not route to {path}, perhaps your object identifier is invalid?")
