# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""volume_action: every verb in four passes, as admin and as far as policy goes as a member."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import Case, Cloud, FourPasses, Playbook, Rest, UniqueNames
from harness.seldom import dealt, shared_out

CONNECTOR = {"host": "nobody", "ip": "192.0.2.9", "initiator": "iqn.1994-05.com.example:nobody"}
TIME = "2026-11-21"
"""A word for once"""


def act(action: str, **options: Any) -> Callable[[Any], dict[str, Any]]:
    """The task that does it; an option that is a function gets what the setup made."""

    def task(made: Any) -> dict[str, Any]:
        given = {k: v(made) if callable(v) else v for k, v in options.items()}
        return {"unified.storage.volume_action": {"volume": made["id"], "action": action, **given}}

    return task


def shows(**wanted: Any) -> Callable[[Rest, Any], bool]:
    """A witness: the volume has these values."""

    def look(rest: Rest, made: Any) -> bool:
        volume = rest.show(made)
        assert {k: volume[k] for k in wanted} == wanted
        return True

    return look


def after(**values: Any) -> Callable[[Any], dict[str, Any]]:
    return lambda made: values


# ---- what the tasks need


def volume(rest: Rest, name: str) -> Any:
    return rest.volume(name)


def in_use(rest: Rest, name: str) -> Any:
    return rest.attached(name)


def with_action(verb: str, arguments: Any, status: str, start: Any = volume) -> Callable[[Rest, str], Any]:
    """A volume to which this was done."""

    def make(rest: Rest, name: str) -> Any:
        made = start(rest, name)
        rest.action(made, verb, arguments)
        return rest.wait_volume(made, status)

    return make


def written_over(rest: Rest, name: str) -> Any:
    """Written, a snapshot taken, written over."""
    made = rest.volume(name)
    data = rest.cloud.data(made)
    put(data, b"old")
    snapshot = rest.snapshot(made, f"{name}-snapshot")
    put(data, b"new")
    return {**made, "snapshot": snapshot["id"]}


def put(path: Any, text: bytes) -> None:
    with open(path, "r+b") as file:
        file.write(text)


def starts_with(path: Any, text: bytes) -> None:
    with open(path, "rb") as file:
        assert file.read(len(text)) == text


def from_image(rest: Rest, name: str) -> Any:
    return rest.volume(name, imageRef=image_id(rest, "tiny"))


def image_id(rest: Rest, name: str) -> str:
    (image,) = rest.images(name)
    return image["id"]


def movable(rest: Rest, name: str) -> Any:
    """A volume on alpha, of a type that may be anywhere."""
    return rest.manage(rest.cloud.add_foreign(f"{name}-foreign"), name, volume_type="__DEFAULT__")


def pair(rest: Rest, name: str) -> Any:
    return {**rest.volume(name), "other": rest.volume(f"{name}-other")["id"]}


# ---- witnesses


def reverted(rest: Rest, made: Any) -> None:
    starts_with(rest.cloud.data(made), b"old")


def reimaged(rest: Rest, made: Any) -> None:
    starts_with(rest.cloud.data(made), b"the second tiny image")
    assert rest.show(made)["volume_image_metadata"]["image_id"] == image_id(rest, "tiny2")


def image_metadata(**wanted: str) -> Callable[[Rest, Any], bool]:
    return lambda rest, made: rest.show(made).get("volume_image_metadata", {}) == wanted


def attached(rest: Rest, made: Any) -> None:
    seen = rest.show(made)
    assert seen["status"] == "in-use"
    (attachment,) = seen["attachments"]
    assert attachment["device"] == "/dev/vdb"
    assert attachment["host_name"] == ("nobody" if rest.name == "admin" else None)  # hidden from members


def on_host(backend: str) -> Callable[[Rest, Any], bool]:
    def look(rest: Rest, made: Any) -> bool:
        return bool(rest.show(made)["os-vol-host-attr:host"] == rest.cloud.host(backend))

    return look


def unmanaged(rest: Rest, made: Any) -> bool:
    return rest.is_gone(made) and rest.cloud.data(made).exists()


def uploaded(rest: Rest, made: Any) -> None:
    (image,) = rest.images(f"{made['name']}-image")
    assert (image["status"], image["disk_format"]) == ("active", "raw")
    assert rest.show(made)["status"] == "available"


def migration_completed(rest: Rest, made: Any) -> None:
    """Of volumes that are not in migration, Cinder only moves the attachments, here none."""
    volume = rest.show(made)
    assert volume["status"] == "available"
    assert TIME in volume["metadata"].values()


def by_name(made: Any) -> str:
    return str(made["name"])


CASES = [
    Case("extend", volume, act("extend", new_size=2, volume=by_name), shows(size=2), after=after(size=2)),
    Case("extend in use", in_use, act("extend", new_size=3), shows(size=3, status="in-use"), after=after(size=3)),
    Case("set_image_metadata", volume, act("set_image_metadata", image_metadata={"os": "a", "n": 1}),
         image_metadata(os="a", n="1"), after=after(image_metadata={"os": "a", "n": "1"})),
    Case("unset_image_metadata",
         with_action("os-set_image_metadata", {"metadata": {"a": "1", "b": "2", "c": "3"}}, "available"),
         act("unset_image_metadata", keys=["a", "b", "absent"]), image_metadata(c="3"),
         after=after(image_metadata={"c": "3"})),
    Case("show_image_metadata", with_action("os-set_image_metadata", {"metadata": {"a": "1"}}, "available"),
         act("show_image_metadata"), image_metadata(a="1"), changed=False),
    Case("attach", volume, act("attach", host_name="nobody", mountpoint="/dev/vdb"), attached,
         after=after(status="in-use")),
    Case("detach", in_use, act("detach"), shows(status="available", attachments=[])),
    Case("retype", volume, act("retype", new_type="beta", migration_policy="on-demand"),
         shows(volume_type="beta", status="available"), after=after(volume_type="beta")),
    Case("set_bootable", volume, act("set_bootable", bootable=True), shows(bootable="true"),
         after=after(bootable=True)),
    Case("unset bootable", from_image, act("set_bootable", bootable=False), shows(bootable="false")),
    Case("upload_image", volume,
         act("upload_image", image_name=lambda made: f"{made['name']}-image", disk_format="raw"), uploaded),
    Case("reserve", volume, act("reserve"), shows(status="attaching"), after=after(status="attaching")),
    Case("unreserve", with_action("os-reserve", {}, "attaching"), act("unreserve"), shows(status="available")),
    Case("begin_detaching", in_use, act("begin_detaching"), shows(status="detaching")),
    Case("roll_detaching", with_action("os-begin_detaching", {}, "detaching", in_use), act("roll_detaching"),
         shows(status="in-use")),
    Case("initialize_connection", volume, act("initialize_connection", connector=CONNECTOR), shows(status="available"),
         again=True),
    Case("terminate_connection", in_use, act("terminate_connection", connector=CONNECTOR), shows(status="in-use"),
         again=True),
    Case("set_readonly", volume, act("set_readonly", readonly=True),
         lambda rest, made: rest.show(made)["metadata"]["readonly"] == "True", after=after(readonly=True)),
    Case("revert", written_over, act("revert", snapshot=lambda made: made["snapshot"], once=TIME), reverted),
    Case("revert to the newest, always", written_over, act("revert"), reverted, again=True),
    Case("reimage", from_image, act("reimage", image="tiny2"), reimaged),
    Case("reimage once", from_image, act("reimage", image="tiny2", once=TIME), reimaged),
]  # fmt: skip

ADMIN_CASES = [
    Case("reset_status", volume, act("reset_status", status="error"), shows(status="error"),
         after=after(status="error")),
    Case("reset attach_status", in_use, act("reset_status", status="available", attach_status="detached"),
         shows(status="available", attachments=[])),
    Case("reset migration_status", volume, act("reset_status", migration_status="starting"),
         shows(**{"os-vol-mig-status-attr:migstat": "starting"})),
    Case("force_detach", with_action("os-begin_detaching", {}, "detaching", in_use), act("force_detach"),
         shows(status="available", attachments=[])),
    Case("unmanage", volume, act("unmanage"), unmanaged),
    Case("migrate", movable, act("migrate", host="lab@beta#beta"), on_host("beta")),
    Case("migrate by copying", movable, act("migrate", host="lab@beta", force_host_copy=True, lock_volume=True),
         on_host("beta")),
    Case("migrate to a cluster", movable, act("migrate", cluster="lab@gamma#gamma"), on_host("gamma")),
    Case("complete_migration", pair, act("complete_migration", new_volume=lambda made: made["other"], once=TIME),
         migration_completed),
    Case("force_delete", with_action("os-reset_status", {"status": "error_deleting"}, "error_deleting"),
         act("force_delete"), lambda rest, made: rest.is_gone(made)),
    Case("upload a public image", volume,
         act("upload_image", image_name=lambda made: f"{made['name']}-image", disk_format="raw", visibility="public",
             protected=True), uploaded),
]  # fmt: skip

BY_ADMIN, BY_MEMBER = shared_out(CASES, ["show_image_metadata", "initialize_connection", "upload_image", "extend"])


@pytest.fixture(scope="module")
def as_admin(four_passes: Callable[..., FourPasses]) -> FourPasses:
    return four_passes([*BY_ADMIN, *ADMIN_CASES])


@pytest.fixture(scope="module")
def as_member(four_passes: Callable[..., FourPasses], demo: Rest) -> FourPasses:
    return four_passes(BY_MEMBER, cloud="demo", witness=demo)


@pytest.mark.parametrize("verb", dealt([*CASES, *ADMIN_CASES], [*BY_ADMIN, *ADMIN_CASES]))
def test_four_passes_as_admin(as_admin: FourPasses, verb: str) -> None:
    as_admin.check(verb)


@pytest.mark.parametrize("verb", dealt(CASES, BY_MEMBER))
def test_four_passes_as_a_member(as_member: FourPasses, verb: str) -> None:
    as_member.check(verb)


def test_all_verbs_are_here(playbook: Any) -> None:
    """The module's own list of verbs is covered."""
    run = playbook([{"unified.storage.volume_action": {"volume": "none", "action": "no such verb"}}])
    listed = run.only.msg.split(": ", 1)[-1].split(", got")[0]
    verbs = {verb.strip() for verb in listed.split(",")}
    made = {"id": "x", "name": "x", "snapshot": "x", "other": "x"}
    covered = {case.task(made)["unified.storage.volume_action"]["action"] for case in (*CASES, *ADMIN_CASES)}
    assert len(verbs) == 24, listed
    assert covered == verbs


def test_what_they_return(as_admin: FourPasses) -> None:
    of = as_admin.results
    assert of["show_image_metadata"]["run"]["image_metadata"] == {"a": "1"}
    assert of["initialize_connection"]["run"]["connection_info"]["driver_volume_type"] == "iscsi"
    image = of["upload_image"]["run"]["image_id"]
    assert image == of["upload_image"]["run again"]["image_id"]
    assert of["extend"]["check"]["volume"]["size"] == of["extend"]["run"]["volume"]["size"] == 2
    assert of["force_delete"]["run"]["volume"] is None


def test_an_upload_that_fails(cloud: Cloud, playbook: Playbook, rest: Rest, names: UniqueNames) -> None:
    """Cinder removes the image, and puts the volume back: that is no success."""
    made = rest.volume(names("v"))
    task = act("upload_image", image_name=names("image"), disk_format="raw")(made)
    with cloud.fault("copy_volume_to_image", match=made["id"], message="disk on fire"):
        failed = playbook([task]).only
    assert (failed.failed, failed.kind) == (True, "failed"), failed.result
    assert "the image is gone" in failed.msg
    assert rest.show(made)["status"] == "available" and not rest.images(names("image"))
    done = playbook([task]).assert_ok().only
    assert done.changed and [image["id"] for image in rest.images(names("image"))] == [done["image_id"]]
    assert not playbook([task]).assert_ok().only.changed
