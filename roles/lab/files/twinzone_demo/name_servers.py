# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each name server tells a visitor: asked by `dig`, or, where that is not installed, by the same question."""

from __future__ import annotations

import functools
import shutil
import subprocess
from collections.abc import Mapping

import dns.exception
import dns.message
import dns.query
from twinzone_lab.client import LabClient

from . import screen
from .screen import Astray

NAME = "www.example.com"
_DIG = shutil.which("dig")
_SECONDS = 5
_TITLES = {"cloudflare": "Cloudflare", "desec": "deSEC"}
# The host name of the front bunny. It lies in another zone, so deSEC's servers leave its address to the resolver.
_BUNNY = "example.b-cdn.net."


def show(lab: LabClient, expected: Mapping[str, str]) -> None:
    """Ask every name server for the site's name and print what it says. Raises `Astray` where it is not the expected
    front. expected: provider → front."""
    _tell_how()
    astray = []
    for provider, front in expected.items():
        for server, address in lab.info["providers"][provider]["name_servers"].items():
            question = ["dig", "+short", "-p", str(lab.info["dns_port"]), f"@{address}", NAME]
            screen.command(f"{' '.join(question):60} # {server}")
            said = _by_dig(question) if _DIG else _by_dnspython(address, lab.info["dns_port"])
            screen.line(" ".join(said))
            if (found := _front(lab, said)) != front:
                astray.append(f"{server} leads to {found} in place of {front}")
    if astray:
        raise Astray("; ".join(astray))
    leads = [f"{_TITLES[provider]}'s name servers lead to {front}" for provider, front in expected.items()]
    screen.note(", ".join(leads))


@functools.cache
def _tell_how() -> None:
    """Once in the story."""
    how = "" if _DIG else "dig is not installed; the same is asked with dnspython. "
    screen.note(f"{how}All that a server answers is put on one line:")


def _by_dig(question: list[str]) -> list[str]:
    done = subprocess.run(question, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return done.stdout.split()


def _by_dnspython(address: str, port: int) -> list[str]:
    try:
        answer = dns.query.udp(dns.message.make_query(NAME, "A"), address, _SECONDS, port)
    except (dns.exception.DNSException, OSError) as error:
        return [f";; {error}"]
    return [rdata.to_text() for rrset in answer.answer for rdata in rrset]


def _front(lab: LabClient, said: list[str]) -> str:
    """The front that an answer leads to: by its addresses, or by the host name that stands for them."""
    places = {address: front for front, addresses in lab.info["fronts"].items() for address in addresses}
    fronts = {{**places, _BUNNY: "bunny"}.get(text) for text in said} - {None}
    return " and ".join(sorted(map(str, fronts))) or "no front"
