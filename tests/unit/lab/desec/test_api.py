# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything around the RRsets at the emulated deSEC API: HTTP, lists and their pages, domains, tokens."""

from __future__ import annotations

import re
import threading
from typing import Any
from urllib.parse import urlsplit

import pytest
from support.lab_desec import Desec, hosts, rrset
from twinzone_lab.web.api import Response

RRSETS = "domains/a.test/rrsets/"
HTML = "text/html; charset=utf-8"


@pytest.fixture
def desec() -> Desec:
    made = Desec(transfer_seconds=0)
    made.api.add_zone("a.test")
    return made


def links(response: Response) -> dict[str, str]:
    """Path and query of the links, by their relation."""
    found = re.findall(r'<([^>]+)>; rel="(\w+)"', response.headers.get("Link", ""))
    return {relation: "{0.path}?{0.query}".format(urlsplit(url)) for url, relation in found}


# HTTP


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (None, "Authentication credentials were not provided."),
        ("Bearer secret", "Authentication credentials were not provided."),
        ("Basic c2VjcmV0", "Authentication credentials were not provided."),
        ("secret", "Authentication credentials were not provided."),
        ("Token", "Invalid token header. No credentials provided."),
        ("Token a b", "Invalid token header. Token string should not contain spaces."),
        ("Token wrong", "Invalid token."),
        ("TOKEN secret", None),
    ],
)
def test_authentication(desec: Desec, header: str | None, text: str | None) -> None:
    response = desec("GET", "domains/", headers={"authorization": header or ""})
    if text is None:
        assert response.status == 200
    else:
        assert (response.status, response.body) == (401, {"detail": text})
        assert response.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize(
    "target", ["domains", "domains/a.test", "domains/a.test/rrsets?type=A", "domains/a.test/rrsets/@/NS"]
)
def test_urls_end_in_a_slash(desec: Desec, target: str) -> None:
    for method in ("GET", "POST", "PATCH"):
        response = desec(method, target)
        assert response.status == 301
        path, _unused, query = target.partition("?")
        assert response.headers["Location"] == f"/api/v1/{path}/" + (f"?{query}" if query else "")


@pytest.mark.parametrize("target", [f"{RRSETS}/", "domains//a.test/rrsets/", f"{RRSETS}@//NS/", f"{RRSETS}@/NS//"])
def test_slashes_are_merged(desec: Desec, target: str) -> None:
    assert desec("GET", target).status == 200


@pytest.mark.parametrize("target", ["nope/", "domains/a.test/rrsets//NS/", "/", "/api/v2/domains/", "nope"])
def test_urls_that_lead_nowhere(desec: Desec, target: str) -> None:
    response = desec("GET", target)
    assert (response.status, response.content_type) == (404, HTML)


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        ("domains/", "GET, POST, HEAD, OPTIONS"),
        ("domains/a.test/", "GET, DELETE, HEAD, OPTIONS"),
        (RRSETS, "GET, POST, PUT, PATCH, HEAD, OPTIONS"),
        (RRSETS + "@/NS/", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
        ("auth/login/", "POST, OPTIONS"),
    ],
)
def test_methods(desec: Desec, target: str, allowed: str) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"):
        response = desec(method, target)
        if (method, target) == ("OPTIONS", "domains/"):
            assert response.status == 500  # the real server cannot describe this view
            continue
        assert response.headers["Allow"] == allowed
        assert (response.status == 405) is (method not in allowed.split(", "))
        if response.status == 405 and method != "HEAD":
            assert response.body == {"detail": f'Method "{method}" not allowed.'}
        if method == "HEAD":
            assert response.body is None


@pytest.mark.parametrize(
    ("accept", "status"),
    [("*/*", 200), ("application/*", 200), ("text/html, application/json;q=0.5", 200), ("text/html", 406)],
)
def test_accept(desec: Desec, accept: str, status: int) -> None:
    assert desec("GET", "domains/", headers={"accept": accept}).status == status


def test_the_format_is_judged_before_the_identity(desec: Desec) -> None:
    assert desec("GET", "domains/", headers={"accept": "text/html"}, token="wrong").status == 406


@pytest.mark.parametrize("declared", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_bodies_must_be_declared_as_json(desec: Desec, declared: str) -> None:
    body = desec.body("POST", RRSETS, b"{}", headers={"content-type": declared}, status=415)
    assert body == {"detail": f'Unsupported media type "{declared}" in request.'}
    assert desec("PATCH", RRSETS, b"[]", headers={"content-type": "application/json; charset=utf-8"}).status == 200


@pytest.mark.parametrize("body", [b"{bad", b"", b"[NaN]", b"\xff", b"[1,]"])
def test_broken_json(desec: Desec, body: bytes) -> None:
    answer = desec.body("PATCH", RRSETS, body, status=400)
    assert body == b"" or answer["detail"].startswith("JSON parse error - ")


@pytest.mark.parametrize("body", [5, "x", None, True])
def test_json_of_a_wrong_kind(desec: Desec, body: object) -> None:
    kind = type(body).__name__
    raw = b"null" if body is None else None
    single = "No data provided" if raw else f"Invalid data. Expected a dictionary, but got {kind}."
    many = "No data provided" if raw else f"Expected a list of items but got {kind}."
    assert desec.body("POST", RRSETS, raw or body, status=400) == {"non_field_errors": [single]}
    assert desec.body("PATCH", RRSETS, raw or body, status=400) == {"non_field_errors": [many]}


def test_a_body_of_a_megabyte_and_more(desec: Desec) -> None:
    assert desec("PATCH", RRSETS, b" " * (1024 * 1024 - 2) + b"[]").status == 200
    response = desec("PATCH", RRSETS, b" " * (1024 * 1024 - 1) + b"[]", token="wrong")
    assert (response.status, response.content_type) == (413, "text/html")


def test_many_threads_at_once(desec: Desec) -> None:
    def work(number: int) -> None:
        for _unused in range(20):
            statuses.add(desec("PATCH", RRSETS, [rrset(f"t{number}", "A", "192.0.2.1")]).status)
            statuses.add(desec("DELETE", f"{RRSETS}t{number}/A/").status)

    statuses: set[int] = set()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == {200, 204}
    assert len(desec.api.holds("a.test")) == 1


# Lists


def test_up_to_500_items_need_no_page(desec: Desec) -> None:
    desec.api.seed("a.test", hosts(499))
    for target in (RRSETS, RRSETS + "?cursor="):
        response = desec("GET", target)
        assert len(response.body) == 500  # type: ignore[arg-type]
        assert "Link" not in response.headers
    assert [item["subname"] for item in desec.body("GET", RRSETS)] == [*(f"h{n:04}" for n in range(498, -1, -1)), ""]


def test_more_items_need_pages_which_go_both_ways(desec: Desec) -> None:
    desec.api.seed("a.test", hosts(1200))
    response = desec("GET", RRSETS + "?type=A")
    assert response.status == 400
    assert response.body == {
        "detail": "Pagination required. You can query up to 500 items at a time (1200 total). "
        "Please use the `first` page link (see Link header)."
    }
    assert links(response) == {"first": f"/api/v1/{RRSETS}?cursor=&type=A"}
    pages: list[list[Any]] = []
    target = links(response)["first"]
    relations = []
    while True:
        response = desec("GET", target)
        pages.append(response.body)  # type: ignore[arg-type]
        relations.append([*links(response)])
        if "next" not in links(response):
            break
        target = links(response)["next"]
    assert relations == [["first", "next"], ["first", "prev", "next"], ["first", "prev"]]
    assert [len(page) for page in pages] == [500, 500, 200]
    assert [item["subname"] for page in pages for item in page] == [f"h{n:04}" for n in range(1199, -1, -1)]
    for page, expected in ((pages[1], ["first", "prev", "next"]), (pages[0], ["first", "next"])):
        response = desec("GET", links(response)["prev"])
        assert response.body == page
        assert [*links(response)] == expected


def test_a_page_stays_in_place_while_others_are_created(desec: Desec) -> None:
    desec.api.seed("a.test", hosts(600))
    following = links(desec("GET", RRSETS + "?cursor="))["next"]
    before = desec.body("GET", following)
    desec.api.seed("a.test", [rrset("newest", "A", "192.0.2.1")])
    assert desec.body("GET", following) == before


@pytest.mark.parametrize("cursor", ["bogus", "%C3%BC", "cD1ub3BlCg=="])
def test_bad_cursors(desec: Desec, cursor: str) -> None:
    assert desec.body("GET", f"{RRSETS}?cursor={cursor}", status=404) == {"detail": "Invalid cursor"}


def test_filters_are_exact(desec: Desec) -> None:
    desec.api.seed("a.test", [rrset("w", "A", "192.0.2.1"), rrset("w", "TXT", '"x"'), rrset("", "TXT", '"x"')])
    for query, expected in (
        ("type=TXT", [("", "TXT"), ("w", "TXT")]),
        ("subname=", [("", "TXT"), ("", "NS")]),
        ("subname=w&type=A", [("w", "A")]),
        ("subname=@", []),
        ("type=txt", []),
        ("nonsense=1&subname=W", []),
    ):
        found = [(item["subname"], item["type"]) for item in desec.body("GET", f"{RRSETS}?{query}")]
        assert found == expected, query
    for rtype in ("SOA", "NSEC", "OPT", "KEY"):
        body = desec.body("GET", f"{RRSETS}?type={rtype}", status=403)
        assert body == {"detail": f"You cannot tinker with the {rtype} RRset."}


def test_spellings_of_one_address(desec: Desec) -> None:
    desec.api.seed("a.test", [rrset("*", "A", "192.0.2.1")])
    assert {desec(method, f"{RRSETS}{name}/NS/").status for method in ("GET",) for name in ("@", "...")} == {200}
    assert {desec("GET", f"{RRSETS}{name}/A/").status for name in ("*", "*@", "*...")} == {200}
    assert desec("GET", f"{RRSETS}@/SOA/").status == 404


# Domains


def test_domains_are_found_by_a_name_in_them(desec: Desec) -> None:
    desec.api.add_zone("sub.a.test")
    other = desec.api.add_user("other@lab.test", "x")
    desec.api.add_zone("b.test", owner=other)
    for qname, expected in (
        ("a.test", ["a.test"]),
        ("x.y.a.test", ["a.test"]),
        ("x.sub.a.test", ["sub.a.test"]),
        ("*.a.test", ["a.test"]),
        ("aa.test", []),
        ("a.test.", []),
        ("X.a.test", []),
        ("x.b.test", []),
        ("", []),
    ):
        assert [domain["name"] for domain in desec.body("GET", f"domains/?owns_qname={qname}")] == expected, qname


@pytest.mark.parametrize("name", ["nope.test", "A.test", "a.test.", "b.test"])
def test_domains_that_are_not_there(desec: Desec, name: str) -> None:
    desec.api.add_zone("b.test", owner=desec.api.add_user("other@lab.test", "x"))
    missing = {"detail": "No Domain matches the given query."}
    assert desec.body("GET", f"domains/{name}/", status=404) == missing
    for method in ("GET", "POST", "DELETE"):
        assert desec.body(method, f"domains/{name}/rrsets/", status=404) == {"detail": "Not found."}
    assert desec.body("DELETE", f"domains/{name}/rrsets/x/A/", status=404) == {"detail": "Not found."}
    response = desec("GET", f"domains/{name}/zonefile/", headers={"accept": "*/*"})
    assert (response.status, response.body, response.content_type) == (404, missing["detail"], "text/plain")


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("B.test", "Invalid value (not lowercase): B.test"),
        ("b.test.", "Domain names must be labels"),
        ("b.te_st", "Domain names must be labels"),
        ("ü.test", "Domain names must be labels"),
        ("b." * 95 + "test", "Ensure this field has no more than 191 characters."),
        ("a.test", "domain with this name already exists."),
        ("test", "This domain name conflicts"),
        ("x.internal", "This domain name conflicts"),
        ("_x.test", "This domain name conflicts"),
        ("autoconfig.test", "This domain name conflicts"),
        ("x.other.test", "This domain name conflicts"),
        ("y.test", "This domain name conflicts"),
        (None, "This field may not be null."),
        ("", "This field may not be blank."),
    ],
)
def test_names_that_cannot_be_had(desec: Desec, name: str | None, complaint: str) -> None:
    other = desec.api.add_user("other@lab.test", "x")
    desec.api.add_zone("other.test", owner=other)
    desec.api.add_zone("x.y.test", owner=other)
    body = desec.body("POST", "domains/", {"name": name}, status=400)
    assert [text.startswith(complaint) for text in body["name"]] == [True]


def test_the_life_of_a_domain(desec: Desec) -> None:
    assert desec.body("POST", "domains/", {}, status=400) == {"name": ["This field is required."]}
    created = desec.body("POST", "domains/", {"name": "sub.a.test"}, status=201)
    assert created["published"] is None
    assert desec.body("GET", "domains/sub.a.test/")["published"] > created["touched"]
    assert [domain["name"] for domain in desec.body("GET", "domains/")] == ["sub.a.test", "a.test"]
    assert desec.served("sub.a.test", "sub.a.test", "NS") == {"ns1.desec.io.", "ns2.desec.org."}
    for _unused in range(2):
        assert desec("DELETE", "domains/sub.a.test/").status == 204
    assert desec.published.keys() == {"a.test"}


def test_the_quota(desec: Desec) -> None:
    desec.api.user.domain_limit = 2
    assert desec("POST", "domains/", {"name": "b.test"}).status == 201
    text = "Domain limit exceeded. Please contact support to create additional domains."
    assert desec.body("POST", "domains/", {"name": "c.test"}, status=403) == {"detail": text}


def test_import_and_export_of_a_zone_file(desec: Desec) -> None:
    text = (
        "$TTL 60\n@ IN SOA a. b. 1 2 3 4 5\n@ NS ns.other.example.\n@ MX 10 mail\nwww 999999 A 192.0.2.1\n"
        "other.example. A 192.0.2.2\n@ CDS 0 0 0 00\n"
    )
    desec.body("POST", "domains/", {"name": "b.test", "zonefile": text}, status=201)
    held = {(item["subname"], item["type"]): (item["ttl"], item["records"]) for item in desec.api.holds("b.test")}
    assert held.pop(("", "NS"))[1] != ["ns.other.example."]
    assert held == {("", "MX"): (3600, ["10 mail.b.test."]), ("www", "A"): (86400, ["192.0.2.1"])}
    response = desec("GET", "domains/b.test/zonefile/", headers={"accept": "*/*"})
    assert response.content_type == "text/dns"
    assert "www.b.test.\t86400\tIN\tA\t192.0.2.1\n" in str(response.body)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("@ MX 10 _x\n", "b.test/MX: Cannot parse record contents: invalid exchange: _x.b.test."),
        ("www A\n", "Zonefile contains syntax error in line 2."),
        ("www A 192.0.2.1\nwww CNAME x\n", "No other records with the same name are allowed alongside a CNAME record."),
        ("www ALIAS x\n", "Zonefile contains syntax error in line 2."),
    ],
)
def test_zone_files_that_are_refused(desec: Desec, text: str, complaint: str) -> None:
    body = desec.body("POST", "domains/", {"name": "b.test", "zonefile": "$TTL 3600\n" + text}, status=400)
    assert body == {"zonefile": [complaint]}
    assert desec("GET", "domains/b.test/").status == 404


def test_keys_of_others_are_shown(desec: Desec) -> None:
    dnskey = "256 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="
    desec.body("POST", RRSETS, rrset("", "DNSKEY", dnskey), status=201)
    own, foreign = desec.body("GET", "domains/a.test/")["keys"]
    assert (own["managed"], own["keytype"], len(own["ds"])) == (True, "csk", 2)
    assert foreign == {"dnskey": dnskey, "ds": [], "flags": 256, "keytype": None, "managed": False}


# Tokens


def scoped(desec: Desec, *policies: tuple[str | None, str | None, str | None, bool]) -> str:
    """A new token with policies; returns its secret."""
    token = desec.body("POST", "auth/tokens/", {"name": "scoped", "perm_delete_domain": True}, status=201)
    for domain, subname, rtype, write in policies:
        policy = {"domain": domain, "subname": subname, "type": rtype, "perm_write": write}
        desec.body("POST", f"auth/tokens/{token['id']}/policies/rrsets/", policy, status=201)
    return str(token["token"])


def test_the_most_specific_policy_decides(desec: Desec) -> None:
    desec.api.add_zone("b.test")
    token = scoped(
        desec,
        (None, None, None, False),
        ("a.test", None, None, True),
        ("a.test", None, "TXT", False),
        ("a.test", "w", None, True),
        (None, "w", "A", True),
    )
    for domain, subname, rtype, allowed in (
        ("a.test", "x", "A", True),
        ("a.test", "x", "TXT", False),
        ("a.test", "w", "TXT", True),
        ("b.test", "w", "A", True),
        ("b.test", "w", "AAAA", False),
    ):
        content = {"A": "192.0.2.1", "AAAA": "::1", "TXT": '"x"'}[rtype]
        response = desec("PATCH", f"domains/{domain}/rrsets/", [rrset(subname, rtype, content)], token=token)
        assert response.status == (200 if allowed else 403), (domain, subname, rtype)


def test_a_denied_write_outdoes_other_errors_and_tells_no_index(desec: Desec) -> None:
    token = scoped(desec, (None, None, None, False), ("a.test", "w", None, True))
    denied = {"detail": "Insufficient token permissions."}
    items = [rrset("w", "A", "bogus"), rrset("x", "A", "192.0.2.1")]
    assert desec.body("PATCH", RRSETS, items, token=token, status=403) == denied
    assert desec.body("PATCH", RRSETS, [rrset("never", "A")], token=token, status=403) == denied
    assert desec("DELETE", RRSETS + "never/A/", token=token).status == 204
    assert desec.body("PATCH", RRSETS + "@/NS/", b"{bad", token=token, status=403) == denied
    assert desec("GET", RRSETS, token=token).status == 200


def test_deleting_a_domain_wants_the_right_to_write_all_of_it(desec: Desec) -> None:
    desec.api.add_zone("b.test")
    token = scoped(desec, (None, None, None, False), ("a.test", None, None, True), ("b.test", "w", None, True))
    assert desec("DELETE", "domains/b.test/", token=token).status == 403
    assert desec("DELETE", "domains/a.test/", token=token).status == 204
    powerless = desec.api.add_token(secret="powerless")
    body = desec.body("DELETE", "domains/nope.test/", token=powerless.secret, status=403)
    assert body == {"detail": "You do not have permission to perform this action."}


def test_rules_about_policies(desec: Desec) -> None:
    token = desec.body("POST", "auth/tokens/", {}, status=201)
    policies = f"auth/tokens/{token['id']}/policies/rrsets/"
    required = ["This field is required."]
    assert desec.body("POST", policies, {}, status=400) == dict.fromkeys(("domain", "subname", "type"), required)
    default = desec.body("POST", policies, {"domain": None, "subname": None, "type": None}, status=201)
    unknown = desec.body("POST", policies, {"domain": "nope.test", "subname": None, "type": None}, status=400)
    assert unknown == {"domain": ["Object with name=nope.test does not exist."]}
    other = desec.body("POST", policies, {"domain": "a.test", "subname": "", "type": "A"}, status=201)
    assert desec("DELETE", f"{policies}{default['id']}/").status == 400
    assert desec.body("PATCH", f"{policies}{other['id']}/", {"perm_write": True})["perm_write"] is True
    moved = {"domain": None, "subname": None, "type": None}
    assert desec("PATCH", f"{policies}{other['id']}/", moved).status == 400
    assert desec("DELETE", f"{policies}{other['id']}/").status == 204
    assert desec("DELETE", f"{policies}{default['id']}/").status == 204
    assert desec.body("GET", policies) == []
    assert desec("GET", policies, token=token["token"]).status == 200
    assert desec("POST", policies, moved, token=token["token"]).status == 403


def test_tokens_are_changed_expire_and_go(desec: Desec) -> None:
    made = desec.body("POST", "auth/tokens/", {"name": "x", "max_age": "7 00:00:00"}, status=201)
    address = f"auth/tokens/{made['id']}/"
    assert made["max_age"] == "7 00:00:00"
    assert "token" not in desec.body("GET", address)
    assert desec("GET", "domains/", token=made["token"]).status == 200
    assert desec.body("GET", address)["last_used"] is not None
    assert desec.body("PATCH", address, {"max_age": "00:00:00"})["is_valid"] is False
    assert desec.body("GET", "domains/", token=made["token"], status=401) == {"detail": "Invalid token."}
    assert desec.body("PATCH", address, {"perm_create_domain": "maybe", "max_age": "soon"}, status=400).keys() == {
        "perm_create_domain",
        "max_age",
    }
    assert [desec("DELETE", address).status for _unused in range(2)] == [204, 204]
    assert desec.body("GET", address, status=404) == {"detail": "No Token matches the given query."}
    assert [token["name"] for token in desec.body("GET", "auth/tokens/")] == [""]


def test_login_and_logout(desec: Desec) -> None:
    account = {"email": desec.api.user.email, "password": desec.api.user.password}
    token = desec.body("POST", "auth/login/", account, token="")
    assert (token["max_age"], token["max_unused_period"]) == ("7 00:00:00", "01:00:00")
    assert desec("GET", "domains/", token=token["token"]).status == 200
    assert desec("POST", "auth/logout/", token=token["token"]).status == 204
    assert desec("GET", "domains/", token=token["token"]).status == 401


def test_a_token_with_auto_policy_may_write_what_it_creates(desec: Desec) -> None:
    wanted = {"perm_create_domain": True, "auto_policy": True}
    token = desec.body("POST", "auth/tokens/", wanted, status=201)["token"]
    desec.body("POST", "domains/", {"name": "own.test"}, token=token, status=201)
    assert desec("PATCH", "domains/own.test/rrsets/", [rrset("x", "A", "192.0.2.1")], token=token).status == 200
    assert desec("PATCH", RRSETS, [rrset("x", "A", "192.0.2.1")], token=token).status == 403


# The lab's own handles


def test_zones_are_put_back_removed_and_reset(desec: Desec) -> None:
    desec.api.seed("a.test", [rrset("w", "A", "192.0.2.1"), rrset("w", "CNAME", "X.example.")])
    assert [item["type"] for item in desec.api.holds("a.test")] == ["CNAME", "A", "NS"]
    assert desec.served("a.test", "w.a.test", "A") == {"192.0.2.1"}
    desec.api.add_zone("a.test")
    assert [item["type"] for item in desec.api.holds("a.test")] == ["NS"]
    assert desec.served("a.test", "w.a.test", "A") == set()
    desec.api.remove_zone("a.test")
    assert desec.published == {}
    for zone_is_unknown in (desec.api.holds, desec.api.remove_zone):
        with pytest.raises(KeyError):
            zone_is_unknown("a.test")
    desec.api.add_zone("a.test")
    desec.api.nslord_down = True
    desec.api.reset()
    assert desec.published == {}
    assert (desec.api.nslord_down, desec.body("GET", "domains/")) == (False, [])
