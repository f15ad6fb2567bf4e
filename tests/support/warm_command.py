# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command `ansible-playbook`, which lets a warm process do the work, with the settings of the tests."""

from __future__ import annotations

import json
import socketserver
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.lab_playbooks import ANSIBLE_PLAYBOOK, SETTINGS
from support.warm_ansible import AT_THE_START, WarmAnsible

_LIMIT = 300

_COMMAND = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({path!r})
    words = [sys.argv[1:], os.getcwd(), dict(os.environ)]
    server.sendall(json.dumps(words).encode() + b"\\n")
    status, output = json.loads(server.makefile().readline())
sys.stdout.write(output)
sys.stdout.flush()
sys.exit(status)
"""


@contextmanager
def command(warm: WarmAnsible) -> Iterator[Path]:
    """A folder with the command, for the time of a `with` block; it stands first on the path of a shell."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            words, cwd, environment = json.loads(self.rfile.readline())
            environment = {name: value for name, value in environment.items() if not name.startswith(AT_THE_START)}
            environment |= SETTINGS
            assert warm.knows(environment, Path(cwd))
            done = warm.run([str(ANSIBLE_PLAYBOOK), *words], environment, Path(cwd), _LIMIT)
            self.wfile.write(json.dumps(done).encode() + b"\n")

    # The path of a socket is short.
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "ansible-playbook"
        address = str(Path(name) / "s")
        path.write_text(_COMMAND.format(python=sys.executable, path=address))
        path.chmod(0o755)
        with socketserver.ThreadingUnixStreamServer(address, Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield Path(name)
            finally:
                server.shutdown()
