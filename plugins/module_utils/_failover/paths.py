# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the public names of a site lead through its router, as each name server answers them. Pure.

A switch moves the router. Visitors ask for a public name; where a server leads that past the router, they stay behind.
It is judged by structure: by the CNAME chain that a server shows and, where a provider's servers answer addresses in
place of it, by what the provider's API holds. Addresses alone prove little: a name that leads to a front directly has
the same ones as a name that leads there through the router.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .data.decision import PathFinding
from .data.observed import Held, PathAnswer
from .held_paths import followed
from .service_bindings import in_the_way

THROUGH, BYPASSES, FOLLOWS, UNKNOWN = "through", "bypasses", "follows", "unknown"

_HTTPS, _NS, _NOBODYS = " HTTPS ", " NS ", "the delegation of"

#: Seconds that a server which flattens a name may take beyond the TTL.
_LAG = 60


@dataclass(frozen=True)
class Steering:
    """What the names of a site should follow.

    router: the absolute name; zone: its zone. targets: the absolute names to which it may lead. front: to which it
    leads, or should, since the Unix time `since` (0: unknown). ttl: seconds for which resolvers may keep where it led
    before. served: of each name server, the fronts and the values that it answers for the router. nowhere: why the zone
    is known to nobody, so that no name can lead through the router; empty otherwise.
    """

    router: str
    zone: str
    targets: frozenset[str] = frozenset()
    front: str = ""
    since: int = 0
    ttl: int = 0
    served: Mapping[str, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)
    nowhere: str = ""


@dataclass(frozen=True)
class Finding:
    """Where one name server leads a public name.

    verdict: `through` the router; `bypasses` it; `follows` it when a TTL is over; or `unknown`. record: the one in the
    way. reason: why it is not `through`.
    """

    name: str
    provider: str
    server: str
    verdict: str
    record: str = ""
    reason: str = ""

    def data(self) -> PathFinding:
        return PathFinding(
            name=self.name,
            provider=self.provider,
            server=self.server,
            verdict=self.verdict,
            record=self.record,
            reason=self.reason,
        )


_Verdict = tuple[str, str, str]

_THROUGH: _Verdict = (THROUGH, "", "")


def judge(
    names: Sequence[str],
    steering: Steering,
    answers: Sequence[PathAnswer],
    held: Mapping[str, Mapping[str, Held]],
    now: int,
) -> list[Finding]:
    """A finding for each public name and each server that decides where it leads.

    answers: of served_info, also about other sites. held: by zone and provider, what APIs hold. now: Unix time.
    """
    if steering.nowhere:
        return [Finding(name, "", "", UNKNOWN, reason=steering.nowhere) for name in names]
    found: list[Finding] = []
    for name in names:
        mine = [one for one in answers if (one["name"], one["router"]) == (name, steering.router)]
        if not mine:
            found.append(Finding(name, "", "", UNKNOWN, reason="no name server was asked"))
        links = {one["link"] for one in mine}
        for one in mine:
            found += _at_server(one, steering, held.get(one["zone"], {}), now, links)
    return found


def _at_server(
    one: PathAnswer, steering: Steering, held: Mapping[str, Held], now: int, links: set[str]
) -> Iterator[Finding]:
    """Where an answer leads browsers: by its addresses, and by its HTTPS records.

    links: the names on the way, which have answers of their own.
    """
    place = one["name"], one["provider"], one["server"]
    bound = in_the_way(one, steering.router, steering.targets, links, held)
    if bound is not None:
        binding, reason = bound
        yield Finding(*place, BYPASSES, binding.shown, reason)
    if not _leads_on(one, steering, links):
        verdict = _judge(one, steering, held, now)
        if bound is None or verdict[0] == BYPASSES:
            yield Finding(*place, *verdict)


def hidden(answers: Sequence[PathAnswer], router: str) -> dict[tuple[str, str], set[str]]:
    """The names of which only an API shows where they lead, by zone and provider. router: the absolute name."""
    found: dict[tuple[str, str], set[str]] = {}
    for one in answers:
        if one["router"] == router and one["provider"] and one["hides"] and router not in (one["link"], *one["cnames"]):
            found.setdefault((one["zone"], one["provider"]), set()).add(_last(one))
    return found


def _last(one: PathAnswer) -> str:
    return one["cnames"][-1] if one["cnames"] else one["link"]


def _leads_on(one: PathAnswer, steering: Steering, links: set[str]) -> bool:
    """Whether other answers, for the name to which this one leads, decide."""
    chain = one["cnames"]
    decided = {steering.router, *steering.targets} & {one["link"], *chain}
    return one["status"] == "cname" and not decided and not one["leads_to"] and chain[-1] in links


def _judge(one: PathAnswer, steering: Steering, held: Mapping[str, Held], now: int) -> _Verdict:
    if one["status"] == "silent":
        return UNKNOWN, "", one["error"]
    if one["status"] == "delegated":
        record = one.get("delegation") or f"{_NOBODYS} {one['zone']}"
        return BYPASSES, record, f"leads to no server that answers for it ({one['error']})"
    if steering.router in (one["link"], *one["cnames"]):
        return _at_router(one, steering, held, now)
    if one["status"] == "cname":
        return _past(one)
    if one["hides"] and one["error"] != "NXDOMAIN":
        found = _behind(one, steering, held.get(one["provider"]), now)
        # Without an address visitors are lost, whatever the server hides.
        return _nothing(one) if one["status"] == "missing" and found[0] != BYPASSES else found
    return _nothing(one) if one["status"] == "missing" else _past(one)


def _behind(one: PathAnswer, steering: Steering, read: Held | None, now: int) -> _Verdict:
    """Where a name leads of which a server hides that. read: what the API of its provider shows."""
    if read is not None and not read["error"]:
        return followed(_last(one), steering.router, one["zone"], one["provider"], read, steering.targets)
    error = read["error"] if read else None
    why = f"its API does not say: {error['message']}" if error else "its API was not asked"
    return _by_addresses(one, steering, now, why if one["provider"] else "nobody's API can be asked")


def _past(one: PathAnswer) -> _Verdict:
    return BYPASSES, _record(one), "does not lead through the router"


def _record(one: PathAnswer) -> str:
    return f"{one['link']} CNAME {one['cnames'][0]}" if one["cnames"] else _shown(one["link"], one["values"])


def _nothing(one: PathAnswer) -> _Verdict:
    return BYPASSES, f"nothing at {_last(one)}", "visitors get no address"


def _shown(name: str, values: Sequence[str]) -> str:
    kinds = [
        f"{name} {rdtype} {', '.join(texts)}"
        for rdtype, colon in (("A", False), ("AAAA", True))
        if (texts := [value for value in values if (":" in value) == colon])
    ]
    return " and ".join(kinds)


def _at_router(one: PathAnswer, steering: Steering, held: Mapping[str, Held], now: int) -> _Verdict:
    """A name that is the router, or leads to it: what matters is that the server has the router as it is written."""
    if one["provider"] or one["zone"] != steering.zone:
        is_itself = one["link"] == steering.router and one["status"] == "addresses"
        return _router_itself(one, steering, held) if is_itself else _THROUGH
    # Nobody writes the router at a server that is no provider's; a secondary server follows by itself.
    if steering.front in one["leads_to"] or one["possible"]:
        return UNKNOWN, "", "is a server of none of the site's providers; whether it follows a switch is not known"
    if until := _still(one, steering, now):
        return until
    return BYPASSES, _record(one), "is a server of none of the site's providers, and no switch moves what it answers"


def _router_itself(one: PathAnswer, steering: Steering, held: Mapping[str, Held]) -> _Verdict:
    """A name that is the router, which a server answers with addresses: as they stand there, or in place of a CNAME.

    What an API shows of the router is judged with the rules for routers; here counts only whether it was seen.
    """
    if not one["hides"]:
        fronts, _values = steering.served.get(one["server"], (frozenset(), frozenset()))
        if steering.front and steering.front not in {*one["leads_to"], *fronts}:
            return UNKNOWN, "", f"answers copied addresses that {steering.front} does not have now, or another front's"
        return _THROUGH
    read = held.get(one["provider"])
    if read is not None and read["error"]:
        return UNKNOWN, "", f"its servers hide what stands there, and its API does not say: {read['error']['message']}"
    return _THROUGH


def _still(one: PathAnswer, steering: Steering, now: int) -> _Verdict | None:
    """The verdict on an answer from before the last switch, as long as its TTL lets it be one."""
    over = steering.since + max(steering.ttl, one["ttl"] or 0)
    if not steering.since or now >= over + _LAG:
        return None
    moment = datetime.fromtimestamp(over, UTC).strftime("%H:%M")
    return FOLLOWS, "", f"still answers {', '.join(one['leads_to']) or 'what it had before'}; follows by {moment} UTC"


def _by_addresses(one: PathAnswer, steering: Steering, now: int, why: str) -> _Verdict:
    """What addresses prove. why: the reason for which the structure is not known."""
    unknown = UNKNOWN, "", f"its servers hide where it leads, and {why}"
    if not one["values"] or one["possible"]:
        return unknown
    shown = _shown(_last(one), one["values"])
    if one["zone"] == steering.zone and one["server"] in steering.served:
        fronts, values = steering.served[one["server"]]
        if fronts & set(one["leads_to"]) or not values or values & set(one["values"]):
            return unknown
        return BYPASSES, shown, "differs from what the same server answers for the router"
    if not one["leads_to"] or not steering.front or steering.front in one["leads_to"]:
        return unknown
    # Without a marker no switch was made here, and there is nothing that it could still follow.
    return _still(one, steering, now) or (BYPASSES, shown, f"does not follow to {steering.front}")


def _grouped(findings: Sequence[Finding], verdict: str) -> Iterator[tuple[Finding, str]]:
    """Of the findings with a verdict, one for all that say the same, and the servers that they are about."""
    groups: dict[tuple[str, str, str, str], list[Finding]] = {}
    for one in findings:
        if one.verdict == verdict:
            groups.setdefault((one.name, one.provider, one.record, one.reason), []).append(one)
    for group in groups.values():
        servers = ", ".join(dict.fromkeys(one.server for one in group if one.server))
        owner = f" of {group[0].provider}" if group[0].provider else ""
        yield group[0], f"{servers}{owner}" if servers else "its name servers"


def bypassed(findings: Sequence[Finding]) -> list[str]:
    """What is wrong: each name with the servers and the record in the way."""
    return [
        f"{one.name.rstrip('.')} bypasses the router at {where}: {one.record} {one.reason}"
        for one, where in _grouped(findings, BYPASSES)
    ]


def remedy(findings: Sequence[Finding], router: str) -> list[str]:
    """The entries of a zone file that lead the names which bypass it through the router, an absolute name."""
    wrong = [one for one in findings if one.verdict == BYPASSES and (one.name != router or _HTTPS in one.record)]
    return list(dict.fromkeys(entry for one in wrong for entry in _entries(one, router)))


def _entries(one: Finding, router: str) -> Iterator[str]:
    for marks, rdtype in ((_HTTPS, "HTTPS"), (_NS, "NS")):
        if marks in one.record:
            yield f"- {{name: '{one.record.split()[0]}', type: {rdtype}, state: absent}}"
    if _HTTPS not in one.record and not one.record.startswith(_NOBODYS):
        proxied = f", at: {{{one.provider}: {{proxied: false}}}}" if one.record.endswith("proxied") else ""
        yield f"- {{name: '{one.name}', type: CNAME, values: ['{router}']{proxied}}}"


def remarks(findings: Sequence[Finding]) -> list[str]:
    """What is not wrong but not sure either."""
    return [
        f"{one.name.rstrip('.')} at {where}: {one.reason}"
        for verdict in (FOLLOWS, UNKNOWN)
        for one, where in _grouped(findings, verdict)
    ]
