# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to the lab's APIs, each answer of Cloudflare checked against its OpenAPI document where that is at hand."""

from __future__ import annotations

from typing import Any

import requests
from twinzone_lab.client import LabClient

from support.cloudflare_contract import check_contract

ZONE = "example.com"
TIMEOUT = 10


def session(lab: LabClient) -> requests.Session:
    """A session that trusts the lab's authority and no variable of the environment."""
    made = requests.Session()
    made.trust_env = False
    made.verify = lab.info["ca"]
    return made


class CloudflareCaller:
    """Speaks for one zone. Relative paths are below it."""

    def __init__(self, lab: LabClient, zone: str = ZONE) -> None:
        self.base = lab.info["providers"]["cloudflare"]["api_url"]
        self.session = session(lab)
        self.token = lab.info["providers"]["cloudflare"]["token"]
        self.session.headers["Authorization"] = f"Bearer {self.token}"
        self.zone = self.call("GET", f"/zones?name={zone}").json()["result"][0]["id"]

    def call(self, method: str, path: str, body: object = None, **more: Any) -> requests.Response:
        """One request; the answer must be what the OpenAPI document promises."""
        url = self.base + (path if path.startswith("/") else f"/zones/{self.zone}/{path}")
        response = self.session.request(method, url, json=body, timeout=TIMEOUT, **more)
        check_contract(method, url.removeprefix(self.base), response)
        return response

    def ok(self, method: str, path: str, body: object = None) -> Any:
        """The result of a request that must succeed."""
        response = self.call(method, path, body)
        assert response.status_code == 200, response.text
        return response.json()["result"]

    def refused(self, method: str, path: str, body: object = None) -> tuple[int, int]:
        """Status and first code of a request that must be refused."""
        response = self.call(method, path, body)
        assert response.status_code >= 400, response.text
        return response.status_code, response.json()["errors"][0]["code"]

    def create(self, name: str, kind: str, content: str, **more: Any) -> Any:
        """A record by its content."""
        return self.ok("POST", "dns_records", {"name": name, "type": kind, "content": content, "ttl": 60, **more})


class DesecCaller:
    """Speaks for one zone at deSEC."""

    def __init__(self, lab: LabClient, zone: str = ZONE) -> None:
        provider = lab.info["providers"]["desec"]
        self.url = f"{provider['api_url']}/domains/{zone}/rrsets/"
        self.session = session(lab)
        self.session.headers["Authorization"] = f"Token {provider['token']}"

    def call(self, method: str, body: object = None, path: str = "", **more: Any) -> requests.Response:
        """One request to the zone's record sets."""
        return self.session.request(method, self.url + path, json=body, timeout=TIMEOUT, **more)

    def put(self, subname: str, kind: str, *values: str) -> None:
        """Create, replace or (without values) delete one record set."""
        item = {"subname": subname, "type": kind, "ttl": 3600, "records": list(values)}
        response = self.call("PATCH", [item])
        assert response.status_code == 200, response.text
