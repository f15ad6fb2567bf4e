# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the code that templates are compiled to, for all runs of a warm process.

Ansible compiles every template and condition again in every task; that is an eighth of the time of a run. What a
template compiles to depends on its text, the settings of the environment and the version of Ansible alone.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import types
from functools import wraps
from pathlib import Path
from typing import Any

import jinja2
from ansible._internal._templating._jinja_bits import AnsibleEnvironment, _TemplateCompileContext
from jinja2.environment import TemplateExpression

#: Settings of an environment that change what a text means.
_SETTINGS = (
    "block_start_string",
    "block_end_string",
    "variable_start_string",
    "variable_end_string",
    "comment_start_string",
    "comment_end_string",
    "line_statement_prefix",
    "line_comment_prefix",
    "trim_blocks",
    "lstrip_blocks",
    "newline_sequence",
    "keep_trailing_newline",
    "optimized",
)


class _Kept:
    """The code that was compiled so far, one file each. folder: of the files, for one version of Ansible."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        #: The expression that is being compiled.
        self.expression: Path | None = None

    def place(self, environment: jinja2.Environment, text: str, kind: str) -> Path:
        """Where the code for a text is, or will be."""
        compiling = _TemplateCompileContext.current(optional=True)
        escapes = compiling.escape_backslashes if compiling else None
        settings = [getattr(environment, name) for name in _SETTINGS]
        key = repr((kind, type(environment).__name__, escapes, settings, str(text)))
        return self._folder / hashlib.sha256(key.encode()).hexdigest()

    def read(self, place: Path) -> types.CodeType | None:
        try:
            found: types.CodeType = marshal.loads(place.read_bytes())
        except FileNotFoundError:
            return None
        return found

    def write(self, place: Path, code: types.CodeType) -> None:
        # In one step, so that nobody reads half of it.
        draft = place.with_suffix(f".{os.getpid()}")
        draft.write_bytes(marshal.dumps(code))
        draft.replace(place)


def keep_compiled(folder: Path) -> None:
    """Let all environments of Ansible in this process, and in those forked from it, keep their code in this folder."""
    kept = _Kept(folder)
    environment: Any = AnsibleEnvironment
    compile_text, compile_expression = environment.compile, environment.compile_expression

    @wraps(compile_text)
    def compiling(self: jinja2.Environment, source: Any, *more: Any, **options: Any) -> Any:
        if more or options:
            return compile_text(self, source, *more, **options)
        if not isinstance(source, str):
            # A whole expression, or what a template includes.
            code = compile_text(self, source)
            if kept.expression:
                kept.write(kept.expression, code)
            return code
        place = kept.place(self, source, "template")
        code = kept.read(place)
        if code is None:
            code = compile_text(self, source)
            kept.write(place, code)
        return code

    @wraps(compile_expression)
    def compiling_expression(self: jinja2.Environment, source: str, undefined_to_none: bool = True) -> Any:
        place = kept.place(self, source, "expression")
        code = kept.read(place)
        if code is None:
            kept.expression = place
            try:
                return compile_expression(self, source, undefined_to_none)
            finally:
                kept.expression = None
        template = self.template_class.from_code(self, code, self.make_globals(None), None)
        return TemplateExpression(template, undefined_to_none)

    environment.compile, environment.compile_expression = compiling, compiling_expression
