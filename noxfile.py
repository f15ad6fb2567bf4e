# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For those who expect nox: every check is a target of the Makefile, and has a session of the same name here."""

from __future__ import annotations

import re
from pathlib import Path

import nox

nox.options.default_venv_backend = "none"  # each target makes the environment that it needs


def _parts() -> list[str]:
    """The checks of `make test`."""
    (found,) = re.findall(r"^PARTS := (.*)$", Path(__file__).with_name("Makefile").read_text(), re.MULTILINE)
    names: list[str] = found.split()
    return names


def _session(target: str) -> None:
    @nox.session(name=target, default=target == "test")
    def run(session: nox.Session) -> None:
        session.run("make", target, *session.posargs, external=True)

    run.__doc__ = f"make {target}"


for _target in ("test", *_parts(), "galaxy", "matrix", "docs"):
    _session(_target)
