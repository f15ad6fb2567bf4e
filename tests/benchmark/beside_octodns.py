# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""octoDNS as its command `octodns-sync --doit`, against the lab: its client of deSEC has a constant for an address.

Run with the Python of `make clients`: beside_octodns.py CONFIGURATION URL_OF_DESEC
"""

from __future__ import annotations

import sys

import octodns_desec
from octodns.manager import Manager


def main(configuration: str, desec: str) -> None:
    octodns_desec.DesecAPI.API_DOMAINS_URL = f"{desec}/domains"
    Manager(configuration).sync(dry_run=False, force=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
