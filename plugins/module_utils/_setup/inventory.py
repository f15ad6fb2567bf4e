# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proposal as the text of an inventory, with its reason, and as lines for a person. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._text import visible
from .._zone.names import owner
from .proposal import Proposal, Steered

#: What is behind no CDN that is known here. A host name and an address, as one of them is enough.
_CONTROLS = ("https://www.debian.org/", "9.9.9.9:443")

#: What CDNs are called, by the endings of the names that they give, and the header that tells them apart.
_CDNS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "b-cdn.net": ("bunny", {"server": "(?i)^bunnycdn"}),
    "cloudfront.net": ("cloudfront", {"via": "(?i)cloudfront"}),
    "fastly.net": ("fastly", {"x-served-by": "(?i)cache-"}),
    "fastlylb.net": ("fastly", {"x-served-by": "(?i)cache-"}),
    "azurefd.net": ("azure", {"x-azure-ref": "."}),
    "gcdn.co": ("gcore", {}),
    "kxcdn.com": ("keycdn", {"server": "(?i)^keycdn"}),
    "cdn77.org": ("cdn77", {}),
    "edgekey.net": ("akamai", {}),
}
_FIRST = {"server": "(?i)^cloudflare"}

#: What the name of a front may have.
_NOT_PLAIN = re.compile(r"[^a-z0-9-]+")


def cdn(host: str) -> tuple[str, Mapping[str, str]]:
    """What the second CDN is called, and the headers by which its answers are known; empty where that is not known."""
    bare = host.rstrip(".").lower()
    for ending, known in _CDNS.items():
        if bare.endswith(f".{ending}"):
            return known
    labels = bare.split(".")
    return _NOT_PLAIN.sub("-", labels[-2] if len(labels) > 1 else labels[0]) or "second", {}


def reason(made: Proposal) -> str:
    """Which layout, and why."""
    if not made.steered:
        return (
            "no layout: no name of the zone that is proxied at Cloudflare can fail over, so only the zone is described"
        )
    first = made.steered[0].name
    return (
        f"layout B, the public name itself: {first} is proxied in a zone at Cloudflare, and no other layout keeps it "
        "there by documented behaviour only. With layout A, a custom hostname, nothing of Cloudflare is needed to "
        "leave it; the guide to layouts compares them"
    )


def lines(made: Proposal, dns: Sequence[str], registrar: str, folder: str) -> list[str]:
    """What was seen, what is proposed, what only a person can do, and the next steps.

    dns: the name servers of the delegation. registrar: empty where that is not known.
    """
    zone = made.wishes.zone
    steps = (
        f"cd {folder} && ansible-playbook -i inventory.yml twinzone.edge.sync --check --diff   # what it would write",
        "ansible-playbook -i inventory.yml twinzone.edge.sync   # twice: what Cloudflare answers then, deSEC can copy",
        "ansible-playbook -i inventory.yml twinzone.edge.preflight   # would a failover work today?",
    )
    servers = ", ".join(host.rstrip(".") for host in dns)
    return [
        f"{zone}: the delegation names {servers or 'no server that could be asked for'}",
        f"    registered at {registrar or 'nobody knows here; declare it with init_registrar'}",
        f"    {reason(made)}",
        *(f"    can fail over: {owner(one.name, zone).rstrip('.')}" for one in made.steered),
        *(f"    stays: {owner(name, zone).rstrip('.')} {visible(why)}" for name, why in made.stays.items()),
        "only you can:",
        *(f"    - {line}" for line in _for_a_person(made, registrar)),
        "next:",
        *(f"    {number}. {step}" for number, step in enumerate(steps, 1)),
    ]


def _for_a_person(made: Proposal, registrar: str) -> Iterator[str]:
    zone, second = made.wishes.zone, made.wishes.second_cdn.rstrip(".")
    yield f"make the domain {zone} at deSEC and a token for it, DESEC_TOKEN; ask its support for a minimum TTL of 60 s"
    for one in made.steered:
        name = owner(one.name, zone).rstrip(".")
        yield f"make {second} serve {name} with a certificate of its own, and let the origin admit it"
        if one.converts:
            yield f"make {name} at Cloudflare a CNAME of {one.target.rstrip('.')}, proxied, after the first sync"
    for canary in sorted({one.canary for one in made.steered}):
        yield f"let the origin answer {owner(canary, zone).rstrip('.')} as it answers the name that stands for it"
    if "cloudflare" in registrar.lower():
        yield "move the domain to another registrar: Cloudflare's keeps it on Cloudflare's name servers"
    yield "switch `multi_provider` on at Cloudflare, and name deSEC's servers beside Cloudflare's at the registrar"


def inventory(made: Proposal, common: Mapping[str, Any], heading: Sequence[str]) -> str:
    """The text of inventory.yml. common: the variables of all hosts, of which none is secret. heading: comments.

    Ansible fills in the templates of an inventory, and what is in this one others have said: a provider, a registry.
    """
    comments = [f"# {visible(line, len(line))}".rstrip() for line in heading]
    return "\n".join([*comments, *_inventory(made, common), ""])


def _inventory(made: Proposal, common: Mapping[str, Any]) -> Iterator[str]:
    zone = made.wishes.zone
    yield from ("---", "all:", "  vars:")
    yield '    ansible_python_interpreter: "{{ ansible_playbook_python }}"'
    for name, value in common.items():
        yield from _variable(name, value)
    yield from ("  children:", "    zones:", "      hosts:")
    yield f"        {_flow(zone)}: {{zone_sync_file: {_flow(f'zones/{zone}.yml')}}}"
    if made.steered:
        yield from ("    sites:", "      hosts:")
        for one in made.steered:
            yield from _site(one, made)


def _variable(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, list):
        yield f"    {name}:"
        yield from (f"      - {_flow(one)}" for one in value)
    else:
        yield f"    {name}: {_flow(value)}"


def _site(one: Steered, made: Proposal) -> Iterator[str]:
    zone, source = made.wishes.zone, made.wishes.source
    public, canary = owner(one.name, zone).rstrip("."), owner(one.canary, zone).rstrip(".")
    second, headers = cdn(made.wishes.second_cdn)
    cname = {"type": "CNAME", "values": [one.target], "only": [source], "at": {source: {"proxied": True}}}
    publish = [cname, {"copy_from": one.canary, "only": ["desec"]}]
    yield f"        {_flow(public)}:"
    yield f"          failover_zone: {_flow(zone)}"
    yield f"          failover_router: {_flow(one.name)}"
    yield "          # A page that the origin makes, which no cache has, is better than the first page."
    yield f"          failover_check: {_flow({'url': f'https://{public}/'})}"
    yield f"          failover_controls: {_flow(list(_CONTROLS))}  # behind neither of your CDNs"
    yield "          failover_fronts: # in order of preference"
    yield "            - name: cloudflare"
    yield f"              check: {_flow({'url': f'https://{canary}/', 'headers': _FIRST})}"
    yield f"              connect_to: {_flow([canary])}"
    yield "              publish:"
    yield from (f"                - {_flow(entry)}" for entry in publish)
    yield f"            - name: {_flow(second)}"
    if headers:
        yield f"              check: {_flow({'headers': dict(headers)})}"
    yield f"              publish: [{_flow({'type': 'CNAME', 'values': [_dotted(made.wishes.second_cdn)]})}]"


def _dotted(host: str) -> str:
    return f"{host.rstrip('.')}."


#: Text that YAML reads as text without quotation marks, also inside of brackets.
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
#: With one of these Ansible would take it for a template.
_TEMPLATE = re.compile(r"\{[{%#]")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


def _flow(value: Any) -> str:
    """A value on one line of YAML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(str(key))}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and _BARE.fullmatch(value) and value.lower() not in _WORDS:
        return value
    text = json.dumps(value, ensure_ascii=False)
    return f"!unsafe {text}" if isinstance(value, str) and _TEMPLATE.search(value) else text
