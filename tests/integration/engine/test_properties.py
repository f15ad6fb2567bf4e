# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold for any zone, through the emulated APIs: it comes back as it was declared, also after a crash."""

from __future__ import annotations

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._engine import provider_run, verification
from ansible_collections.twinzone.edge.plugins.module_utils._providers import api
from ansible_collections.twinzone.edge.plugins.module_utils._providers.desec import provider as desec_provider
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.lab_jobs import BOTH, Entry, changes, declare, held, meaning, ok, run
from support.sample_records import SAMPLES, spellings
from twinzone_lab.client import LabClient

FORCE = PlanPolicy(force=True)
COMMON = frozenset.intersection(*(provider.record_types for provider in PROVIDERS.values()))

# The lab is reset by each example itself.
through_the_lab = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])

#: Types that stand beside others at one name.
SOCIABLE = sorted(COMMON - {"CNAME", "NS", "DS", "DNSKEY"})
names = st.sampled_from(["@", "www", "*", "a.b", "*.wild", "_x._tcp", "bücher", "WWW2.example.com."])


@st.composite
def entries(draw: st.DrawFn, rdtype: str) -> Entry:
    """A set of this type with some values, in some spelling."""
    texts = list(SAMPLES[rdtype])
    if rdtype not in ("CNAME", "HTTPS", "SVCB"):
        made = draw(st.lists(spellings(lambda other: other == rdtype), max_size=2)) if rdtype in SPELLED else []
        texts += [text for _type, text, _other in made]
    keys = {meaning({"name": "@", "type": rdtype, "values": text})[1]: text for text in texts}
    most = 1 if rdtype == "CNAME" else 3
    chosen = draw(st.lists(st.sampled_from(list(keys.values())), min_size=1, max_size=most, unique=True))
    # On the lab's first day the apex has an A record that is proxied.
    name = draw(names.filter(lambda name: name != "@" or rdtype not in ("A", "AAAA")))
    return {"name": name, "type": rdtype, "ttl": draw(st.sampled_from([3600, 7200, 86400])), "values": chosen}


SPELLED = {"A", "AAAA", "MX", "SRV", "TXT", "CAA", "TLSA", "SSHFP"}


@st.composite
def zones(draw: st.DrawFn) -> list[Entry]:
    """Any zone that both providers can hold."""
    sociable = draw(st.lists(st.sampled_from(SOCIABLE).flatmap(entries), max_size=8))
    zone = {meaning(one)[0]: one for one in sociable}
    for number, rdtype in enumerate(draw(st.lists(st.sampled_from(["CNAME", "NS"]), max_size=3))):
        lonely = {**draw(entries(rdtype)), "name": f"lonely{number}"}
        zone[meaning(lonely)[0]] = lonely
    return list(zone.values())


def acceptable(zone: list[Entry]) -> list[Entry]:
    """The entries that both providers can hold, as their audits say."""
    found = []
    for one in zone:
        (declared,) = declare([one])
        if not any(PROVIDERS[name].audit(declared.at(name)) for name in BOTH):
            found.append(one)
    return found


@through_the_lab
@given(zones())
def test_any_zone_comes_back_as_it_was_declared(lab: LabClient, zone: list[Entry]) -> None:
    lab.reset()
    zone = acceptable(zone)
    ok(run(lab, zone, policy=FORCE, proxied="skip", verify_seconds=15))
    for provider in BOTH:
        shown = {key: {value.key for value in one.values} for key, one in held(lab, provider).sets.items()}
        for one in zone:
            key, keys = meaning(one)
            assert shown[key] == keys, "what passed the audit is taken, and kept"
    assert ok(run(lab, zone, policy=FORCE, proxied="skip")) == []


@through_the_lab
@given(zones(), zones())
def test_any_zone_becomes_any_other(lab: LabClient, first: list[Entry], second: list[Entry]) -> None:
    lab.reset()
    first, second = acceptable(first), acceptable(second)
    mine = PlanPolicy(force=True, prune=True)
    ok(run(lab, first, policy=mine, proxied="skip"))
    predicted = changes(run(lab, second, policy=mine, proxied="skip", check_mode=True))
    assert ok(run(lab, second, policy=mine, proxied="skip", verify_seconds=15)) == predicted
    assert ok(run(lab, second, policy=mine, proxied="skip")) == []
    for provider in BOTH:
        stands = set(held(lab, provider).sets) - {("@", "NS")}
        assert stands <= {meaning(one)[0] for one in second} | {("_x", "TXT")}
        assert {meaning(one)[0] for one in second} <= stands | {("@", "NS")}


@through_the_lab
@given(
    st.lists(spellings(lambda rdtype: rdtype not in ("DS", "NS")), min_size=1, max_size=6, unique_by=lambda one: one[0])
)
def test_another_spelling_plans_nothing(lab: LabClient, spelled: list[tuple[str, str, str]]) -> None:
    lab.reset()

    def zone(which: int) -> list[Entry]:
        return [{"name": f"n{n}", "type": one[0], "ttl": 3600, "values": one[which]} for n, one in enumerate(spelled)]

    first = acceptable(zone(1))
    ok(run(lab, first, policy=FORCE))
    keep = {one["name"] for one in first}
    assert ok(run(lab, [one for one in zone(2) if one["name"] in keep], policy=FORCE)) == []


# --- A run that dies ---


def large(value: str) -> list[Entry]:
    """So many sets that each provider needs two writes."""
    return [{"name": f"h{n}", "type": "A", "ttl": 3600, "values": [value]} for n in range(255)]


@pytest.mark.parametrize("provider", BOTH)
@pytest.mark.parametrize("fault", ["reset", "reset_after_commit"])
@pytest.mark.parametrize("survived", range(4))
def test_after_a_crash_at_any_request_a_rerun_ends_in_the_declared_state(
    lab: LabClient, provider: str, fault: str, survived: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The requests are: the zone, its records, the first write, the second write."""
    monkeypatch.setattr(desec_provider, "_BULK_SETS", 250)
    monkeypatch.setattr(verification, "_TRANSFER_LOST", 1.0)
    ok(run(lab, large("192.0.2.1")[:200], provider, policy=FORCE, verify_seconds=10))
    wanted = [*large("198.51.100.1"), {"name": "old", "type": "A", "state": "absent"}]
    lab.break_(f"{provider}_api", fault, skip=survived)
    with monkeypatch.context() as impatient:  # the work ends at the first failure
        impatient.setattr(provider_run, "_BACKOFF", ())
        impatient.setattr(api, "_READ_BACKOFF", ())
        assert run(lab, wanted, provider, policy=FORCE)[provider].result == "unreachable"
    lab.repair()
    ok(run(lab, wanted, provider, policy=FORCE, verify_seconds=15))
    zone = held(lab, provider)
    for one in large("198.51.100.1"):
        key, keys = meaning(one)
        assert {value.key for value in zone.sets[key].values} == keys
    assert ok(run(lab, wanted, provider)) == []


def test_the_samples_cover_what_both_providers_take() -> None:
    assert SAMPLES.keys() >= COMMON
    assert set(SOCIABLE) <= COMMON
