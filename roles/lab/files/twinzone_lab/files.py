# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that a running lab leaves in its directory, ready to be used with Ansible."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import yaml

from .addresses import API_PORT, CONTROL_PORT, DNS_PORT, FRONT_PORT
from .laboratory import Laboratory
from .providers import ORIGIN_ADDRESS
from .third.knot import ALGORITHM, KEY_NAME

STATE_FILE = "lab.json"


def write_files(lab: Laboratory) -> None:
    """Write everything; `lab.json` comes last and all at once, as the sign that the lab is ready."""
    directory = lab.options.directory
    (directory / "ca.pem").write_bytes(lab.ca_pem)
    (directory / "inventory.yml").write_text(_yaml(inventory(lab)))
    (directory / "zones").mkdir(exist_ok=True)
    for zone in lab.options.zones:
        (directory / "zones" / f"{zone}.yml").write_text(_yaml(zone_file(zone)))
    environment = directory / "env"
    environment.touch(mode=0o600)
    environment.write_text("".join(f"export {key}={value}\n" for key, value in variables(lab).items()))
    state = directory / f".{STATE_FILE}"
    state.touch(mode=0o600)
    state.write_text(json.dumps(description(lab), indent=2) + "\n")
    state.rename(directory / STATE_FILE)


def variables(lab: Laboratory) -> dict[str, str]:
    """The tokens under the names of the environment variables that are read."""
    tokens = lab.providers.tokens
    own = {"RFC2136_KEY_SECRET": lab.providers.third.secret} if lab.providers.third else {}
    return {"CLOUDFLARE_API_TOKEN": tokens["cloudflare"], "DESEC_TOKEN": tokens["desec"], **own}


def description(lab: Laboratory) -> dict[str, Any]:
    """Where everything is."""
    addresses = lab.addresses
    urls = api_urls(lab)
    return {
        "pid": os.getpid(),
        "directory": str(lab.options.directory),
        "control": f"http://{addresses.control}:{CONTROL_PORT}",
        "ca": str(lab.options.directory / "ca.pem"),
        "zones": list(lab.options.zones),
        "dns_port": DNS_PORT,
        "resolver": f"{addresses.resolver}:{DNS_PORT}",
        "parent": f"{addresses.parent}:{DNS_PORT}",
        "providers": {
            provider: {
                "api_url": urls[provider],
                "token": lab.providers.tokens[provider],
                "name_servers": addresses.name_servers[provider],
            }
            for provider in urls
        }
        | _own(lab),
        "cloudflare_read_only_token": lab.providers.credentials.read_only_token,
        "cloudflare_email": lab.providers.credentials.email,
        "cloudflare_key": lab.providers.credentials.key,
        "fronts": {front: list(values) for front, values in addresses.fronts.items()},
        "fronts_ipv6": dict(lab.fronts_ipv6),
        "front_port": FRONT_PORT,
        "independent": f"https://{addresses.independent}:{FRONT_PORT}/",
    }


def _own(lab: Laboratory) -> dict[str, Any]:
    """Where the third provider is, if there is one. token: the secret of its key."""
    if (third := lab.providers.third) is None:
        return {}
    servers = lab.addresses.name_servers["own"]
    return {"own": {"server": f"{third.primary}:{DNS_PORT}", "token": third.secret, "name_servers": servers}}


def api_urls(lab: Laboratory) -> dict[str, str]:
    """Provider → base URL of its API."""
    paths = {"cloudflare": "/client/v4", "desec": "/api/v1"}
    return {name: f"https://{address}:{API_PORT}{paths[name]}" for name, address in lab.addresses.apis.items()}


def inventory(lab: Laboratory) -> dict[str, Any]:
    """Zones and sites of the lab as an Ansible inventory; the tokens come from the environment."""
    ca_path = str(lab.options.directory / "ca.pem")
    urls = api_urls(lab)
    access: dict[str, dict[str, Any]] = {
        name: {"type": name, "api_url": url, "ca_path": ca_path} for name, url in urls.items()
    }
    if lab.providers.third:
        key = {"name": KEY_NAME, "algorithm": ALGORITHM}
        access["own"] = {"type": "rfc2136", "server": f"{lab.providers.third.primary}:{DNS_PORT}", "key": key}
    common = {
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "dns_resolver": f"{lab.addresses.resolver}:{DNS_PORT}",
        "dns_port": DNS_PORT,
        "dns_providers": [
            {
                "name": provider,
                **access[provider],
                # The real servers are found by their names, as those of people are.
                "nameservers": list(servers)
                if provider == "own"
                else [f"{one}:{DNS_PORT}" for one in servers.values()],
            }
            for provider, servers in lab.addresses.name_servers.items()
        ],
    }
    zones = {zone: {"zone_sync_file": f"zones/{zone}.yml"} for zone in lab.options.zones}
    sites = {f"www.{zone}": _site(lab, zone, ca_path) for zone in lab.options.zones}
    return {"all": {"vars": common, "children": {"zones": {"hosts": zones}, "sites": {"hosts": sites}}}}


def _site(lab: Laboratory, zone: str, ca_path: str) -> dict[str, Any]:
    return {
        "failover_zone": zone,
        "failover_router": "web-router",
        "failover_check": {"url": f"https://www.{zone}:{FRONT_PORT}/health", "ca_path": ca_path},
        "failover_fronts": [
            {"name": "cloudflare", "target": f"cf-front.{zone}.", "check": {"headers": {"server": "^cloudflare$"}}},
            {"name": "bunny", "target": f"cdn2-front.{zone}.", "check": {"headers": {"server": "^BunnyCDN"}}},
        ],
        "failover_controls": [f"{lab.addresses.independent}:{FRONT_PORT}"],
        "failover_policy": {"probes": 3, "interval": 0.2},
    }


def zone_file(zone: str) -> dict[str, Any]:
    """A zone with a steering record: the public name leads to the router, the router to one of two fronts."""
    return {
        "domain": zone,
        "records": [
            {"name": "www", "type": "CNAME", "ttl": 60, "values": [f"web-router.{zone}."]},
            {"name": "web-router", "type": "CNAME", "ttl": 60, "values": [f"cf-front.{zone}."]},
            {"name": "cf-front", "type": "CNAME", "ttl": 300, "values": [f"{zone}."]},
            {"name": "cdn2-front", "type": "CNAME", "ttl": 300, "values": ["example.b-cdn.net."]},
            {"name": "origin", "type": "A", "ttl": 300, "values": [ORIGIN_ADDRESS]},
        ],
    }


def _yaml(data: object) -> str:
    text: str = yaml.safe_dump(data, sort_keys=False, explicit_start=True)
    return text


def read_state(directory: Path) -> dict[str, Any] | None:
    """What the last lab in this directory wrote; `None` when there is none."""
    try:
        state: dict[str, Any] = json.loads((directory / STATE_FILE).read_text())
    except FileNotFoundError:
        return None
    return state
