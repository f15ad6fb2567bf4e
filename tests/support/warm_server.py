# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that has loaded ansible-playbook and all that our playbooks import, and forks for each run of it.

    python warm_server.py DESCRIPTOR

The descriptor is a socket. A request is its length in four bytes, and JSON with `argv`, `cwd` and `environment`; along
with the length come four descriptors: the standard streams of the run, and a socket on which its process id is
reported, and when it has ended its exit status, each in a line. The server ends when its socket is closed.

What Ansible reads of its environment when it is imported is that of this process: `support.warm_ansible` sends no run
for which that would be another one.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

#: What a run imports sooner or later, but for our own.
_MODULES = (
    "ansible.cli.playbook",
    "ansible.executor.process.worker",
    "ansible.executor.task_executor",
    "ansible.parsing.vault",
    "ansible.playbook.play",
    "ansible.playbook.role.include",
    "ansible.plugins.vars.host_group_vars",
    "dns.tsigkeyring",
    "requests",
)

#: Plugins of Ansible by their type.
_PLUGINS = {
    "action": ("assert", "debug", "fail", "gather_facts", "include_vars", "set_fact", "set_stats", "uri"),
    "callback": ("default", "minimal"),
    "connection": ("local", "ssh"),
    "inventory": ("host_list", "script", "auto", "yaml", "ini", "toml"),
    "lookup": ("env", "file", "pipe"),
    "shell": ("sh",),
    "strategy": ("linear", "free"),
}


def _load() -> None:
    """Import what runs import, and leave it to each run to say where collections are."""
    for name in _MODULES:
        importlib.import_module(name)
    for name in ("ANY", "IN"):
        _load_all(f"dns.rdtypes.{name}")
    from ansible import constants
    from ansible.plugins import loader
    from ansible.utils.collection_loader import AnsibleCollectionConfig

    loader.init_plugin_loader()
    for kind, names in _PLUGINS.items():
        for name in names:
            getattr(loader, f"{kind}_loader").get(f"ansible.builtin.{name}", class_only=True)
    # A run looks at all of these, and reads the documentation of each. Not "vars": whoever asks for all of those first
    # has to switch them on.
    for kind in ("become", "callback", "connection", "inventory", "shell"):
        list(getattr(loader, f"{kind}_loader").all(class_only=True))
    loader.filter_loader.get("ansible.builtin.bool")
    loader.test_loader.get("ansible.builtin.defined")
    for name in ("action", "filter", "module_utils", "modules", "plugin_utils"):
        _load_all(f"ansible_collections.twinzone.edge.plugins.{name}")
    AnsibleCollectionConfig.collection_finder._remove()
    # A run asks for the end of each task a thousand times a second otherwise.
    constants.DEFAULT_INTERNAL_POLL_INTERVAL = 0.01


def _keep_templates() -> None:
    """Let all runs use what one has compiled, with an ansible-core that compiles as the newest do."""
    with suppress(ImportError):
        compiled = Path("compiled").resolve()
        compiled.mkdir()
        importlib.import_module("warm_templates").keep_compiled(compiled)


def _load_all(package: str) -> None:
    found = importlib.import_module(package)
    for one in pkgutil.walk_packages(found.__path__, f"{package}."):
        importlib.import_module(one.name)


def _receive(server: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next request with its descriptors; None when nobody will send one."""
    head, descriptors, _flags, _address = socket.recv_fds(server, 4, 4)
    if len(head) < 4:
        return None
    left = int.from_bytes(head, "big")
    parts = []
    while left:
        part = server.recv(left)
        if not part:
            return None
        parts.append(part)
        left -= len(part)
    return json.loads(b"".join(parts)), list(descriptors)


def _bury(_number: int, _frame: object) -> None:
    """Take note of the end of children; what they cost is counted then."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _next_run(server: socket.socket) -> dict[str, Any]:
    """Serve; returns in the process of a run, with its request, and nowhere else."""
    signal.signal(signal.SIGCHLD, _bury)
    while received := _receive(server):
        request, (*streams, report) = received
        if os.fork() == 0:
            # This one is the run's parent: it waits, and reports.
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            server.close()
            run = os.fork()
            if run == 0:
                os.close(report)
                _settle(request, streams)
                return request
            for descriptor in streams:
                os.close(descriptor)
            os.write(report, f"{run}\n".encode())
            os.write(report, f"{os.waitstatus_to_exitcode(os.waitpid(run, 0)[1])}\n".encode())
            os._exit(0)
        for descriptor in (*streams, report):
            os.close(descriptor)
    os._exit(0)


def _settle(request: dict[str, Any], streams: list[int]) -> None:
    """Make this process what its caller asked for."""
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
    for descriptor in set(streams) - {0, 1, 2}:
        os.close(descriptor)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    tempfile.tempdir = None
    sys.argv = request["argv"]
    # As of a script: its own folder is on the path.
    sys.path[0] = str(Path(sys.argv[0]).parent)
    _own_temporary_folder()


def _own_temporary_folder() -> None:
    """Ansible has made a folder for this server when it was imported; a run needs one of its own, in its own HOME."""
    from ansible import constants
    from ansible.utils.path import cleanup_tmp_file, makedirs_safe

    atexit.unregister(cleanup_tmp_file)
    parent = Path("~/.ansible/tmp").expanduser()
    makedirs_safe(str(parent), 0o700)
    made = tempfile.mkdtemp(prefix=f"ansible-local-{os.getpid()}", dir=parent)
    atexit.register(cleanup_tmp_file, made, warn=True)
    constants.DEFAULT_LOCAL_TMP = made


def main() -> None:
    """Serve; in a run's process: ansible-playbook."""
    server = socket.socket(fileno=int(sys.argv[1]))
    server.set_inheritable(False)
    sys.argv = ["ansible-playbook"]
    _keep_templates()
    # This file's folder, in which a run finds nothing.
    sys.path[0] = "/nowhere"
    _load()
    gc.collect()
    gc.freeze()
    gc.disable()
    _next_run(server)
    from ansible.cli import playbook

    playbook.main()


if __name__ == "__main__":
    main()
