# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault, with the outcome that it must have. The tests carry the rows out in the lab, the guide shows them.

The site of all rows: its router leads to the front `cloudflare`, and can lead to `bunny`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

PROVIDERS = ("cloudflare", "desec")
FRONTS = ("cloudflare", "bunny")
NAMES = {"cloudflare": "Cloudflare", "desec": "deSEC"}

#: Seconds that an ill provider has for all its work. A failure that is tried again ends after 1.7.
ILL_DEADLINE = 3.0

#: The answers of a whole run: section 7 of the specification.
UNCHANGED, SWITCHED, CONVERGED = "unchanged", "switched", "converged"
PARTIAL, UNVERIFIED, HELD, FAILED = "partial", "unverified", "held", "failed"

#: What the next run does once all that was broken is well again.
_THEN = {
    UNCHANGED: UNCHANGED,
    SWITCHED: UNCHANGED,
    UNVERIFIED: UNCHANGED,
    PARTIAL: CONVERGED,
    FAILED: SWITCHED,
}

Options = Mapping[str, float | str]


@dataclass(frozen=True)
class Break:
    """Something that is broken in the lab: a part, its fault and the options of that."""

    part: str
    fault: str
    options: Options = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One situation, and what must result.

    section: of the table. fault, where: in words. breaks: what is broken, and repaired before the next run; stays: what
    is broken then, too. ill: of each provider whose API is, its deadline in seconds. results: of each provider. served:
    of each provider what the report says about its two servers. verdicts: of the fronts. evidence: words that say why.
    later: the outcome and the rule of another run after eleven minutes of the same. then: the outcome of the next run
    when all is well again. over_ipv6: whether the fronts are probed there, too. verify: seconds for which servers are
    waited for.
    """

    section: str
    fault: str
    where: str
    breaks: Sequence[Break]
    outcome: str
    rule: str
    served: Mapping[str, tuple[str, ...]]
    stays: Sequence[Break] = ()
    ill: Mapping[str, float] = field(default_factory=dict)
    results: Mapping[str, str] = field(default_factory=dict)
    verdicts: Mapping[str, str] = field(default_factory=dict)
    evidence: str = ""
    later: tuple[str, str] | None = None
    then: str = ""
    over_ipv6: bool = False
    verify: float = 20.0

    @property
    def name(self) -> str:
        return f"{self.section}: {self.fault}, {self.where}"

    @property
    def next_outcome(self) -> str:
        return self.then or _THEN[self.outcome]


ACTIVE_DEAD = Break("front_cloudflare", "refuse")


# --- APIs ---

API = "API"
BEFORE, DURING, AFTER = "before the write", "during the write", "after the write"
MOMENTS = (BEFORE, DURING, AFTER)

_WRITES: Options = {"methods": "POST,PATCH,PUT,DELETE"}
_DURING_REQUESTS: Mapping[str, Options] = {BEFORE: {}, DURING: _WRITES, AFTER: {"since": "answer"}}
_DURING_CONNECTIONS: Mapping[str, Options] = {BEFORE: {}, DURING: {"since": "write"}, AFTER: {"since": "answer"}}

#: The result at the provider, and whether it serves the switch in the end.
Met = tuple[str, bool]


@dataclass(frozen=True)
class ApiFault:
    """A fault of an API: in words, in the lab, and what results at each of the moments."""

    words: str
    fault: str
    met: tuple[Met, Met, Met]
    options: Options = field(default_factory=dict)
    of_connections: bool = False
    deadline: float = ILL_DEADLINE

    def at(self, part: str, moment: str) -> Break:
        moments = _DURING_CONNECTIONS if self.of_connections else _DURING_REQUESTS
        return Break(part, self.fault, {**self.options, **moments[moment]})


_NO = "unreachable", False
_LATE = "deadline", False
_DONE_NO = "unreachable", True
_DONE_LATE = "deadline", True
_OK = "ok", True

API_FAULTS = (
    ApiFault("connection refused", "refuse", (_NO, _NO, _DONE_NO), of_connections=True),
    ApiFault("connection accepted, then silence", "hang_tls", (_LATE, _LATE, _DONE_LATE), of_connections=True),
    ApiFault("500 with an HTML page", "500", (_NO, _NO, _DONE_NO)),
    ApiFault("500 although the change was made", "500_after_commit", (_NO, _OK, _DONE_NO)),
    ApiFault("502", "502", (_NO, _NO, _DONE_NO)),
    ApiFault("429, wait one second", "429", (_OK, _OK, _OK), {"retry_after": 1, "count": 1}, deadline=20.0),
    ApiFault(
        "429, wait an hour",
        "429",
        (("throttled", False), ("throttled", False), ("throttled", True)),
        {"retry_after": 3600},
    ),
    ApiFault("401", "401", (("unauthorized", False), ("unauthorized", False), ("unauthorized", True))),
    ApiFault("403", "403", (("unauthorized", False), ("unauthorized", False), ("unauthorized", True))),
    ApiFault("half of the JSON", "truncated", (_NO, _OK, _DONE_NO)),
    ApiFault("JSON of another shape", "wrong_json", (_NO, _NO, _DONE_NO)),
    ApiFault("the answer drips in byte by byte", "drip", (_LATE, _DONE_LATE, _DONE_LATE), {"interval": 0.1}),
    ApiFault("TLS certificate expired", "expired_certificate", (_NO, _NO, _DONE_NO), of_connections=True),
)

#: How the other provider is when it is ill, too.
ALSO_ILL = Break("", "hang_tls")


def api_rows() -> Iterator[Row]:
    """Each fault of each API at each moment, with the other provider well and with its API silent."""
    for fault in API_FAULTS:
        for moment, (result, done) in zip(MOMENTS, fault.met, strict=True):
            for provider in PROVIDERS:
                for other_ill in (False, True):
                    yield _api_row(fault, moment, provider, result, done, other_ill)


def _api_row(fault: ApiFault, moment: str, provider: str, result: str, done: bool, other_ill: bool) -> Row:
    (other,) = set(PROVIDERS) - {provider}
    serving = {provider: FRONTS[done], other: FRONTS[not other_ill]}
    switched = [front == FRONTS[1] for front in serving.values()]
    return Row(
        section=API,
        fault=fault.words,
        where=f"{moment}, at {NAMES[provider]}, {NAMES[other]} {'silent' if other_ill else 'well'}",
        stays=[ACTIVE_DEAD],
        breaks=[
            fault.at(f"{provider}_api", moment),
            *([Break(f"{other}_api", ALSO_ILL.fault)] if other_ill else []),
        ],
        outcome=SWITCHED if all(switched) else PARTIAL if any(switched) else FAILED,
        rule="active_down",
        served={name: (front, front) for name, front in serving.items()},
        ill={provider: fault.deadline, **({other: ILL_DEADLINE} if other_ill else {})},
        results={provider: result, other: "deadline" if other_ill else "ok"},
    )


# --- Fronts ---

FRONT = "front"

_DOWN, _PARTLY = "down", "degraded"


@dataclass(frozen=True)
class FrontFault:
    """A fault of a front: in words, in the lab, the verdict on the front, and words of the evidence."""

    words: str
    fault: str
    verdict: str
    evidence: str
    options: Options = field(default_factory=dict)
    address: str = ""


FRONT_FAULTS = (
    FrontFault("connection refused", "refuse", _DOWN, "connection refused"),
    FrontFault("connection accepted, then silence", "hang_tls", _DOWN, "timed out"),
    FrontFault("500", "status", _DOWN, "status 500", {"code": 500}),
    FrontFault("403", "status", _DOWN, "status 403", {"code": 403}),
    FrontFault("200 with the wrong page", "wrong_body", _DOWN, "nothing in the first"),
    FrontFault("certificate expired", "expired_certificate", _DOWN, "expired"),
    FrontFault("certificate of another name", "bad_certificate", _DOWN, "certificate"),
    FrontFault("redirects to itself", "redirect", _DOWN, "which is not followed", {"to": "https://www.example.com/"}),
    FrontFault("slower than ``max_seconds``", "slow", _DOWN, "expected at most", {"seconds": 2.5}),
    FrontFault("one of its two addresses dead", "refuse", _PARTLY, "connection refused", address="/2"),
    FrontFault("its IPv6 address dead", "refuse", _PARTLY, "connection refused", address="/::1"),
)

#: Seconds of the probes: when an answer is too slow, and when a try is given up.
MAX_SECONDS, TIMEOUT = 2.0, 4.0

ACTIVE, OTHER, ONLY = "the active front", "the other front", "the other front, the active one dead"


def front_rows() -> Iterator[Row]:
    """Each fault of the active front, of the other one, and of the other one when it would be needed."""
    for fault in FRONT_FAULTS:
        for where in (ACTIVE, OTHER, ONLY):
            yield _front_row(fault, where)


def _front_row(fault: FrontFault, where: str) -> Row:
    ill, well = FRONTS if where == ACTIVE else FRONTS[::-1]
    moves = where == ACTIVE and fault.verdict == _DOWN
    leaves_later = where == ACTIVE and fault.verdict == _PARTLY
    outcome, rule = (SWITCHED, "active_down") if moves else (UNCHANGED, "active_up")
    if where == ONLY:
        outcome, rule = HELD, "all_down"
    return Row(
        section=FRONT,
        fault=fault.words,
        where=where,
        breaks=[
            Break(f"front_{ill}{fault.address}", fault.fault, fault.options),
            *([Break("front_cloudflare", "refuse")] if where == ONLY else []),
        ],
        outcome=outcome,
        rule=rule,
        served=dict.fromkeys(PROVIDERS, (FRONTS[moves],) * 2),
        verdicts={ill: fault.verdict, well: "down" if where == ONLY else "up"},
        evidence=fault.evidence,
        later=(SWITCHED, "active_degraded") if leaves_later else None,
        then=UNCHANGED,
        over_ipv6=fault.address == "/::1",
    )


# --- Name servers ---

DNS = "name servers"

SILENT = "(silent)"

#: In words, in the lab, and what the report says that such a server serves.
DNS_FAULTS = {
    "silent": ("silent", SILENT),
    "REFUSED": ("refused", SILENT),
    "old answers": ("stale", "cloudflare"),
}

#: Which servers, in words: parts of the lab, and of each provider which of its two servers are ill.
WHICH: Mapping[str, tuple[Sequence[str], Mapping[str, Sequence[int]]]] = {
    "one of Cloudflare's": (["cloudflare_ns/1"], {"cloudflare": [0]}),
    "Cloudflare's": (["cloudflare_ns"], {"cloudflare": [0, 1]}),
    "one of deSEC's": (["desec_ns/1"], {"desec": [0]}),
    "deSEC's": (["desec_ns"], {"desec": [0, 1]}),
    "all": (["cloudflare_ns", "desec_ns"], {name: [0, 1] for name in PROVIDERS}),
}

QUIET, DUE = "the active front well", "the active front dead"


def dns_rows() -> Iterator[Row]:
    """Each fault of one server, of a provider's servers and of all, when nothing is due and when a switch is."""
    for words, (fault, seen) in DNS_FAULTS.items():
        for which in WHICH:
            for due in (False, True):
                yield _dns_row(words, fault, seen, which, due)


def _dns_row(words: str, fault: str, seen: str, which: str, due: bool) -> Row:
    parts, ill = WHICH[which]
    # The targets of the fronts lie in the zone: without its name servers no front has an address.
    lost = which == "all" and seen == SILENT
    outcome, rule = (UNVERIFIED, "active_down") if due else (UNCHANGED, "active_up")
    if lost:
        outcome, rule = HELD, "all_down"
    writes = due and not lost
    return Row(
        section=DNS,
        fault=words,
        where=f"{which}, {DUE if due else QUIET}",
        breaks=[Break(part, fault) for part in parts],
        stays=[ACTIVE_DEAD] if due else [],
        outcome=outcome,
        rule=rule,
        results=dict.fromkeys(PROVIDERS, "ok" if writes else "not needed"),
        served={
            name: tuple(seen if number in ill.get(name, []) else FRONTS[writes] for number in (0, 1))
            for name in PROVIDERS
        },
        then=SWITCHED if lost and due else UNCHANGED,
        evidence="does not resolve" if lost else "",
        verify=3.0,
    )


# --- A whole provider ---

WHOLE = "provider"


def whole_rows() -> Iterator[Row]:
    """On the day when the active front dies, a provider is gone altogether: its API silent, its name servers too."""
    for provider in PROVIDERS:
        (other,) = set(PROVIDERS) - {provider}
        yield Row(
            section=WHOLE,
            fault="API and name servers silent",
            where=f"all of {NAMES[provider]}'s, {DUE}",
            breaks=[Break(f"{provider}_api", "hang_tls"), Break(f"{provider}_ns", "silent")],
            stays=[ACTIVE_DEAD],
            outcome=PARTIAL,
            rule="active_down",
            results={provider: "deadline", other: "ok"},
            served={provider: (SILENT,) * 2, other: (FRONTS[1],) * 2},
            ill={provider: ILL_DEADLINE},
            verify=3.0,
        )


def rows() -> list[Row]:
    """The whole table."""
    return [*api_rows(), *front_rows(), *dns_rows(), *whole_rows()]
