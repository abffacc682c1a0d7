# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What spans the whole family of shares: a life, older clouds, what colleagues hold."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faultproxy import FaultProxy
from harness import Cloud, Manila, Playbook, RequestLog, UniqueNames
from harness.seldom import dealt

SHARE = "unified.storage.share"
ACTION = "unified.storage.share_action"
GROUP = "unified.storage.share_group"
LOCK = "unified.storage.resource_lock"
NETWORK = "unified.storage.share_network"
RULE = "unified.storage.share_access_rule"
SNAPSHOT = "unified.storage.share_snapshot"
SUBNET = "unified.storage.share_network_subnet"
FIFTY = [{"access_to": f"10.7.{n}.0/24", "access_level": "ro" if n % 2 else "rw"} for n in range(50)]

Task = dict[str, Any]


# ---- the life of a share


def test_the_life_of_a_share(
    playbook: Playbook, manila: Manila, share_log: RequestLog, share_names: UniqueNames
) -> None:
    """In one playbook, each stage twice: the second time nothing is left to do, and nothing is written."""
    net, web, home, team = (share_names(name) for name in ("net", "web", "home", "team"))
    stages: dict[str, Task] = {
        "network": {NETWORK: {"name": net}},
        "share": {SHARE: {"name": web, "size": 1, "share_type": "dhss", "share_network": net,
                          "metadata": {"tier": "gold"}}},
        "rules": {RULE: {"share": web, "rules": FIFTY, "purge": True}},
        "lock": {LOCK: {"resource": web, "lock_reason": "in use"}},
        "failing delete": {SHARE: {"name": web, "state": "absent"}},
        "unlock": {LOCK: {"resource": web, "state": "absent"}},
        "snapshot": {SNAPSHOT: {"name": f"{web}-before", "share": web}},
        "resize": {SHARE: {"name": web, "size": 3}},
        "revert": {ACTION: {"share": web, "action": "revert", "snapshot": f"{web}-before", "once": "that day"}},
        "group": {GROUP: {"name": team, "share_group_type": "default", "share_types": ["default"]}},
        "share in it": {SHARE: {"name": home, "size": 1, "share_type": "default", "share_group": team}},
        "fewer rules": {RULE: {"share": web, "rules": FIFTY[:45], "purge": True}},
        "delete the snapshot": {SNAPSHOT: {"name": f"{web}-before", "share": web, "state": "absent"}},
        "delete the share": {SHARE: {"name": web, "state": "absent"}},
        "delete the one in the group": {SHARE: {"name": home, "state": "absent"}},
        "delete the group": {GROUP: {"name": team, "state": "absent"}},
        "delete the network": {NETWORK: {"name": net, "state": "absent"}},
    }  # fmt: skip
    mark = share_log.mark()
    twice = [{"name": f"{stage}{again}", **task} for stage, task in stages.items() for again in ("", " again")]
    run = playbook(twice)
    asked = share_log.since(mark)
    wrong = []
    for stage in stages:
        first, second = run[stage], run[f"{stage} again"]
        fails = stage == "failing delete"
        if (first.failed, first.changed) != (fails, not fails):
            wrong.append(str(first))
        if (second.failed, second.changed) != (fails, False):
            wrong.append(str(second))
        wrong += [f"{second.name} wrote {e}" for e in asked.between(second.started, second.ended).writes()]
    assert not wrong, "\n".join(wrong)
    assert (run["failing delete"].kind, "in use" in run["failing delete"].msg) == ("locked", True)
    assert len(run["rules"]["share_access_rules"]) == 50
    levels = {rule["access_to"]: rule["access_level"] for rule in run["rules again"]["share_access_rules"]}
    assert levels == {rule["access_to"]: rule["access_level"] for rule in FIFTY}
    assert {rule["status"] for rule in run["rules"]["share_access_rules"]} == {"active"}
    assert run["resize"]["share"]["size"] == 3
    assert run["revert"]["share"]["size"] == 1
    assert run["share"]["share"]["export_locations"]
    for kind in ("shares", "share-networks", "share-groups", "snapshots"):
        assert not [one for one in manila._all(kind) if (one["name"] or "").startswith(share_names.prefix)], kind


# ---- older clouds


@pytest.mark.parametrize("offered", dealt(["2.60", "2.78"], []))
def test_an_older_cloud(
    offered: str, cloud: Cloud, playbook: Playbook, manila: Manila, share_names: UniqueNames, tmp_path: Path
) -> None:
    """What needs a newer one fails before any change, and says which is needed; what does not, works."""
    made = manila.share(share_names("s"))
    one, many = manila.allow(made, "10.0.0.7"), manila.allow(made, "10.0.0.0/24")
    net = manila.share_network(share_names("net"))
    name, own, team = made["name"], share_names("own-net"), share_names("team")
    old_snapshot = manila.share_snapshot(manila.share(share_names("t")), share_names("old"))["id"]
    (subnet,) = manila.see("share-networks", net)["share_network_subnets"]
    new: dict[str, Any] = {"name": share_names("new"), "size": 1, "share_type": "default"}
    too_new: dict[str, tuple[Task, str]] = {
        "lock": ({LOCK: {"resource": name}}, "2.81"),
        "locked rule": ({RULE: {"share": name, "access_to": "10.0.0.8", "lock_deletion": True}}, "2.82"),
        "level of one client": ({RULE: {"share": name, "access_to": "10.0.0.7", "access_level": "ro"}}, "2.88"),
        "one of many": ({RULE: {"share": name, "purge": True, "rules": [
            {"access_to": "10.0.0.9"}, {"access_to": "10.0.0.7", "access_level": "ro"}]}}, "2.88"),
        "mount point": ({SHARE: {**new, "mount_point_name": "m"}}, "2.84"),
        "hints": ({SHARE: {**new, "scheduler_hints": {"same_host": made["id"]}}}, "2.65"),
        "bin": ({ACTION: {"share": name, "action": "soft_delete"}}, "2.69"),
        "force": ({SHARE: {"name": name, "size": 2, "force": True}}, "2.64"),
        "snapshot's metadata": ({SNAPSHOT: {"share": name, "name": share_names("x"), "metadata": {"a": 1}}}, "2.73"),
        "metadata of a snapshot": ({SNAPSHOT: {"name": old_snapshot, "metadata": {"a": 1}}}, "2.73"),
        "subnet's metadata": ({SUBNET: {"share_network": net["name"], "availability_zone": "nova2",
                                        "metadata": {"a": 1}}}, "2.78"),
        "metadata of a subnet": ({SUBNET: {"share_network": net["name"], "id": subnet["id"],
                                           "metadata": {"a": 1}}}, "2.78"),
    }  # fmt: skip
    # Two-digit minor versions: they compare as text.
    too_new = {title: row for title, row in too_new.items() if row[1] > offered}
    works: dict[str, Task] = {
        "share": {SHARE: {**new, "metadata": {"a": 1}}},
        "grow": {SHARE: {"name": name, "size": 2}},
        "rule": {RULE: {"share": name, "access_to": "10.0.0.8", "metadata": {"a": 1}}},
        "level of a network": {RULE: {"share": name, "access_to": "10.0.0.0/24", "access_level": "ro"}},
        "exact": {RULE: {"share": name, "purge": True, "rules": [
            {"access_to": "10.0.0.7"}, {"access_to": "10.0.0.0/24"}, {"access_to": "10.0.1.1"}]}},
        "snapshot": {SNAPSHOT: {"share": name, "name": share_names("snap")}},
        "revert": {ACTION: {"share": name, "action": "revert", "once": "today"}},
        "subnet": {SUBNET: {"share_network": net["name"], "availability_zone": "nova2"}},
        "remove": {RULE: {"share": name, "access_to": "10.0.1.1", "state": "absent", "unrestrict": True}},
        "end of the snapshot": {SNAPSHOT: {"share": name, "name": share_names("snap"), "state": "absent"}},
        "end": {SHARE: {"name": new["name"], "state": "absent"}},
    }  # fmt: skip
    # What has not changed between the two is seen with the older one alone.
    oldest: dict[str, Task] = {
        "network": {NETWORK: {"name": own}},
        "served": {SHARE: {"name": share_names("served"), "size": 1, "share_type": "dhss", "share_network": own}},
        "end of the served": {SHARE: {"name": share_names("served"), "state": "absent"}},
        "end of the network": {NETWORK: {"name": own, "state": "absent"}},
        "group": {GROUP: {"name": team, "share_types": ["default"]}},
        "end of the group": {GROUP: {"name": team, "state": "absent"}},
    }  # fmt: skip
    lists: dict[str, Task] = {
        "shares": {f"{SHARE}_info": {"name": name, "export_locations": True}},
        "share_access_rules": {f"{RULE}_info": {"share": name}},
        "share_snapshots": {f"{SNAPSHOT}_info": {"name": old_snapshot}},
        "share_networks": {f"{NETWORK}_info": {"name": net["name"]}},
        "share_network_subnets": {f"{SUBNET}_info": {"share_network": net["name"]}},
        "share_instances": {"unified.storage.share_instance_info": {"share": name}},
        "share_snapshot_instances": {"unified.storage.share_snapshot_instance_info": {"snapshot": old_snapshot}},
        "share_pools": {"unified.storage.share_pool_info": {}},
        "share_limits": {"unified.storage.share_limits_info": {}},
        "share_availability_zones": {"unified.storage.share_availability_zone_info": {}},
    }
    if offered == "2.60":
        works.update(oldest)
    else:
        lists = {}
    with FaultProxy(cloud.url("manila")) as proxy:
        proxy.rewrite = lambda path, body: body.replace(b'"2.99"', b'"%s"' % offered.encode())
        override = {"shared_file_system_endpoint_override": f"{proxy.url}/v2"}
        env = {"OS_CLIENT_CONFIG_FILE": str(cloud.write_config(tmp_path / "clouds.yaml", **override))}
        run = playbook([{"name": title, **task} for title, (task, _since) in too_new.items()], env=env)
        assert not [p for p in proxy.log if p.method not in ("GET", "HEAD")]
        for title, (_task, needed) in too_new.items():
            result = run[title]
            assert (result.failed, result.kind, result.changed) == (True, "unsupported", False), f"{title}: {result}"
            assert f"microversion {needed}" in result.msg and offered in result.msg, result.msg
        assert "Remove the rule, then add it" in run["level of one client"].msg
        doubled = [{"name": f"{title}{more}", **task} for title, task in works.items() for more in ("", " again")]
        extra = [{"name": "locks", f"{LOCK}_info": {"resource": name}},
                 {"name": "unlock", LOCK: {"resource": name, "state": "absent"}}]  # fmt: skip
        infos = [{"name": title, **task} for title, task in lists.items()]
        run = playbook([*doubled, *extra, *infos], env=env)
    for title in works:
        assert (run[title].failed, run[title].changed) == (False, True), str(run[title])
        assert (run[f"{title} again"].failed, run[f"{title} again"].changed) == (False, False), str(run[title])
    assert (run["locks"]["resource_locks"], run["unlock"].changed) == ([], False)
    for title in lists:
        assert run[title].result.get(title), str(run[title])
    bridged = [step["verb"] for step in run["level of a network"]["plan"]]
    assert bridged == ["create", "create", "delete", "create", "unbridge"]
    rules = {rule["access_to"]: (rule["access_level"], rule["id"]) for rule in manila.rules(made)}
    assert {to: level for to, (level, _id) in rules.items()} == {"10.0.0.7": "rw", "10.0.0.0/24": "ro"}
    assert rules["10.0.0.7"][1] == one["id"] and rules["10.0.0.0/24"][1] != many["id"]
    assert manila.see("shares", made)["size"] == 2


# ---- what somebody else holds


@pytest.fixture
def colleague(manila: Manila, manila_demo: Manila, cloud: Cloud, tmp_path: Path) -> Iterator[dict[str, str | None]]:
    """An environment with the clouds demo and colleague: two members of one project."""
    name, password = f"us-{secrets.token_hex(4)}", secrets.token_hex(16)
    user = {"name": name, "password": password, "domain_id": "default"}
    ident = manila.post("/v3/users", {"user": user}, service="keystone")["user"]["id"]
    (role,) = (r["id"] for r in manila.get("/v3/roles", service="keystone")["roles"] if r["name"] == "member")
    manila.put(f"/v3/projects/{manila_demo.project_id}/users/{ident}/roles/{role}", None, service="keystone")
    other: dict[str, Any] = {"like": "demo", "auth": {"username": name, "password": password}}
    path = cloud.write_configs(tmp_path / "two.yaml", demo={"like": "demo"}, colleague=other)
    try:
        yield {"OS_CLIENT_CONFIG_FILE": str(path)}
    finally:
        manila.delete(f"/v3/users/{ident}", service="keystone")


def test_what_a_colleague_has_locked(
    playbook: Playbook, manila: Manila, manila_demo: Manila, share_names: UniqueNames, colleague: dict[str, str | None]
) -> None:
    """It says so, changes nothing, and guesses nothing about what is hidden."""
    made = manila_demo.share(share_names("s"))
    manila_demo.allow(made, "10.0.0.1")
    theirs: list[Task] = [
        {LOCK: {"resource": made["id"], "lock_reason": "mine"}},
        {RULE: {"share": made["id"], "access_to": "10.0.0.7", "lock_visibility": True, "lock_deletion": True}},
    ]
    playbook(theirs, cloud="colleague", env=colleague).assert_ok()
    before = (manila.rules(made), manila.locks(made))
    rows: dict[str, tuple[Task, tuple[str, ...], str]] = {
        "delete": ({SHARE: {"name": made["id"], "state": "absent"}}, ("locked",), "mine"),
        "unlock": ({LOCK: {"resource": made["id"], "state": "absent"}}, ("forbidden", "locked"), "lock"),
        "change the reason": ({LOCK: {"resource": made["id"], "lock_reason": "ours"}}, ("forbidden", "locked"), "lock"),
        "remove the rule": ({RULE: {"share": made["id"], "access_to": "10.0.0.7", "state": "absent",
                                    "unrestrict": True}}, ("locked",), "hidden"),
        "purge": ({RULE: {"share": made["id"], "rules": [{"access_to": "10.0.0.1"}], "purge": True,
                          "unrestrict": True}}, ("locked",), "hidden"),
        "add it once more": ({RULE: {"share": made["id"], "access_to": "10.0.0.7"}}, ("invalid", "conflict"), "exists"),
    }  # fmt: skip
    run = playbook([{"name": name, **task} for name, (task, _k, _s) in rows.items()], cloud="demo", env=colleague)
    for name, (_task, kinds, says) in rows.items():
        result = run[name]
        assert (result.failed, result.changed) == (True, False), f"{name}: {result.result}"
        assert result.kind in kinds and says in result.msg, f"{name}: {result.kind} {result.msg}"
    assert (manila.rules(made), manila.locks(made)) == before
    seen = playbook([{f"{RULE}_info": {"share": made["id"]}}], cloud="demo", env=colleague).assert_ok().only
    assert sorted(rule["access_to"] for rule in seen["share_access_rules"]) == ["******", "10.0.0.1"]
    again = playbook(theirs, cloud="colleague", env=colleague).assert_ok()
    assert not any(task.changed for task in again.tasks), "who has locked it sees it, and finds it as it is"
