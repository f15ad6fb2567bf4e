# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other versions of Python on this machine: those on the path, and those that pyenv keeps."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path


@functools.cache
def find_python(version: str) -> str | None:
    """The command of a version such as `3.8`, if it is here and has the standard library that probes need."""
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin"))
    for folders in (os.environ["PATH"], os.pathsep.join(map(str, kept))):
        command = shutil.which(f"python{version}", path=folders)
        if command and subprocess.run([command, "-c", "import ssl"], check=False, capture_output=True).returncode == 0:
            return command
    return None
