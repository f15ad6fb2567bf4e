# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A webhook on loopback that notes what it gets, and takes no more than a service documents."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from support import message_services


class Chat:
    """answers: statuses, the last of them for ever. got: bodies; paths, headers: of each.

    service: what it is; what that would not take is answered with 400 and noted in `refused`. retry_after: the header.
    """

    def __init__(self, *answers: int, service: str = "", retry_after: str = "") -> None:
        self.refused: list[str] = []
        self.got: list[Any] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        left = list(answers) or [200]
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                chat.headers.append(dict(self.headers))
                chat.paths.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                is_json = self.headers["Content-Type"] == "application/json"
                chat.got.append(json.loads(body) if is_json else body.decode())
                wrong = message_services.problems(service, chat.got[-1])
                chat.refused += wrong
                status = left.pop(0) if len(left) > 1 else left[0]
                self.send_response(400 if wrong else status)
                self.send_header("Location", "/elsewhere")
                if retry_after:
                    self.send_header("Retry-After", retry_after)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *words: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        self.url = f"{self.base}/hook/s3cret"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
