# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is around shares: locks, share networks and their subnets, messages, pools, limits, availability zones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import Case, Cloud, FourPasses, Manila, Playbook, RequestLog, UniqueNames
from harness.seldom import dealt, shared_out

LOCK = "unified.storage.resource_lock"
NETWORK = "unified.storage.share_network"
SUBNET = "unified.storage.share_network_subnet"
MESSAGE = "unified.storage.share_message"
NET, SUB = "998b42ee-2cee-4d36-8b95-67b5ca1f2109", "53482b62-2c84-4a53-b6ab-30d9d9800d06"
NEUTRON = {"neutron_net_id": NET, "neutron_subnet_id": SUB}

Made = Callable[[Any], dict[str, Any]]


def task(module: str, **options: Any) -> Made:
    """A task; what of its options can be called is called with what the setup has made."""
    return lambda made: {module: {k: v(made) if callable(v) else v for k, v in options.items()}}


# ---- locks


def share(*locks: str | None) -> Callable[[Manila, str], Any]:
    """A setup: a share that is locked with these reasons, and a rule of it."""

    def make(manila: Manila, name: str) -> Any:
        made = manila.share(name)
        for reason in locks:
            manila.lock(made, lock_reason=reason)
        return {**made, "rule": manila.allow(made, "10.0.0.7")}

    return make


def came_with_a_rule(manila: Manila, name: str) -> Any:
    made = manila.share(name)
    manila.allow(made, "10.0.0.7", lock_deletion=True)
    return made


def lock(**options: Any) -> Made:
    return task(LOCK, **{"resource": lambda made: made["name"], **options})


def reasons(*wanted: str | None) -> Callable[[Manila, Any], bool]:
    return lambda manila, made: (
        sorted(map(str, (x["lock_reason"] for x in manila.locks(made)))) == sorted(map(str, wanted))
    )


def rule_locks(*actions: str) -> Callable[[Manila, Any], bool]:
    return lambda manila, made: [x["resource_action"] for x in manila.locks(made["rule"])] == list(actions)


def of_rule(**options: Any) -> Made:
    return lock(resource=lambda made: made["rule"]["id"], resource_type="access_rule", **options)


def locked_rule(manila: Manila, name: str) -> Any:
    made = share()(manila, name)
    manila.lock(made["rule"], "access_rule", "show")
    return made


LOCKS = [
    Case("lock", share(), lock(lock_reason="why"), reasons("why"), after=lambda made: {"resource_id": made["id"]}),
    Case("locked already", share("why"), lock(), reasons("why"), changed=False),
    Case("another reason", share("why"), lock(lock_reason="why not"), reasons("why not"),
         after=lambda made: {"lock_reason": "why not"}),
    Case("unlock", share("one", "two"), lock(state="absent"), reasons()),
    Case("unlocked already", share(), lock(state="absent"), reasons(), changed=False),
    Case("lock nothing", lambda manila, name: {"name": name}, lock(state="absent"), lambda manila, made: True,
         changed=False),
    Case("lock beside that of a rule", came_with_a_rule, lock(lock_reason="own"),
         lambda manila, made: len(manila.locks(made)) == 2),
    Case("unlock that of a rule", came_with_a_rule, lock(state="absent"), reasons()),
    Case("hide a rule", share(), of_rule(resource_action="show"), rule_locks("show")),
    Case("show a rule", locked_rule, of_rule(resource_action="show", state="absent"), rule_locks()),
    Case("lock a rule", share(), of_rule(lock_reason="why"), rule_locks("delete")),
]  # fmt: skip


# ---- share networks


def network(*zones: str | None, **fields: Any) -> Callable[[Manila, str], Any]:
    """A setup: a share network with its first subnet, and one for each of these availability zones."""

    def make(manila: Manila, name: str) -> Any:
        made = manila.share_network(name, **fields)
        for zone in zones:
            body = {"share-network-subnet": {"availability_zone": zone}}
            manila.post(f"/share-networks/{made['id']}/subnets", body)
        return made

    return make


def nothing(manila: Manila, name: str) -> Any:
    return {"name": name}


def net(**options: Any) -> Made:
    return task(NETWORK, **{"name": lambda made: made["name"], **options})


def sub(**options: Any) -> Made:
    return task(SUBNET, **{"share_network": lambda made: made["name"], **options})


def is_network(**wanted: Any) -> Callable[[Manila, Any], None]:
    """A witness: the network has these fields; those of Neutron are its first subnet's."""

    def look(manila: Manila, made: Any) -> None:
        (found,) = manila.of_name(wanted.get("name") or made["name"], "share-networks")
        shown = {**manila.see("share-networks", found)["share_network_subnets"][0], **found}
        assert {k: shown[k] for k in wanted} == wanted

    return look


def gone(manila: Manila, made: Any) -> bool:
    return manila.of_name(made["name"], "share-networks") == []


def zones(*wanted: str | None, metadata: Any = None) -> Callable[[Manila, Any], None]:
    """A witness: subnets for just these availability zones; the last has these metadata."""

    def look(manila: Manila, made: Any) -> None:
        (found,) = manila.of_name(made["name"], "share-networks")
        subnets = manila.get(f"/share-networks/{found['id']}/subnets")["share_network_subnets"]
        assert sorted(str(s["availability_zone"]) for s in subnets) == sorted(map(str, wanted))
        if metadata is not None:
            (last,) = (s for s in subnets if s["availability_zone"] == wanted[-1])
            assert last["metadata"] == metadata

    return look


def with_metadata(manila: Manila, name: str) -> Any:
    made = network()(manila, name)
    body = {"share-network-subnet": {"availability_zone": "nova2", "metadata": {"a": "1", "b": "2"}}}
    manila.post(f"/share-networks/{made['id']}/subnets", body)
    return made


NETWORKS = [
    Case("make a network", nothing, net(description="new"), is_network(description="new")),
    Case("make it in Neutron", nothing, net(**NEUTRON, availability_zone="nova"),
         is_network(**NEUTRON)),
    Case("network as it is", network(description="d"), net(description="d"), is_network(), changed=False),
    Case("describe a network", network(description="before"), net(description="after"),
         is_network(description="after"), after=lambda made: {"description": "after"}),
    Case("rename a network", network(), net(new_name=lambda made: made["name"] + "-new"),
         lambda manila, made: is_network(name=made["name"] + "-new")(manila, made)),
    Case("move it in Neutron", network(), net(**NEUTRON), is_network(**NEUTRON)),
    Case("delete a network", network(), net(state="absent"), gone),
    Case("no network", nothing, net(state="absent"), gone, changed=False),
    Case("add a subnet", network(), sub(availability_zone="nova2", metadata={"rack": "a1"}, **NEUTRON),
         zones(None, "nova2", metadata={"rack": "a1"})),
    Case("subnet as it is", network("nova2"), sub(availability_zone="nova2"), zones(None, "nova2"), changed=False),
    Case("merge a subnet's metadata", with_metadata, sub(availability_zone="nova2", metadata={"b": 3}),
         zones(None, "nova2", metadata={"a": "1", "b": "3"})),
    Case("exact metadata of a subnet", with_metadata,
         sub(availability_zone="nova2", metadata={"b": 3}, metadata_mode="exact"),
         zones(None, "nova2", metadata={"b": "3"})),
    Case("remove a subnet", network("nova2"), sub(availability_zone="nova2", state="absent"), zones(None)),
    Case("no subnet", network(), sub(availability_zone="nova2", state="absent"), zones(None), changed=False),
    Case("subnet of no network", nothing, sub(state="absent"), gone, changed=False),
]  # fmt: skip


# ---- messages


def message(manila: Manila, name: str) -> Any:
    """A share that is too big for any pool, and what the service says about it."""
    made = manila.share(name, 200000, wait="error")
    (told,) = manila.get(f"/messages?resource_id={made['id']}")["messages"]
    return {**made, "message": told}


def untold(manila: Manila, made: Any) -> bool:
    return manila.status("GET", f"/messages/{made['message']['id']}") == 404


MESSAGES = [
    Case("delete a message", message, task(MESSAGE, id=lambda made: made["message"]["id"]), untold),
    Case("no message", nothing, task(MESSAGE, id=SUB), lambda manila, made: True, changed=False),
]
CASES = [*LOCKS, *NETWORKS, *MESSAGES]
BY_ADMIN, BY_MEMBER = shared_out(CASES, of=2)


@pytest.fixture(scope="module")
def as_admin(share_passes: Callable[..., FourPasses]) -> FourPasses:
    return share_passes(BY_ADMIN)


@pytest.fixture(scope="module")
def as_member(share_passes: Callable[..., FourPasses], manila_demo: Manila) -> FourPasses:
    return share_passes(BY_MEMBER, cloud="demo", witness=manila_demo)


@pytest.mark.parametrize("name", dealt(CASES, BY_ADMIN))
def test_four_passes_as_admin(as_admin: FourPasses, name: str) -> None:
    as_admin.check(name)


@pytest.mark.parametrize("name", dealt(CASES, BY_MEMBER))
def test_four_passes_as_a_member(as_member: FourPasses, name: str) -> None:
    as_member.check(name)


# ---- what is refused


def test_what_is_refused(playbook: Playbook, manila: Manila, share_log: RequestLog, share_names: UniqueNames) -> None:
    """One sentence, the kind, and nothing sent, or nothing left behind."""
    made = network("nova2")(manila, share_names("net"))
    twins = [manila.share_network(share_names("twin")) for _ in range(2)]
    used = manila.share_network(share_names("used"))
    manila.share(share_names("on-it"), share_type="dhss", share_network_id=used["id"])
    rows: dict[str, tuple[str, dict[str, Any], str, str]] = {
        "hide a share": (LOCK, {"resource": "x", "resource_action": "show"}, "invalid", "access rules"),
        "lock a rule by name": (LOCK, {"resource": "x", "resource_type": "access_rule"}, "invalid", "id"),
        "lock what is not there": (LOCK, {"resource": share_names("none")}, "not_found", "share"),
        "half of Neutron": (NETWORK, {"name": made["name"], "neutron_net_id": NET}, "invalid", "belong together"),
        "two of a name": (NETWORK, {"name": twins[0]["name"]}, "ambiguous", twins[1]["id"]),
        "two subnets": (NETWORK, {"name": made["name"], "state": "absent"}, "conflict", "2 subnets"),
        "no such network": (SUBNET, {"share_network": share_names("none")}, "not_found", "share network"),
        "no such zone": (SUBNET, {"share_network": made["name"], "availability_zone": "mars"}, "invalid", "mars"),
        "in use": (NETWORK, {"name": used["name"], "state": "absent"}, "conflict", "share(s)"),
        "no id": (MESSAGE, {"id": "x"}, "invalid", "id"),
    }
    sent_by = {"no such zone", "in use"}
    mark = share_log.mark()
    run = playbook([{"name": name, module: options} for name, (module, options, _k, _s) in rows.items()])
    assert {entry.status for entry in share_log.since(mark).writes()} == {400, 409}
    assert len(share_log.since(mark).writes()) == len(sent_by)
    for name, (_module, _options, kind, says) in rows.items():
        result = run[name]
        assert (result.failed, result.changed, result.kind) == (True, False, kind), f"{name}: {result.result}"
        assert says in result.msg, result.msg
    zones(None, "nova2")(manila, made)


# ---- the info modules


def test_infos(
    playbook: Playbook, manila: Manila, share_log: RequestLog, share_names: UniqueNames, cloud: Cloud
) -> None:
    """All filters, and nothing is written."""
    made = share("payroll of this year")(manila, share_names("s"))
    (held,) = manila.locks(made)
    nets = [network("nova2", description="for tests")(manila, share_names(f"net-{n}")) for n in range(2)]
    told = message(manila, share_names("big"))["message"]
    info = {"lock": f"{LOCK}_info", "net": f"{NETWORK}_info", "sub": f"{SUBNET}_info", "msg": f"{MESSAGE}_info"}
    every = [held["id"]], [n["id"] for n in nets], [told["id"]]
    rows: list[tuple[str, dict[str, Any], list[str]]] = [
        ("lock", {"id": held["id"]}, every[0]),
        ("lock", {"resource": made["name"]}, every[0]),
        ("lock", {"resource": made["id"], "resource_type": "share", "resource_action": "delete"}, every[0]),
        ("lock", {"resource": made["id"], "lock_reason": "payroll"}, []),
        ("lock", {"resource": made["id"], "lock_reason_pattern": "payroll"}, every[0]),
        ("lock", {"resource": made["id"], "lock_context": "admin", "user": manila.user_id}, every[0]),
        ("lock", {"resource": made["id"], "lock_context": "service"}, []),
        ("lock", {"resource": made["id"], "project": manila.project_id, "all_projects": True}, every[0]),
        ("lock", {"resource": made["id"], "created_since": "2026-01-01"}, every[0]),
        ("lock", {"resource": made["id"], "created_before": "2026-01-01"}, []),
        ("lock", {"resource": made["id"], "sort": "created_at:asc", "limit": 1, "offset": 0}, every[0]),
        ("net", {"name": nets[0]["name"]}, every[1][:1]),
        ("net", {"name": nets[1]["id"]}, every[1][1:]),
        ("net", {"name_pattern": share_names.prefix, "sort": "name:asc"}, every[1]),
        ("net", {"name_pattern": share_names.prefix, "sort": "name:desc", "limit": 1}, every[1][1:]),
        ("net", {"name_pattern": share_names.prefix, "description_pattern": "for te", "offset": 1, "sort": "name:asc"},
         every[1][1:]),
        ("net", {"name_pattern": share_names.prefix, "project": manila.project_id, "created_since": "2026-01-01",
                 "all_projects": True, "sort": "name:asc"}, every[1]),
        ("net", {"name_pattern": share_names.prefix, "created_before": "2026-01-01"}, []),
        ("net", {"name_pattern": share_names.prefix, **NEUTRON}, []),
        ("msg", {"id": told["id"]}, every[2]),
        ("msg", {"resource_id": told["resource_id"], "sort": "created_at:asc"}, every[2]),
        ("msg", {"resource_id": told["resource_id"], "resource_type": "SHARE", "message_level": "ERROR"}, every[2]),
        ("msg", {"resource_id": told["resource_id"], "action_id": told["action_id"], "detail_id": told["detail_id"],
                 "request_id": told["request_id"]}, every[2]),
        ("msg", {"resource_id": told["resource_id"], "action_id": "000"}, []),
        ("msg", {"resource_id": told["resource_id"], "created_before": "2026-01-01"}, []),
        ("msg", {"resource_id": told["resource_id"], "created_since": "2026-01-01", "limit": 3}, every[2]),
    ]  # fmt: skip
    others = [
        {"name": "subnets", info["sub"]: {"share_network": nets[0]["name"]}},
        {"name": "subnets of a zone", info["sub"]: {"share_network": nets[0]["id"], "availability_zone": "nova2"}},
        {"name": "subnets of none", info["sub"]: {"share_network": share_names("none")}},
        {"name": "pools", "unified.storage.share_pool_info": {}},
        {"name": "some pools", "unified.storage.share_pool_info": {
            "pool_backend": "gamma", "host": "lab", "pool": "fake", "share_type": "default",
            "capabilities": {"snapshot_support": True}}},
        {"name": "pools by room", "unified.storage.share_pool_info": {"sort": "free_capacity:asc", "limit": 2}},
        {"name": "limits", "unified.storage.share_limits_info": {}},
        {"name": "zones", "unified.storage.share_availability_zone_info": {"sort": "name:asc"}},
        {"name": "a zone", "unified.storage.share_availability_zone_info": {"name": "nova2"}},
    ]  # fmt: skip
    mark = share_log.mark()
    run = playbook([*({"name": str(n), info[row[0]]: row[1]} for n, row in enumerate(rows)), *others], check=True)
    assert not share_log.since(mark).writes()
    keys = {"lock": "resource_locks", "net": "share_networks", "msg": "share_messages"}
    for n, (which, options, found) in enumerate(rows):
        assert not run[str(n)].failed, f"{which} {options}: {run[str(n)].msg}"
        assert [one["id"] for one in run[str(n)][keys[which]]] == found, f"{which} {options}"
    assert "No storage could be allocated" in run[str(len(rows) - 1)]["share_messages"][0]["user_message"]
    assert {s["availability_zone"] for s in run["subnets"]["share_network_subnets"]} == {None, "nova2"}
    assert len(run["subnets of a zone"]["share_network_subnets"]) == 1
    assert run["subnets of none"].kind == "not_found"
    pools = {"lab@gamma#fake_pool_for_gamma", "lab@delta#fake_pool_for_delta", "lab@epsilon#fake_pool_for_epsilon"}
    assert {pool["name"] for pool in run["pools"]["share_pools"]} == pools
    (gamma,) = run["some pools"]["share_pools"]
    assert (gamma["backend"], gamma["total_capacity"], gamma["driver_handles_share_servers"]) == (
        "gamma",
        1230.0,
        False,
    )
    rooms = [pool["free_capacity"] for pool in run["pools by room"]["share_pools"]]
    assert len(rooms) == 2 and rooms == sorted(rooms)
    limits = {one["name"]: one for one in run["limits"]["share_limits"]}
    plain = manila.get("/limits")["limits"]["absolute"]
    assert limits["share_networks"]["used"] == plain["totalShareNetworksUsed"] >= 2
    assert limits["share_gigabytes"]["limit"] == plain["maxTotalShareGigabytes"]
    assert [zone["name"] for zone in run["zones"]["share_availability_zones"]] == ["nova", "nova2"]
    assert [zone["name"] for zone in run["a zone"]["share_availability_zones"]] == ["nova2"]
