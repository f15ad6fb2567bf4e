# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proposal as the text of an inventory, with its reason, and as lines for a person. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .._text import visible
from .._zone.names import owner
from .layout import CUSTOM_HOSTNAME, ITSELF, STEERING, Seen
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

#: How the names of deSEC's name servers end.
_DESEC_SERVERS = (".desec.io.", ".desec.org.")

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


def lines(made: Proposal, why: str, seen: Seen, folder: str) -> list[str]:
    """What was seen, what is proposed, what only a person can do, and the next steps. why: the layout's reason."""
    zone = made.wishes.zone
    steps = (
        f"cd {folder} && ansible-playbook -i inventory.yml twinzone.edge.sync --check --diff   # what it would write",
        "ansible-playbook -i inventory.yml twinzone.edge.sync   # twice: what Cloudflare answers then, deSEC can copy",
        "ansible-playbook -i inventory.yml twinzone.edge.preflight   # would a failover work today?",
    )
    servers = ", ".join(host.rstrip(".") for host in seen.dns)
    nothing = "no name of the zone that is proxied at Cloudflare can fail over, so only the zone is described"
    return [
        f"{zone}: the delegation names {servers or 'no server that could be asked for'}",
        f"    registered at {seen.registrar}"
        if seen.registrar
        else "    its registrar is not known; declare it with init_registrar",
        f"    layout {made.layout}: {why}" if made.steered else f"    no layout: {nothing}",
        *(f"    can fail over: {owner(one.name, zone).rstrip('.')}" for one in made.steered),
        *(f"    stays: {owner(name, zone).rstrip('.')} {visible(why_not)}" for name, why_not in made.stays.items()),
        "only you can:",
        *(f"    - {line}" for line in (*_for_a_person(made), *_AT_THE_DNS[made.layout](made, seen))),
        "next:",
        *(f"    {number}. {step}" for number, step in enumerate(steps, 1)),
    ]


def _for_a_person(made: Proposal) -> Iterator[str]:
    """What is to be done for every name, whatever the layout."""
    zone, second = made.wishes.zone, made.wishes.second_cdn.rstrip(".")
    at_desec = made.router_zone if made.layout == STEERING else zone
    yield f"make the domain {at_desec} at deSEC and a token for it, DESEC_TOKEN; ask for a minimum TTL of 60 s there"
    for one in made.steered:
        name = owner(one.name, zone).rstrip(".")
        yield f"make {second} serve {name} with a certificate of its own, and let the origin admit it"
        if one.converts:
            yield f"make {name} at Cloudflare a CNAME of {one.target.rstrip('.')}, proxied, after the first sync"
    for canary in sorted({one.canary for one in made.steered}) if made.layout == ITSELF else ():
        yield f"let the origin answer {owner(canary, zone).rstrip('.')} as it answers the name that stands for it"


def _outside(made: Proposal, _seen: Seen) -> Iterator[str]:
    """What layout A needs at Cloudflare and at the registrar."""
    zone, second = made.wishes.zone, made.wishes.second_zone
    yield f"add the zone {second} to Cloudflare, with one of these as the fallback origin: {_fronts(made)}"
    for one in made.steered:
        name = owner(one.name, zone).rstrip(".")
        yield f"make {name} a custom hostname of {second}, and add its TXT record, _cf-custom-hostname.{one.name}"
    for name in made.stays:
        shown = owner(name, zone).rstrip(".")
        yield f"decide about {shown}: outside Cloudflare no proxy stands before it, so it is not in the zone file"
    yield "at the registrar, name deSEC's servers in place of Cloudflare's, when the zone there is complete"


def _fronts(made: Proposal) -> str:
    return ", ".join(sorted({owner(one.canary, made.canary_zone).rstrip(".") for one in made.steered}))


def _beside(_made: Proposal, seen: Seen) -> Iterator[str]:
    """What layout B needs at Cloudflare and at the registrar."""
    if seen.is_pinned:
        yield "move the domain to another registrar: Cloudflare's keeps it on Cloudflare's name servers"
    beside = any(host.endswith(_DESEC_SERVERS) for host in seen.dns)
    more = "" if beside else ", and name deSEC's servers beside Cloudflare's at the registrar"
    yield f"switch `multi_provider` on at Cloudflare{more}"


def _steered(made: Proposal, _seen: Seen) -> Iterator[str]:
    """What layout C needs at a registrar, and before anything else."""
    yield f"at the registrar of {made.wishes.second_zone}, name deSEC's servers"
    for one in made.steered:
        name = owner(one.name, made.wishes.zone).rstrip(".")
        yield f"test whether Cloudflare's edge serves {name} when it is not proxied, as the guide to layouts shows"


_AT_THE_DNS: Mapping[str, Callable[[Proposal, Seen], Iterator[str]]] = {
    CUSTOM_HOSTNAME: _outside,
    ITSELF: _beside,
    STEERING: _steered,
}


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
    yield from _zone(zone, _ZONE_AT[made.layout], made.wishes.source)
    if made.second_records:
        yield from _zone(made.wishes.second_zone, _SECOND_AT[made.layout], made.wishes.source)
    if made.steered:
        yield from ("    sites:", "      hosts:")
        for one in made.steered:
            yield from _site(one, made)


#: At which of the providers the zone is, and the second zone: `first` for the one that holds it now, or the `others`.
_ZONE_AT = {CUSTOM_HOSTNAME: "others", ITSELF: "", STEERING: "first"}
_SECOND_AT = {CUSTOM_HOSTNAME: "first", STEERING: "others"}


def _zone(zone: str, at: str, source: str) -> Iterator[str]:
    yield f"        {_flow(zone)}:"
    yield f"          zone_sync_file: {_flow(f'zones/{zone}.yml')}"
    if at:
        yield f"          zone_sync_providers: {_providers(at, source)}"
    if at == "others":
        yield "          zone_sync_apex_ns: union  # each provider names the servers of all"


def _providers(at: str, source: str) -> str:
    """A template of ours that selects from all providers."""
    kept = "selectattr" if at == "first" else "rejectattr"
    return f"\"{{{{ dns_providers | {kept}('name', 'eq', '{_NOT_PLAIN.sub('-', source)}') }}}}\""


def _variable(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, list):
        yield f"    {name}:"
        yield from (f"      - {_flow(one)}" for one in value)
    else:
        yield f"    {name}: {_flow(value)}"


def _site(one: Steered, made: Proposal) -> Iterator[str]:
    public = owner(one.name, made.wishes.zone).rstrip(".")
    yield f"        {_flow(public)}:"
    yield f"          failover_zone: {_flow(made.router_zone)}"
    yield f"          failover_router: {_flow(one.router)}"
    if made.layout != ITSELF:
        yield f"          failover_providers: {_providers('others', made.wishes.source)}"
    yield "          # A page that the origin makes, which no cache has, is better than the first page."
    yield f"          failover_check: {_flow({'url': f'https://{public}/'})}"
    yield f"          failover_controls: {_flow(list(_CONTROLS))}  # behind neither of your CDNs"
    yield "          failover_fronts: # in order of preference"
    yield from _itself(one, made) if made.layout == ITSELF else _led(one, made)


def _itself(one: Steered, made: Proposal) -> Iterator[str]:
    """The fronts of layout B: each says which record sets publish it."""
    source, canary = made.wishes.source, owner(one.canary, made.wishes.zone).rstrip(".")
    second, headers = cdn(made.wishes.second_cdn)
    cname = {"type": "CNAME", "values": [one.target], "only": [source], "at": {source: {"proxied": True}}}
    publish = [cname, {"copy_from": one.canary, "only": ["desec"]}]
    yield "            - name: cloudflare"
    yield f"              check: {_flow({'url': f'https://{canary}/', 'headers': _FIRST})}"
    yield f"              connect_to: {_flow([canary])}"
    yield "              publish:"
    yield from (f"                - {_flow(entry)}" for entry in publish)
    yield f"            - name: {_flow(second)}"
    if headers:
        yield f"              check: {_flow({'headers': dict(headers)})}"
    yield f"              publish: [{_flow({'type': 'CNAME', 'values': [_dotted(made.wishes.second_cdn)]})}]"


def _led(one: Steered, made: Proposal) -> Iterator[str]:
    """The fronts of the other layouts: the router leads to a name of each."""
    second, headers = cdn(made.wishes.second_cdn)
    first_front = {"name": "cloudflare", "target": owner(one.canary, made.canary_zone), "check": {"headers": _FIRST}}
    second_front: dict[str, Any] = {"name": second, "target": _dotted(made.wishes.second_cdn)}
    if headers:
        second_front["check"] = {"headers": dict(headers)}
    yield from (f"            - {_flow(front)}" for front in (first_front, second_front))


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
