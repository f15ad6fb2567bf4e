# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepare a directory to be ansible-test's HOME, so that it needs nothing but pip's own package index.

ansible-test puts pip into the virtual environments it makes with a script that it downloads from its makers' host,
unless its cache holds that script already. The stand-in put there asks the pip of this interpreter instead.
ansible-test also hides the user's environment from pip; that configuration goes into the HOME's pip.conf.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

# One name for each release of ansible-core: 2.16 and 2.17; 2.18 and 2.19; 2.20 and later.
SCRIPT_NAMES = ("get_pip_23_1_2.py", "get_pip_24_2.py", "get_pip_25_2.py")

STAND_IN = """\
import subprocess
import sys

# Options of the script this stands in for, unknown to pip.
words = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
sys.exit(subprocess.call([{python!r}, "-m", "pip", "--python", sys.executable, "install", *words]))
"""


def pip_settings() -> str:
    """Return pip's settings, whichever file or variable they come from, as the text of one pip.conf."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True
    ).stdout
    # Lines such as `global.index-url='https://…'` or `:env:.cert='…'`, the value being a Python literal.
    settings = {"quiet": "2"}  # errors only
    for line in listed.splitlines():
        name, value = line.split("=", 1)
        settings[name.rpartition(".")[2]] = ast.literal_eval(value)
    return "[global]\n" + "".join(f"{name} = {' '.join(value.split())}\n" for name, value in settings.items())


def main() -> None:
    """Write the stand-ins and pip's settings below the directory named by the first argument."""
    home = Path(sys.argv[1])
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for name in SCRIPT_NAMES:
        (cache / name).write_text(STAND_IN.format(python=sys.executable))
    config = home / ".config" / "pip"
    config.mkdir(parents=True, exist_ok=True)
    (config / "pip.conf").write_text(pip_settings())


if __name__ == "__main__":
    main()
