# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One provider's zone for the others: as it is where they can hold it, else translated or left out, and said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.twinzone.edge.plugins.module_utils._engine.job import Job, audit
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._modules import zone_records_info
from ansible_collections.twinzone.edge.plugins.module_utils._providers.base import Provider
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._sync.data import Answer, Held, Mirrored
from ansible_collections.twinzone.edge.plugins.module_utils._sync.mirror import Elsewhere, mirrored
from ansible_collections.twinzone.edge.plugins.module_utils._zone import desired
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from ansible_collections.twinzone.edge.plugins.plugin_utils.zone_filters import mirrored as mirrored_filter
from hypothesis import given
from hypothesis import strategies as st
from support.emulated_providers import ZONE, Entry, apply, client, cloudflare_api, declare, desec_api, planned
from support.sample_records import SAMPLES

CLOUDFLARE, DESEC = {"name": "cloudflare", "type": "cloudflare"}, {"name": "desec", "type": "desec"}
BOTH = (CLOUDFLARE, DESEC)
KEYS = {"DNSKEY": SAMPLES["DNSKEY"], "CDS": SAMPLES["CDS"], "CDNSKEY": SAMPLES["CDNSKEY"]}


def entry(name: str, rdtype: str, *values: str, ttl: int = 3600, **more: Any) -> Entry:
    return {"name": name, "type": rdtype, "ttl": ttl, "values": list(values or SAMPLES[rdtype]), **more}


def mirror(
    source: str,
    *entries: Entry,
    providers: Sequence[dict[str, str]] = BOTH,
    apex: Mapping[str, list[str]] | None = None,
    elsewhere: Elsewhere = Elsewhere(),  # noqa: B008 (a frozen value)
) -> Mirrored:
    kinds = {one["name"]: PROVIDERS[one["type"]] for one in providers}
    return mirrored(ZONE, source, {"records": entries, "left_out": []}, kinds, apex or {}, elsewhere)


def test_what_all_can_hold_stays_as_it_is() -> None:
    plain = [entry("www", "A"), entry("@", "MX"), entry("x", "TXT"), entry("c", "CNAME", ttl=300)]
    for source in ("cloudflare", "desec"):
        assert mirror(source, *plain) == Mirrored(records=list(plain), notes=[])


def test_what_a_target_cannot_hold_stays_at_the_source() -> None:
    found = mirror("desec", entry("x", "HINFO"), entry("y", "TXT", "x" * 5000))
    assert [one["only"] for one in found["records"]] == [["desec"], ["desec"]]
    assert found["notes"] == [
        "x HINFO: left out at cloudflare: type: HINFO is not supported by cloudflare",
        "y TXT: left out at cloudflare: values: Cloudflare takes at most 4096 bytes in one record",
    ]


@pytest.mark.parametrize("rdtype", KEYS)
def test_keys_belong_to_the_sources_signer(rdtype: str) -> None:
    found = mirror("desec", entry("@", rdtype))
    assert [one["only"] for one in found["records"]] == [["desec"]]
    assert "the keys of desec's own signer" in found["notes"][0]


def test_an_automatic_ttl_becomes_seconds_where_it_is_not_known() -> None:
    two = [*BOTH, {"name": "other", "type": "cloudflare"}]
    (found,) = mirror("cloudflare", entry("www", "A", ttl=1), providers=two)["records"]
    assert (found["ttl"], found["at"]) == (1, {"desec": {"ttl": 300}})


def test_records_of_one_set_that_differ_in_their_ttl_are_reported() -> None:
    """Without that, nobody would know that the next sync from the file makes them equal."""
    api = cloudflare_api()
    api.seed(ZONE, [{"name": "x", "type": "A", "content": f"192.0.2.{ttl}", "ttl": ttl} for ttl in (60, 120)])
    found = mirror("cloudflare", *shown(client(api)))
    assert found["notes"] == ["x A: its records differ in their TTL, so none is named here; name one for all"]
    assert "ttl" not in found["records"][0]


def test_an_apex_cname_becomes_addresses() -> None:
    found = mirror("cloudflare", entry("@", "CNAME", ttl=600), apex={"A": ["192.0.2.1"], "AAAA": ["2001:db8::1"]})
    assert [(one["type"], one["ttl"], one["only"]) for one in found["records"]] == [
        ("CNAME", 600, ["cloudflare"]),
        ("A", 600, ["desec"]),
        ("AAAA", 600, ["desec"]),
    ]
    assert "becomes the addresses" in found["notes"][0]
    automatic = mirror("cloudflare", entry("@", "CNAME", ttl=1), apex={"A": ["192.0.2.1"], "AAAA": []})["records"]
    assert [(one["type"], one["ttl"]) for one in automatic] == [("CNAME", 1), ("A", 300)]


@pytest.mark.parametrize("apex", [{}, {"A": [], "AAAA": []}])
def test_an_apex_cname_without_an_answer_is_reported(apex: dict[str, list[str]]) -> None:
    """Else a target that is pruned would lose its apex."""
    with pytest.raises(BadInput, match="answer no address that could stand for it"):
        mirror("cloudflare", entry("@", "CNAME"), apex=apex)
    assert mirror("cloudflare", entry("@", "CNAME"), providers=[CLOUDFLARE], apex=apex)["records"] == [
        entry("@", "CNAME")
    ]


@pytest.mark.parametrize("name", ["@", "www"])
def test_a_proxied_set_is_left_to_the_leak_guard(name: str) -> None:
    """Even at the apex: what the others publish are the proxy's addresses, if they are those."""
    one = entry(name, "CNAME", ttl=1, at={"cloudflare": {"proxied": True}})
    (found,) = mirror("cloudflare", one, apex={"A": ["203.0.113.10"]})["records"]
    assert "only" not in found
    assert found["at"] == {"cloudflare": {"proxied": True}, "desec": {"ttl": 300}}
    for way, problems in (
        (desired.COPY, 0),
        (desired.SKIP, 0),
        (desired.CDN_CNAME, name == "@"),
        (desired.ORIGIN, name == "@"),
    ):
        settings = tuple(
            PROVIDERS[kind].read_settings({"name": kind, "type": kind, "token": "t"}, 1.0)
            for kind in ("cloudflare", "desec")
        )
        assert len(audit(Job(ZONE, settings, tuple(declare(found)), proxied=way))) == problems, way


def test_what_the_servers_add_is_reported() -> None:
    """A copy of the CAA records that the API shows would forbid the authorities that Cloudflare itself uses."""
    (note,) = mirror("cloudflare", entry("@", "CAA"))["notes"]
    assert note == "@ CAA: the servers of cloudflare answer more for it than its API shows"
    assert mirror("desec", entry("@", "CAA"))["notes"] == []


def test_what_cannot_be_read_is_left_out_with_a_note() -> None:
    """A value that is newer than our parser must not end the import of a zone."""
    odd = [entry("a", "HTTPS", "1 . ech=notbase64"), entry("b", "NEWTYPE", "x")]
    found = mirror("cloudflare", *odd, entry("c", "A"))
    assert [one["name"] for one in found["records"]] == ["c"]
    assert found["notes"][0].startswith("a HTTPS: left out: values")
    assert found["notes"][1] == "b NEWTYPE: left out: type: NEWTYPE is not a record type of DNS"


def test_copies_of_a_proxys_addresses_are_recognised() -> None:
    copies = [entry("www", "A", "104.16.0.1", "104.16.1.1"), entry("www", "AAAA", "2606:4700::1")]
    found = mirror("desec", *copies, entry("x", "A", "192.0.2.1"))
    assert [one["name"] for one in found["records"]] == ["x"]
    assert all("left out: it is a copy of a proxy's addresses" in note for note in found["notes"])
    original = entry("www", "CNAME", "origin.example.com.", at={"cloudflare": {"proxied": True}})
    found = mirror("desec", *copies, elsewhere=Elsewhere([original]))
    assert found["records"] == [original]
    answered = Elsewhere([original], {"www": frozenset({"192.0.2.80"})})
    assert mirror("desec", entry("www", "A", "192.0.2.80"), elsewhere=answered)["records"] == [original]
    own = entry("www", "A", "192.0.2.80", "198.51.100.1")
    assert mirror("desec", own, elsewhere=answered)["records"] == [own], "somebody's own addresses are no copies"
    assert mirror("desec", *copies, providers=[DESEC])["records"] == copies, "nobody here proxies"
    assert mirror("cloudflare", *copies)["records"] == copies


def test_with_one_provider_nothing_is_translated() -> None:
    entries = [entry("@", "CNAME", ttl=1), entry("@", "DNSKEY"), entry("@", "CAA"), entry("www", "A", ttl=1)]
    assert mirror("cloudflare", *entries, providers=[CLOUDFLARE]) == Mirrored(records=list(entries), notes=[])


# --- There and back ---


def shown(provider: Provider) -> list[Entry]:
    """What zone_records_info returns for a provider."""
    held = provider.read()
    return [zone_records_info._entry(provider.type, one) for one in held.sets.values() if one.key != ("@", "NS")]


def made(rdtypes: list[str], name: str) -> list[Entry]:
    apex = ("DNSKEY", "CDS", "CDNSKEY")
    return [entry("@" if rdtype in apex else f"{name}-{rdtype.lower()}", rdtype) for rdtype in rdtypes]


@pytest.mark.parametrize(("source", "target"), [("cloudflare", "desec"), ("desec", "cloudflare")])
@given(data=st.data())
def test_a_zone_that_is_read_makes_the_same_zone_at_the_other(source: str, target: str, data: st.DataObject) -> None:
    """And back from there; all that is left out was reported."""
    providers = {"cloudflare": client(cloudflare_api()), "desec": client(desec_api())}
    types = sorted(providers[source].record_types - {"DS", "NS"})
    chosen = data.draw(st.lists(st.sampled_from(types), max_size=8, unique=True))
    prune = PlanPolicy(prune=True, force=True)
    apply(providers[source], [*made(chosen, "t"), entry("t-ns", "NS"), entry("t-ns", "DS")], prune)
    found = mirror(source, *shown(providers[source]))
    said = {note.partition(":")[0] for note in found["notes"]}
    apply(providers[target], found["records"], prune)
    assert planned(providers[source], providers[source].read(), found["records"], prune).changes == ()
    here, there = (providers[name].read() for name in (source, target))
    for key, one in here.sets.items():
        if key == ("@", "NS"):
            continue
        if key in there.sets:
            assert {value.key for value in there.sets[key].values} == {value.key for value in one.values}
            assert there.sets[key].ttl == one.ttl
        else:
            assert " ".join(key) in said
    back = mirror(target, *shown(providers[target]))
    assert planned(providers[source], here, back["records"]).changes == ()
    assert planned(providers[target], there, back["records"], prune).changes == ()


def test_a_server_that_is_silent_does_not_hide_what_another_answers() -> None:
    read = Held(records=[entry("@", "CNAME")], left_out=[])
    silent, answer = (Answer(name=ZONE, type="A", values=values) for values in ((), ["192.0.2.1"]))
    for answers in ([silent, answer], [answer, silent]):
        records = mirrored_filter(read, ZONE, "cloudflare", BOTH, answers)["records"]
        assert [one["values"] for one in records if one["type"] == "A"] == [["192.0.2.1"]]
    with pytest.raises(AnsibleFilterError, match=r"cannot be taken from cloudflare:\n@ CNAME: the servers"):
        mirrored_filter(read, ZONE, "cloudflare", BOTH, [silent])
