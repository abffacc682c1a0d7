# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""manageable_volume, manageable_snapshot: what exists is adopted, recognised and released, data untouched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import Case, Cloud, FourPasses, Playbook, Rest, UniqueNames

ALPHA = "lab@alpha#alpha"


def volume_task(**options: Any) -> Callable[[Any], dict[str, Any]]:
    def task(made: Any) -> dict[str, Any]:
        given = {"host": ALPHA, "reference": made["reference"], "name": made["name"], **options}
        given = {k: v(made) if callable(v) else v for k, v in given.items()}
        return {"unified.storage.manageable_volume": {k: v for k, v in given.items() if v is not None}}

    return task


def snapshot_task(**options: Any) -> Callable[[Any], dict[str, Any]]:
    def task(made: Any) -> dict[str, Any]:
        given = {"volume": made["volume"], "reference": made["reference"], "name": made["name"], **options}
        return {"unified.storage.manageable_snapshot": {k: v for k, v in given.items() if v is not None}}

    return task


def is_foreign(path: Any, name: str) -> None:
    """The data are those that were there before."""
    with open(path, "rb") as file:
        assert file.readline() == f"foreign {name}\n".encode()


def adopted(backend: str = "alpha", **wanted: Any) -> Callable[[Rest, Any], None]:
    def look(rest: Rest, made: Any) -> None:
        (volume,) = rest.named(made["name"])
        assert volume["status"] == "available"
        metadata = wanted.get("metadata", {})
        assert metadata.items() <= volume["metadata"].items()
        assert {k: volume[k] for k in wanted if k != "metadata"} == {k: v for k, v in wanted.items() if k != "metadata"}
        is_foreign(rest.cloud.data(volume, backend), made["foreign"])

    return look


def snapshot_adopted(**wanted: Any) -> Callable[[Rest, Any], None]:
    def look(rest: Rest, made: Any) -> None:
        (snapshot,) = rest.named(made["name"], "snapshots")
        assert (snapshot["status"], snapshot["volume_id"]) == ("available", made["volume"])
        metadata = wanted.get("metadata", {})
        assert metadata.items() <= snapshot["metadata"].items()
        assert snapshot["description"] == wanted.get("description")

    return look


def released(rest: Rest, made: Any) -> None:
    assert rest.named(made["name"]) == []
    is_foreign(rest.cloud.data(made), made["foreign"])


def snapshot_released(rest: Rest, made: Any) -> None:
    assert rest.named(made["name"], "snapshots") == []
    assert list(rest.cloud.store().glob(f"*@snapshot-{made['id']}"))


# ---- what the tasks need


def foreign(backend: str = "alpha", size: float = 2) -> Callable[[Rest, str], Any]:
    def make(rest: Rest, name: str) -> Any:
        source = rest.cloud.add_foreign(f"{name}-foreign".replace(" ", "-"), size, backend)
        return {"name": name, "foreign": source, "reference": {"source-name": source}}

    return make


def foreign_by_id(rest: Rest, name: str) -> Any:
    made = foreign()(rest, name)
    inode = (rest.cloud.store() / made["foreign"]).stat().st_ino
    return {**made, "reference": {"source-id": str(inode)}}


def managed(rest: Rest, name: str) -> Any:
    made = foreign()(rest, name)
    return {**made, **rest.manage(made["foreign"], name)}


def foreign_snapshot(rest: Rest, name: str) -> Any:
    volume = rest.volume(f"{name}-volume")
    path = f"volume-{volume['id']}@{name}-foreign".replace(" ", "-")
    source = rest.cloud.add_foreign(path)
    return {"name": name, "volume": volume["id"], "foreign": source, "reference": {"source-name": source}}


def managed_snapshot(rest: Rest, name: str) -> Any:
    volume = rest.volume(f"{name}-volume")
    made = rest.snapshot(volume, name)
    return {**made, "volume": volume["id"], "reference": None}


CASES = [
    Case("adopt by name", foreign(), volume_task(), adopted(size=2), after=lambda made: {"state": "managed"}),
    Case("adopt by id", foreign_by_id, volume_task(), adopted(size=2)),
    Case("adopt part of a GiB", foreign(size=1.25), volume_task(), adopted(size=2)),
    Case("adopt with all", foreign(),
         volume_task(description="Ω", metadata={"a": 1}, volume_type="alpha", availability_zone="nova", bootable=True),
         adopted(description="Ω", metadata={"a": "1"}, volume_type="alpha", bootable="true")),
    Case("adopt by cluster", foreign("gamma"), volume_task(host=None, cluster="lab@gamma#gamma", volume_type="gamma"),
         adopted("gamma", size=2)),
    Case("release by name", managed, volume_task(state="unmanaged", reference=None, host=None), released),
    Case("release by id", managed, volume_task(state="unmanaged", reference=None, host=None,
                                               name=lambda made: made["id"]), released),
    Case("release what is not managed", foreign(), volume_task(state="unmanaged", name=None),
         lambda rest, made: rest.named(made["name"]) == [], changed=False),
    Case("adopt a snapshot", foreign_snapshot, snapshot_task(), snapshot_adopted()),
    Case("adopt a snapshot with all", foreign_snapshot, snapshot_task(description="Ω", metadata={"a": 1}),
         snapshot_adopted(description="Ω", metadata={"a": "1"})),
    Case("release a snapshot", managed_snapshot, snapshot_task(state="unmanaged"), snapshot_released),
]  # fmt: skip


@pytest.fixture(scope="module")
def passes(four_passes: Callable[..., FourPasses]) -> FourPasses:
    return four_passes(CASES)


@pytest.mark.parametrize("case", [case.name for case in CASES])
def test_four_passes(passes: FourPasses, case: str) -> None:
    passes.check(case)


def test_what_is_refused_leaves_nothing(
    playbook: Playbook, cloud: Cloud, rest: Rest, names: UniqueNames, request_log: Any
) -> None:
    """Unsafe, unknown, elsewhere: failed before anything is sent, and no volume in error stays behind."""
    cloud.add_foreign(unsafe := f"unsafe-{names('x')}")
    once_managed = rest.manage(cloud.add_foreign(names("managed")), names("managed-volume"))

    def task(reference: str, **options: Any) -> dict[str, Any]:
        given = {"host": ALPHA, "reference": {"source-name": reference}, "name": names("new"), **options}
        return {"unified.storage.manageable_volume": given}

    refused = {
        "unsafe": (task(unsafe), "conflict", "in use by another application"),
        "unknown": (task("none-such"), "not_found", "none-such"),
        "no such host": (task("x", host="lab@none#none"), None, "lab@none"),
        "neither host nor cluster": (
            {"unified.storage.manageable_volume": {"reference": {"source-name": "x"}}},
            None,
            "",
        ),
    }
    mark = request_log.mark()
    run = playbook([{"name": name, **row[0]} for name, row in refused.items()])
    for name, (_task, kind, text) in refused.items():
        assert run[name].failed, name
        assert text in run[name].msg, run[name].msg
        assert kind in (None, run[name].kind), run[name].result
    assert not request_log.since(mark).writes()
    assert rest.named(names("new")) == []
    # what is managed already, by anybody, is recognised under its name in the back end
    again = playbook([task(f"volume-{once_managed['id']}")]).only
    assert (again.failed, again.changed) == (False, False), again.msg
    assert again["volume"]["id"] == once_managed["id"]


def test_a_driver_that_fails_leaves_nothing(playbook: Playbook, cloud: Cloud, rest: Rest, names: UniqueNames) -> None:
    source = cloud.add_foreign(names("foreign"))
    task = {"host": ALPHA, "reference": {"source-name": source}, "name": names("new")}
    with cloud.fault("manage_existing", match=source, message="the array is on strike"):
        failed = playbook([{"unified.storage.manageable_volume": task}]).only
    assert (failed.failed, failed.kind) == (True, "failed"), failed.result
    assert rest.named(names("new")) == []
    assert (cloud.store() / source).exists()
    done = playbook([{"unified.storage.manageable_volume": task}]).only
    assert (done.failed, done.changed) == (False, True), done.msg
