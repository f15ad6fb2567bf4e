# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others take for the same work beside ours, in the same minutes and against the same lab.

octoDNS keeps a zone at both providers, as `sync` does. `community.general.cloudflare_dns` makes one record a run,
at Cloudflare alone; the address of the API is a constant of it, so a copy with the lab's address is run. Both have
virtual environments of their own, which `make benchmark` makes.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml
from benchmark.measuring import LATENCY, Bare, fill, in_a_row, lab_and_playbooks
from support.lab_playbooks import ZONE, Playbooks
from support.paths import ROOT

CLIENTS = ROOT / ".cache" / "clients" / "bin" / "python"
BESIDE = ROOT / ".cache" / "beside"
SETS, FEW = 1000, 20
API = "https://api.cloudflare.com/client/v4"
ROW = "{:62}{:>10}{:>10}{:>14}"


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def timed(words: list[str], cwd: Path, environment: Mapping[str, str]) -> float:
    """The seconds that a command takes. Raises RuntimeError with what it printed when it fails."""
    began = time.monotonic()
    done = subprocess.run(
        words, cwd=cwd, env=dict(environment), check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{words[0]} ended with status {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")
    return time.monotonic() - began


def show(what: str, seconds: float, of_bare: float, requests: int) -> None:
    print(ROW.format(what, f"{seconds:.2f} s", f"{seconds / of_bare:.1f} x", f"{requests}"), flush=True)


def trusting(playbooks: Playbooks) -> dict[str, str]:
    """An environment in which others trust the lab's authority, and no proxy stands before it."""
    ca = playbooks.lab.info["ca"]
    return {**os.environ, "REQUESTS_CA_BUNDLE": ca, "SSL_CERT_FILE": ca, "NO_PROXY": "*", "no_proxy": "*"}


def octodns(playbooks: Playbooks, records: list[dict[str, object]], place: Path) -> list[str]:
    """The command that brings the records to both providers by octoDNS."""
    by_name = {
        str(one["name"]): {
            "type": one["type"],
            "ttl": 3600,
            ("value" if one["type"] == "CNAME" else "values"): _octodns_values(one),
        }
        for one in records
    }
    (place / f"{ZONE}.yaml").write_text(yaml.safe_dump(by_name))
    providers = playbooks.lab.info["providers"]
    targets = {
        "cloudflare": {
            "class": "octodns_cloudflare.CloudflareProvider",
            "token": providers["cloudflare"]["token"],
            "api_url": providers["cloudflare"]["api_url"],
        },
        "desec": {"class": "octodns_desec.DesecProvider", "token": providers["desec"]["token"]},
    }
    source = {"class": "octodns.provider.yaml.YamlProvider", "directory": str(place), "enforce_order": False}
    configuration = {
        "providers": {"config": source, **targets},
        "zones": {f"{ZONE}.": {"sources": ["config"], "targets": list(targets)}},
    }
    path = place / "octodns.yaml"
    path.write_text(yaml.safe_dump(configuration))
    return [str(CLIENTS), str(Path(__file__).with_name("beside_octodns.py")), str(path), providers["desec"]["api_url"]]


def _octodns_values(record: Mapping[str, object]) -> object:
    values = record["values"]
    texts = [str(one) for one in values] if isinstance(values, list) else [str(values)]
    if record["type"] != "CNAME":
        return texts
    return texts[0] if texts[0].endswith(".") else f"{texts[0]}.{ZONE}."


def bench_zone() -> None:
    """The same 1000 sets at both providers."""
    with folder() as place, lab_and_playbooks(latency=LATENCY) as playbooks:
        records = fill(playbooks, SETS)
        of_bare = min(Bare.best(rounds=2).seconds)
        what = f"{SETS} sets at both providers, 50 ms a request:"
        for kind in ("create", "no-op"):
            show(f"{what} sync, {kind}", playbooks.sync().ok().seconds, of_bare, in_a_row(playbooks))
        if not CLIENTS.exists():
            print("octoDNS: not measured, as it is not here; `make clients` brings it")
            return
        playbooks.lab.reset()
        playbooks.lab.log_reset()
        words = octodns(playbooks, records, place)
        for kind in ("create", "no-op"):
            seconds = timed(words, place, trusting(playbooks))
            show(f"{what} octoDNS, {kind}", seconds, of_bare, in_a_row(playbooks))


def cloudflare_dns(playbooks: Playbooks, place: Path) -> list[str]:
    """The command that brings a few records to Cloudflare by the module, one run of it each."""
    (module,) = BESIDE.glob(
        "lib/python*/site-packages/ansible_collections/community/general/plugins/modules/cloudflare_dns.py"
    )
    text = module.read_text()
    cloudflare = playbooks.lab.info["providers"]["cloudflare"]
    if API not in text:
        raise RuntimeError(f"the address of the API is no longer a constant of {module}")
    (place / "library").mkdir()
    (place / "library" / "cloudflare_dns.py").write_text(text.replace(API, cloudflare["api_url"]))
    # With a comment: of a record without one the lab shows none, and the module expects that it is there.
    options = {
        "comment": "benchmark",
        "zone": ZONE,
        "record": "h{{ item }}",
        "type": "A",
        "value": "192.0.2.{{ item }}",
        "ttl": 3600,
    }
    task = {"cloudflare_dns": {**options, "api_token": cloudflare["token"]}, "loop": list(range(FEW))}
    same = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": same, "tasks": [task]}
    (place / "play.yml").write_text(yaml.safe_dump([play]))
    return [str(BESIDE / "bin" / "ansible-playbook"), "-i", "localhost,", str(place / "play.yml")]


def bench_records() -> None:
    """The same few sets at Cloudflare."""
    with folder() as place, lab_and_playbooks(latency=LATENCY) as playbooks:
        playbooks.common["zone_sync_providers"] = "{{ dns_providers | selectattr('name', 'eq', 'cloudflare') }}"
        playbooks.sites.clear()
        few = [
            {"name": f"h{number}", "type": "A", "ttl": 3600, "values": [f"192.0.2.{number}"]} for number in range(FEW)
        ]
        playbooks.zone_file(few)
        of_bare = min(Bare.best(rounds=2).seconds)
        what = f"{FEW} sets at Cloudflare, 50 ms a request:"
        for kind in ("create", "no-op"):
            show(f"{what} sync, {kind}", playbooks.sync().ok().seconds, of_bare, in_a_row(playbooks))
        if not (BESIDE / "bin" / "ansible-playbook").exists():
            print("community.general.cloudflare_dns: not measured, as it is not here; `make benchmark` brings it")
            return
        playbooks.lab.reset()
        playbooks.lab.log_reset()
        words = cloudflare_dns(playbooks, place)
        for kind in ("create", "no-op"):
            seconds = timed(words, place, {**trusting(playbooks), "ANSIBLE_LOCALHOST_WARNING": "0"})
            show(f"{what} cloudflare_dns, {kind}", seconds, of_bare, in_a_row(playbooks))


def main() -> None:
    print(
        "Beside others, seconds and multiples of a bare ansible-playbook with one module that does nothing; once each"
    )
    print(ROW.format("what", "seconds", "x bare", "requests"))
    bench_zone()
    bench_records()
    print("requests: those to the busier provider, which follow each other.\n", flush=True)


if __name__ == "__main__":
    main()
