# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of entries of the type rfc2136."""

from __future__ import annotations

from ..entry_options import EntryKind, Option

#: The algorithms of a key; older ones are not safe any more.
ALGORITHMS = ("hmac-sha256", "hmac-sha384", "hmac-sha512")

SECRET_ENV = "RFC2136_KEY_SECRET"  # nosec B105: the name of a variable

_OPTIONS = {
    "server": Option(
        "str",
        (
            "The primary server of the zone, as C(host) or C(host:port). It must allow the key zone transfers and "
            "dynamic updates, both over TCP.",
        ),
        required=True,
    ),
    "key": Option(
        "dict",
        ("The TSIG key with which zone transfers and updates are signed.",),
        required=True,
        options={
            "name": Option("str", ("The key's name.",), required=True),
            "algorithm": Option("str", ("The key's algorithm. By default hmac-sha256.",), choices=ALGORITHMS),
            "secret": Option(
                "str",
                (f"The key's secret in base64, if it is not in the environment variable E({SECRET_ENV}).",),
                secret=True,
            ),
        },
    ),
}

RFC2136 = EntryKind("rfc2136", "RFC 2136", (SECRET_ENV,), _OPTIONS)
