# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page for the night: whatever is declared, it stays text; and a script is what it was made from."""

from __future__ import annotations

import html
import json
import re
import shlex
import subprocess
from functools import cache
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._failover import marker as failover_marker
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.site import Site
from ansible_collections.twinzone.edge.plugins.module_utils._modules import failover_site
from ansible_collections.twinzone.edge.plugins.module_utils._modules.options import settings
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS, USUAL_VARIABLES
from ansible_collections.twinzone.edge.plugins.module_utils._providers.secret_names import own_variables
from ansible_collections.twinzone.edge.plugins.module_utils._runbook import contacts, scripts
from ansible_collections.twinzone.edge.plugins.module_utils._runbook.content import document
from ansible_collections.twinzone.edge.plugins.module_utils._runbook.document import Commands
from ansible_collections.twinzone.edge.plugins.module_utils._runbook.facts import Facts, NameServer, Way
from ansible_collections.twinzone.edge.plugins.module_utils._runbook.markdown import to_markdown
from ansible_collections.twinzone.edge.plugins.module_utils._runbook.page import to_html
from ansible_collections.twinzone.edge.plugins.module_utils._zone.entries import Context, parse_declared
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_800_000_000
PROVIDER_ENTRIES: list[dict[str, Any]] = [
    {"name": "cloudflare", "type": "cloudflare"},
    {"name": "desec", "type": "desec"},
    {
        "name": "own",
        "type": "rfc2136",
        "server": "192.0.2.53",
        "key": {"name": "k.", "algorithm": "hmac-sha256"},
        "nameservers": ["192.0.2.53"],
    },
]


@cache
def site() -> Site:
    variables = {
        "failover_zone": "example.com",
        "failover_router": "web-router",
        "failover_check": {"url": "https://www.example.com/health", "method": "HEAD"},
        "failover_fronts": [
            {"name": "cloudflare", "target": "cf-front.example.com."},
            {"name": "bunny", "target": "example.b-cdn.net.", "connect_to": ["[2001:db8::1]:8443"]},
        ],
    }
    return failover_site.read("www.example.com", variables, PROVIDER_ENTRIES, NOW)


@cache
def way(provider: str, front: str = "bunny") -> Way:
    made = site()
    (one,) = [one for one in made["fronts"] if one["name"] == front]
    (entry,) = [entry for entry in PROVIDER_ENTRIES if entry["name"] == provider]
    kind = PROVIDERS[str(entry["type"])]
    client = kind("example.com", kind.read_settings(entry, 10.0), Deadline(10.0))
    context = Context("example.com", {str(entry["name"]): kind.attributes for entry in PROVIDER_ENTRIES})
    sets = [declared.at(provider) for declared in parse_declared(scripts.entries(made, one, provider, []), context)]
    return Way(provider, front, tuple(scripts.at_its_time(client.by_hand(sets))), kind.secret_env)


def facts(**changed: Any) -> Facts:
    given: dict[str, Any] = {
        "site": site(),
        "made": "2026-11-28T00:00:00Z",
        "folder": "/srv",
        "inventories": ["/srv/in ventory.yml"],
        "scripts": "/srv/runbook/www.example.com",
        "servers": {"desec": [NameServer("ns1.desec.io", "192.0.2.1", 53)], "cloudflare": []},
        "ways": [way(str(entry["name"])) for entry in PROVIDER_ENTRIES],
        "lacking": [],
        "contacts": [],
        "schedule": contacts.Schedule(),
    }
    return Facts(**{**given, **changed})


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_of_others_becomes_markup_or_a_command(name: str, note: str) -> None:
    found = contacts.read_contacts([{"role": "on call", "name": name, "note": note}])
    made = document(facts(contacts=found))
    assert list(made.commands()) == list(document(facts()).commands())
    page, plain = (
        to_html(made, {}),
        to_html(document(facts(contacts=contacts.read_contacts([{"role": "on call"}]))), {}),
    )
    tags = re.compile(r"<[^>]*>")
    assert [tag for tag in tags.findall(page) if tag not in ("<code>", "</code>", "<em>", "</em>")] == [
        tag for tag in tags.findall(plain) if tag not in ("<code>", "</code>", "<em>", "</em>")
    ]
    # No fence of a command can be opened or closed by it.
    fences = [line for line in to_markdown(made).splitlines() if line.startswith("````")]
    assert len(fences) == 2 * sum(
        isinstance(block, Commands)
        for blocks in (made.lead, *(one.blocks for one in made.sections))
        for block in blocks
    )


def test_every_command_is_on_the_page_as_it_is() -> None:
    made = document(facts())
    page, text = to_html(made, {}), to_markdown(made)
    for command in made.commands():
        assert f"<pre>{html.escape(command)}</pre>" in page
        assert f"\n{command}\n" in text
    assert shlex.quote("/srv/in ventory.yml") in next(made.commands())
    assert "--connect-to '::[2001:db8::1]:8443'" in text
    assert "-X HEAD" in text


@pytest.mark.parametrize("provider", [str(entry["name"]) for entry in PROVIDER_ENTRIES])
def test_a_script_writes_a_marker_of_the_time_at_which_it_runs(provider: str) -> None:
    """Carried out by a real shell, with programs that print what they are given."""
    text = scripts.script(facts(), way(provider))
    fakes = "curl() { cat >/dev/null; printf '%s\\n' \"$@\" >&2; echo '{}'; }; jq() { echo; }; nsupdate() { cat >&2; }"
    fakes += "; dig() { :; }; date() { echo 1800000000; }; command() { return 0; }"
    secrets = dict.fromkeys(way(provider).needs, "not-a-secret")
    done = subprocess.run(
        ["sh", "-c", text.replace("set -eu", f"set -eu; {fakes}", 1)],
        env={"PATH": "/usr/bin:/bin", **secrets},
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    (written,) = {
        json.loads(f'"{one}"') if "\\" in one else one for one in re.findall(r"v=twinzone1 [^\"\\]*", done.stderr)
    }
    marker = failover_marker.parse(f'"{written}"', NOW)
    assert marker is not None
    assert (marker.front, marker.given, marker.run) == ("bunny", "bunny", "by-hand")
    assert (marker.seq, marker.since, marker.asked, marker.pinseq) == (NOW,) * 4
    assert "example.b-cdn.net" in done.stderr
    assert "not-a-secret" not in text


def run_in_a_shell(script: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-c", script], env=env, capture_output=True, text=True, timeout=20, check=False)


@pytest.mark.parametrize("entry", PROVIDER_ENTRIES, ids=lambda entry: entry["type"])
def test_two_providers_of_one_type_each_have_a_secret_of_their_own(entry: dict[str, Any]) -> None:
    """The real shell shows what each script passes on: its own, and never the one that both would share."""
    names = ["us", "eu-1", "eu.1"]
    clients = [
        PROVIDERS[one.type]("example.com", one, Deadline(10.0))
        for one in settings([{**entry, "name": name, "nameservers": ["192.0.2.53"]} for name in names], 10.0)
    ]
    usual = USUAL_VARIABLES[entry["type"]]
    assert [one.hand_variables for one in clients] == [(f"{usual}_{own}",) for own in ("US", "EU_1", "EU_1_2")]
    fakes = "curl() { cat >&2; echo '{}'; }; jq() { echo; }; nsupdate() { cat >&2; }; NOW=1; set -eu"
    shared = {"PATH": "/usr/bin:/bin", **dict.fromkeys(PROVIDERS[entry["type"]].secret_env, "shared")}
    for client in clients:
        (own,) = client.hand_variables
        entries = scripts.entries(site(), site()["fronts"][1], client.settings.name, [])
        context = Context("example.com", dict.fromkeys(names, client.attributes))
        sets = [declared.at(client.settings.name) for declared in parse_declared(entries, context)]
        script = "\n".join([fakes, *scripts.at_its_time(client.by_hand(sets))])
        done = run_in_a_shell(script, {**shared, own: "mine"})
        assert done.returncode == 0 and "mine" in done.stderr and "shared" not in done.stderr
        lacking = run_in_a_shell(script, shared)
        assert lacking.returncode != 0 and own in lacking.stderr


@given(st.dictionaries(st.text("ab_-. 2", min_size=1, max_size=5), st.sampled_from(["cloudflare", "desec"])))
def test_no_two_providers_share_a_variable(types: dict[str, str]) -> None:
    found = own_variables(types, USUAL_VARIABLES)
    assert len(set(found.values())) == len(found)
    assert found.keys() == {name for name, kind in types.items() if list(types.values()).count(kind) > 1}
    assert found == own_variables(dict(reversed(list(types.items()))), USUAL_VARIABLES)


def test_what_is_wrong_is_named_all_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        contacts.read_contacts([{"name": "Ada"}, "Bob", {"role": "x", "fone": "1"}])
    assert len(caught.value.problems) == 3
    with pytest.raises(BadInput):
        contacts.read_schedule({"stop": "x"})
    with pytest.raises(BadInput):
        contacts.read_schedule("systemctl stop x")
