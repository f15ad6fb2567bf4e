# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of the lab."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import client
from . import process as twinzone_lab_process
from .client import LabClient
from .dns.name_server import NAME_SERVER_KINDS
from .dns.resolver import RESOLVER_KINDS
from .faults import Kind
from .options import Options
from .process import LabError
from .web.faults import API_KINDS, DESEC_KINDS, EDGE_KINDS, FRONT_KINDS, OFFLINE_KINDS
from .world import SECOND_CDN_KINDS


def _more(kinds: Mapping[str, Kind], common: Mapping[str, Kind]) -> dict[str, Kind]:
    return {name: kind for name, kind in kinds.items() if name not in common}


_PARTS: Mapping[str, tuple[str, Mapping[str, Kind]]] = {
    "APIs": ("cloudflare_api, desec_api", API_KINDS),
    "deSEC's API also": ("desec_api", _more(DESEC_KINDS, API_KINDS)),
    "fronts": ("front_cloudflare, front_bunny, control", FRONT_KINDS),
    "Cloudflare's front also": ("front_cloudflare", _more(EDGE_KINDS, FRONT_KINDS)),
    "vantage": ("vantage", OFFLINE_KINDS),
    "name servers": ("cloudflare_ns, desec_ns, parent; own_ns without stale", NAME_SERVER_KINDS),
    "resolver": ("resolver", RESOLVER_KINDS),
    "the second CDN's names": ("second_cdn", SECOND_CDN_KINDS),
}


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    arguments = _parser().parse_args(words)
    arguments.dir = Path(arguments.dir).resolve()
    try:
        return int(arguments.run(arguments) or 0)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lab.py",
        description="Two emulated DNS providers with their name servers, a third one on real servers if wanted, two "
        "CDN fronts and a resolver on loopback addresses; and a switch that breaks and repairs each part.",
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--dir", required=True, help="the lab's directory: lab.json, ca.pem, inventory.yml, env")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, about: str, **more: Any) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, parents=[common], help=about, description=about, **more)
        sub.set_defaults(run=run)
        return sub

    for name, run, about in (
        ("start", _start, "start a lab in the background, wait until it is ready, say where everything is"),
        ("serve", _serve, "run a lab in the foreground until SIGTERM"),
    ):
        _add_options(command(name, run, about))
    command("stop", _stop, "stop the lab; nothing happens when none runs")
    command("status", _status, "where everything is, and which faults are set")
    sub = command(
        "break",
        _break,
        "break a part",
        epilog=_faults_help(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sub.add_argument("part", help="a part, or one of its addresses: desec_ns, desec_ns/1, front_cloudflare/127.2.3.51")
    sub.add_argument("fault")
    sub.add_argument("options", nargs="*", metavar="key=value")
    sub = command("repair", _repair, "repair a part")
    sub.add_argument("part", nargs="?", default="all", help="default: all")
    sub = command("log", _log, "the requests that the APIs got, one JSON object a line")
    sub.add_argument("--provider", help="only those to this provider")
    sub.add_argument("--reset", action="store_true", help="forget them instead")
    sub = command("zone", _zone, "what a provider's API holds, one JSON object a line")
    sub.add_argument("provider")
    sub.add_argument("zone")
    sub = command("seed", _seed, "put records into a provider's store, past the API's checks")
    sub.add_argument("provider")
    sub.add_argument("zone")
    sub.add_argument("records", help="a JSON list in the provider's own form; - reads it from the standard input")
    command("reset", lambda arguments: LabClient(arguments.dir).reset(), "repair all, empty the zones, forget the log")
    sub = command("add-zone", _add_zone, "another zone at both providers")
    sub.add_argument("zone")
    sub = command("delegate", _delegate, "let the parent delegate a zone to these providers only, until the next reset")
    sub.add_argument("zone")
    sub.add_argument("providers", nargs="+")
    sub = command("adjust", _adjust, "set what only the account's owner could, of a Cloudflare zone")
    sub.add_argument("zone")
    sub.add_argument("values", nargs="+", metavar="plan=pro|status=pending|paused=true|multi_provider=false|...")
    return parser


def _add_options(parser: argparse.ArgumentParser) -> None:
    default = Options(Path())
    add = parser.add_argument
    add("--zone", action="extend", nargs="+", metavar="NAME", help="zones at both providers [example.com]")
    add("--latency", type=float, default=default.latency, metavar="SECONDS", help="per API request [0]")
    add("--third", action="store_true", help="a third provider, `own`, on real servers: Knot, which must be installed")
    add("--throttle", action="store_true", help="put the providers' request limits in force")
    add("--throttle-limit", type=int, default=default.throttle_limit, metavar="N", help="Cloudflare's [1200]")
    add("--throttle-window", type=float, default=default.throttle_window, metavar="SECONDS", help="[300]")
    add("--minimum-ttl", type=int, default=default.minimum_ttl, metavar="SECONDS", help="deSEC's [3600]")
    add("--record-quota", type=int, default=default.record_quota, metavar="N", help="of a Cloudflare zone [3500]")
    add("--propagation", type=float, default=default.propagation, metavar="SECONDS", help="at Cloudflare [0.02]")
    add("--max-seconds", type=float, default=3600.0, metavar="SECONDS", help="end by itself after [3600]")
    add("--parent-pid", type=int, metavar="PID", help="end when this process has gone")


_OPTIONS = (
    "latency", "third", "throttle", "throttle_limit", "throttle_window", "minimum_ttl", "record_quota", "propagation",
)  # fmt: skip


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    given = {name: getattr(arguments, name) for name in _OPTIONS}
    return {**given, "zone": arguments.zone or list(Options(Path()).zones)}


def _start(arguments: argparse.Namespace) -> None:
    process = {"max_seconds": arguments.max_seconds}
    if arguments.parent_pid is not None:
        process["parent_pid"] = arguments.parent_pid
    lab, started = client.start(arguments.dir, **_options(arguments), **process)
    print("The lab is ready." if started else "A lab is running here already.")
    _describe(lab)


def _serve(arguments: argparse.Namespace) -> None:
    options = _options(arguments)
    zones = tuple(zone.rstrip(".").lower() for zone in options.pop("zone"))
    arguments.dir.mkdir(parents=True, exist_ok=True)
    twinzone_lab_process.serve(Options(arguments.dir, zones, **options), arguments.max_seconds, arguments.parent_pid)


def _stop(arguments: argparse.Namespace) -> None:
    print("Stopped." if twinzone_lab_process.stop(arguments.dir) else "No lab was running here.")


def _status(arguments: argparse.Namespace) -> None:
    lab = LabClient(arguments.dir)
    _describe(lab)
    faults = lab.status()["faults"]
    print("faults     ", ", ".join(f"{part}: {fault}" for part, fault in faults.items()) or "none")


def _describe(lab: LabClient) -> None:
    info = lab.info
    print("directory  ", info["directory"], f"(process {info['pid']})")
    for name, provider in info["providers"].items():
        servers = ", ".join(provider["name_servers"].values())
        place = provider.get("api_url") or provider["server"]
        print(f"{name:12}{place}  name servers {servers} port {info['dns_port']}")
    print("resolver   ", info["resolver"])
    for name, addresses in info["fronts"].items():
        print(f"front       {name}: {', '.join(addresses)} port {info['front_port']}")
    print("try        ", f". {info['directory']}/env; ansible-inventory -i {info['directory']}/inventory.yml --graph")


def _break(arguments: argparse.Namespace) -> None:
    LabClient(arguments.dir).break_(arguments.part, arguments.fault, **_pairs(arguments.options))


def _repair(arguments: argparse.Namespace) -> None:
    repaired = LabClient(arguments.dir).repair(arguments.part)
    print(f"Repaired: {', '.join(repaired)}." if repaired else "Nothing was broken.")


def _log(arguments: argparse.Namespace) -> None:
    lab = LabClient(arguments.dir)
    if arguments.reset:
        lab.log_reset()
    else:
        _print_lines(lab.log(arguments.provider))


def _zone(arguments: argparse.Namespace) -> None:
    _print_lines(LabClient(arguments.dir).zone(arguments.provider, arguments.zone))


def _seed(arguments: argparse.Namespace) -> None:
    text = sys.stdin.read() if arguments.records == "-" else arguments.records
    LabClient(arguments.dir).seed(arguments.provider, arguments.zone, json.loads(text))


def _add_zone(arguments: argparse.Namespace) -> None:
    LabClient(arguments.dir).add_zone(arguments.zone)


def _delegate(arguments: argparse.Namespace) -> None:
    LabClient(arguments.dir).delegate(arguments.zone, *arguments.providers)


def _adjust(arguments: argparse.Namespace) -> None:
    LabClient(arguments.dir).adjust(arguments.zone, **_pairs(arguments.values))


def _pairs(words: Sequence[str]) -> dict[str, str]:
    for word in words:
        if "=" not in word:
            raise LabError(f"{word!r} is not key=value")
    return dict(word.split("=", 1) for word in words)


def _print_lines(items: Sequence[Mapping[str, Any]]) -> None:
    for item in items:
        print(json.dumps(item, ensure_ascii=False))


def _faults_help() -> str:
    lines = ["Every fault takes skip=N (let N pass first) and count=N (only the next N); those of requests also",
             "methods=PATCH,POST (only these). Those of an API take since=write (from the first write on)",
             "or since=answer (that one is carried out, and the fault begins with its answer).", ""]  # fmt: skip
    for title, (parts, kinds) in _PARTS.items():
        lines.append(f"{title} ({parts}):")
        for name, kind in kinds.items():
            options = " ".join(
                f"{key}=..." if isinstance(value, type) else f"[{key}={value}]" for key, value in kind.options.items()
            )
            lines.append(f"  {f'{name} {options}'.strip():34} {kind.help}")
        lines.append("")
    return "\n".join(lines)
