# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter adoption: which rule counts, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.unified.storage.plugins.filter.adoption import adoption
from ansible_collections.unified.storage.plugins.module_utils._api.marks import managed_from

POOL = "lab@alpha#alpha"


def entry(name: str, size: int = 1, **more: Any) -> dict[str, Any]:
    fields = {"safe_to_manage": True, "reason_not_safe": None, "cinder_id": None, "extra_info": None}
    return {"reference": {"source-name": name}, "size": size, **fields, **more}


def decide(found: dict[str, Any], *rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    (decision,) = adoption({POOL: [found]}, rules, **more)
    return decision


def test_the_first_rule_that_matches_counts():
    rules = [{"match": "a-9", "skip": "true"}, {"match": r"a-(\d)", "name": r"b-\1"}, {"name": "never"}]
    assert decide(entry("a-9"), *rules)["decision"] == "skip"
    decision = decide(entry("a-1"), *rules)
    assert (decision["decision"], decision["options"]["name"], decision["reason"]) == ("adopt", "b-1", "rule 2")
    assert decision["options"]["host"] == POOL
    assert decision["options"]["reference"] == {"source-name": "a-1"}


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        ({}, True),
        ({"match": "led"}, False),  # the whole name, not a part of it
        ({"match": "led.*"}, True),
        ({"min_size": "10"}, True),  # as a survey gives it
        ({"min_size": 11}, False),
        ({"max_size": "9"}, False),
        ({"max_size": 10}, True),
        ({"host": "lab@beta.*"}, False),
        ({"host": "lab@alpha.*"}, True),
        ({"older_than": "1d"}, True),
        ({"older_than": "3d"}, False),
        ({"name": "", "max_size": ""}, True),  # what a survey gives for nothing
        ({"match": 7}, False),  # YAML makes a number of it
    ],
)
def test_each_condition(rule: dict[str, Any], matches: bool):
    found = entry("ledger", 10, extra_info={"created_at": "2026-11-18T00:00:00Z"})
    now = 1795132800.0  # 2026-11-20T00:00:00Z
    assert decide(found, rule, now=now)["decision"] == ("adopt" if matches else "left")


@pytest.mark.parametrize("extra", [None, "text", {}, {"created_at": "yesterday"}])
def test_what_does_not_tell_its_age_is_left(extra: Any):
    assert decide(entry("a", extra_info=extra), {"older_than": "1s"})["decision"] == "left"


def test_nothing_is_adopted_without_a_rule_or_unsafely_or_twice():
    assert decide(entry("a"))["decision"] == "left"
    unsafe = decide(entry("a", safe_to_manage=False, reason_not_safe="in use"), {})
    assert (unsafe["decision"], unsafe["reason"], unsafe["options"]) == ("unsafe", "in use", {})
    managed = decide(entry("a", safe_to_manage=False, cinder_id="7"), {})
    assert (managed["decision"], managed["id"]) == ("managed", "7")


def test_a_snapshot_waits_for_its_volume():
    found = entry("v@monday", source_reference={"source-name": "v"})
    there = {POOL: [entry("v", cinder_id="7")]}
    options = decide(found, {"match": ".*@(.*)", "name": r"\1"}, volumes=there)["options"]
    assert options == {"volume": "7", "reference": {"source-name": "v@monday"}, "name": "monday"}
    assert decide(found, {}, volumes={POOL: [entry("v")]})["decision"] == "later"
    assert decide(found, {}, volumes={})["decision"] == "later"


def test_two_of_one_name_are_refused_but_not_in_two_projects():
    lists = {POOL: [entry("a-1"), entry("a-2")]}
    with pytest.raises(AnsibleFilterError, match=r"a-1 on .* and a-2 on .* would both be named same"):
        adoption(lists, [{"name": "same"}])
    rules = [{"match": "a-1", "name": "same", "project": "demo"}, {"name": "same"}]
    assert [d["project"] for d in adoption(lists, rules)] == ["demo", ""]


def test_what_yaml_takes_for_a_number_is_a_name():
    decision = decide(entry("a"), {"name": 7, "project": 42})
    assert (decision["options"]["name"], decision["project"]) == ("7", "42")


def test_nothing_is_adopted_under_a_name_that_is_taken():
    other = {"name": "b-1", "id": "77", "managed_from": None}
    rule = {"match": r"a-(\d)", "name": r"b-\1"}
    decision = decide(entry("a-1"), rule, taken={"": [other]})
    assert (decision["decision"], decision["options"]) == ("taken", {})
    assert decision["text"] == f"a-1 on {POOL}, 1 GiB: taken (the name b-1 is that of 77)"
    # In another project, or for another name, it is no trouble,
    assert decide(entry("a-1"), {**rule, "project": "demo"}, taken={"": [other]})["decision"] == "adopt"
    assert decide(entry("a-2"), rule, taken={"": [other]})["decision"] == "adopt"
    # nor is what a run that was stopped has made of the same.
    mark = managed_from(POOL, {"source-name": "a-1"})
    assert decide(entry("a-1"), rule, taken={"": [{**other, "managed_from": mark}]})["decision"] == "adopt"
    snapshot = entry("v@1", source_reference={"source-name": "v"})
    there = {POOL: [entry("v", cinder_id="7")]}
    name = {"name": "b-1"}
    assert decide(snapshot, name, volumes=there, taken={"": [other]})["decision"] == "taken"
    own = {**other, "managed_from": managed_from("7", {"source-name": "v@1"})}
    assert decide(snapshot, name, volumes=there, taken={"": [own]})["decision"] == "adopt"


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"mach": "a"}, "rule 1 has no meaning for mach"),
        ({"match": "("}, "rule 1 cannot be understood"),
        ({"min_size": "big"}, "rule 1 cannot be understood"),
        ({"older_than": "3 months"}, "not like 30d"),
        ({"skip": "perhaps"}, "rule 1 cannot be understood"),
        ({"name": r"\3"}, "the name of rule 1 cannot be made"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule: dict[str, Any], says: str):
    with pytest.raises(AnsibleFilterError, match=says):
        decide(entry("a"), rule)
