# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page of one site says, from its facts. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from .._failover.data.site import Front
from .._zone.names import owner
from .contacts import REGISTRAR, one_line
from .document import Block, Commands, Document, Section, Table, Text
from .facts import Facts
from .scripts import dig

#: Seconds that one look at a front may take.
_LOOK = 10


def document(facts: Facts) -> Document:
    """The page for the night."""
    site = facts.site
    hurry = (
        Text("In a hurry? This leaves a front that is down for one that is healthy, and does nothing otherwise:"),
        Commands((_play(facts, "failover"),)),
        Text(f"It runs in `{facts.folder}`, where the tokens are set. Without that machine: *By hand*, below."),
    )
    sections = (
        Section("What it is", tuple(_what(facts))),
        Section("See", tuple(_see(facts))),
        Section("Move", tuple(_move(facts))),
        Section("Hold", tuple(_hold(facts))),
        Section("Stop the schedule", tuple(_stop(facts))),
        Section("By hand", tuple(_by_hand(facts))),
        Section("Verify", tuple(_verify(facts))),
        Section("Call and tell people", tuple(_people(facts))),
        Section("Go back", tuple(_back(facts))),
        Section("Last resort: the registrar", tuple(_registrar(facts))),
    )
    return Document(f"{site['site']} is down", hurry, sections)


def _play(facts: Facts, name: str, *words: str) -> str:
    """The command that runs a playbook for this site."""
    inventories = [word for path in facts.inventories for word in ("-i", path)]
    return shlex.join(
        ["ansible-playbook", *inventories, f"twinzone.edge.{name}", "--limit", facts.site["site"], *words]
    )


def _router(facts: Facts) -> str:
    return owner(facts.site["router"], facts.site["zone"]).rstrip(".")


def _what(facts: Facts) -> Iterator[Block]:
    site = facts.site
    providers = ", ".join(
        f"`{entry['name']}` ({len(facts.servers.get(entry['name'], ()))} name servers)" for entry in site["providers"]
    )
    names = ", ".join(f"`{name.rstrip('.')}`" for name in site["names"]) or f"`{site['site']}`"
    yield Table(
        ("", ""),
        (
            ("Visitors use", names),
            ("Which leads to", f"`{_router(facts)}`, the record that is switched"),
            ("Fronts, in order", ", ".join(f"`{front['name']}` ({_leads_to(front)})" for front in site["fronts"])),
            ("When all is well", f"at `{facts.first['name']}`"),
            ("Providers of the zone", f"{providers}, zone `{site['zone'].rstrip('.')}`"),
            ("Healthy means", f"`{one_line(str(site['check']['url']))}` answers as the check says"),
            ("Made", f"{facts.made}; make it again after every change of the inventory"),
        ),
    )


def _leads_to(front: Front) -> str:
    return f"`{front['target'].rstrip('.')}`" if front["target"] else "record sets of its own"


def _see(facts: Facts) -> Iterator[Block]:
    yield Text("Where is it, where should it be, and how are the fronts? Both commands write nothing:")
    yield Commands((_play(facts, "status"), _play(facts, "failover", "--check")))
    yield Text("Each front by itself, without Ansible. `200` is what you want to see; if all fail, it is the origin:")
    yield Commands(tuple(_look(facts, front) for front in facts.site["fronts"]))
    yield Text("What every name server serves, past all caches:")
    yield Commands(tuple(_digs(facts)))
    if targets := [front["target"] for front in facts.site["fronts"] if front["target"]]:
        yield Text("Where one answers addresses and no CNAME, compare them with those of the fronts:")
        yield Commands(tuple(_addresses(facts, target) for target in targets))


def _digs(facts: Facts) -> Iterator[str]:
    for servers in facts.servers.values():
        yield from (dig(server, _router(facts)) for server in servers)


def _look(facts: Facts, front: Front) -> str:
    """The command that asks a front under the public name."""
    check = {**facts.site["check"], **front["check"]}
    words = ["curl", "-sS", "-m", str(_LOOK), "-o", "/dev/null", "-w", f"{front['name']}: %{{http_code}}\\n"]
    if check.get("ca_path"):
        words += ["--cacert", str(check["ca_path"])]
    if check.get("method") not in (None, "GET"):
        words += ["-X", str(check["method"])]
    return f"{shlex.join(words)} --connect-to {_place(facts, front)} {shlex.quote(str(check['url']))}"


def _place(facts: Facts, front: Front) -> str:
    """Where curl connects, as its option takes it: any host and port of the URL, then the address and port to use."""
    if front["connect_to"]:
        place = str(front["connect_to"][0])
        bare = place.startswith("[") and place.endswith("]")
        has_port = ":" in place and not bare and (place.count(":") == 1 or "]:" in place)
        return shlex.quote(f"::{place}" if has_port else f"::{place}:")
    return f'"::$({_addresses(facts, front["target"])} | tail -n 1):"'


def _addresses(facts: Facts, target: str) -> str:
    """The command that shows the addresses of a name."""
    at = ""
    if facts.resolver:
        host, _colon, port = facts.resolver.rpartition(":")
        at = f" -p {port} @{host}" if host and port.isdigit() else f" @{facts.resolver}"
    return f"dig +short{at} {shlex.quote(target)}"


def _move(facts: Facts) -> Iterator[Block]:
    yield Text("Let it decide:")
    yield Commands((_play(facts, "failover"),))
    yield Text(
        "You know better: go there once. A front that is not healthy is refused; `-e failover_force=true` insists."
    )
    yield Commands(tuple(_play(facts, "failover", "-e", f"failover_to={front['name']}") for front in facts.others))


def _hold(facts: Facts) -> Iterator[Block]:
    yield Text("Go there and stay, whatever later runs on any machine see; without an end it is four hours:")
    yield Commands(
        tuple(
            _play(facts, "failover", "-e", f"failover_pin={front['name']}", "-e", "failover_pin_for=4h")
            for front in facts.others
        )
    )


def _stop(facts: Facts) -> Iterator[Block]:
    yield Text(
        "A timer, or a schedule in AWX, runs the failover every few minutes. A pin holds without stopping it. Stop it "
        "only where you work by hand and cannot run the scripts at every provider; and start it again afterwards."
    )
    yield Commands((facts.schedule.stop, facts.schedule.start))


def _by_hand(facts: Facts) -> Iterator[Block]:
    variables = [f"`{'` or `'.join(way.needs)}` ({way.provider})" for way in facts.ways if way.needs]
    needed = ", ".join(dict.fromkeys(variables)) or "nothing"
    yield Text(
        f"Without Ansible: a script for each provider and direction, printed below under *Scripts*. Set {needed}. "
        "The provider that answers first is half of the work; run it at all of them."
    )
    for front in (*facts.others, facts.first):
        mine = [way for way in facts.ways if way.front == front["name"]]
        if mine:
            yield Text(f"To `{front['name']}`:")
            yield Commands(tuple(f"sh {shlex.quote(f'{facts.scripts}/{way.file}')}" for way in mine))
    for line in facts.lacking:
        yield Text(f"Missing: {line}")


def _verify(facts: Facts) -> Iterator[Block]:
    yield Text("Every name server leads to the same front, and visitors get an answer. Caches follow after the TTL.")
    yield Commands(tuple(_digs(facts)))
    yield Text(f"From a phone, not in your network: `{one_line(str(facts.site['check']['url']))}`")


def _people(facts: Facts) -> Iterator[Block]:
    if not facts.contacts:
        yield Text("Nobody is named here. Declare `runbook_contacts` in the inventory, and make this page again.")
        return
    yield Table(("Who", "How"), tuple((f"{one.role}", one.shown()) for one in facts.contacts))


def _back(facts: Facts) -> Iterator[Block]:
    home = facts.first["name"]
    yield Text(f"When `{home}` has been healthy for a while: lift the pin, then go. The schedule must be on again.")
    yield Commands(
        (
            _play(facts, "failover", "-e", "failover_pin=none"),
            _play(facts, "failover", "-e", f"failover_to={home}"),
            _play(facts, "status"),
        )
    )


def _registrar(facts: Facts) -> Iterator[Block]:
    yield Text(
        "Only where one provider answers wrongly and cannot be written for a long time: take its name servers out of "
        "the delegation. It takes hours, up to two days, and so does the way back. The other provider must serve the "
        "whole zone, and no DS record may promise the keys of the one that goes."
    )
    zone = facts.site["zone"].rstrip(".")
    rows = []
    for provider, servers in facts.servers.items():
        stay = [server.name for other, all_of in facts.servers.items() if other != provider for server in all_of]
        goes = ", ".join(f"`{server.name}`" for server in servers) or "not known"
        left = ", ".join(f"`{name}`" for name in stay) or "nothing: do not"
        rows.append((f"Without {provider}, `{zone}` has", left, goes))
    yield Table(("", "name servers that stay", "that go"), tuple(rows))
    found = [one for one in facts.contacts if one.role.lower() == REGISTRAR]
    for one in found:
        yield Text(f"The registrar: {one.shown()}")
    if not found:
        yield Text("The registrar is not declared: a contact with `role: registrar` belongs into `runbook_contacts`.")
