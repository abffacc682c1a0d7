# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ZStack client and back end, against the test server: the manual's examples, logins, jobs, faults."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "zstack"))

from zstackserver import ZStackServer

from ansible_collections.unified.storage.plugins.module_utils._errors import (
    Forbidden,
    Invalid,
    NotFound,
    Quota,
    Unreachable,
    Unsupported,
)
from ansible_collections.unified.storage.plugins.module_utils._zstack.backend import ZStack, _group
from ansible_collections.unified.storage.plugins.module_utils._zstack.client import signature, wall_clock

JOBS, GROUPS = "/api-jobs/", "/volume-snapshots/group"

# ---- what the manual shows, word by word

CREATE_REQUEST = json.loads("""
{"params": {"rootVolumeUuid": "901cae4fd9f43a1ca20da4146ddaec50", "name": "test"}, "systemTags": [], "userTags": []}
""")
CREATED = json.loads("""
{"inventory": {"uuid": "4b13e23059033e2dbfac63b5b16eba11", "snapshotCount": 1.0, "name": "group",
"vmInstanceUuid": "9ff17180fded31c2b9e4e5751ebcb2ba", "createDate": "Nov 14, 2017 10:20:57 PM",
"lastOpDate": "Nov 14, 2017 10:20:57 PM", "volumeSnapshotRefs": [{
"volumeSnapshotUuid": "e83b2d306f0d353a889096ca0b44b444",
"volumeSnapshotGroupUuid": "4b13e23059033e2dbfac63b5b16eba11", "deviceId": 0.0, "snapshotDeleted": false,
"volumeUuid": "edc07fe8d8a335ec8aa00f23b88fc1c6", "volumeName": "ROOT-volume", "volumeType": "Root",
"volumeSnapshotInstallPath": "/Cloud_ps/to/path/snap.qcow2", "volumeSnapshotName": "group-ROOT-volume",
"createDate": "Nov 14, 2017 10:20:57 PM", "lastOpDate": "Nov 14, 2017 10:20:57 PM"}]}}
""")
DELETED = json.loads("""
{"results": [{"success": false, "error": {"code": "SYS.1001", "description": "internal error"}}]}
""")
UPDATE_REQUEST = json.loads("""
{"updateVolumeSnapshotGroup": {"name": "new name"}, "systemTags": [], "userTags": []}
""")
UPDATED = json.loads("""
{"inventory": {"uuid": "a261086918fe3c04be683430f15920a2", "snapshotCount": 1.0, "name": "group",
"vmInstanceUuid": "98ac921100b43981b493071b6430bb2b", "createDate": "Nov 14, 2017 10:20:57 PM",
"lastOpDate": "Nov 14, 2017 10:20:57 PM", "volumeSnapshotRefs": [{
"volumeSnapshotUuid": "7ac8675cd8a9389ca343a2a7d49c47d7",
"volumeSnapshotGroupUuid": "a261086918fe3c04be683430f15920a2", "deviceId": 0.0, "snapshotDeleted": false,
"volumeUuid": "6fb0e4a0c3d6315bbb5c08a1a33bc231", "volumeName": "ROOT-volume", "volumeType": "Root",
"volumeSnapshotInstallPath": "/Cloud_ps/to/path/snap.qcow2", "volumeSnapshotName": "group-ROOT-volume",
"createDate": "Nov 14, 2017 10:20:57 PM", "lastOpDate": "Nov 14, 2017 10:20:57 PM"}]}}
""")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ZStackServer]:
    with ZStackServer(tmp_path / "zstack", job_seconds=0) as running:
        yield running


@pytest.fixture
def vm(server: ZStackServer) -> dict[str, Any]:
    return server.store.add_vm("web", 2)


Open = Callable[..., ZStack]


@pytest.fixture
def back_end(server: ZStackServer) -> Iterator[Open]:
    """Open a back end; `login` replaces options of zstack."""
    opened = []

    def make(auth_cache: str = "false", api_timeout: float = 10, **login: Any) -> ZStack:
        zstack = {"url": server.url, "account": "admin", "password": "password", "validate_certs": True, **login}
        opened.append(ZStack({"zstack": zstack, "auth_cache": auth_cache, "api_timeout": api_timeout}))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def requests_of(server: ZStackServer, method: str = "", path: str = "") -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    return [entry for entry in lines if method in entry["method"] and path in entry["path"]]


def settled(backend: ZStack, ident: str) -> dict[str, Any] | None:
    """The group when nothing is under way with it any more; None when it is gone."""
    for _ in range(300):
        seen = next((g for g in backend.observe("snapshot_group", [ident], {}) if g["id"] == ident), None)
        if seen is None or seen["status"] not in ("creating", "updating", "reverting", "deleting"):
            return seen
        time.sleep(0.01)
    raise AssertionError(f"never settled: {seen}")


def make(backend: ZStack, vm: dict[str, Any], name: str = "g", **args: Any) -> dict[str, Any]:
    made = backend.perform(
        "snapshot_group", "create", None, {"root_volume_id": vm["rootVolumeUuid"], "name": name, **args}
    )
    assert made is not None
    group = settled(backend, made["id"])
    assert group is not None
    return group


def reason(backend: ZStack, group: dict[str, Any]) -> str:
    return str(backend.explain("snapshot_group", group, None))


# ---- the examples


def test_the_manuals_create(server, back_end, vm):
    """What we send is the manual's body, and an id of our choice; what it answers is understood."""
    back_end().perform(
        "snapshot_group", "create", None, {"root_volume_id": "901cae4fd9f43a1ca20da4146ddaec50", "name": "test"}
    )
    (sent,) = requests_of(server, "POST", GROUPS)
    params = {k: v for k, v in sent["body"]["params"].items() if k != "resourceUuid"}
    assert {"params": params, "systemTags": [], "userTags": []} == CREATE_REQUEST
    assert sent["content_type"] == "application/json;charset=UTF-8"
    assert sent["authorization"] == "OAuth"


@pytest.mark.parametrize("answer", [CREATED, UPDATED], ids=["create", "update"])
def test_the_manuals_group(answer):
    raw = answer["inventory"]
    ref = raw["volumeSnapshotRefs"][0]
    snapshot = {"uuid": ref["volumeSnapshotUuid"], "size": 1073741825.0, "status": "Ready", "parentUuid": None}
    group = _group(raw, {snapshot["uuid"]: snapshot}, ["tier::gold"], [], 8 * 3600)
    assert group == {
        "id": raw["uuid"],
        "name": "group",
        "description": None,
        "status": "available",
        "created_at": "2017-11-14T14:20:57Z",
        "source": {"kind": "root_volume", "id": ref["volumeUuid"], "name": "ROOT-volume"},
        "members": [
            {
                "snapshot_id": ref["volumeSnapshotUuid"],
                "name": "group-ROOT-volume",
                "volume_id": ref["volumeUuid"],
                "share_id": None,
                "size": 2,
                "status": "available",
                "deleted": False,
            }
        ],
        "dependents": [],
        "once": {},
        "backend_details": {
            "snapshotCount": 1,
            "vmInstanceUuid": raw["vmInstanceUuid"],
            "createDate": "Nov 14, 2017 10:20:57 PM",
            "lastOpDate": "Nov 14, 2017 10:20:57 PM",
            "user_tags": ["tier::gold"],
        },
    }


@pytest.mark.parametrize("answer", [CREATED, UPDATED], ids=["create", "update"])
def test_the_manuals_answers_end_a_job(server, back_end, vm, answer):
    backend = back_end()
    group = make(backend, vm)
    server.faults.add([{"fault": "plain_text", "path": JOBS, "status": 200, "text": json.dumps(answer)}])
    backend.perform("snapshot_group", "update", group["id"], {"name": "new name"})
    after = settled(backend, group["id"])
    assert (after["status"], after["name"]) == ("available", "new name")


def test_the_manuals_update(server, back_end, vm):
    backend = back_end()
    group = make(backend, vm)
    backend.perform("snapshot_group", "update", group["id"], {"name": "new name"})
    (sent,) = requests_of(server, "PUT", GROUPS)
    assert sent["path"] == f"/zstack/v1/volume-snapshots/group/{group['id']}/actions"
    assert {**sent["body"], "systemTags": [], "userTags": []} == UPDATE_REQUEST
    assert settled(backend, group["id"])["name"] == "new name"


def test_the_manuals_delete(server, back_end, vm):
    """success: false below HTTP 200 is a failure, here of a member without a name."""
    backend = back_end()
    group = make(backend, vm)
    server.faults.add([{"fault": "plain_text", "path": JOBS, "status": 200, "text": json.dumps(DELETED)}])
    backend.perform("snapshot_group", "delete", group["id"], {"delete_mode": "Permissive"})
    (sent,) = requests_of(server, "DELETE", GROUPS)
    assert sent["path"] == f"/zstack/v1/volume-snapshots/group/{group['id']}?deleteMode=Permissive"
    seen = backend.observe("snapshot_group", [group["id"]], {})[0]
    assert seen["status"] == "error_deleting"
    assert "1 of 1 members failed" in reason(backend, seen) and "internal error" in reason(backend, seen)


def test_the_manuals_own_requests_are_taken_by_the_test_server(server, vm):
    """The server was written from the manual, not from our client: plain HTTP, and the manual's bodies."""
    import requests

    login = {"logInByAccount": {"accountName": "admin", "password": _sha512("password")}}
    session = requests.put(f"{server.url}/zstack/v1/accounts/login", json=login, timeout=5).json()["inventory"]["uuid"]
    headers = {"Authorization": f"OAuth {session}"}

    def done(answer: Any) -> Any:
        assert answer.status_code == 202
        for _ in range(100):
            result = requests.get(answer.json()["location"], timeout=5)
            if result.status_code != 202:
                return result.json()
            time.sleep(0.01)
        raise AssertionError("the job never ended")

    base = f"{server.url}/zstack/v1/volume-snapshots/group"
    body = {**CREATE_REQUEST, "params": {**CREATE_REQUEST["params"], "rootVolumeUuid": vm["rootVolumeUuid"]}}
    made = done(requests.post(base, json=body, headers=headers, timeout=5))["inventory"]
    assert set(CREATED["inventory"]) <= set(made)
    assert set(CREATED["inventory"]["volumeSnapshotRefs"][0]) <= set(made["volumeSnapshotRefs"][0])
    where = f"{base}/{made['uuid']}"
    updated = done(requests.put(f"{where}/actions", json=UPDATE_REQUEST, headers=headers, timeout=5))
    assert updated["inventory"]["name"] == "new name"
    server.faults.add([{"fault": "partial_failure", "member": "ROOT"}])
    deleted = done(requests.delete(f"{where}?deleteMode=Permissive", headers=headers, timeout=5))
    assert [r["success"] for r in deleted["results"]].count(False) == 1
    assert set(DELETED["results"][0]) <= set(next(r for r in deleted["results"] if not r["success"]))


def _sha512(text: str) -> str:
    import hashlib

    return hashlib.sha512(text.encode()).hexdigest()


# ---- logins


def test_a_session_that_is_not_kept_is_ended(server, back_end):
    back_end().close()
    assert not server.sessions
    (login,) = requests_of(server, "PUT", "login")
    assert login["body"]["logInByAccount"] == {"accountName": "admin", "password": "***"}


def test_a_session_is_kept_and_reused(server, back_end, vm, tmp_path):
    folder = tmp_path / "kept"
    for _ in range(3):
        backend = back_end(auth_cache=str(folder))
        assert backend.observe("root_volume", ["ROOT-for-web"], {})
        backend.close()
    assert len(requests_of(server, "PUT", "login")) == 1
    assert len(server.sessions) == 1
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert all(b"password" not in path.read_bytes() and path.stat().st_mode & 0o077 == 0 for path in files)


def test_another_account_is_another_login(server, back_end, tmp_path):
    back_end(auth_cache=str(tmp_path / "kept")).close()
    with pytest.raises(Forbidden, match="wrong account name or password"):
        back_end(auth_cache=str(tmp_path / "kept"), password="other")


def test_a_kept_session_that_is_dead_is_renewed_once(server, back_end, vm, tmp_path):
    back_end(auth_cache=str(tmp_path / "kept")).close()
    server.sessions.clear()
    backend = back_end(auth_cache=str(tmp_path / "kept"))
    assert backend.observe("root_volume", ["ROOT-for-web"], {})
    assert len(requests_of(server, "PUT", "login")) == 2


def test_a_session_that_dies_again_is_an_error(server, back_end, vm):
    backend = back_end()
    server.faults.add([{"fault": "expired_session", "path": "/v1/volumes", "times": 0}])
    with pytest.raises(Forbidden, match="Session expired"):
        backend.observe("root_volume", ["ROOT-for-web"], {})
    assert len(requests_of(server, "PUT", "login")) == 2


def test_too_many_sessions(server, back_end):
    server.max_sessions = 1
    first = back_end()
    with pytest.raises(Quota, match=r"hit limit.*log out"):
        back_end()
    first.close()
    back_end().close()


@pytest.mark.parametrize(
    ("login", "words"),
    [
        ({"url": None}, "zstack.url is missing"),
        ({"url": "zstack:8080"}, "must be an address"),
        ({"password": None}, "login to ZStack is missing"),
        ({"access_key_id": "key-id"}, "one of them is missing"),
        ({"ca_cert": "/no/such.pem"}, "zstack.ca_cert is not there: /no/such.pem"),
    ],
)
def test_a_login_that_is_not_complete(back_end, login, words):
    with pytest.raises(Invalid, match=words):
        back_end(**login)


@pytest.mark.parametrize("tail", ["/", "/zstack", "/zstack/v1/"])
def test_addresses_as_people_write_them(server, back_end, vm, tail):
    assert back_end(url=server.url + tail).observe("root_volume", ["ROOT-for-web"], {})


@pytest.fixture
def shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The wall clock of the test server."""
    monkeypatch.setenv("TZ", "CST-8")
    time.tzset()
    yield
    monkeypatch.delenv("TZ")
    time.tzset()


KEY = {"access_key_id": "key-id", "access_key_secret": "key-secret", "account": None, "password": None}


def test_an_access_key_signs_and_makes_no_session(server, back_end, vm, shanghai):
    backend = back_end(**KEY)
    group = make(backend, vm, "signed")
    assert group["created_at"] is not None
    backend.close()
    assert not requests_of(server, "", "accounts")
    kinds = {entry["authorization"] for entry in requests_of(server) if JOBS not in entry["path"]}
    assert kinds == {"ZStack"}


def test_a_wall_clock_in_another_zone_is_said(server, back_end, vm, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    with pytest.raises(Forbidden, match="set TZ to the server's"):
        back_end(**KEY).observe("root_volume", ["ROOT-for-web"], {})


def test_a_wrong_secret(back_end, vm, shanghai):
    with pytest.raises(Forbidden, match="wrong accessKey signature"):
        back_end(**{**KEY, "access_key_secret": "other"}).observe("root_volume", ["ROOT-for-web"], {})


def test_the_signature_is_that_of_the_documents():
    """The value is openssl's: openssl dgst -sha1 -hmac secret -binary, of the three lines, in base64."""
    assert signature("secret", "GET", "Sat, 21 Nov 2026 09:00:00 GMT", "/v1/zones") == "QTeNFzq0cZCGTewkm/1+ImQpiig="


def test_a_netrc_is_no_login(server, back_end, vm, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert back_end().observe("root_volume", ["ROOT-for-web"], {})
    assert {e["authorization"] for e in requests_of(server)} == {"OAuth", None}


# ---- jobs


def test_the_location_is_looked_for_at_the_server_that_was_named(server, back_end, vm):
    server.faults.add([{"fault": "foreign_host", "host": "http://192.0.2.1:8080"}])
    assert make(back_end(), vm)["status"] == "available"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_never_makes_a_second_group(server, back_end, vm, when):
    server.faults.add([{"fault": "lost_answer", "method": "POST", "path": GROUPS, "when": when}])
    group = make(back_end(), vm)
    assert group["status"] == "available"
    assert [g["uuid"] for g in server.store.groups.values()] == [group["id"]]
    assert len({entry["job"] for entry in requests_of(server, "POST", GROUPS)}) == 1


def test_a_gateways_error_never_makes_a_second_group(server, back_end, vm):
    server.faults.add([{"fault": "plain_text", "method": "POST", "path": GROUPS, "status": 502, "text": "<html>"}])
    make(back_end(), vm)
    assert len(server.store.groups) == 1


def test_a_session_that_ended_before_the_job_began(server, back_end, vm):
    server.faults.add([{"fault": "expired_session", "method": "POST", "path": GROUPS}])
    group = make(back_end(), vm)
    assert group["status"] == "available"
    assert len(server.store.groups) == 1
    assert len(requests_of(server, "PUT", "login")) == 2


def test_a_session_that_ends_in_the_middle_of_polling(server, back_end, vm):
    server.faults.add([{"fault": "slow_job", "seconds": 0.1}, {"fault": "expired_session", "path": JOBS, "skip": 1}])
    assert make(back_end(), vm)["status"] == "available"
    assert len(server.store.groups) == 1


def test_a_session_that_is_dead_for_every_job(server, back_end, vm):
    server.faults.add([{"fault": "expired_session", "method": "POST", "path": GROUPS, "times": 0}])
    group = make(back_end(), vm)
    assert group["status"] == "error"
    assert not server.store.groups


def test_the_innermost_cause_is_the_reason(server, back_end, vm):
    cause = {"code": "HOST.1001", "description": "agent", "details": "no space left on device"}
    fault = {
        "fault": "failed_job",
        "code": "SYS.1006",
        "details": "failed to create",
        "cause": {**cause, "cause": None},
    }
    server.faults.add([fault])
    backend = back_end()
    group = make(backend, vm)
    assert (group["status"], reason(backend, group)) == ("error", "no space left on device")


def test_a_job_that_is_forgotten(server, back_end, vm):
    backend = back_end()
    server.faults.add([{"fault": "slow_job", "seconds": 0.0}])
    made = backend.perform("snapshot_group", "create", None, {"root_volume_id": vm["rootVolumeUuid"], "name": "g"})
    while not server.store.groups:
        time.sleep(0.01)
    server.faults.add([{"fault": "forgotten_job"}])
    assert settled(backend, made["id"])["status"] == "available", "what there is tells how it ended"
    backend.perform("snapshot_group", "revert", made["id"], {})
    server.faults.add([{"fault": "forgotten_job"}])
    group = settled(backend, made["id"])
    assert group["status"] == "error" and "the job has been expired" in reason(backend, group)


def test_a_member_that_cannot_be_reverted_is_named_with_its_reason(server, back_end, vm):
    backend = back_end()
    group = make(backend, vm)
    server.faults.add([{"fault": "partial_failure", "verb": "revert", "member": "DATA-2", "details": "disk on fire"}])
    backend.perform("snapshot_group", "revert", group["id"], {})
    seen = settled(backend, group["id"])
    assert seen["status"] == "error"
    assert "1 of 3 members failed: g-DATA-2-of-web" in reason(backend, seen)
    assert "disk on fire" in reason(backend, seen)


def test_enforcing_is_not_believed(server, back_end, vm):
    """The server says success; the group is read again, and is still there."""
    backend = back_end()
    group = make(backend, vm)
    server.faults.add([{"fault": "partial_failure", "verb": "delete", "member": "ROOT"}])
    backend.perform("snapshot_group", "delete", group["id"], {"delete_mode": "Enforcing"})
    seen = settled(backend, group["id"])
    assert seen["status"] == "error_deleting"
    assert "still there" in reason(backend, seen)


def test_a_part_that_stays_behind_is_no_success_even_when_the_group_is_gone(server, back_end, vm):
    backend = back_end()
    group = make(backend, vm)
    server.faults.add([{"fault": "partial_failure", "verb": "delete", "member": "DATA-1"}])
    backend.perform("snapshot_group", "delete", group["id"], {})
    seen = settled(backend, group["id"])
    assert not server.store.groups
    assert seen["status"] == "error_deleting"
    assert "g-DATA-1-of-web" in reason(backend, seen)


def test_deleting_what_is_gone_is_a_success(server, back_end, vm):
    backend = back_end()
    group = make(backend, vm)
    server.store.delete_group(group["id"], "Permissive", "chain")
    backend.perform("snapshot_group", "delete", group["id"], {})
    assert settled(backend, group["id"]) is None


def test_ungroup_keeps_the_snapshots(server, back_end, vm):
    backend = back_end()
    group = make(backend, vm)
    backend.perform("snapshot_group", "ungroup", group["id"], {})
    assert settled(backend, group["id"]) is None
    assert len(server.store.snapshots) == 3


def test_an_id_follows_from_root_volume_and_name(server, back_end, vm):
    """Made, removed, made again; and another one beside it that was renamed."""
    backend = back_end()
    first = make(backend, vm)
    backend.perform("snapshot_group", "update", first["id"], {"name": "older"})
    assert settled(backend, first["id"])["name"] == "older"
    second = make(backend, vm)
    assert second["id"] != first["id"]
    assert make(back_end(), vm)["id"] == second["id"], "another run finds it"
    assert len(server.store.groups) == 2


def test_two_at_once_make_one(server, back_end, vm):
    server.job_seconds = 0.05
    server.faults.add([{"fault": "slow_job", "seconds": 0.2, "times": 2}])
    backends, made = [back_end(), back_end()], []
    threads = [threading.Thread(target=lambda b=b: made.append(make(b, vm))) for b in backends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.store.groups) == 1
    assert {group["id"] for group in made} == set(server.store.groups)
    assert {group["status"] for group in made} == {"available"}
    assert sorted(group.get("twin", False) for group in made) == [False, True]


def test_a_taken_id_is_an_error_where_it_is_another_group(server, back_end, vm):
    other = server.store.add_vm("db", 0)
    backend = back_end()
    ident = make(backend, other, "h")["id"]
    group = make(back_end(), vm, "g", resource_uuid=ident)
    assert group["status"] == "error"


def test_what_is_given_to_a_new_group(server, back_end, vm):
    server.store.vms[vm["uuid"]]["state"] = "Running"
    group = make(
        back_end(), vm, "g", description="Ω", with_memory=True, resource_uuid="0" * 12 + "1000" + "8" + "0" * 15,
        tags=["t" * 32], system_tags=["a::b"], user_tags=["gold"],
    )  # fmt: skip
    (sent,) = requests_of(server, "POST", GROUPS)
    assert sent["body"] == {
        "params": {
            "rootVolumeUuid": vm["rootVolumeUuid"],
            "name": "g",
            "resourceUuid": "0" * 12 + "1000" + "8" + "0" * 15,
            "description": "Ω",
            "withMemory": True,
            "tagUuids": ["t" * 32],
        },
        "systemTags": ["a::b"],
        "userTags": ["gold"],
    }
    assert group["backend_details"]["user_tags"] == ["gold"]
    assert len(group["members"]) == 4, "with the memory"


def test_a_mark_is_a_tag_and_no_user_tag(server, back_end, vm):
    backend = back_end()
    group = make(backend, vm)
    for word in ("r1", "a=b"):
        backend.perform("snapshot_group", "mark", group["id"], {"verb": "revert", "word": word})
        seen = settled(backend, group["id"])
    assert sorted(seen["once"]["revert"]) == ["a=b", "r1"]
    assert seen["backend_details"]["user_tags"] == []


# ---- reading


def test_dependents_are_the_groups_that_build_on_it(server, back_end, vm):
    backend = back_end()
    first, second, third = (make(backend, vm, name)["id"] for name in "abc")
    backend.observe("root_volume", None, {})
    listed = backend.observe("snapshot_group", None, {"source_id": vm["rootVolumeUuid"]})
    assert {g["id"]: set(g["dependents"]) for g in listed} == {first: {second, third}, second: {third}, third: set()}
    server.store.revert_group(first)
    fourth = make(backend, vm, "d")["id"]
    listed = backend.observe("snapshot_group", None, {"source_id": vm["rootVolumeUuid"]})
    dependents = {g["id"]: set(g["dependents"]) for g in listed}
    assert dependents[first] == {second, third, fourth}
    assert dependents[third] == set(), "another branch"


@pytest.mark.parametrize(
    "name", ["plain", "a=b", "a!=b", "x>=1", "a?=b,c", "50%_done", "or is null", "mit Umlaut ü", "a,b&c+d"]
)
def test_names_that_the_query_language_could_misread(server, back_end, vm, name):
    server.store.volumes[vm["rootVolumeUuid"]]["name"] = name
    server.store.add_vm("other", 0)
    found = [v["id"] for v in back_end().observe("root_volume", [name], {}) if v["name"] == name]
    assert found == [vm["rootVolumeUuid"]]


def test_lists_are_read_to_their_end(server, back_end):
    for number in range(1003):
        server.store.add_vm(f"v{number}", 0)
    assert len(back_end().observe("root_volume", None, {})) == 1003


def test_availabilities_repeat_the_key(server, back_end, vm):
    backend = back_end()
    ids = [make(backend, vm, name)["id"] for name in "ab"]
    server.store.add_volume("late", vm["uuid"])
    seen = backend.observe("snapshot_group_availability", ids, {})
    assert [s["available"] for s in seen] == [False, False]
    assert "attached after snapshot point" in seen[0]["reason"]
    with pytest.raises(NotFound, match="not found"):
        backend.observe("snapshot_group_availability", ["0" * 32], {})


def test_what_zstack_does_not_have(back_end):
    with pytest.raises(Unsupported, match="no volume groups"):
        back_end().observe("volume_group", None, {})
    assert "no volumes" in str(back_end().why_not("volume", "create", {}))
    assert "Leave reset_status out" in str(
        back_end().why_not("snapshot_group", "reset_status", {"status": "available"})
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Nov 14, 2017 10:20:57 PM", 1510698057),
        ("Nov 14, 2017, 10:20:57\u202fPM", 1510698057),
        ("Jan 1, 2017 12:00:00 AM", 1483228800),
        ("Jan 1, 2017 12:00:00 PM", 1483272000),
        ("14.11.2017", None),
        (None, None),
    ],
)
def test_times(text, seconds):
    assert wall_clock(text) == seconds


# ---- answers that are none


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (400, "missing header 'Authorization'", Invalid),
        (404, "no api mapping to /v1/volumes", NotFound),
        (405, "only GET", Invalid),
        (403, "requestTimeTooSkewed", Forbidden),
    ],
)
def test_plain_text_is_understood(server, back_end, status, text, kind):
    backend = back_end()
    server.faults.add([{"fault": "plain_text", "path": "/v1/volumes", "status": status, "text": text}])
    with pytest.raises(kind) as caught:
        backend.observe("root_volume", None, {})
    assert text in caught.value.message and caught.value.status == status


@pytest.mark.parametrize("status", [200, 429, 500, 502, 503])
def test_a_read_is_repeated_through_what_passes(server, back_end, vm, status):
    backend = back_end()
    fault = {"fault": "plain_text", "path": "/v1/volumes", "status": status, "text": "<html>not now</html>", "times": 3}
    server.faults.add([fault])
    assert backend.observe("root_volume", ["ROOT-for-web"], {})


def test_an_error_in_the_envelope_is_not_repeated(server, back_end):
    backend = back_end()
    error = {"error": {"code": "SYS.1007", "description": "bad", "details": "invalid condition"}}
    server.faults.add(
        [{"fault": "plain_text", "path": "/v1/volumes", "status": 503, "text": json.dumps(error), "times": 0}]
    )
    with pytest.raises(Invalid, match=r"invalid condition \(SYS.1007\)"):
        backend.observe("root_volume", None, {})
    assert len(requests_of(server, "GET", "/v1/volumes")) == 1


def test_no_request_waits_for_ever(back_end):
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unreachable, match="timed out"):
        back_end(url=f"http://127.0.0.1:{silent.getsockname()[1]}", api_timeout=0.05)


def test_nobody_there_names_no_secret(back_end):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with pytest.raises(Unreachable) as caught:
        back_end(url=f"http://127.0.0.1:{port}")
    assert "password" not in caught.value.message


def test_a_redirect_is_said_and_not_followed(server, back_end):
    """A login that is sent elsewhere could be anybody's."""

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _address = listening.accept()
            connection.recv(65536)
            connection.sendall(
                b"HTTP/1.1 302 Found\r\nLocation: https://new:8443/zstack/v1/x\r\nContent-Length: 0\r\n\r\n"
            )
            connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(Invalid, match="https://new:8443"):
            back_end(url=f"http://127.0.0.1:{listening.getsockname()[1]}")
        thread.join()
