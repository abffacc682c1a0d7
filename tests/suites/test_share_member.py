# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares as a member: what the policy forbids is said and not done; other projects' are not seen."""

from __future__ import annotations

from typing import Any

import pytest
from harness import Cloud, Manila, Playbook, RequestLog, UniqueNames

Task = dict[str, Any]


def task(module: str, **options: Any) -> Task:
    return {f"unified.storage.{module}": options}


def fill(value: Any, words: dict[str, str]) -> Any:
    """Put words for {id}, {name} and such."""
    if isinstance(value, dict):
        return {k: fill(v, words) for k, v in value.items()}
    if isinstance(value, list):
        return [fill(v, words) for v in value]
    return value.format(**words) if isinstance(value, str) else value


# {id}, {plain}, {instance}: of shares of the member's own, of which {id} has a snapshot; {new}: a name that is free.
# What Manila says is the same for all of them: the sentence must tell what was refused.
FORBIDDEN = {
    "reset_status": (task("share_action", share="{id}", action="reset_status", status="error"),
                     "reset_status of share"),
    "delete by force": (task("share", name="{plain}", state="absent", force=True), "force_delete of share"),
    "grow by force": (task("share", name="{id}", size=2, force=True), "extend of share"),
    "publish": (task("share", name="{id}", is_public=True), "update of share"),
    "manage": (task("manageable_share", service_host="{host}", export_path="10.0.0.1:/x", name="{new}"),
               "manage of share"),
    "unmanage": (task("manageable_share", name="{plain}", state="unmanaged"), "unmanage of share"),
    "instances": (task("share_instance_info"), "listing share instances"),
    "reset an instance": (task("share_instance", id="{instance}", status="error"), "reading share instance"),
    "pools": (task("share_pool_info"), "listing share pools"),
}  # fmt: skip


def everything(manila: Manila, prefix: str) -> Any:
    """All shares, snapshots and networks of these names, with their rules and locks, as an administrator sees them."""
    found = {
        kind: {one["id"]: one for one in manila._all(kind) if (one["name"] or "").startswith(prefix)}
        for kind in ("shares", "snapshots", "share-networks")
    }
    rules = {ident: manila.rules(ident) for ident in found["shares"]}
    return {**found, "rules": rules, "locks": {ident: manila.locks(ident) for ident in found["shares"]}}


@pytest.fixture(scope="module")
def forbidden(
    playbook: Playbook, manila: Manila, manila_demo: Manila, module_share_names: UniqueNames, share_log: RequestLog
) -> dict[str, Any]:
    """All of them in one play; what was before and after, and what was asked."""
    made = manila_demo.share(module_share_names("own"))
    manila_demo.share_snapshot(made, module_share_names("own-snapshot"))
    plain = manila_demo.share(module_share_names("plain"))
    (instance,) = manila.get(f"/shares/{made['id']}/instances")["share_instances"]
    words = {"id": made["id"], "plain": plain["id"], "instance": instance["id"], "host": instance["host"],
             "new": module_share_names("new")}  # fmt: skip
    before, mark = everything(manila, module_share_names.prefix), share_log.mark()
    run = playbook([{"name": n, **fill(t, words)} for n, (t, _says) in FORBIDDEN.items()], cloud="demo", diff=True)
    after = everything(manila, module_share_names.prefix)
    return {"run": run, "asked": share_log.since(mark), "before": before, "after": after}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_the_policy_forbids(forbidden: dict[str, Any], name: str) -> None:
    result = forbidden["run"][name]
    assert (result.failed, result.changed, result.kind) == (True, False, "forbidden"), result.result
    error = result["error"]
    assert error["status"] == 403
    assert error["request_id"].startswith("req-")
    assert FORBIDDEN[name][1] in result.msg


def test_what_is_forbidden_changes_nothing(forbidden: dict[str, Any]) -> None:
    assert forbidden["after"] == forbidden["before"]
    assert {entry.status for entry in forbidden["asked"].writes()} == {403}


# ---- another project's

# {id}, {name}, {rule}, {lock}, {net}: those of the other project.
NOT_FOUND = {
    "rule by name": task("share_access_rule", share="{name}", access_to="10.0.0.1"),
    "rule by id": task("share_access_rule", share="{id}", access_to="10.0.0.1"),
    "rules": task("share_access_rule", share="{id}", rules=[], purge=True),
    "lock": task("resource_lock", resource="{id}"),
    "lock a rule": task("resource_lock", resource="{rule}", resource_type="access_rule"),
    "share by id": task("share", name="{id}", size=2),
    "on its network": task("share", name="{new}", size=1, share_type="dhss", share_network="{net}"),
    "subnet": task("share_network_subnet", share_network="{net}", availability_zone="nova2"),
    "rules of it": task("share_access_rule_info", share="{id}"),
    "subnets of it": task("share_network_subnet_info", share_network="{net}"),
    "act": task("share_action", share="{id}", action="revert"),
}
UNSEEN = {
    "shares": task("share_info", name="{id}", all_projects=True),
    "share_networks": task("share_network_info", name="{net}", all_projects=True),
    "resource_locks": task("resource_lock_info", resource="{id}", all_projects=True),
}
GONE = {
    "delete": task("share", name="{id}", state="absent"),
    "remove its rule": task("share_access_rule", share="{id}", access_to="10.0.0.7", state="absent"),
    "unlock": task("resource_lock", resource="{id}", state="absent"),
    "recycle": task("share_action", share="{id}", action="soft_delete"),
    "delete its network": task("share_network", name="{net}", state="absent"),
}


@pytest.fixture(scope="module")
def strangers(
    playbook: Playbook, manila: Manila, cloud: Cloud, module_share_names: UniqueNames, share_log: RequestLog
) -> dict[str, Any]:
    alt = Manila(cloud, "alt")
    theirs = alt.share(module_share_names("alt"))
    rule = alt.allow(theirs, "10.0.0.7")
    alt.lock(theirs, lock_reason="theirs")
    net = alt.share_network(module_share_names("alt-net"))
    words = {"id": theirs["id"], "name": theirs["name"], "rule": rule["id"], "net": net["id"],
             "new": module_share_names("none")}  # fmt: skip
    before, mark = everything(manila, module_share_names.prefix), share_log.mark()
    rows = {**NOT_FOUND, **UNSEEN, **GONE}
    run = playbook([{"name": name, **fill(row, words)} for name, row in rows.items()], cloud="demo")
    after, asked = everything(manila, module_share_names.prefix), share_log.since(mark)
    return {"run": run, "asked": asked, "before": before, "after": after}


@pytest.mark.parametrize("name", NOT_FOUND)
def test_what_is_of_another_project_is_not_found(strangers: dict[str, Any], name: str) -> None:
    result = strangers["run"][name]
    assert (result.failed, result.changed, result.kind) == (True, False, "not_found"), result.result


@pytest.mark.parametrize("key", UNSEEN)
def test_what_is_of_another_project_is_not_listed(strangers: dict[str, Any], key: str) -> None:
    result = strangers["run"][key]
    assert (result.failed, result[key]) == (False, []), result.result


@pytest.mark.parametrize("name", GONE)
def test_what_is_of_another_project_is_as_good_as_gone(strangers: dict[str, Any], name: str) -> None:
    result = strangers["run"][name]
    assert (result.failed, result.changed) == (False, False), result.msg


def test_another_project_keeps_what_it_has(strangers: dict[str, Any]) -> None:
    assert strangers["after"] == strangers["before"]
    assert not strangers["asked"].writes()
