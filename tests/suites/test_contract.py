# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract of a back end, stated once and run against each on the real thing.

A new back end joins by an entry in BACK_ENDS; what it cannot do it must say by why_not().
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from harness import Cloud, Rest, UniqueNames, wait_until

sys.path.append(os.environ["ANSIBLE_COLLECTIONS_PATH"])

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Backend
from ansible_collections.unified.storage.plugins.module_utils._engine.backends import open_backend
from ansible_collections.unified.storage.plugins.module_utils._errors import StorageError

NOWHERE = "00000000-0000-4000-8000-000000000000"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")


def openstack(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Backend:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(cloud.clouds_yaml))
    return open_backend({"backend": "openstack", "cloud": "admin", "auth_cache": "false", "wait_timeout": 60})


BACK_ENDS: dict[str, Callable[[Cloud, pytest.MonkeyPatch], Backend]] = {"openstack": openstack}


@pytest.fixture(params=BACK_ENDS)
def backend(request: pytest.FixtureRequest, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backend]:
    opened = BACK_ENDS[request.param](cloud, monkeypatch)
    yield opened
    opened.close()


def one(backend: Backend, kind: str, ident: str) -> dict[str, Any] | None:
    return next((r for r in backend.observe(kind, [ident], {}) if r["id"] == ident), None)


def settled(backend: Backend, kind: str, ident: str, status: str = "available") -> dict[str, Any]:
    seen: list[dict[str, Any] | None] = []

    def is_so() -> bool:
        seen[:] = [one(backend, kind, ident)]
        return bool(seen[0] and seen[0]["status"] == status)

    wait_until(is_so, 0.1)
    return seen[0] or {}


def gone(backend: Backend, kind: str, ident: str) -> bool:
    wait_until(lambda: one(backend, kind, ident) is None, 0.1)
    return True


@pytest.fixture
def made(backend: Backend, names: UniqueNames) -> dict[str, Any]:
    answer = backend.perform("volume", "create", None, {"name": names("c"), "size": 1, "metadata": {"k": "ü"}})
    assert answer is not None
    return settled(backend, "volume", answer["id"])


def test_a_volume_speaks_the_common_vocabulary(made):
    kinds = {
        "size": int,
        "bootable": bool,
        "readonly": bool,
        "metadata": dict,
        "image_metadata": dict,
        "attachments": list,
        "once": dict,
        "marks": dict,
        "backend_details": dict,
    }
    assert {name: type(made[name]) for name in kinds} == kinds
    assert TIME.match(made["created_at"])
    assert made["metadata"] == {"k": "ü"} and made["size"] == 1 and made["managed_from"] is None


def test_it_is_found_by_name_and_id_and_among_all(backend, made):
    for refs in ([made["id"]], [made["name"]], [made["id"], made["name"]], [made["name"], "no such"], None):
        found = [r for r in backend.observe("volume", refs, {}) if r["id"] == made["id"]]
        assert len(found) >= 1, refs
    many = [f"no such {n}" for n in range(50)]
    assert made["id"] in [r["id"] for r in backend.observe("volume", [*many, made["id"]], {})]


def test_what_is_not_there_is_no_error(backend):
    assert all(r["id"] != NOWHERE for r in backend.observe("volume", [NOWHERE], {}))
    assert all(r["name"] != "no such name at all" for r in backend.observe("volume", ["no such name at all"], {}))


@pytest.mark.parametrize("name", ["spaces and 'quotes'", "ünïcödé 存储", "a&b=c#d?e/f%g", "x" * 200])
def test_any_name_comes_back_as_it_was(backend, names, name):
    made = backend.perform("volume", "create", None, {"name": names(name), "size": 1})
    assert [r["id"] for r in backend.observe("volume", [names(name)], {}) if r["name"] == names(name)] == [made["id"]]


def test_each_write_is_seen_by_the_next_observation(backend, made, names):
    ident = made["id"]
    backend.perform("volume", "extend", ident, {"new_size": 2})
    assert settled(backend, "volume", ident)["size"] == 2
    backend.perform("volume", "update", ident, {"description": "d", "name": names("renamed")})
    backend.perform("volume", "merge_metadata", ident, {"metadata": {"n": "1"}})
    backend.perform("volume", "set_readonly", ident, {"readonly": True})
    backend.perform("volume", "set_bootable", ident, {"bootable": True})
    seen = one(backend, "volume", ident)
    assert (seen["description"], seen["name"], seen["metadata"]) == ("d", names("renamed"), {"k": "ü", "n": "1"})
    assert seen["readonly"] is True and seen["bootable"] is True
    backend.perform("volume", "replace_metadata", ident, {"metadata": {"only": "this"}})
    seen = one(backend, "volume", ident)
    assert seen["metadata"] == {"only": "this"} and seen["readonly"] is True


def test_snapshots_belong_to_their_volume(backend, made, names):
    answer = backend.perform("volume_snapshot", "create", None, {"name": names("s"), "volume_id": made["id"]})
    snapshot = settled(backend, "volume_snapshot", answer["id"])
    assert (snapshot["volume_id"], snapshot["size"]) == (made["id"], 1) and TIME.match(snapshot["created_at"])
    of_it = backend.observe("volume_snapshot", None, {"volume_id": made["id"]})
    assert [s["id"] for s in of_it] == [snapshot["id"]]
    backend.perform("volume_snapshot", "delete", snapshot["id"], {})
    assert gone(backend, "volume_snapshot", snapshot["id"])


def test_removing_is_repeatable(backend, made):
    backend.perform("volume", "delete", made["id"], {})
    assert gone(backend, "volume", made["id"])
    backend.perform("volume", "delete", made["id"], {})
    backend.perform("volume", "delete", NOWHERE, {})


def test_a_refusal_is_an_error_with_a_kind_and_changes_nothing(backend, made):
    with pytest.raises(StorageError) as refused:
        backend.perform("volume", "extend", made["id"], {"new_size": 0})
    assert refused.value.kind in ("invalid", "conflict") and refused.value.reason
    with pytest.raises(StorageError) as missing:
        backend.perform("volume", "extend", NOWHERE, {"new_size": 2})
    assert missing.value.kind == "not_found"
    assert one(backend, "volume", made["id"])["status"] == "available"


def test_what_it_can_do_it_does_not_deny(backend):
    assert backend.why_not("volume", "extend", {"new_size": 2}) is None
    assert backend.why_not("volume", "revert", {}) is None


def test_what_is_on_the_storage_can_be_taken_in_and_let_go(backend, cloud, rest: Rest, names):
    name = cloud.add_foreign(names("foreign"))
    (entry,) = [
        e
        for e in backend.observe("manageable_volume", None, {"host": cloud.host()})
        if e["reference"] == {"source-name": name}
    ]
    assert entry["safe_to_manage"] is True and entry["cinder_id"] is None and entry["size"] == 1
    args = {"host": cloud.host(), "reference": entry["reference"], "name": names("taken")}
    made = backend.perform("volume", "manage", None, args)
    assert settled(backend, "volume", made["id"])["size"] == 1
    backend.perform("volume", "unmanage", made["id"], {})
    assert gone(backend, "volume", made["id"])
    left = cloud.store() / f"volume-{made['id']}"
    with left.open("rb") as file:
        assert file.read(7) == b"foreign"
    left.unlink()
