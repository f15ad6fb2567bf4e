# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a failover on plain data, as the role's templates pass them on: ask, decide, write, report. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from .._zone.names import owner
from .._zone.plan import MARKER_PREFIX
from . import decision as failover_decision
from . import marker as failover_marker
from . import next_marker, published, quorum
from . import outcome as failover_outcome
from . import router as failover_router
from . import site as failover_site
from .decision import GO, REFUSE, Decision, Situation
from .marker import Marker
from .quorum import UNKNOWN, Health
from .router import Served

Data = Mapping[str, Any]


#: Of a canary, the candidate that it must not lead to.
_ORIGIN = "origin"

#: What must not stand at a public name that is steered: a CNAME would take its place.
_NEIGHBOURS = ("MX", "TXT")


def queries(sites: Sequence[Data], decisions: Data | None = None) -> list[dict[str, Any]]:
    """The zones and records to ask served_info for: every router, the marker beside it, and the canaries.

    decisions: by site, with `accepted`: what the servers that took a write shall come to serve.
    """
    zones: dict[str, dict[str, Any]] = {}
    for site in sites:
        zone = zones.setdefault(site["zone"], {"zone": site["zone"], "providers": [], "records": []})
        zone["providers"] = _each_once([*zone["providers"], *site["providers"]])
        decision = (decisions or {}).get(site["site"], {"accepted": []})
        router = {"name": site["router"], "type": "CNAME", "candidates": failover_site.candidates(site)}
        zone["records"] += [
            {**router, "wait_for": dict.fromkeys(decision["accepted"], decision.get("front"))},
            {"name": MARKER_PREFIX + site["router"], "type": "TXT"},
        ]
        if any(front["published"] for front in site["fronts"]):
            zone["records"] += [{"name": site["router"], "type": rdtype} for rdtype in _NEIGHBOURS]
    for name, zone in zones.items():
        zone["records"] += _canaries([site for site in sites if site["zone"] == name])
    return list(zones.values())


def _canaries(sites: Sequence[Data]) -> list[dict[str, Any]]:
    """The names whose addresses are copied; asked once each, though several sites may share one."""
    found: dict[str, list[str]] = {}
    for front in (front for site in sites for front in site["fronts"] if front["canary"]):
        found.setdefault(front["canary"], []).extend(published.origins(front))
    return [
        {"name": name, "type": "CNAME", "candidates": {_ORIGIN: origins}} for name, origins in sorted(found.items())
    ]


def _each_once(providers: Sequence[Data]) -> list[Data]:
    """The provider entries without those whose name another one before has: sites of one zone mostly share them."""
    found: dict[str, Data] = {}
    for entry in providers:
        found.setdefault(entry["name"], entry)
    return list(found.values())


def unsettled(
    sites: Sequence[Data], answers: Sequence[Data], providers: Mapping[str, Sequence[Data]]
) -> list[dict[str, Any]]:
    """The zones and providers of which the name servers do not tell what is served, as zone_records_info takes them.

    providers: by site, with their tokens, which are kept out of the sites themselves.
    """
    zones: dict[str, dict[str, Any]] = {}
    # Plain copies, for the same reason as in `_about`.
    answers = [{**answer} for answer in answers]
    for site in sites:
        mine = _about(site, answers)
        marker = _marker_of(site, mine, {}, 0)
        doubtful = [
            provider
            for provider in providers[site["site"]]
            if not _served_at(site, provider["name"], mine, marker.front if marker else None).known
        ]
        if doubtful:
            zone = zones.setdefault(site["zone"], {"zone": site["zone"], "names": [], "providers": []})
            zone["providers"] = _each_once([*zone["providers"], *doubtful])
            zone["names"] += [site["router"], MARKER_PREFIX + site["router"]]
    return list(zones.values())


def _about(site: Data, answers: Sequence[Data]) -> list[Data]:
    """The answers about this site's router, marker and canaries. With many sites most are about others, and Ansible
    makes a look at each dear."""
    relative = [site["router"], MARKER_PREFIX + site["router"], *(front["canary"] for front in site["fronts"])]
    names = {owner(name, site["zone"]) for name in relative if name}
    return [answer for answer in answers if answer["name"] in names and answer["zone"] == site["zone"]]


def _served_at(site: Data, provider: str, answers: Sequence[Data], tie_break: str | None) -> Served:
    proxies = {front["name"]: copies(site, front, answers)[0] for front in site["fronts"]}
    name = owner(site["router"], site["zone"])
    mine = [
        {**answer, "leads_to": [front for front in proxies if front in answer["leads_to"] or proxies[front] & values]}
        for answer in answers
        if answer["provider"] == provider and answer["name"] == name and answer["type"] == "CNAME"
        for values in [set(answer["values"]) if answer["status"] == "addresses" else set()]
    ]
    found = failover_router.served(mine, tie_break)
    current = proxies.get(found.front, set())
    copied = any(published.is_copied(front, provider) for front in site["fronts"] if front["name"] == found.front)
    gone = {value for answer in mine if found.front in answer["leads_to"] for value in answer["values"]} - current
    return replace(found, outdated=bool(copied and current and gone))


def copies(site: Data, front: Data, answers: Sequence[Data]) -> tuple[set[str], str]:
    """The addresses that the front's proxy has now, as its servers answer them for the canary, or why there are none.

    An answer that may be the origin's is none: with the zone paused, Cloudflare's servers answer the origin's address.
    """
    if not front["canary"]:
        return set(), ""
    proxies = published.proxies(front)
    name = owner(front["canary"], site["zone"])
    mine = [
        answer
        for answer in answers
        if answer["name"] == name and answer["type"] == "CNAME" and answer["provider"] in proxies
    ]
    found = {value for answer in mine if answer["status"] == "addresses" for value in answer["values"]}
    servers = f"the name servers of {' and '.join(proxies)}"
    if any(_ORIGIN in answer["leads_to"] for answer in mine):
        return set(), f"{servers} answer the origin's address for {name}, as if it were not proxied or the zone paused"
    return found, "" if found else f"{servers} answer no address for {name} that could be copied"


def _marker_of(site: Data, answers: Sequence[Data], held: Data, now: int) -> Marker | None:
    """The site's marker: the highest seen at any server, or held at an API that had to be asked.

    now: Unix time, after which no time is believed.
    """
    name = owner(MARKER_PREFIX + site["router"], site["zone"])
    texts = [value for answer in answers if answer["name"] == name for value in answer["values"]]
    for provider in held.get(site["zone"], {}).values():
        for record in provider["records"]:
            if record["name"] == MARKER_PREFIX + site["router"] and record["type"] == "TXT":
                texts += record["values"]
    return failover_marker.latest(texts, [front["name"] for front in site["fronts"]], now)


def situation(site: Data, observed: Data, now: int) -> Situation:
    """What is known of a site.

    observed: answers (of served_info), held (of zone_records_info, by zone), votes (of cdn_health, one a vantage),
    sites (all of the run).
    """
    answers, held = _about(site, observed["answers"]), observed.get("held") or {}
    marker = _marker_of(site, answers, held, now)
    served = {}
    for provider in (entry["name"] for entry in site["providers"]):
        at_servers = _served_at(site, provider, answers, marker.front if marker else None)
        at_api = held.get(site["zone"], {}).get(provider)
        if not at_servers.known and at_api and not at_api["error"]:
            records = [one for one in at_api["records"] if one["name"] == site["router"] and one["type"] != "TXT"]
            shapes = {
                front["name"]: published.shape(front, provider, copies(site, front, answers)[0])
                for front in site["fronts"]
            }
            read = failover_router.held(records, shapes)
            at_servers = Served(read.state, read.front, at_servers.servers)
        served[provider] = at_servers
    fronts = [front["name"] for front in site["fronts"]]
    votes = [_vote(site, vantage, observed["votes"]) for vantage in site["vantages"]]
    health = quorum.by_front(votes, fronts, site["policy"]["quorum"])
    return Situation(fronts, health, served, marker, failover_site.request(site))


def _vote(site: Data, vantage: str, votes: Sequence[Data]) -> dict[str, Health]:
    """What one vantage saw of the site's fronts; where it could not be reached or did not report, why."""
    found: dict[str, Health] = {}
    for vote in votes:
        if vantage in (vote.get("vantage"), vote.get("__failover_vantage")):
            why = f"{vantage}: {'; '.join(str(vote.get('msg') or 'no verdict').splitlines())}"
            found |= {front["name"]: Health(UNKNOWN, reason=why) for front in site["fronts"]}
            found |= {
                front["name"]: Health(front["verdict"], front["clean"], front["reason"])
                for front in vote.get("fronts") or ()
                if front["site"] == site["site"]
            }
    return found


def decide(site: Data, observed: Data, now: int, run: str) -> dict[str, Any]:
    """The decision for one site, with all that is to be written for it. run: an id of this run, one word."""
    observed = {**observed, "answers": _about(site, observed["answers"])}
    here = situation(site, observed, now)
    policy = failover_site.policy(site)
    decision = _refused(site, observed) or failover_decision.decide(here, policy, now)
    marker = next_marker.next_marker(here, decision, policy, now, run)
    old = here.marker
    records, lacking = _records(site, decision, observed["answers"])
    return {
        "site": site["site"],
        "zone": site["zone"],
        "router": site["router"],
        "ttl": site["ttl"],
        **asdict(decision),
        "writes": list(decision.writes),
        "switches": decision.switches,
        "records": records,
        "lacking": lacking,
        "marker": marker.to_text() if marker else "",
        "remembers": [name for name in _remembers(here, decision, marker) if name not in lacking],
        "since": marker.since if marker else old.since if old else 0,
        "pin": _pin_shown(marker or old, now),
        "health": {name: asdict(health) for name, health in here.health.items()},
        "served": {name: asdict(served) for name, served in here.served.items()},
        "accepted": [],
    }


def _records(site: Data, decision: Decision, answers: Sequence[Data]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The entries with which each provider that is due comes to publish the chosen front; and why one cannot."""
    records, lacking = [], {}
    for front in (front for front in site["fronts"] if front["name"] == decision.front):
        addresses, why_not = copies(site, front, answers)
        for provider in decision.writes:
            if published.is_copied(front, provider) and not addresses:
                lacking[provider] = why_not
            else:
                records += published.records(site, front, provider, sorted(addresses))
    return records, lacking


def _remembers(here: Situation, decision: Decision, marker: Marker | None) -> list[str]:
    """The providers that get the marker: with a switch those that are switched, so that both go in one request."""
    if marker is None:
        return []
    if here.request.pin is not None or here.request.lift:
        return list(here.served)
    return list(decision.writes) or [provider for provider, served in here.served.items() if served.known]


def _pin_shown(marker: Marker | None, now: int) -> str:
    pin = marker.pin if marker else None
    if pin is None or not pin.holds(now):
        return ""
    until = (
        f"until {failover_outcome.timestamp(pin.until)}"
        if pin.until != failover_marker.FOREVER
        else "until it is lifted"
    )
    return f"{pin.front} {until}" + (f" by {pin.tag}" if pin.tag else "")


def _refused(site: Data, observed: Data) -> Decision | None:
    """What must not even be considered: a router with two masters, a front that leads through the router, a request for
    many sites by accident. observed: with the answers about this site."""
    name = owner(site["router"], site["zone"])
    rivals = [
        other["site"]
        for other in observed["sites"]
        if (other["zone"], other["router"]) == (site["zone"], site["router"]) and other["site"] != site["site"]
    ]
    if rivals:
        reason = f"{', '.join(rivals)} steers {name} too; make one site of them, or give each its own router"
        return Decision("refused", REFUSE, reason)
    neighbours = {
        answer["type"]
        for answer in observed["answers"]
        if answer["name"] == name and answer["type"] in _NEIGHBOURS and answer["values"] and not answer["cnames"]
    }
    if neighbours:
        kinds = " and ".join(sorted(neighbours))
        reason = f"{name} holds {kinds} too, and a CNAME allows nothing beside it; move them, or steer another name"
        return Decision("refused", REFUSE, reason)
    circular = {front for answer in observed["answers"] for front in answer.get("circular", ())}
    if circular:
        fronts = ", ".join(sorted(circular))
        reason = f"the target of {fronts} leads through the router itself, so a probe would test what is steered"
        return Decision("refused", REFUSE, f"{reason}; point it at the CDN")
    if failover_site.asks(site) and len(observed["sites"]) > 1 and not site["all"]:
        count = len(observed["sites"])
        reason = f"the request would move all {count} sites of this run; use --limit, or failover_all=true"
        return Decision("refused", REFUSE, reason)
    return None


def switches(decisions: Sequence[Data], providers: Mapping[str, Sequence[Data]]) -> list[dict[str, Any]]:
    """All writes that are due, one entry a zone, as zone_records takes them. providers: by site, with their tokens."""
    of_zone: dict[str, list[Data]] = {}
    for decision in decisions:
        of_zone[decision["zone"]] = _each_once([*of_zone.get(decision["zone"], ()), *providers[decision["site"]]])
    zones: dict[str, dict[str, Any]] = {}
    for decision in decisions:
        records = list(decision["records"])
        if decision["marker"] and decision["remembers"]:
            marker = {"name": MARKER_PREFIX + decision["router"], "type": "TXT", "values": [decision["marker"]]}
            records.append({**marker, "ttl": decision["ttl"], "only": decision["remembers"]})
        if records:
            zone = zones.setdefault(decision["zone"], {"zone": decision["zone"], "records": []})
            zone["records"] += records
    for name, zone in zones.items():
        due = {provider for record in zone["records"] for provider in record["only"]}
        zone["providers"] = [entry for entry in of_zone[name] if entry["name"] in due]
    return list(zones.values())


def with_accepted(decisions: Sequence[Data], written: Data) -> dict[str, dict[str, Any]]:
    """The decisions by site, each with the providers that took its write. written: the result of zone_records."""
    found = {}
    for decision in decisions:
        results = _results(decision, written)
        due = [name for name in decision["writes"] if name not in decision["lacking"]]
        accepted = [name for name in due if results.get(name, {}).get("result") == "ok"]
        found[decision["site"]] = {**decision, "accepted": accepted}
    return found


def _results(decision: Data, written: Data) -> dict[str, Any]:
    zone = (written.get("zones") or {}).get(decision["zone"]) or {}
    return dict(zone.get("providers") or {})


def report(site: Data, decision: Data, run: Data) -> dict[str, Any]:
    """The result of one site.

    decision: with `accepted`. run: its id, written (of zone_records), after (answers at the end), check_mode, the Unix
    times started, observed, decided and finished, and the seconds for which the servers were asked at the end.
    """
    made = _decision_of(decision)
    after = {name: Served(**served) for name, served in decision["served"].items()}
    results = _results(decision, run["written"])
    if run["after"]:
        answers = _about(site, run["after"])
        after = {name: _served_at(site, name, answers, decision["front"]) for name in after}
        # Where the name servers do not tell, what the API told before stands, unless it was written since: that is
        # then not verified.
        for name, served in after.items():
            if not served.known and name not in decision["writes"]:
                front = decision["served"][name]["front"]
                after[name] = Served("front" if front else served.state, front, served.servers)
    accepted = {name: name in decision["accepted"] for name in decision["writes"]}
    outcome = failover_outcome.predicted(made) if run["check_mode"] else failover_outcome.judge(made, accepted, after)
    if outcome == failover_outcome.UNCHANGED and not run["check_mode"] and _request_lost(site, decision, results):
        outcome = failover_outcome.FAILED
    by_hand = {
        name: lines
        for name in decision["writes"]
        if name not in decision["accepted"]
        and (lines := results.get(name, {}).get("by_hand", {}).get(decision["router"]))
        and outcome in (failover_outcome.PARTIAL, failover_outcome.FAILED)
    }
    if run["written"].get("msg") and not results and decision["writes"]:
        made = _decision_of({**decision, "reason": f"{decision['reason']}; {run['written']['msg']}"})
    health = {name: Health(**one) for name, one in decision["health"].items()}
    result: dict[str, Any] = {
        "schema": failover_outcome.SCHEMA,
        "site": decision["site"],
        "run": run["run"],
        "by": run.get("by", ""),
        "started": failover_outcome.timestamp(int(float(run["started"]))),
        "finished": failover_outcome.timestamp(int(float(run["finished"]))),
        "outcome": outcome,
        "rule": made.rule,
        "reason": made.reason,
        "front": made.front or "",
        "active_before": made.active or "",
        "since": failover_outcome.timestamp(decision["since"]),
        "fronts": {
            name: {"verdict": one.verdict, "clean": one.clean, "evidence": one.reason} for name, one in health.items()
        },
        "providers": {name: _provider(results.get(name), decision["lacking"].get(name)) for name in after},
        "served": {server: what for served in after.values() for server, what in served.servers.items()},
        "phases": _phases(run),
        "pin": decision["pin"],
        "behind": failover_outcome.share_behind(made, after) if made.kind == GO else "",
        "by_hand": [line for lines in by_hand.values() for line in lines],
        "hint": failover_outcome.hint(outcome, made, by_hand),
        "check_mode": run["check_mode"],
        "changed": failover_outcome.changed(outcome, accepted),
        "failed": outcome not in failover_outcome.GOOD,
    }
    return {
        **result,
        "message": failover_outcome.message(result),
        "summary": failover_outcome.summary(result, health, after),
    }


def _phases(run: Data) -> dict[str, float]:
    """Seconds for each phase. To verify is to wait until the servers serve what was written, and to ask them all."""
    # Older versions of Ansible make text of what a template results in.
    started, observed, decided, finished = (float(run[name]) for name in ("started", "observed", "decided", "finished"))
    zones = (run["written"].get("zones") or {}).values()
    providers = [one for zone in zones for one in zone["providers"].values()]
    waited = max((one["seconds"] - one["written_after"] for one in providers if one["written_after"]), default=0.0)
    verify = waited + float(run["asked"])
    seconds = {
        "observe": observed - started,
        "decide": decided - observed,
        "switch": finished - decided - verify if providers else 0.0,
        "verify": verify,
    }
    return {phase: round(max(0.0, value), 2) for phase, value in seconds.items()}


def _decision_of(decision: Data) -> Decision:
    return Decision(
        decision["rule"],
        decision["kind"],
        decision["reason"],
        decision["front"],
        decision["active"],
        tuple(decision["writes"]),
    )


def _request_lost(site: Data, decision: Data, results: Data) -> bool:
    """Whether what a person asked for was to be remembered, and no provider took it: the next run would not know."""
    took = [name for name, one in results.items() if one.get("result") == "ok"]
    asked = failover_site.asks(site) or site["request"]["lift"]
    return bool(decision["marker"] and asked and results and not took)


def _provider(result: Data | None, lack: str | None) -> dict[str, Any]:
    if lack:
        return {"result": "rejected", "seconds": 0.0, "requests": 0, "error": lack}
    if result is None:
        return {"result": "not needed", "seconds": 0.0, "requests": 0, "error": ""}
    error = " ".join(_told(result["error"])) if result["error"] else ""
    return {
        "result": result["result"],
        "seconds": result["seconds"],
        "requests": result["requests"],
        "error": error,
        "notes": result["notes"],
    }


def _told(error: Data) -> list[str]:
    """What went wrong and what helps, in words."""
    return [error["message"], *([f"({error['hint']})"] if error["hint"] else [])]
