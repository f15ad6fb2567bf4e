# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Canonical contents that PowerDNS, behind the emulated API, would print differently and therefore refuses.

The API validates with other code than PowerDNS; where the two disagree the request ends in a crash (HTML 500).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

_TOO_NEW = {"dohpath", "ohttp", "docpath"}


def refuses(rtype: str, content: str) -> bool:
    """Whether a content is legal for the API and not for PowerDNS."""
    judge = _JUDGES.get(rtype)
    return judge is not None and judge(content)


def _loc(content: str) -> bool:
    """The API leaves sizes that have their default values out, PowerDNS writes them; and PowerDNS calculates with
    binary fractions, which do not always come back to the same thousandth of a second."""
    fields = content.split()
    return len(fields) < 12 or not (_comes_back(*fields[0:3]) and _comes_back(*fields[4:7]))


def _comes_back(degrees: str, minutes: str, seconds: str) -> bool:
    whole, _unused, thousandths = seconds.partition(".")
    value = (((int(degrees) * 60 + int(minutes)) * 60 + int(whole)) * 1000 + int(thousandths)) / 3_600_000
    rest = (value - int(value)) * 60
    printed = int(value), int(rest), f"{(rest - int(rest)) * 60:.3f}"
    return printed == (int(degrees), int(minutes), seconds)


def _apl(content: str) -> bool:
    """PowerDNS clears the bits behind the prefix."""
    return any(_has_host_bits(item.partition(":")[2]) for item in content.split())


def _has_host_bits(network: str) -> bool:
    return ipaddress.ip_interface(network).ip != ipaddress.ip_interface(network).network.network_address


def _svcb(content: str) -> bool:
    """Keys younger than PowerDNS, and unknown ones without a value."""
    keys = [field.partition("=") for field in content.split(" ")[2:]]
    return any(name in _TOO_NEW or (name.startswith("key") and value in ("", '""')) for name, _unused, value in keys)


_JUDGES: dict[str, Callable[[str], bool]] = {"LOC": _loc, "APL": _apl, "SVCB": _svcb, "HTTPS": _svcb}
