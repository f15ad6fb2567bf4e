# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""So much of AWX's API on loopback that the modules of awx.awx can describe everything there, and look it up again."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support import controller_rules as rules

TOKEN = "a-token-of-the-controller"
ENCRYPTED = "$encrypted$"

_API = "/api/v2/"
_TYPES = {name: name.removesuffix("s") for name in rules.FIELDS} | {"inventories": "inventory"}
_UNIFIED = ("job_templates", "workflow_job_templates", "projects", "inventory_sources", "workflow_approval_templates")

#: Lists of other objects that an object has, and of which kind.
_LISTS = {
    "credentials": "credentials",
    "notification_templates_error": "notification_templates",
    "notification_templates_approvals": "notification_templates",
    "success_nodes": "workflow_job_template_nodes",
    "failure_nodes": "workflow_job_template_nodes",
    "always_nodes": "workflow_job_template_nodes",
}

Object = dict[str, Any]
Answer = tuple[int, Any]


class Refused(Exception):
    """The controller refuses a request. status: of HTTP."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Controller:
    """The controller's objects. writes: the requests that changed something."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[int, Object]] = {name: {} for name in (*rules.FIELDS, "organizations")}
        self.lists: dict[tuple[int, str], list[int]] = {}
        self.writes: list[str] = []
        self._last = 0
        self._add("organizations", {"name": "Default"})

    def one(self, endpoint: str, name: str) -> Object:
        """The object of this name, or of this identifier, with its secrets."""
        (found,) = [one for one in self.objects[endpoint].values() if name in (one.get("name"), one.get("identifier"))]
        return found

    def related(self, item: Object, name: str) -> list[Object]:
        """A list of other objects that an object has."""
        return [self.objects[_LISTS[name]][number] for number in self.lists.get((item["id"], name), [])]

    def answer(self, method: str, path: str, query: Mapping[str, str], given: Object) -> Answer:
        """The status and the body of an answer."""
        endpoint, *rest = path.removeprefix(_API).strip("/").split("/")
        if method != "GET":
            self.writes.append(f"{method} {path}")
        if not rest:
            return self._of_all(method, endpoint, query, given)
        if endpoint in ("project_updates", "inventory_updates"):
            return 200, {
                "status": "successful",
                "failed": False,
                "finished": "2026-01-01T00:00:00Z",
                "id": int(rest[0]),
            }
        item = self.objects[endpoint][int(rest[0])]
        if rest[1:]:
            return self._below(method, item, rest[1], given)
        if method == "PATCH":
            self._check(endpoint, {**item, **given}, given, creates=False)
            item.update(given)
            self._changed(endpoint, item)
        return 200, self._shown(endpoint, item)

    def _of_all(self, method: str, endpoint: str, query: Mapping[str, str], given: Object) -> Answer:
        if method == "POST":
            self._check(endpoint, given, given, creates=True)
            return 201, self._shown(endpoint, self._add(endpoint, given))
        where = _UNIFIED if endpoint == "unified_job_templates" else (endpoint,)
        shown = [self._shown(name, one) for name in where for one in self.objects[name].values()]
        found = [one for one in shown if all(_matches(one, key, value) for key, value in query.items())]
        return 200, {"count": len(found), "next": None, "previous": None, "results": found}

    def _below(self, method: str, item: Object, name: str, given: Object) -> Answer:
        if name == "survey_spec":
            if method == "GET":
                return 200, item.get("survey", {})
            _refuse(rules.survey(given))
            item["survey"] = given
            return 200, {}
        if name == "update":
            return 202, {"id": item["id"], "status": "pending", "url": f"{_API}inventory_updates/{item['id']}/"}
        if name == "create_approval_template":
            made = self._add("workflow_approval_templates", given)
            item["unified_job_template"] = made["id"]
            return 201, self._shown("workflow_approval_templates", made)
        return self._associate(method, item, name, given)

    def _associate(self, method: str, item: Object, name: str, given: Object) -> Answer:
        numbers = self.lists.setdefault((item["id"], name), [])
        if method == "GET":
            results = [self._shown(_LISTS[name], one) for one in self.related(item, name)]
            return 200, {"count": len(results), "next": None, "previous": None, "results": results}
        if given.get("disassociate"):
            numbers.remove(given["id"])
        elif given["id"] in self.objects[_LISTS[name]]:
            numbers.append(given["id"])
        return 204, None

    def _add(self, endpoint: str, given: Object) -> Object:
        self._last += 1
        item = {"id": self._last, **given}
        self.objects[endpoint][self._last] = item
        self._changed(endpoint, item)
        return item

    def _changed(self, endpoint: str, item: Object) -> None:
        """What AWX itself does when an object was written."""
        if endpoint == "projects":
            listed = ["git", "-C", item["scm_url"], "ls-tree", "-r", "--name-only", item["scm_branch"]]
            item["playbook_files"] = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()
        if endpoint == "notification_templates" and item["notification_type"] == "webhook":
            item["notification_configuration"] = {**rules.WEBHOOK, **item["notification_configuration"]}
        if endpoint == "inventory_sources":
            item["organization"] = self.objects["inventories"][item["inventory"]]["organization"]

    def _check(self, endpoint: str, whole: Object, given: Object, creates: bool) -> None:
        _refuse(rules.fields(endpoint, given, creates))
        if endpoint == "credential_types":
            _refuse(rules.credential_type(whole))
        if endpoint == "schedules":
            _refuse(rules.rule(whole["rrule"]))
        if endpoint == "job_templates":
            project = self.objects["projects"][whole["project"]]
            _refuse(["Playbook not found for project."] if whole["playbook"] not in project["playbook_files"] else [])
        if endpoint == "workflow_job_template_nodes" and whole.get("extra_data"):
            template = self.objects["job_templates"][whole["unified_job_template"]]
            _refuse(rules.launch_variables(template, whole["extra_data"]))
        if endpoint == "credentials":
            known = {
                entry["id"] for entry in self.objects["credential_types"][whole["credential_type"]]["inputs"]["fields"]
            }
            _refuse(f"{name} is no input" for name in whole["inputs"].keys() - known)

    def _shown(self, endpoint: str, item: Object) -> Object:
        """An object as the API shows it: without secrets, and with where to go on."""
        kind = _TYPES.get(endpoint, endpoint)
        url = f"{_API}{endpoint}/{item['id']}/"
        shown = {**deepcopy(item), "type": kind, "url": url, "summary_fields": {}}
        shown["related"] = {name: f"{url}{name}/" for name in ("survey_spec", "update")}
        if endpoint == "credentials":
            shown["inputs"] = dict.fromkeys(item["inputs"], ENCRYPTED)
        if endpoint == "projects":
            shown["scm_revision"] = "0" * 40
            shown["summary_fields"] = {"current_update": {"id": item["id"]}}
        if endpoint == "workflow_job_template_nodes" and item.get("unified_job_template"):
            number = item["unified_job_template"]
            (of,) = [name for name in _UNIFIED if number in self.objects[name]]
            shown["related"]["unified_job_template"] = f"{_API}{of}/{number}/"
        return shown


def _matches(item: Object, key: str, value: str) -> bool:
    if key not in item and key not in ("name", "identifier", "organization"):
        raise Refused(400, f"there is no field to filter by: {key}")
    return str(item.get(key)) == value


def _refuse(problems: Any) -> None:
    if words := "; ".join(problems):
        raise Refused(400, words)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        with self.server.lock:
            try:
                if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    raise Refused(401, "Authentication credentials were not provided.")
                given = json.loads(body) if body and self.command != "GET" else {}
                status, answer = self.server.controller.answer(self.command, url.path, query, given)
            except Refused as error:
                status, answer = error.status, {"__all__": [str(error)], "error": str(error)}
        data = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", "24.6.1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_DELETE = _serve

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, controller: Controller) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.controller = controller
        self.lock = threading.Lock()


@contextmanager
def running(controller: Controller) -> Iterator[str]:
    """The controller's URL, while it answers."""
    server = _Server(controller)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
