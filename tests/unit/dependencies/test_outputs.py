# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the answers look like on paper, in a browser, in a spreadsheet, and beside those of the last time."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.answers import Answers, answers
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.exports import (
    changes,
    to_csv,
    to_json,
    to_mermaid,
)
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.facts import (
    Facts,
    Locked,
    Name,
    Server,
    Site,
    Zone,
)
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.operators import directory, problems_of
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.page import to_html
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.verdicts import World
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from support import lab_example
from support.dependency_worlds import (
    ALPHA,
    BETA,
    SITE,
    TO_ALPHA,
    WWW,
    hosted,
    known,
    with_name,
    with_site,
    with_zone,
    world,
)
from support.paths import ROOT

FILES = "files.example.com."
BROWSER = shutil.which("chromium")
QUIET = (
    "--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
    " --disable-sync"
)


def example() -> Facts:
    """Two names, of which one is on a store of the first CDN."""
    facts = with_name(world(), Name(FILES, "example.com.", TO_ALPHA, locked_to="R2"))
    fronts = tuple(replace(one, issuer="R1, Some Root", ends=1_800_000_000) for one in SITE.fronts)
    facts = with_site(facts, replace(SITE, public_names=(WWW, FILES), fronts=fronts))
    return replace(
        facts,
        parties={"controls": ("www.beta.org.",)},
        declared={"runner": ("Somebody",)},
        locked=(Locked(FILES, "CNAME", "R2", "alpha"),),
        unread=("example.com at beta: No token.",),
    )


def answered(facts: Facts) -> Answers:
    return answers(World(facts, known()))


def test_the_first_line_says_what_matters() -> None:
    assert answered(example())["headline"] == (
        "If Alpha fails now, 0 of 2 names stay up; after a failover 1 of 2. "
        "files.example.com has no way out (R2). To switch, we can write beta without Alpha."
    )


def test_what_to_change_comes_first() -> None:
    found = answered(example())
    assert found["advice"] == ["serve files.example.com from an origin of your own too: now it needs one provider (R2)"]
    page = to_html(found)
    assert page.index("What to change first") < page.index(found["advice"][0]) < page.index("Who is what")


def served(*servers: Server) -> Facts:
    """A world in which these serve the zone."""
    return with_zone(world(), Zone("example.com.", "com.", servers=servers))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (world(ALPHA), "Alpha takes www down even after a failover: let a second DNS host serve example.com"),
        (with_zone(world(), hosted("gamma-cdn.io.", ALPHA)), "Alpha takes www down even after a failover: find what"),
        (with_site(world(), replace(SITE, fronts=SITE.fronts[:1])), "give www a second front, at another operator"),
        (
            with_name(world(), Name(WWW, "example.com.", TO_ALPHA)),
            "make www.example.com a CNAME of web-router.example.com at every provider",
        ),
        (
            served(*(Server(one, lists=ALPHA) for one in (*ALPHA, *BETA))),
            "publish the name servers of all providers of example.com at each (zone_sync_apex_ns: union): "
            "ns1.alpha-dns.net, ns2.alpha-dns.net, ns1.beta-dns.org, ns2.beta-dns.org do not list all",
        ),
        (
            with_zone(
                world(), Zone("example.com.", "com.", servers=(*map(Server, ALPHA), Server(BETA[0], signed=False)))
            ),
            "let the DS set at the parent fit the keys of ns1.beta-dns.org too",
        ),
        (
            with_zone(
                world(), Zone("example.com.", "com.", servers=(*map(Server, ALPHA), Server(BETA[0], answers=None)))
            ),
            "look again from where ns1.beta-dns.org can be asked",
        ),
        (
            with_name(world(), Name("api.beta.org.", "beta.org.", TO_ALPHA)),
            "add a DNS provider of www whose API works without Alpha",
        ),
        (
            replace(world(), declared={"secrets": ("Alpha",)}),
            "have a runner of www, with its secrets, elsewhere than at Alpha",
        ),
        (
            replace(world(), declared={"origin": ("Alpha",)}),
            "Alpha takes www down even after a failover: have a second origin",
        ),
    ],
)
def test_each_trouble_has_a_remedy(facts: Facts, words: str) -> None:
    assert any(line.startswith(words) for line in answered(facts)["advice"]), answered(facts)["advice"]


def test_where_nothing_is_wrong_nothing_is_advised() -> None:
    assert answered(world())["advice"] == []
    assert "What to change first" not in to_html(answered(world()))


def test_the_picture_in_the_documentation_is_one_of_the_page_as_it_is_now() -> None:
    assert lab_example.SOURCE.read_text().strip() == lab_example.fingerprint(), "run `make pictures`"
    assert 10_000 < lab_example.PICTURE.stat().st_size < 200_000
    assert lab_example.PICTURE.read_bytes().startswith(b"\x89PNG")


def test_the_same_facts_are_the_same_bytes() -> None:
    one, other = answered(example()), answered(example())
    assert to_json(one) == to_json(other)
    assert to_html(one) == to_html(other)
    assert json.loads(to_json(one))["schema"] == "twinzone-dependencies/1"


def test_the_page_shows_who_signs_and_what_cannot_leave() -> None:
    found = answered(example())
    assert {one["front"]: (one["authority"], one["ends"]) for one in found["certificates"]} == {
        "alpha": ("Signer", "2027-01-15"),
        "gamma": ("Signer", "2027-01-15"),
    }
    page = re.sub(r"<[^>]+>", " ", to_html(found))
    assert "www: alpha Signer 2027-01-15" in " ".join(page.split())
    assert "files.example.com CNAME alpha R2" in " ".join(page.split())
    assert "could not be read: example.com at beta: No token." in page
    rows = {row["operator"]: row["roles"] for row in found["operators"]}
    assert rows["Signer"] == {"ca_active": "direct", "ca_standby": "direct"}


def test_what_is_not_declared_is_shown_as_such() -> None:
    rows = {row["operator"]: row["roles"] for row in answered(example())["operators"]}
    assert rows["Somebody"] == {"runner": "direct"}
    assert rows["not declared"]["secrets"] == "unknown"
    assert "runner" not in rows["not declared"]


def test_a_flowchart_tells_certain_from_possible() -> None:
    silent = tuple(Server(name, answers=None if name in BETA else True) for name in (*ALPHA, *BETA))
    text = to_mermaid(answered(with_zone(world(), Zone("example.com.", "com.", servers=silent))))
    ids = {name: number for number, name in re.findall(r'^  (o\d+)\["([^"]*)"\]', text, re.MULTILINE)}
    arrows = {target: arrow for arrow, target in re.findall(r"^  n0 (\S+) (o\d+)$", text, re.MULTILINE)}
    # Alpha runs the active front, and perhaps the only servers that answer.
    assert arrows[ids["Alpha"]] == "-->"
    assert arrows[ids["registry of .com"]] == "==>"

    two = replace(world(), sites=(replace(SITE, active=""),))
    assert "-.->" in to_mermaid(answered(two))


def test_many_names_without_a_way_out_are_counted_in_the_first_line() -> None:
    sites = tuple(Site(f"s{number}", "example.com.", (f"s{number}.example.com.",)) for number in range(200))
    names = {f"s{number}.example.com.": Name(f"s{number}.example.com.", "example.com.") for number in range(200)}
    facts = replace(world(ALPHA), sites=(SITE, *sites), names={**world().names, **names})
    found = answered(facts)
    assert "197 more have none either" in found["headline"] and len(found["headline"]) < 400
    assert found["advice"][0].startswith(
        "describe a site for s0.example.com, s1.example.com, s2.example.com and 197 more"
    )
    page = to_html(found)
    # 40 of 201 names in a table, and 8 in a cell.
    assert page.count("161 more names are in the JSON file.") == 2 and "and 193 more" in page
    assert len(page) < 200_000 and found["names"][200]["name"] == "s199.example.com."


def test_a_spreadsheet_gets_no_formula() -> None:
    facts = replace(example(), declared={"git": ("=HYPERLINK(1)",)})
    rows = list(csv.reader(io.StringIO(to_csv(answered(facts)))))
    assert ["'=HYPERLINK(1)", "git", "direct"] in [row[:3] for row in rows]
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")]


def test_markup_in_a_name_stays_text() -> None:
    evil = '<script>alert("1")</script>"]-->x'
    found = answered(replace(example(), declared={"git": (evil,)}))
    assert "<script>alert" not in to_html(found)
    facts = with_site(example(), replace(SITE, name=evil, public_names=(f"{evil}.",)))
    assert not re.search(r"<script>|-->x", to_mermaid(answered(facts)))


def test_a_page_needs_nothing_from_elsewhere() -> None:
    page = to_html(answered(example()))
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=", page)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(script.strip().splitlines()) <= 20


def test_what_changed_is_named() -> None:
    before = json.loads(to_json(answered(example())))
    assert changes(before, answered(example())) == []
    worse = answered(with_zone(example(), hosted("gamma-cdn.io.", ALPHA)))
    assert "www.example.com: Alpha can take it down after a failover" in changes(before, worse)
    signed = [{**one, "authority": "Another"} for one in before["certificates"]]
    assert changes({**before, "certificates": signed}, answered(example())) == [
        f"www: Signer signs the certificate of {front}, no longer Another" for front in ("alpha", "gamma")
    ]
    assert changes({}, answered(example())) == ["www.example.com: new", "files.example.com: new"]


def test_the_operators_file_is_in_order() -> None:
    entries = yaml.safe_load((ROOT / "roles" / "failover" / "files" / "operators.yml").read_text())
    assert not [problem for entry in entries for problem in problems_of(entry)]
    found = directory(entries)
    assert len(found.operators) == len(entries) >= 30
    suffixes = [suffix for entry in entries for suffix in entry["suffixes"]]
    assert len(suffixes) == len(set(suffixes))
    assert found.of_host("example.b-cdn.net.") == "bunny.net"
    assert found.of_host("notb-cdn.net.") == ""


def test_an_entity_needs_a_source_and_a_date() -> None:
    with pytest.raises(BadInput, match="need a `source` and a `reviewed` date"):
        directory([{"name": "X", "suffixes": ["x.example"], "entity": "X Ltd"}])


def test_a_later_file_wins() -> None:
    found = directory(
        [{"name": "X", "suffixes": ["x.example"]}], [{"name": "Y", "suffixes": ["x.example", "a.x.example"]}]
    )
    assert found.of_host("b.a.x.example.") == "Y"


def test_a_users_own_file_adds_to_what_is_known() -> None:
    reviewed = {"entity": "X Ltd", "jurisdiction": "XX", "source": "its imprint", "reviewed": "2026-11-01"}
    found = directory(
        [{"name": "X", "suffixes": ["x.example"], "issuers": ["X Root"], **reviewed}],
        [{"name": "X", "suffixes": ["x.example.net"]}],
    )
    assert [found.of_host(host) for host in ("a.x.example.", "a.x.example.net.")] == ["X", "X"]
    assert found.of_issuer("R1, X Root") == "X"
    assert found.operators["X"].entity == "X Ltd"


class _Rows(HTMLParser):
    """The visible rows of the scenarios: operator, name, now, after."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._open = False
        self._cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "tr":
            self._open = "data-fails" in names and "hidden" not in names
            if self._open:
                self.rows.append([])
        elif tag == "td" and self._open:
            self.rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        self._cell = False if tag == "td" else self._cell

    def handle_data(self, data: str) -> None:
        if self._cell and self._open:
            self.rows[-1][-1] += data


def rows_of(page: str) -> list[list[str]]:
    parser = _Rows()
    parser.feed(page)
    return [row[:4] for row in parser.rows]


def expected(found: Answers, operator: str = "") -> list[list[str]]:
    return [
        [one["operator"], name["name"].rstrip("."), fate["now"], fate["after"]]
        for one in found["scenarios"]
        for name in found["names"]
        if operator in ("", one["operator"])
        for fate in [name["if_fails"][one["operator"]]]
    ]


def test_without_a_script_the_page_has_every_answer() -> None:
    found = answered(example())
    assert rows_of(to_html(found)) == expected(found)


@pytest.fixture
def browser(tmp_path: Path) -> list[str]:
    if BROWSER is None and not os.environ.get("CI"):
        pytest.skip("chromium is not installed")
    assert BROWSER is not None, "CI must have chromium"
    return [BROWSER, "--headless", "--no-sandbox", *QUIET.split(), f"--user-data-dir={tmp_path / 'profile'}"]


def test_a_browser_shows_the_same_answers(browser: list[str], tmp_path: Path) -> None:
    found = answered(example())
    file = tmp_path / "page.html"
    # What a person does with the choice, done by the page itself.
    chosen = "choice.value='Alpha';choice.onchange();</script></body>"
    file.write_text(to_html(found).replace("</script></body>", chosen))
    seen = subprocess.run(
        [*browser, "--dump-dom", file.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    assert rows_of(seen.stdout) == expected(found, "Alpha")
    assert len(expected(found)) > len(expected(found, "Alpha")) > 0


@pytest.mark.parametrize("page", ["world", "lab"])
def test_the_page_prints_on_one_sheet(browser: list[str], tmp_path: Path, page: str) -> None:
    file, printed = tmp_path / "page.html", tmp_path / "page.pdf"
    file.write_text(to_html(answered(example())) if page == "world" else lab_example.page())
    command = [*browser, "--no-pdf-header-footer", f"--print-to-pdf={printed}", file.as_uri()]
    subprocess.run(command, capture_output=True, timeout=120, check=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes())) == 1
