# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What PowerDNS refuses or changes in record data, wherever it runs: at deSEC too. Seen at version 4.7. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

_HOST_NAME = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+", re.IGNORECASE)

#: An angle of a LOC: degrees, minutes, seconds, thousandths, sign.
Angle = tuple[int, int, int, int, int]


def is_host_name(name: Any, root: bool) -> bool:
    """Whether a name can be the target of an MX, NS or SRV. root: whether the root is one."""
    host = str(name)
    return bool(_HOST_NAME.fullmatch(host)) or (root and host == ".")


def not_networks(rdata: Any) -> Iterator[str]:
    """The networks that an APL means, of those items that have bits beyond their prefix."""
    for item in rdata.items:
        if item.family in (1, 2):
            network = ipaddress.ip_interface(f"{item.address}/{item.prefix}")
            if network.ip != network.network.network_address:
                yield str(network.network)


def is_zero(angle: Angle) -> bool:
    """Whether an angle has no direction: PowerDNS writes south or west there, and dnspython north or east."""
    return not any(angle[:4])


def comes_back(angle: Angle) -> bool:
    """Whether an angle is the same after PowerDNS has calculated with it in binary fractions of a degree
    (pdns/sillyrecords.cc)."""
    degrees, minutes, seconds, thousandths, _sign = angle
    value = (((degrees * 60 + minutes) * 60 + seconds) * 1000 + thousandths) / 3_600_000
    rest = (value - int(value)) * 60
    printed = int(value), int(rest), f"{(rest - int(rest)) * 60:.3f}"
    return printed == (degrees, minutes, f"{seconds}.{thousandths:03d}")
