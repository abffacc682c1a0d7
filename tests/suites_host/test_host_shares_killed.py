# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs of several steps, killed before every write in turn: the next run completes them or takes them back.

Nothing that is half made is exported, and no data are lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from backend_call import BackEnd, Killed
from hostlab import Lab, Machine
from shares import LOOK, ROOT, THICK, THIN, Share, clear, half_made, remove_all, set_up, table

CLIENT = "192.0.2.1"
MOST = 40


@pytest.fixture(scope="module", autouse=True)
def theirs(host1: Machine) -> Iterator[str]:
    """What is somebody else's is as it was, after all tests."""
    before = set_up(host1)
    yield before
    after = host1.sh(LOOK)
    clear(host1)
    assert after == before


@pytest.fixture
def host(back_end: BackEnd) -> Iterator[BackEnd]:
    back_end.storage = dict(THIN)
    yield back_end
    back_end.storage = dict(THIN)
    remove_all(back_end)


class Points:
    """for n in points: kill before the n-th write. Ends when a verb gets to its end; says how many there were."""

    def __init__(self, host: BackEnd, capsys: pytest.CaptureFixture[str]) -> None:
        self.host, self._capsys, self._open = host, capsys, True

    def __call__(self, what: str) -> Iterator[int]:
        for n in range(1, MOST):
            self._open = False
            yield n
            if not self._open:
                with self._capsys.disabled():
                    print(f"\n{what}: killed before each of its {n - 1} writes; completed or taken back each time")
                assert n > 2
                return
        raise AssertionError(f"{what} has more than {MOST} writes")

    def kill(self, n: int, do: Callable[..., Any], *words: Any, **args: Any) -> bool:
        """True when it was killed, and False when there were not so many writes: it is done."""
        try:
            do(*words, kill=n, **args)
        except Killed:
            self._open = True
            left = half_made(self.host.machine, self.host)
            assert left == [], f"exported after a kill before write {n}: {left}"
            return True
        return False


@pytest.fixture
def points(host: BackEnd, capsys: pytest.CaptureFixture[str]) -> Points:
    return Points(host, capsys)


def left_over(machine: Machine) -> str:
    """What is of shares on the host, in whatever form."""
    units = "/etc/systemd/system"
    return machine.sh(
        "lvs --noheadings -o lv_name nfs0 | grep share || true\n"
        "ls -A /etc/exports.d | grep -v '^other.exports$' || true\n"
        f"ls {units} {units}/local-fs.target.wants | grep srv-shares || true\n"
        f"ls {ROOT} 2>/dev/null || true\n"
        f"grep {ROOT} /proc/mounts /var/lib/nfs/etab || true"
    )


SELDOM = pytest.mark.seldom


@pytest.mark.parametrize("filesystem", ["ext4", pytest.param("xfs", marks=SELDOM)])
def test_create_and_delete(host: BackEnd, host1: Machine, points: Points, filesystem: str) -> None:
    host.storage = {**(THICK if filesystem == "ext4" else THIN), "filesystem": filesystem}
    for n in points(f"create share ({filesystem})"):
        points.kill(n, host.perform, "share", "create", name="k", size=1, share_protocol="NFS")
        assert table(host1) == []
        made = host.observe("share")
        assert len(made) <= 1
        if n % 2 and made:  # the same task again
            seen = host.settle("share", made[0]["id"])
            assert seen and seen["status"] == "available" and seen["backend_details"]["mounted"]
            host1.sh(f"echo yes > {ROOT}/share-{seen['id']}/file")
            assert host1.sh(f"stat -c %a {ROOT}/share-{seen['id']}") == "777"
        if made:  # or one that wants it away
            host.perform("share", "delete", made[0]["id"])
        assert left_over(host1) == ""


@SELDOM
def test_delete(host: BackEnd, host1: Machine, points: Points) -> None:
    for n in points("delete share"):
        share = Share(host)
        share.allow(CLIENT)
        share.write("data")
        points.kill(n, share.do, "delete")
        seen = host.one("share", share.id)
        if seen and seen["status"] == "available":
            assert n == 1 and share.read() == "data" and table(host1) == [share.path]
            share.do("delete")
        elif seen:
            assert seen["status"] == "deleting" and seen["unfinished"]
            host.settle("share", share.id)
        assert left_over(host1) == ""


@SELDOM
def test_extend_and_shrink(host: BackEnd, host1: Machine, points: Points) -> None:
    host.storage = {**THIN, "filesystem": "xfs"}
    share, size = Share(host), 1
    share.write("data")
    for n in points("extend share (xfs)"):
        size += 1
        points.kill(n, share.do, "extend", new_size=size)
        host.settle("share", share.id)
        if share.seen()["size"] < size:
            assert n == 1
            share.do("extend", new_size=size)
        check_size(share, size)
    share.do("delete")
    host.storage = {**THIN, "filesystem": "ext4"}
    share = Share(host)
    share.write("data")
    share.allow(CLIENT)
    share.do("extend", new_size=2)
    for n in points("shrink share (ext4)"):
        points.kill(n, share.do, "shrink", new_size=1)
        host.settle("share", share.id)
        if n == 1:
            check_size(share, 2)
            continue
        check_size(share, 1)
        assert table(host1) == [share.path] and [r["status"] for r in share.rules()] == ["active"]
        share.do("extend", new_size=2)


def check_size(share: Share, size: int) -> None:
    seen = share.seen()
    assert (seen["status"], seen["size"], share.read()) == ("available", size, "data")
    room = int(share.back_end.machine.sh(f"df --output=size -B1M {share.path} | tail -1"))
    assert 900 * size < room <= 1024 * size


@SELDOM
@pytest.mark.parametrize(
    ("storage", "filesystem"),
    [pytest.param(THICK, "ext4", id="thick ext4"), pytest.param(THIN, "xfs", id="thin xfs")],
)
def test_revert(host: BackEnd, host1: Machine, points: Points, storage: dict[str, Any], filesystem: str) -> None:
    host.storage = {**storage, "filesystem": filesystem}
    share = Share(host)
    share.allow(CLIENT)
    share.write("then")
    snapshot = share.snapshot()
    for n in points(f"revert share ({filesystem})"):
        share.write("now")
        points.kill(n, share.do, "revert", snapshot_id=snapshot)
        assert [found["id"] for found in host.observe("share_snapshot")] == [snapshot]
        seen = host.settle("share", share.id)
        assert seen and seen["status"] == "available"
        assert share.read() == ("now" if n == 1 else "then")
        assert host.one("share_snapshot", snapshot)["status"] == "available"
        assert table(host1) == [share.path] and [r["status"] for r in share.rules()] == ["active"]


@SELDOM
def test_rules(host: BackEnd, host1: Machine, points: Points) -> None:
    share = Share(host)
    snapshot = share.snapshot()
    host.perform("share_snapshot", "mount", snapshot)
    both = sorted([share.path, f"{ROOT}/share-snapshot-{snapshot}"])
    allow = {"share_id": share.id, "access_type": "ip", "access_to": CLIENT, "access_level": "rw"}
    kind = "share_access_rule"

    def settle() -> list[dict[str, Any]]:
        for rule in share.rules():
            host.settle(kind, rule["id"])
        return share.rules()

    for n in points("create access rule"):
        points.kill(n, host.perform, kind, "create", **allow)
        for rule in settle():
            assert (rule["status"], rule["access_level"]) == ("active", "rw") and table(host1) == both
            share.deny(rule["id"])
        assert table(host1) == []
    for n in points("update access rule"):
        ident = share.allow(CLIENT)
        points.kill(n, host.perform, kind, "update", ident, share_id=share.id, access_level="ro")
        (rule,) = settle()
        assert (rule["status"], rule["access_level"]) == ("active", "rw" if n == 1 else "ro")
        assert table(host1) == both
        share.deny(ident)
    for n in points("delete access rule"):
        ident = share.allow(CLIENT)
        points.kill(n, host.perform, kind, "delete", ident, share_id=share.id)
        left = settle()
        assert len(left) == (1 if n == 1 else 0)
        share.deny(ident)
        assert table(host1) == [] and share.rules() == []
    share.allow(CLIENT)
    for n in points("unmount snapshot"):
        points.kill(n, host.perform, "share_snapshot", "unmount", snapshot)
        host.perform("share_snapshot", "unmount", snapshot)
        assert table(host1) == [share.path]
        points_again = host.one("share_snapshot", snapshot)
        assert points_again and points_again["export_locations"] == []
        host.perform("share_snapshot", "mount", snapshot)
        assert table(host1) == both
    host.perform("share_snapshot", "unmount", snapshot)
    for n in points("mount snapshot"):
        points.kill(n, host.perform, "share_snapshot", "mount", snapshot)
        host.perform("share_snapshot", "mount", snapshot)
        assert table(host1) == both
        host.perform("share_snapshot", "unmount", snapshot)
    for n in points("delete snapshot"):
        other = share.snapshot("other")
        host.perform("share_snapshot", "mount", other)
        points.kill(n, host.perform, "share_snapshot", "delete", other)
        if n == 1:
            host.perform("share_snapshot", "delete", other)
        host.settle("share_snapshot", other)
        assert [found["id"] for found in host.observe("share_snapshot")] == [snapshot]
        assert table(host1) == [share.path]


@SELDOM
def test_power_off(host: BackEnd, host1: Machine, lab: Lab, points: Points) -> None:
    """The power fails in the middle of a create, a delete and a revert, all at once."""
    host.storage = dict(THICK)
    reverted, deleted = Share(host, "reverted"), Share(host, "deleted")
    for share in (reverted, deleted):
        share.allow(CLIENT)
        share.write("then")
    snapshot = reverted.snapshot()
    reverted.write("now")
    host1.sh("sync")
    assert points.kill(7, reverted.do, "revert", snapshot_id=snapshot)  # merged, and not yet taken anew
    assert points.kill(4, deleted.do, "delete")
    assert points.kill(4, host.perform, "share", "create", name="created", size=1, share_protocol="NFS")
    host.close()
    assert lab.control("poweroff", "host1").returncode == 0
    assert lab.control("start", "host1").returncode == 0
    host1.sh("exportfs -o ro,sync,no_subtree_check 192.0.2.77:/srv/other")
    (created,) = [found["id"] for found in host.observe("share") if found["name"] == "created"]
    for ident in (created, deleted.id, reverted.id):
        host.settle("share", ident)
    assert {found["name"]: found["status"] for found in host.observe("share")} == {
        "reverted": "available",
        "created": "available",
    }
    assert reverted.read() == "then" and table(host1) == [reverted.path]
    assert host.one("share_snapshot", snapshot)["status"] == "available"
