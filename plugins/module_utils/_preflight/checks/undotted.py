# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do the targets that fronts publish have their trailing dot? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import SiteFacts
from ..finding import OK, WARN, Finding


def look(facts: SiteFacts) -> Iterator[Finding]:
    found = facts.site.get("undotted", ())
    if not found:
        yield Finding(OK, "", "all of them lead where they should, as they are written")
    for one in found:
        seen = f"{one['label']}: {one['written']} has no trailing dot, and {one['means']} does not exist"
        yield Finding(WARN, "", seen, f"write {one['meant']}")


CHECK = Check(
    "undotted",
    "Do the targets that fronts publish have their trailing dot?",
    warns="one lacks it, and leads nowhere as it is written",
    site=look,
)
