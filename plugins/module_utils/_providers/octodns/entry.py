# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of entries of the type octodns."""

from __future__ import annotations

from ..entry_options import EntryKind, Option

TOKEN_ENV = "OCTODNS_TOKEN"  # nosec B105: the name of a variable

_OPTIONS = {
    "class": Option(
        "str",
        (
            "The class of octoDNS' provider, such as C(octodns_powerdns.PowerDnsProvider). Its package and octodns "
            "must be installed for the Python that runs the module.",
        ),
        required=True,
    ),
    "options": Option(
        "dict",
        (
            "Arguments of that class, by name. One that is written C(env/NAME) is taken from the environment "
            "variable of that name, as in octoDNS' own configuration, and is never shown. Secrets cannot be "
            "written here.",
        ),
    ),
    "token": Option(
        "str",
        ("The API token, if it is not in an environment variable.",),
        secret=True,
        note=f"For octoDNS that is E({TOKEN_ENV}), and the class takes it as its argument C(token_option).",
    ),
    "token_option": Option("str", ("The argument of the class that takes the token. By default token.",)),
}

OCTODNS = EntryKind("octodns", "octoDNS", (TOKEN_ENV,), _OPTIONS)
