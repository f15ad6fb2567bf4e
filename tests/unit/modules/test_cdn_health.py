# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cdn_health: its options, its documentation, and whole runs as Ansible starts them."""

from __future__ import annotations

import ast
import calendar
import importlib.metadata
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils import basic
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._modules import cdn_health as modules_cdn_health
from ansible_collections.twinzone.edge.plugins.module_utils._probes.check import Check, Front
from ansible_collections.twinzone.edge.plugins.module_utils._probes.options import CHECK, FRONT, read_fronts
from ansible_collections.twinzone.edge.plugins.module_utils._probes.places import place_with_port
from ansible_collections.twinzone.edge.plugins.modules import cdn_health
from hypothesis import given
from hypothesis import strategies as st
from support.paths import ROOT
from support.pythons import find_python
from support.tls_fronts import HOST, Town, answer, says, unused_port

URL = f"https://{HOST}/health"


def read(*fronts: dict[str, Any], **options: Any) -> list[Front]:
    """The fronts that options describe, which are converted as Ansible converts them."""
    params = {"check": {}, "controls": [], "probes": 5, "interval": 3.0, "tolerate": None, "down_at": None}
    return read_fronts({**params, **options, "fronts": list(fronts)}, modules_cdn_health.converted)


def problems(*fronts: dict[str, Any], **options: Any) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read(*fronts, **options)
    return caught.value.problems


def front(**keys: Any) -> dict[str, Any]:
    return {"name": "bunny", "target": "cdn2-front.example.com.", **keys}


# What is accepted


def test_a_front_needs_only_a_name_a_target_and_a_url() -> None:
    (one,) = read(front(check={"url": URL}))
    assert (one.site, one.name, one.endpoints) == ("", "bunny", (("cdn2-front.example.com.", 443),))
    assert one.thresholds == (5, 3.0, 1, 4)
    check = one.check
    assert (check.url.host, check.url.port, check.url.path, check.url.tls) == (HOST, 443, "/health", True)
    assert (list(check.status), check.method, check.timeout, check.family) == ([200], "GET", 5.0, "both")


def test_a_front_overrides_the_check_of_all_key_by_key() -> None:
    common = {"url": URL, "status": [200, 204], "contains": "ok", "timeout": 2}
    own = {"status": 500, "contains": None, "headers": {"x-cdn": "bunny"}}
    plain, special = read(front(name="plain"), front(name="special", check=own), check=common)
    assert list(plain.check.status) == [200, 204]
    assert list(special.check.status) == [500]
    assert special.check.contains == plain.check.contains, "a null leaves a key as it is for all fronts"
    assert (special.check.timeout, special.check.url) == (2.0, plain.check.url)
    assert (list(plain.check.headers), list(special.check.headers)) == ([], ["x-cdn"])


def test_a_front_overrides_thresholds_and_controls() -> None:
    options = {"probes": 6, "interval": 1.0, "tolerate": 2, "down_at": 5, "controls": ["192.0.2.1:53"]}
    plain, special = read(
        front(name="plain"),
        front(name="special", probes=3, interval=0.5, tolerate=0, down_at=3, controls=[]),
        check={"url": URL},
        **options,
    )
    assert plain.thresholds == (6, 1.0, 2, 5)
    assert special.thresholds == (3, 0.5, 0, 3)
    assert [control.text for control in plain.controls] == ["192.0.2.1:53"]
    assert special.controls == ()


def test_whoever_sets_only_probes_need_not_think_of_the_rest() -> None:
    (one,) = read(front(probes=2), check={"url": URL})
    assert one.thresholds == (2, 3.0, 1, 2)
    (one,) = read(front(), check={"url": URL}, probes=1)
    assert one.thresholds == (1, 3.0, 0, 1)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("192.0.2.1", ("192.0.2.1", 443)),
        ("192.0.2.1:8443", ("192.0.2.1", 8443)),
        ("2001:DB8:0::1", ("2001:db8::1", 443)),
        ("[2001:db8::1]", ("2001:db8::1", 443)),
        ("[2001:db8::1]:8443", ("2001:db8::1", 8443)),
        ("Front.Example.NET.", ("front.example.net.", 443)),
        ("front.example.net:1", ("front.example.net", 1)),
        ("bücher.example", ("xn--bcher-kva.example", 443)),
        ("_edge.example.net", ("_edge.example.net", 443)),
    ],
)
def test_places_to_connect_to(text: str, place: tuple[str, int]) -> None:
    (one,) = read({"name": "bunny", "connect_to": text}, check={"url": URL})
    assert one.endpoints == (place,)


@pytest.mark.parametrize(
    ("url", "host", "port", "authority", "path", "tls"),
    [
        ("https://www.example.com", "www.example.com", 443, "www.example.com", "/", True),
        ("http://WWW.example.com./a?b=c#d", "www.example.com", 80, "www.example.com", "/a?b=c", False),
        ("https://www.example.com:8443/", "www.example.com", 8443, "www.example.com:8443", "/", True),
        ("https://[2001:db8::1]/", "2001:db8::1", 443, "[2001:db8::1]", "/", True),
        ("https://bücher.example/ü%20", "xn--bcher-kva.example", 443, "xn--bcher-kva.example", "/%C3%BC%20", True),
    ],
)
def test_urls(url: str, host: str, port: int, authority: str, path: str, tls: bool) -> None:
    (one,) = read(front(check={"url": url}))
    assert one.check.url == (tls, host, port, authority, path)


@given(st.text(max_size=40))
def test_any_text_is_a_place_or_refused(text: str) -> None:
    try:
        host, port = place_with_port(text, 53)
    except ValueError as error:
        assert str(error)
        return
    assert host.isascii()
    assert 0 < port < 65536


@given(st.text(max_size=40))
def test_any_text_after_a_scheme_is_a_url_or_refused(text: str) -> None:
    try:
        (one,) = read(front(check={"url": f"https://{text}"}))
    except BadInput as error:
        assert "check.url" in error.problems[0]
        return
    head = one.check.request.split(b"\r\n")
    assert head[0].startswith(b"GET /")
    assert head[0].count(b" ") == 2
    assert len(head) == 8, "no text gets a line of its own"


@pytest.mark.parametrize("contains", ["ok", ["ok"], ["ok", "well"], 200])
def test_the_body_may_have_to_contain_several_texts(contains: Any) -> None:
    (one,) = read(front(check={"url": URL, "contains": contains}))
    listed = contains if isinstance(contains, list) else [contains]
    assert [pattern.pattern for pattern in one.check.contains] == [str(text) for text in listed]


# What is refused

BUNNY = "front bunny of www.example.com: "


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"check": {"urll": 1}}, "check.urll: is unknown; did you mean url?"),
        ({"check": {"zzz": 1}}, "check.zzz: is unknown; known are ca_path, certificate_days, contains, family, "),
        ({"tagret": "x"}, "tagret: is unknown; did you mean target?"),
        ({"target": None}, "has neither target nor connect_to"),
        ({"target": "no host"}, "target: 'no host' is neither a host name nor an address"),
        ({"target": "front..example"}, "target: 'front..example' is neither"),
        ({"target": "300.1.1.1"}, "target: '300.1.1.1' is neither"),
        ({"connect_to": ["a:b:c"]}, "connect_to: 'a:b:c' is none of address, host, host:port and [IPv6 address]:port"),
        ({"connect_to": ["a:0"]}, "connect_to: 0 is not a valid port"),
        ({"connect_to": ["a:70000"]}, "connect_to: 70000 is not a valid port"),
        ({"connect_to": ["[a]:80"]}, "connect_to: '[a]:80' is none of"),
        ({"check": {"url": None}}, "check.url: is missing"),
        ({"check": {"url": "www.example.com"}}, "check.url: 'www.example.com' is not an http:// or https:// URL"),
        ({"check": {"url": "ftp://www.example.com"}}, "check.url: 'ftp://www.example.com' is not an http:// or"),
        ({"check": {"url": "https://"}}, "check.url: 'https://' is not an http:// or https:// URL with a host"),
        ({"check": {"url": "https://a:99999/"}}, "check.url: is not a URL: "),
        ({"check": {"url": "https://me:sesame@a/"}}, "check.url: holds a user name or password"),
        ({"check": {"status": [20]}}, "check.status: 20 is not an HTTP status"),
        ({"check": {"status": []}}, "check.status: an empty list accepts no answer"),
        ({"check": {"status": "ok"}}, "check.status: Elements value for option 'status' is of type"),
        ({"check": {"contains": "("}}, "check.contains: '(' is not a regular expression: "),
        ({"check": {"headers": {"x": "["}}}, "check.headers: x: '[' is not a regular expression: "),
        ({"check": {"headers": {"x y": "."}}}, "check.headers: 'x y' is not the name of a header"),
        ({"check": {"headers": ["x"]}}, "check.headers: "),
        ({"check": {"contains": True}}, "check.contains: True is not text; put it into quotes"),
        ({"check": {"contains": ["a", None]}}, "check.contains: None is not text"),
        ({"check": {"contains": ["a", ["b"]]}}, "check.contains: ['b'] is not text"),
        ({"check": {"contains": {"a": "b"}}}, "check.contains: {'a': 'b'} is not text"),
        ({"check": {"contains": []}}, "check.contains: an empty list asks for nothing"),
        ({"check": {"headers": {"x": None}}}, "check.headers: x: None is not text"),
        ({"check": {"headers": {"x": False}}}, "check.headers: x: False is not text"),
        ({"check": {"headers": {"x": ["a", "b"]}}}, "check.headers: x: ['a', 'b'] is not text"),
        ({"check": {"request_headers": {"x": None}}}, "check.request_headers: the value of x is not text"),
        ({"check": {"request_headers": {"x": True}}}, "check.request_headers: the value of x is not text"),
        ({"check": {"method": "POST"}}, "check.method: value of method must be one of: GET, HEAD, got: POST"),
        ({"check": {"method": "HEAD", "contains": "x"}}, "check.contains: an answer to HEAD has no body"),
        (
            {"check": {"request_headers": {"host": "x"}}},
            "check.request_headers: host cannot be set: it follows from url",
        ),
        ({"check": {"request_headers": {"a": "sesame\r\nb: c"}}}, "check.request_headers: the value of a holds"),
        ({"check": {"request_headers": {"a:": "b"}}}, "check.request_headers: 'a:' is not the name of a header"),
        ({"check": {"request_headers": "Authorization: sesame"}}, "check.request_headers: "),
        ({"check": {"timeout": 0}}, "check.timeout: 0 is not a number of seconds above 0"),
        ({"check": {"timeout": "soon"}}, "check.timeout: "),
        ({"check": {"timeout": "nan"}}, "check.timeout: nan is not a number"),
        ({"check": {"max_seconds": -1}}, "check.max_seconds: -1 is not a number of seconds above 0"),
        ({"check": {"certificate_days": -1}}, "check.certificate_days: -1 is negative"),
        ({"check": {"ca_path": "/no/such"}}, "check.ca_path: '/no/such' on this host holds no certificate authorities"),
        ({"check": {"family": 5}}, "check.family: value of family must be one of: both, 4, 6, got: 5"),
        ({"check": "nonsense"}, "check: "),
        ({"probes": 0}, "probes is 0"),
        (
            {"probes": 3, "down_at": 4},
            "tolerate is 1, down_at 4, probes 3; needed is 0 <= tolerate < down_at <= probes",
        ),
        ({"interval": -1}, "interval is -1"),
        ({"controls": ["192.0.2.1"]}, "controls: '192.0.2.1' has no port; write host:port"),
        ({"controls": ["ftp://a/"]}, "controls: 'ftp://a/' is not an http:// or https:// URL"),
    ],
)
def test_what_is_wrong_with_a_front_is_told_with_its_name(keys: dict[str, Any], problem: str) -> None:
    keys = {
        **keys,
        "check": {"url": URL, **keys["check"]} if isinstance(keys.get("check"), dict) else keys.get("check"),
    }
    common = {} if keys["check"] and "url" in keys["check"] else {"url": URL}
    (found,) = problems(front(site=HOST, **keys), check=common)
    assert found.startswith(BUNNY + problem)
    assert "sesame" not in found


def test_a_front_without_a_name_is_told_by_its_place() -> None:
    assert problems(front(), {"target": "x"}, check={"url": URL}) == [
        "fronts[1]: name: is missing; give the front a name"
    ]


def test_names_are_unique_within_a_site() -> None:
    read(front(site="a"), front(site="b"), front(), check={"url": URL})
    assert problems(front(site="a"), front(site="a"), front(site="a"), check={"url": URL}) == [
        "front bunny of a: is listed 3 times; name each front of a site once"
    ]


def test_what_is_wrong_for_all_fronts_is_told_once() -> None:
    found = problems(
        *[front(name=name) for name in "abc"],
        check={"url": URL, "contains": "("},
        controls=["x"],
        tolerate=4,
        down_at=4,
    )
    assert len(found) == 3
    assert found[0].startswith("check.contains: '(' is not a regular expression")
    assert found[1].startswith("controls: 'x' has no port")
    assert found[2].startswith("tolerate is 4, down_at 4, probes 5")


def test_everything_that_is_wrong_is_told_at_once() -> None:
    found = problems(
        {"name": "a", "check": {"urll": URL, "contains": "(", "timeout": "x"}},
        {"name": "b", "target": "-", "probes": 0},
        check={"family": "x"},
    )
    begins = ["check.family", *["front a: "] * 5, *["front b: "] * 3]
    assert [text.startswith(begin) for text, begin in zip(found, begins, strict=True)] == [True] * 9


def test_no_fronts_are_a_mistake() -> None:
    assert problems() == ["fronts: is empty; name at least one front"]


# Documentation


def types(options: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {
        name: (option.get("type", "str"), option.get("elements"), option.get("choices"), option.get("default"))
        for name, option in options.items()
    }


def test_the_documentation_says_what_the_module_takes() -> None:
    options = yaml.safe_load(cdn_health.DOCUMENTATION)["options"]
    assert types(options) == types(modules_cdn_health.SPEC)
    assert {name for name, option in options.items() if option.get("required")} == {"fronts"}
    fronts = options["fronts"]["suboptions"]
    assert {name: kind[:3] for name, kind in types(fronts).items()} == {
        name: kind[:3] for name, kind in types({name: option.spec for name, option in FRONT.items()}).items()
    }
    for check in (options["check"]["suboptions"], fronts["check"]["suboptions"]):
        assert types(check) == types({name: option.spec for name, option in CHECK.items()})
        # `connect_within` is the watcher's own.
        assert check.keys() == Check.__dataclass_fields__.keys() - {"connect_within"}


def test_the_examples_are_accepted() -> None:
    for task in yaml.safe_load(cdn_health.EXAMPLES):
        options = task.get("twinzone.edge.cdn_health")
        if options:
            assert options.keys() <= modules_cdn_health.SPEC.keys()
            read(*options.pop("fronts"), **options)


def imported_by(path: Path) -> Iterator[Path]:
    """A file of ours, and all files of ours that it imports."""
    yield path
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("ansible_collections")):
            base = ROOT.joinpath("plugins/module_utils") if not node.level else path.parents[node.level - 1]
            parts = node.module.split(".")[5:] if not node.level and node.module else (node.module or "").split(".")
            for name in ["", *(alias.name for alias in node.names)]:
                file = base.joinpath(*filter(None, [*parts, name])).with_suffix(".py")
                if file.is_file():
                    yield from imported_by(file)


def test_it_needs_neither_a_new_python_nor_a_library() -> None:
    files = set(imported_by(ROOT / "plugins/modules/cdn_health.py"))
    names = {file.name for file in files}
    assert {"cdn_health.py", "visit.py", "stub_resolver.py", "verdict.py", "_deadline.py"} <= names
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 8))
        modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}
        modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        outside = {name.split(".")[0] for name in modules} - sys.stdlib_module_names
        assert outside <= {"ansible", "ansible_collections"}, file


# Whole runs


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    servers = Town(tmp_path_factory.mktemp("fronts"))
    yield servers
    servers.close()


def run(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What the module prints for these options, run in this process, and what it writes to the system log."""
    log: list[str] = []
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode())
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)  # since ansible-core 2.19
    monkeypatch.setattr(basic.AnsibleModule, "log", lambda self, text, **more: log.append(text + str(more)))
    with pytest.raises(SystemExit):
        cdn_health.main()
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert any("vantage" in line for line in log)
    return {**result, "log": log}


def test_a_run_tells_verdicts_times_and_vantage(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = f"127.0.0.1:{unused_port()}"
    options = {
        "vantage": "here",
        "check": {"url": URL, "ca_path": town.ca_path},
        "interval": 0.05,
        "probes": 2,
        "controls": [dead],
        "fronts": [
            {"name": "good", "site": HOST, "connect_to": town.front().place},
            {"name": "bad", "site": HOST, "connect_to": dead, "controls": []},
            {"name": "offline", "site": HOST, "connect_to": dead},
        ],
    }
    result = run(options, monkeypatch, capsys)
    assert (result["changed"], result["vantage"]) == (False, "here")
    assert [(one["site"], one["name"], one["verdict"], one["clean"]) for one in result["fronts"]] == [
        (HOST, "good", "up", True),
        (HOST, "bad", "down", False),
        (HOST, "offline", "unknown", False),
    ]
    assert [one["control"] for one in result["controls"]] == [dead]
    assert result["seconds"] >= 0.05
    began, ended = (calendar.timegm(time.strptime(result[key], "%Y-%m-%dT%H:%M:%SZ")) for key in ("began", "ended"))
    assert began <= ended <= time.time()
    documented = yaml.safe_load(cdn_health.RETURN)
    assert documented.keys() - {"problems"} == result.keys() - {"changed", "invocation", "log"}
    assert documented["fronts"]["contains"].keys() == result["fronts"][0].keys()
    assert (
        documented["fronts"]["contains"]["addresses"]["contains"].keys() == result["fronts"][0]["addresses"][0].keys()
    )
    certificate = documented["fronts"]["contains"]["addresses"]["contains"]["certificate"]["contains"]
    assert certificate.keys() == result["fronts"][0]["addresses"][0]["certificate"].keys()


@pytest.mark.parametrize("valid", [True, False])
def test_request_headers_are_shown_nowhere_and_hide_nothing(
    town: Town, valid: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = {"Authorization": "Bearer sesame-open", "X-Short": "1", "X-Site": HOST, "X-Name": "front"}
    check: dict[str, Any] = {"url": URL, "ca_path": town.ca_path, "request_headers": headers}
    place = town.front().place
    fronts: list[dict[str, Any]] = [
        {"name": "front1", "site": HOST, "connect_to": [place], "check": {"request_headers": headers}},
    ]
    if not valid:
        fronts += [
            {"name": "typing error", "connect_to": [place], "check": {"request_header": headers}},
            {"name": "wrong level", "connect_to": [place], "request_headers": headers},
            {"name": "no dict", "connect_to": [place], "check": "request_headers=sesame-open"},
        ]
    result = run({"probes": 1, "check": check, "fronts": fronts}, monkeypatch, capsys)
    assert "sesame" not in str(result)
    assert "X-Short" not in str(result)
    if "invocation" in result:  # before ansible-core 2.21 always
        shown = result["invocation"]["module_args"]
        assert shown["check"]["url"] == URL
        assert shown["fronts"][0]["connect_to"] == [place]
        assert shown["probes"] == 1
    if valid:
        (one,) = result["fronts"]
        assert (one["site"], one["name"], one["reason"]) == (HOST, "front1", "1 of 1 address up")
        assert one["addresses"][0]["address"] == "127.0.0.1"
    else:
        assert result["failed"]
        assert len(result["problems"]) == 3
        assert result["msg"].startswith("nothing was probed: 3 problems in the input\nfront typing error: ")


def test_a_resolver_that_is_none_is_told_with_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run({"fronts": [front()], "resolver": "192.0.2.1:dns"}, monkeypatch, capsys)
    assert [text.split(":")[0] for text in result["problems"]] == ["front bunny", "resolver"]


def ansible(options: dict[str, Any], folder: Path, *arguments: str) -> tuple[dict[str, Any], str]:
    """The result of the module as Ansible runs it, and all that it prints."""
    command = shutil.which("ansible", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    collections = ROOT / ".collections"
    if not command or not collections.is_dir():
        pytest.skip("only a plain clone can be run by the command ansible")
    places = {"ANSIBLE_HOME": folder, "ANSIBLE_REMOTE_TMP": folder / "remote", "ANSIBLE_COLLECTIONS_PATH": collections}
    environment = {**os.environ, **{name: str(place) for name, place in places.items()}, "ANSIBLE_NOCOLOR": "1"}
    words = [command, "localhost", "-m", "twinzone.edge.cdn_health", "-a", json.dumps(options), *arguments]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)
    result: dict[str, Any] = json.JSONDecoder().raw_decode(done.stdout.split(" => ", 1)[1])[0]
    return result, done.stdout + done.stderr


def oldest_python() -> str:
    """An interpreter as old as a vantage of this ansible-core may have, if there is one here."""
    core = tuple(map(int, importlib.metadata.version("ansible-core").split(".")[:2]))
    found = (find_python(f"3.{minor}") for minor in (8, 9, 10) if minor > 8 or core < (2, 20))
    return next((command for command in found if command), sys.executable)


def test_ansible_runs_it_on_an_old_python_and_it_waits_for_no_thread(town: Town, tmp_path: Path) -> None:
    """The odd front's first try hangs for a minute; what its second one finds settles the verdict."""

    def hangs_first(connection: socket.socket, number: int) -> None:
        if number == 0:
            time.sleep(60)
        says(answer(status=500))(connection, number)

    check = {"url": URL, "ca_path": town.ca_path, "request_headers": {"X-Key": "sesame-open"}, "timeout": 60}
    good, odd = town.front(), town.front(hangs_first)
    fronts = [{"name": "good", "connect_to": good.place}, {"name": "odd", "connect_to": [odd.place], "down_at": 1}]
    options = {"check": check, "probes": 2, "interval": 1, "fronts": fronts}
    begun = time.monotonic()
    result, output = ansible(
        options, tmp_path, "--check", "-vvv", "-e", f"ansible_python_interpreter={oldest_python()}"
    )
    assert time.monotonic() - begun < 40
    assert [(one["name"], one["verdict"]) for one in result["fronts"]] == [("good", "up"), ("odd", "down")]
    assert result["fronts"][1]["reason"] == "1 of 1 address down: status 500, expected 200"
    assert "sesame" not in output
