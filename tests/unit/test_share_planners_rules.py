# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planners of access rules, locks and share networks: what is done in which order, and what is refused."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory import Memory, plan_for

from ansible_collections.unified.storage.plugins.module_utils import _errors as errors
from ansible_collections.unified.storage.plugins.module_utils._api.marks import BRIDGE
from ansible_collections.unified.storage.plugins.module_utils._engine.execute import Executor, Pace
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Item
from ansible_collections.unified.storage.plugins.module_utils._engine.run import _able
from ansible_collections.unified.storage.plugins.module_utils._module.resource_lock import DERIVED, ResourceLock
from ansible_collections.unified.storage.plugins.module_utils._module.share_access_rule import (
    HIDDEN,
    ShareAccessRule,
    _standing,
    canonical,
    key_of,
)
from ansible_collections.unified.storage.plugins.module_utils._module.share_message import ShareMessage
from ansible_collections.unified.storage.plugins.module_utils._module.share_network import (
    ShareNetwork,
    ShareNetworkSubnet,
)

SHARE = {"id": "s", "name": "web", "status": "available", "is_soft_deleted": False}
DEFAULTS = {"state": "present", "metadata_mode": "merge", "access_type": "ip", "purge": False, "unrestrict": False}
MESSAGE = "0b1a5e2c-93c6-4c0e-8a7f-5b0f6f8e9d11"


def rule(ident: str, access_to: str, level: str = "rw", **values: Any) -> dict[str, Any]:
    return {
        "id": ident,
        "name": None,
        "share_id": "s",
        "access_type": "ip",
        "access_to": access_to,
        "access_level": level,
        "access_key": None,
        "status": "active",
        "metadata": {},
        "marks": {},
        "created_at": "2026-11-20T10:00:00Z",
        **values,
    }


def lock(ident: str, resource: str, action: str = "delete", **values: Any) -> dict[str, Any]:
    return {
        "id": ident,
        "name": None,
        "resource_id": resource,
        "resource_type": "access_rule",
        "resource_action": action,
        "lock_reason": None,
        "user_id": "u",
        **values,
    }


class Manila(Memory):
    """Rules that are applied, or refused, after they were accepted, seen share by share as a whole."""

    def __init__(self, *rules: dict[str, Any], locks: Any = (), in_place: bool = True, **others: Any) -> None:
        super().__init__(share=[dict(SHARE)], share_access_rule=list(rules), resource_lock=list(locks), **others)
        self.refused: set[str] = set()
        self.in_place = in_place
        self.always_standing: list[ipaddress.IPv4Network] = []

    def why_not(self, kind, verb, args):
        if (kind, verb) == ("share_access_rule", "update") and not self.in_place:
            return "it needs microversion 2.88 of the API, and the cloud offers 2.78."
        return None

    def observe(self, kind, refs, scope):
        scope = {k: v for k, v in scope.items() if k != "all_projects"}
        if kind != "share_rule_set":
            return super().observe(kind, refs, scope)
        return [{"id": ref, "rules": self.observe("share_access_rule", None, {"share_id": ref})} for ref in refs]

    def _effect(self, kind, verb, ident, args):
        store = self.resources.setdefault(kind, {})
        if (kind, verb) == ("share_access_rule", "create"):
            assert not any(key_of(r) == (args["access_type"], args["access_to"]) for r in store.values()), "it exists"
            metadata = dict(args.get("metadata") or {})
            marks = {k: metadata.pop(k) for k in list(metadata) if k == BRIDGE}
            made = rule(f"new-{next(self.ids)}", args["access_to"], args["access_level"], status="queued_to_apply")
            made.update(access_type=args["access_type"], metadata=metadata, marks=marks)
            store[made["id"]] = made
            self._settle(made, status="error" if args["access_to"] in self.refused else "active")
            return dict(made)
        if (kind, verb) == ("share_access_rule", "update"):
            self._settle(store[ident], **args)
            return None
        if (kind, verb) == ("share_access_rule", "unbridge"):
            for one in [r["id"] for r in store.values() if r["marks"].get(BRIDGE) == args["bridge"]]:
                del store[one]
            return None
        if kind == "resource_lock" and verb == "create":
            made = lock(f"lock-{next(self.ids)}", args["resource_id"], args["resource_action"])
            store[made["id"]] = made
            return dict(made)
        done = super()._effect(kind, verb, ident, args)
        standing = [
            ipaddress.ip_network(r["access_to"])
            for r in self.resources["share_access_rule"].values()
            if r["access_type"] == "ip" and r["status"] == "active"
        ]
        for network in self.always_standing:
            assert list(ipaddress.collapse_addresses([*standing, network])) == list(
                ipaddress.collapse_addresses(standing)
            ), f"{network} lost its access"
        return done

    def levels(self) -> dict[str, str]:
        return {r["access_to"]: r["access_level"] for r in self.resources["share_access_rule"].values()}


def wanted(**values: Any) -> dict[str, Any]:
    return {"share": "web", **DEFAULTS, **values}


def many(*rules: Any, **values: Any) -> dict[str, Any]:
    listed = [{"access_to": r} if isinstance(r, str) else r for r in rules]
    return wanted(rules=[{"access_type": "ip", "metadata_mode": "merge", **r} for r in listed], **values)


def plan(params: dict[str, Any], backend: Manila) -> Any:
    return plan_for(ShareAccessRule(), params, backend)


def steps(params: dict[str, Any], backend: Manila) -> list[Any]:
    made = plan(params, backend)
    return [able for step in made.steps for able in _able(backend, made, step)]


def run(params: dict[str, Any], backend: Manila) -> Item:
    made = plan(params, backend)
    able = [one for step in made.steps for one in _able(backend, made, step)]
    item = Item(0, params, plan=type(made)(made.kind, made.subject, able), subject=made.subject)
    Executor(backend, Pace(timeout=5, interval=0.05)).run([item])
    return item


def said(found: list[Any]) -> list[str]:
    return [f"{step.verb} {step.ident or step.args.get('access_to')}" for step in found]


# ---- clients


@pytest.mark.parametrize(
    ("given_", "means"),
    [
        ("10.0.0.7/32", "10.0.0.7"),
        (" 10.0.0.7 ", "10.0.0.7"),
        ("10.0.0.0/255.255.255.0", "10.0.0.0/24"),
        ("2001:DB8:0:0::1/128", "2001:db8::1"),
        ("2001:db8:0:0::/64", "2001:db8::/64"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_one_spelling(given_, means):
    assert canonical("ip", given_) == means


@pytest.mark.parametrize(
    "bad", ["10.0.0.7/24", "10.0.0", "host", "10.0.0.0/33", "::1::", "2001:db8::1/64", "10.0.0.1-9"]
)
def test_what_is_no_client(bad):
    with pytest.raises(errors.Invalid):
        canonical("ip", bad)


@given(st.ip_addresses(), st.data())
def test_a_network_in_any_spelling_is_the_same(address, data):
    length = data.draw(st.integers(1, address.max_prefixlen))
    network = ipaddress.ip_network(f"{address}/{length}", strict=False)
    once = canonical("ip", network.exploded)
    assert once == canonical("ip", once) == canonical("ip", str(network))
    assert ipaddress.ip_network(once) == network


# ---- one rule


@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.parametrize("purge", [True, False])
def test_the_diff_of_a_set_is_from_what_is_to_what_will_be(purge, in_place):
    """Whatever the order in which rules are named, and that in which they are changed."""
    backend = Manila(
        rule("1", "10.0.0.0/24"), rule("2", "10.0.1.0/24", "ro"), rule("3", "10.9.0.0/16"), in_place=in_place
    )
    made = plan(
        many({"access_to": "10.0.1.0/24", "access_level": "rw"}, "10.0.2.0/24", "10.0.0.0/24", purge=purge), backend
    )
    made = replace(made, steps=[able for step in made.steps for able in _able(backend, made, step)])

    def levels(side: str) -> dict[str, str]:
        return {entry["access_to"]: entry["access_level"] for entry in made.diff()[side]["rules"]}

    assert levels("before") == {"10.0.0.0/24": "rw", "10.0.1.0/24": "ro", "10.9.0.0/16": "rw"}
    kept = {} if purge else {"10.9.0.0/16": "rw"}
    assert levels("after") == {"10.0.0.0/24": "rw", "10.0.1.0/24": "rw", "10.0.2.0/24": "rw", **kept}
    told = ShareAccessRule().result({"rules": []}, made.prediction(made.subject), {})["share_access_rules"]
    assert {one["access_to"]: one["access_level"] for one in told} == levels("after")


def test_nothing_that_is_not_named_is_changed():
    backend = Manila(rule("a", "10.0.0.7", "ro", metadata={"k": "v"}), rule("b", "10.0.0.8"), locks=[lock("l", "a")])
    assert not steps(wanted(access_to="10.0.0.7/32"), backend)


def test_a_rule_is_made_waited_for_and_there_the_next_time():
    backend = Manila()
    backend.delay = 2
    params = wanted(access_to="10.0.0.7", access_level="ro")
    item = run(params, backend)
    assert (item.error, item.subject["status"], item.changed) == (None, "active", True)
    assert not steps(params, backend)


def test_a_rule_that_is_refused_is_removed_again():
    backend = Manila()
    backend.refused = {"10.0.0.7"}
    backend.reasons["s"] = "update access rules: no"
    item = run(wanted(access_to="10.0.0.7"), backend)
    assert "ip 10.0.0.7 is in the state error: update access rules: no" in item.error.message
    assert (item.changed, item.subject, backend.levels()) == (False, None, {})


def test_what_is_under_way_is_waited_for():
    assert said(steps(wanted(access_to="10.0.0.7"), Manila(rule("a", "10.0.0.7", status="applying")))) == ["wait None"]
    backend = Manila(rule("a", "10.0.0.7", status="denying"))
    assert said(steps(wanted(access_to="10.0.0.7"), backend)) == ["wait None", "create 10.0.0.7"]
    assert said(steps(wanted(access_to="10.0.0.7", state="absent"), backend)) == ["wait None"]


def test_locks_are_brought_to_what_is_named():
    locked = {"lock_deletion": True, "lock_visibility": True}
    params = wanted(access_to="10.0.0.7", **locked, lock_reason="why")
    assert [s.args["resource_action"] for s in steps(params, Manila(rule("a", "10.0.0.7")))] == ["show", "delete"]
    has = [lock("l", "a", lock_reason="why"), lock("m", "a", "show", lock_reason="why")]
    assert not steps(params, Manila(rule("a", "10.0.0.7"), locks=has))
    assert said(steps({**params, "lock_reason": "other"}, Manila(rule("a", "10.0.0.7"), locks=has))) == [
        "update m",
        "update l",
    ]


def test_the_lock_of_the_share_goes_with_that_of_the_rule():
    came = lock("derived", "s", resource_type="share", lock_reason=DERIVED + "l")
    others = [lock("own", "s", resource_type="share"), lock("x", "b")]
    backend = Manila(rule("a", "10.0.0.7"), locks=[lock("l", "a"), came, *others])
    assert said(steps(wanted(access_to="10.0.0.7", lock_deletion=False), backend)) == ["delete l", "delete derived"]


def test_a_locked_rule_is_removed_only_when_that_is_said():
    backend = Manila(rule("a", "10.0.0.7"), locks=[lock("l", "a", lock_reason="payroll")])
    with pytest.raises(errors.Locked, match="payroll"):
        steps(wanted(access_to="10.0.0.7", state="absent"), backend)
    (step,) = steps(wanted(access_to="10.0.0.7", state="absent", unrestrict=True), backend)
    assert (step.risk, step.args["unrestrict"]) == ("unrestrict", True)
    (step,) = steps(wanted(access_to="10.0.0.8", state="absent", unrestrict=True), Manila(rule("b", "10.0.0.8")))
    assert (step.risk, step.args) == (None, {"share_id": "s"})


def test_metadata_are_merged_or_exact():
    backend = Manila(rule("a", "10.0.0.7", metadata={"a": "1", "b": "2"}))
    (step,) = steps(wanted(access_to="10.0.0.7", metadata={"b": 3}), backend)
    assert (step.verb, step.args) == ("merge_metadata", {"metadata": {"b": "3"}})
    (step,) = steps(wanted(access_to="10.0.0.7", metadata={"b": 2}, metadata_mode="exact"), backend)
    assert (step.verb, step.args) == ("replace_metadata", {"metadata": {}, "removed": ["a"]})


# ---- all rules


def test_additions_come_first_and_removals_last():
    backend = Manila(rule("a", "10.0.0.1", "ro"), rule("b", "10.0.0.2"), rule("c", "10.0.0.3"))
    params = many("10.0.0.9", {"access_to": "10.0.0.1", "access_level": "rw"}, "10.0.0.3", "10.0.0.8", purge=True)
    found = steps(params, backend)
    assert said(found) == ["create 10.0.0.9", "create 10.0.0.8", "update a", "delete b"]
    assert [bool(step.until) for step in found] == [False, True, True, True], "each stage is waited for as a whole"


@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(st.sampled_from([f"10.0.0.{n}" for n in range(6)]), st.sampled_from(["rw", "ro"])),
    st.dictionaries(st.sampled_from([f"10.0.0.{n}/32" for n in range(6)]), st.sampled_from(["rw", "ro", None])),
    st.booleans(),
)
def test_any_set_becomes_what_is_wanted(now, then, purge):
    backend = Manila(*(rule(f"r{n}", to, level) for n, (to, level) in enumerate(now.items())))
    params = many(*({"access_to": to, "access_level": level} for to, level in then.items()), purge=purge)
    item = run(params, backend)
    assert item.error is None
    named = {to[:-3]: level or now.get(to[:-3], "rw") for to, level in then.items()}
    assert backend.levels() == (named if purge else {**now, **named})
    assert not steps(params, backend)


def test_a_refusal_counts_when_none_is_under_way_any_more():
    """A driver that refuses one rule may leave those in error that came with it: all of them are taken back."""
    until = _standing({("ip", "10.0.0.7"): "rw", ("ip", "10.0.0.8"): "rw"})
    refused = rule("a", "10.0.0.7", status="error")
    assert until.failed({"rules": [refused, rule("b", "10.0.0.8", status="applying")]}) is None
    # Manila applies nothing more while a rule is in error.
    assert until.failed({"rules": [refused, rule("b", "10.0.0.8", status="queued_to_apply")]}) is not None
    said = until.failed({"rules": [refused, rule("b", "10.0.0.8", status="error")]})
    assert said == "the rules ip 10.0.0.7, ip 10.0.0.8 are in the state error"
    assert "10.0.0.8" not in until.failed({"rules": [refused, rule("b", "10.0.0.8", status="active")]})


def test_a_set_in_which_some_are_refused_keeps_the_others():
    backend = Manila(rule("a", "10.0.0.1"))
    backend.refused = {"10.0.0.8", "10.0.0.9"}
    item = run(many("10.0.0.7", "10.0.0.8", "10.0.0.9", purge=True), backend)
    assert "the rules ip 10.0.0.8, ip 10.0.0.9 are in the state error" in item.error.message
    assert set(backend.levels()) == {"10.0.0.1", "10.0.0.7"}, "and nothing is removed before what comes instead stands"
    assert item.changed


@pytest.mark.parametrize(
    ("params", "error", "says"),
    [
        (many("10.0.0.7", "10.0.0.7/32"), errors.Invalid, "more than once"),
        (many("10.0.0.7", "10.0.0.7/24"), errors.Invalid, "10.0.0.0/24"),
        (wanted(access_to="10.0.0.7", purge=True), errors.Invalid, "purge"),
        (many("10.0.0.7", purge=True, state="absent"), errors.Invalid, "purge"),
        (wanted(access_to="10.0.0.7", lock_reason="x"), errors.Invalid, "lock_reason"),
        (wanted(), errors.Invalid, "access_to is missing"),
        (wanted(share="none", access_to="10.0.0.7"), errors.NotFound, "share"),
    ],
)
def test_what_is_refused(params, error, says):
    with pytest.raises(error, match=says):
        steps(params, Manila())


def test_what_is_hidden_is_not_guessed():
    backend = Manila(rule("a", HIDDEN))
    with pytest.raises(errors.Locked, match="hidden"):
        steps(many("10.0.0.7", purge=True), backend)
    with pytest.raises(errors.Locked, match="hidden"):
        steps(wanted(access_to="10.0.0.7", state="absent"), backend)
    assert said(steps(many("10.0.0.7"), backend)) == ["create 10.0.0.7"]


@pytest.mark.parametrize(
    ("share", "says"), [({"status": "extending"}, "extending"), ({"is_soft_deleted": True}, "recycle bin")]
)
def test_a_share_that_takes_no_rules_now(share, says):
    backend = Manila(rule("a", "10.0.0.7"))
    backend.resources["share"]["s"].update(share)
    with pytest.raises(errors.Conflict, match=says):
        steps(wanted(access_to="10.0.0.8"), backend)
    assert not steps(wanted(access_to="10.0.0.7"), backend), "where nothing is to be done, it does not matter"


# ---- an API that cannot change a level in place


def test_the_halves_of_a_network_stand_in_for_it():
    backend = Manila(rule("a", "10.0.0.0/24", metadata={"k": "v"}), in_place=False)
    backend.always_standing = [ipaddress.ip_network("10.0.0.0/24")]
    params = wanted(access_to="10.0.0.0/24", access_level="ro")
    assert [step.verb for step in steps(params, backend)] == ["create", "create", "delete", "create", "unbridge"]
    item = run(params, backend)
    assert item.error is None
    assert backend.levels() == {"10.0.0.0/24": "ro"}
    assert item.subject["access_level"] == "ro"
    assert [r["metadata"] for r in backend.resources["share_access_rule"].values()] == [{"k": "v"}]
    assert not steps(params, backend)


@pytest.mark.parametrize("after", range(1, 5))
def test_a_killed_run_between_the_halves_is_continued(after):
    backend = Manila(rule("a", "10.0.0.0/24"), in_place=False)
    backend.always_standing = [ipaddress.ip_network("10.0.0.0/24")]
    params = many({"access_to": "10.0.0.0/24", "access_level": "ro"}, "10.0.9.9")
    made = plan(params, backend)
    begun = [one for step in made.steps for one in _able(backend, made, step)][: after + 1]
    Executor(backend, Pace(timeout=5, interval=0.05)).run(
        [Item(0, params, plan=type(made)(made.kind, made.subject, begun), subject=made.subject)]
    )
    assert run(params, backend).error is None
    assert backend.levels() == {"10.0.0.0/24": "ro", "10.0.9.9": "rw"}
    assert not steps(params, backend)


def test_a_single_client_has_no_halves():
    with pytest.raises(errors.Unsupported, match=r"2\.88.*2\.78.*Remove the rule"):
        steps(wanted(access_to="10.0.0.7", access_level="ro"), Manila(rule("a", "10.0.0.7"), in_place=False))


# ---- locks


def lock_plan(backend: Manila, **values: Any) -> Any:
    params = {"resource": "web", "resource_type": "share", "resource_action": "delete", "state": "present", **values}
    return plan_for(ResourceLock(), params, backend)


def of_share(ident: str, **values: Any) -> dict[str, Any]:
    return lock(ident, "s", resource_type="share", **values)


def test_a_lock_is_found_by_what_it_locks():
    assert [s.verb for s in lock_plan(Manila()).steps] == ["create"]
    assert not lock_plan(Manila(locks=[of_share("l", lock_reason="old")])).steps
    changed = lock_plan(Manila(locks=[of_share("l", lock_reason="old")]), lock_reason="new")
    assert [(s.verb, s.args) for s in changed.steps] == [("update", {"lock_reason": "new"})]
    with pytest.raises(errors.Ambiguous, match="k, l"):
        lock_plan(Manila(locks=[of_share("l"), of_share("k")]), lock_reason="new")


def test_a_lock_that_came_with_a_rule_is_none_of_the_share():
    came = of_share("l", lock_reason=DERIVED + "m")
    assert [s.verb for s in lock_plan(Manila(locks=[came])).steps] == ["create"]
    assert [s.ident for s in lock_plan(Manila(locks=[came, of_share("k")]), state="absent").steps] == ["l", "k"]


def test_locks_that_are_refused():
    with pytest.raises(errors.Invalid, match="show"):
        lock_plan(Manila(), resource_action="show")
    with pytest.raises(errors.Invalid, match="id"):
        lock_plan(Manila(), resource_type="access_rule")
    with pytest.raises(errors.NotFound):
        lock_plan(Manila(), resource="none")
    assert not lock_plan(Manila(), resource="none", state="absent").steps


# ---- share networks


def subnet(ident: str, zone: str | None = None, **values: Any) -> dict[str, Any]:
    neutron = {"neutron_net_id": None, "neutron_subnet_id": None}
    base = {"id": ident, "name": None, "share_network_id": "n", "availability_zone": zone, "metadata": {}}
    return {**base, **neutron, **values}


def network_backend(*subnets: dict[str, Any], **values: Any) -> Memory:
    network = {"id": "n", "name": "net", "description": None, "status": "active", "share_network_subnets": subnets}
    return Memory(share_network=[{**network, **values}], share_network_subnet=list(subnets))


def network_steps(backend: Memory, **values: Any) -> list[str]:
    plan = plan_for(ShareNetwork(), {"name": "net", "state": "present", **values}, backend)
    return [step.verb for step in plan.steps]


NEUTRON = {"neutron_net_id": "x", "neutron_subnet_id": "y"}


def test_share_networks():
    assert network_steps(Memory()) == ["create"]
    assert network_steps(network_backend(), description="new") == ["update"]
    assert network_steps(network_backend(subnet("a", **NEUTRON)), **NEUTRON) == []
    assert network_steps(network_backend(subnet("a")), **NEUTRON) == ["update"]
    assert network_steps(network_backend(subnet("a")), state="absent") == ["delete"]
    assert network_steps(Memory(), state="absent") == []
    with pytest.raises(errors.Conflict, match="2 subnets"):
        network_steps(network_backend(subnet("a"), subnet("b")), state="absent")
    for zone in (None, "nova"):
        with pytest.raises(errors.Conflict, match="share_network_subnet"):
            network_steps(network_backend(subnet("a", "nova")), **NEUTRON, availability_zone=zone)
    there = network_backend(subnet("a", "nova", **NEUTRON))
    assert network_steps(there, **NEUTRON, availability_zone="nova") == []
    with pytest.raises(errors.Invalid, match="belong together"):
        network_steps(network_backend(), neutron_net_id="x")


def subnet_steps(backend: Memory, **values: Any) -> list[tuple[str, Any]]:
    params = {"share_network": "net", "state": "present", "metadata_mode": "merge", **values}
    plan = plan_for(ShareNetworkSubnet(), params, backend)
    return [(step.verb, (plan.subject or {}).get("id")) for step in plan.steps]


def test_subnets_are_known_by_their_place():
    backend = network_backend(subnet("a"), subnet("b", "nova", **NEUTRON), subnet("c", "nova"))
    assert subnet_steps(backend) == []
    assert subnet_steps(backend, availability_zone="nova", **NEUTRON) == []
    assert subnet_steps(backend, availability_zone="nova2") == [("create", None)]
    assert subnet_steps(backend, availability_zone="nova2", state="absent") == []
    assert subnet_steps(backend, state="absent") == [("delete", "a")]
    assert subnet_steps(backend, id="b", metadata={"k": 1}) == [("merge_metadata", "b")]
    with pytest.raises(errors.Ambiguous, match="b, c"):
        subnet_steps(backend, availability_zone="nova")
    assert subnet_steps(backend, share_network="none", state="absent") == []
    with pytest.raises(errors.NotFound):
        subnet_steps(backend, share_network="none")


# ---- messages


def test_messages():
    backend = Memory(share_message=[{"id": MESSAGE, "name": None}])
    assert [s.verb for s in plan_for(ShareMessage(), {"id": MESSAGE, "state": "absent"}, backend).steps] == ["delete"]
    assert not plan_for(ShareMessage(), {"id": MESSAGE, "state": "absent"}, Memory()).steps
    with pytest.raises(errors.Invalid, match="id"):
        plan_for(ShareMessage(), {"id": "x", "state": "absent"}, backend)


@pytest.mark.parametrize(
    ("state", "status", "verbs"),
    [
        ("present", "applying", ["resume"]),
        ("absent", "applying", ["delete"]),
        ("absent", "denying", ["resume"]),
    ],
)
def test_what_a_killed_run_left_goes_on_but_nobody_is_let_in_to_be_removed(
    state: str, status: str, verbs: list[str]
) -> None:
    backend = Manila(rule("a", "10.0.0.1", status=status, unfinished=True))
    plan = plan_for(ShareAccessRule(), {**DEFAULTS, "share": "web", "access_to": "10.0.0.1", "state": state}, backend)
    assert [step.verb for step in plan.steps if step.writes] == verbs
