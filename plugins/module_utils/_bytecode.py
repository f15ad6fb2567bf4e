# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps what Python has compiled of this collection's module_utils, for the next run of Ansible.

Ansible loads collections by an importer of its own, which compiles every file at every start: a fifth of a second and
more of each run of ours. Whoever imports this first has the rest loaded in Python's usual way. Files `*.pyc` beside the
sources hold the result, as `ansible-galaxy collection verify` ignores those and not a folder `__pycache__`. Where they
cannot be written nothing is lost but the time.

Modules do not import it: Ansible packs them with what they import, and they run elsewhere.
"""

from __future__ import annotations

import marshal
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import MAGIC_NUMBER, spec_from_file_location
from pathlib import Path
from types import CodeType

_OURS = f"{__name__.rpartition('.')[0]}."

#: As Python itself names such files, for interpreters that share a folder.
_ENDING = f".{sys.implementation.cache_tag}.pyc"


class _Loader(SourceFileLoader):
    """Loads a file, compiled if it has changed since."""

    def get_code(self, fullname: str) -> CodeType:
        source = Path(self.get_filename(fullname))
        kept = source.with_suffix(_ENDING)
        found = source.stat()
        state = MAGIC_NUMBER + f"{found.st_mtime_ns} {found.st_size}\n".encode()
        # As trustworthy as the source beside it.
        with suppress(OSError, EOFError, TypeError, ValueError):
            octets = kept.read_bytes()
            if octets.startswith(state):
                code: CodeType = marshal.loads(octets[len(state) :])  # nosec B302
                return code
        code = self.source_to_code(source.read_bytes(), str(source))
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                self.set_data(str(kept), state + marshal.dumps(code))
        return code


class _Finder:
    """Finds the files of module_utils, and leaves the rest to others."""

    @staticmethod
    def find_spec(fullname: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        if not fullname.startswith(_OURS) or not path:
            return None
        place = Path(path[0], fullname.rpartition(".")[2])
        for file, inner in ((place.with_suffix(".py"), None), (place / "__init__.py", [str(place)])):
            if file.is_file():
                loader = _Loader(fullname, str(file))
                return spec_from_file_location(fullname, file, loader=loader, submodule_search_locations=inner)
        return None


def use() -> None:
    """Load in this way what is imported from now on. Not done by an import: that may not change how others import."""
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)
