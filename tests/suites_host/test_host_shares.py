# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares on a real host, by the back end itself; who gets in is asked of a second host."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from backend_call import BackEnd, Refused
from hostlab import Lab, Machine
from shares import LOOK, ROOT, THICK, THIN, Share, clear, mounted, remove_all, set_up, table

pytestmark = pytest.mark.seldom


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


#: NFS 4 does not show what one may not have.
DENIED = r"access denied|No such file"


def address(machine: Machine) -> str:
    return machine.address


@pytest.mark.parametrize(("storage", "filesystem"), [(THICK, "ext4"), (THIN, "xfs")], ids=["thick ext4", "thin xfs"])
def test_a_life(host: BackEnd, host1: Machine, storage: dict[str, object], filesystem: str) -> None:
    host.storage = {**storage, "filesystem": filesystem}
    share = Share(host, metadata={"k": "ü"}, description="a 'b'")
    seen = share.seen()
    assert (seen["name"], seen["status"], seen["size"], seen["metadata"]) == ("data", "available", 1, {"k": "ü"})
    assert seen["export_locations"] == [{"path": f"10.77.0.2:{share.path}", "preferred": True}]
    assert seen["backend_details"]["filesystem"] == filesystem
    assert table(host1) == []  # nobody was let in yet
    share.write("one")
    share.do("extend", new_size=2)
    assert share.seen()["size"] == 2
    assert int(host1.sh(f"df --output=size -B1M {share.path} | tail -1")) > 1800
    before = share.snapshot()
    share.write("two")
    share.do("revert", snapshot_id=before)
    assert share.read() == "one"
    assert host.one("share_snapshot", before)["status"] == "available"
    with pytest.raises(Refused, match="has snapshots") as refused:
        share.do("delete")
    assert refused.value.kind == "conflict"
    if storage is THICK:
        with pytest.raises(Refused, match="thick snapshots"):
            share.do("extend", new_size=3)
    else:
        share.do("extend", new_size=3)
        share.do("revert", snapshot_id=before)  # it takes the size that it had then
        assert (share.seen()["size"], share.read()) == (2, "one")
    host.perform("share_snapshot", "delete", before)
    if filesystem == "ext4":
        share.do("shrink", new_size=1)
        assert share.seen()["size"] == 1 and share.read() == "one"
    else:
        with pytest.raises(Refused, match="only ext4"):
            share.do("shrink", new_size=1)
    share.do("update", name="new", description=None)
    share.do("merge_metadata", metadata={"more": "1"})
    assert (share.seen()["name"], share.seen()["metadata"]) == ("new", {"k": "ü", "more": "1"})
    share.do("delete")
    assert host.observe("share") == []
    assert host1.sh(f"ls {ROOT} /etc/exports.d; ls /etc/systemd/system | grep srv || true").split() == [
        *("/etc/exports.d:", "other.exports", f"{ROOT}:")
    ]
    share.do("delete")  # once more changes nothing
    assert not host.writes


def test_who_gets_in(host: BackEnd, host1: Machine, host2: Machine) -> None:
    share = Share(host)
    share.write("hello")
    (location,) = [place["path"] for place in share.seen()["export_locations"]]
    with pytest.raises(AssertionError, match=DENIED), mounted(host2, location):
        pass
    rule = share.allow(address(host2))
    assert [found["rules"] for found in host.observe("share_rule_set")] == [share.rules()]
    assert table(host1) == [share.path]
    with mounted(host2, location) as where:
        assert host2.sh(f"cat {where}/file; echo; echo new > {where}/new; cat {where}/new").split() == ["hello", "new"]
        host.perform("share_access_rule", "update", rule, share_id=share.id, access_level="ro")
        assert host2.sh(f"cat {where}/file") == "hello"
        assert "Read-only file system" in host2.run(f"echo x > {where}/other").stderr.decode()
        share.deny(rule)
        assert share.rules() == [] and table(host1) == []
        assert host2.run(f"ls {where}").returncode != 0
    with pytest.raises(AssertionError, match=DENIED), mounted(host2, location):
        pass
    share.allow("10.77.0.0/24", "ro")
    with mounted(host2, location, options="vers=3,nolock") as where:
        assert host2.sh(f"cat {where}/file") == "hello"
        assert "Read-only file system" in host2.run(f"echo x > {where}/other").stderr.decode()


def test_who_stays_sees_nothing_of_changes(host: BackEnd, host1: Machine, host2: Machine) -> None:
    share = Share(host)
    share.allow(address(host2))
    (location,) = [place["path"] for place in share.seen()["export_locations"]]
    with mounted(host2, location) as where:
        script = f"n=0; while [ ! -e /tmp/stop ]; do echo $n > {where}/busy && cat {where}/busy >/dev/null && "
        script += "n=$((n+1)) || echo wrong >> /tmp/wrong; done; echo $n > /tmp/count"
        host2.sh(f"rm -f /tmp/stop /tmp/wrong /tmp/count; nohup sh -c '{script}' >/dev/null 2>&1 &")
        others = [share.allow(f"192.0.2.{n}", "ro") for n in (1, 2)]
        others.append(share.allow("2001:db8::/64"))
        host.perform("share_access_rule", "update", others[0], share_id=share.id, access_level="rw")
        for rule in others:
            share.deny(rule)
        host2.sh("touch /tmp/stop; for i in $(seq 50); do [ -e /tmp/count ] && break; sleep 0.2; done")
        assert int(host2.sh("cat /tmp/count")) > 10
        assert host2.run("cat /tmp/wrong").returncode != 0, "the client saw errors"
    assert [rule["access_to"] for rule in share.rules()] == [address(host2)]


def test_in_use_is_refused_and_stays_as_it_was(host: BackEnd, host1: Machine, host2: Machine) -> None:
    share = Share(host)
    share.allow(address(host2))
    snapshot = share.snapshot()
    (location,) = [place["path"] for place in share.seen()["export_locations"]]
    with mounted(host2, location) as where:
        host2.sh(f"nohup sh -c 'exec 3>{where}/open; sleep 60' >/dev/null 2>&1 & sleep 0.5")
        before = host1.sh("cat /var/lib/nfs/etab /proc/mounts")
        with pytest.raises(Refused, match="have 1 files open"):
            share.do("revert", snapshot_id=snapshot)
        assert host1.sh("cat /var/lib/nfs/etab /proc/mounts") == before
        host2.sh(f"echo more > {where}/more")
        host2.run("pkill -f 'sleep 60'")
    host1.sh(f"cd {share.path}; nohup sleep 60 >/dev/null 2>&1 &")
    with pytest.raises(Refused, match="in use"):
        share.do("revert", snapshot_id=snapshot)
    assert share.seen()["status"] == "available" and table(host1) == [share.path]
    host1.run("pkill -f 'sleep 60'")


def test_what_is_open_elsewhere_is_left_alone(host: BackEnd, host1: Machine) -> None:
    share = Share(host)
    share.allow("192.0.2.1")
    snapshot = share.snapshot()
    device = f"/dev/nfs0/share-snapshot-{snapshot}"
    host1.sh(f"mkdir -p /mnt/s; mount -o ro,noload {device} /mnt/s")
    for verb, args in (("revert", {"snapshot_id": snapshot}), ("delete", None)):
        with pytest.raises(Refused, match="mounted on /mnt/s too"):
            share.do(verb, **args) if args else host.perform("share_snapshot", verb, snapshot)
        assert not host.writes
    host1.sh("umount /mnt/s")
    holder = host1.start(f"exec 3<{device}; echo open; sleep 600")
    assert holder.stdout and holder.stdout.readline() == b"open\n"
    with pytest.raises(Refused, match="open by something else"):
        host.perform("share_snapshot", "delete", snapshot)
    holder.kill()
    host1.run("pkill -x sleep")
    assert host.one("share_snapshot", snapshot)["status"] == "available"
    host.perform("share_snapshot", "delete", snapshot)
    host1.sh(f"mount --bind {share.path} /mnt/s")
    for verb in ("delete", "shrink"):
        with pytest.raises(Refused, match="mounted on /mnt/s too"):
            share.do(verb, **({"new_size": 1} if verb == "shrink" else {}))
        assert not host.writes
    host1.sh("umount /mnt/s")
    assert share.seen()["status"] == "available" and table(host1) == [share.path]


@pytest.fixture
def broken(host1: Machine) -> Iterator[Callable[[str], None]]:
    """Makes a command of the host fail; none, and at the end: all are as they were."""

    def breaks(command: str) -> None:
        host1.sh("rm -f /usr/local/sbin/*")
        if command:
            file = f"/usr/local/sbin/{command}"
            host1.sh(f"printf '#!/bin/sh\\necho broken >&2\\nexit 5\\n' > {file}; chmod 755 {file}")

    yield breaks
    breaks("")


def test_what_fails_in_the_middle_leaves_nobody_outside(
    host: BackEnd, host1: Machine, broken: Callable[[str], None]
) -> None:
    share = Share(host)
    share.allow("192.0.2.1")
    share.write("then")
    snapshot = share.snapshot()
    share.write("now")
    broken("lvconvert")
    with pytest.raises(Refused, match="broken") as refused:
        share.do("revert", snapshot_id=snapshot)
    assert refused.value.changed and share.seen()["status"] == "reverting"
    assert table(host1) == [share.path] and share.read() == "now"
    broken("resize2fs")
    host.settle("share", share.id)
    assert share.seen()["status"] == "available" and share.read() == "then"
    host.perform("share_snapshot", "delete", snapshot)
    with pytest.raises(Refused, match="broken") as refused:
        share.do("extend", new_size=2)
    assert refused.value.changed and share.seen()["size"] == 2, "it grew, and its file system did not"
    broken("")
    host.settle("share", share.id)
    broken("resize2fs")
    with pytest.raises(Refused, match="broken") as refused:
        share.do("shrink", new_size=1)
    assert not refused.value.changed and table(host1) == [share.path]
    seen = share.seen()
    assert (seen["status"], seen["size"]) == ("available", 2)


def test_two_lines_for_a_share_are_told_before_anything_is_done(host: BackEnd, host1: Machine) -> None:
    share = Share(host)
    share.allow("192.0.2.1")
    file = "/etc/exports.d/twice.exports"
    host1.sh(f"echo '{share.path}/ 192.0.2.7(ro,no_subtree_check)' > {file}")
    snapshot = share.snapshot()
    for verb, args in (("revert", {"snapshot_id": snapshot}), ("delete", {}), ("shrink", {"new_size": 1})):
        if verb != "revert":
            host.perform("share_snapshot", "delete", snapshot)
        with pytest.raises(Refused, match="several lines"):
            share.do(verb, **args)
        assert not host.writes
    host1.sh(f"rm {file}")
    assert share.seen()["status"] == "available" and table(host1) == [share.path]


def test_a_rule_that_was_refused_is_taken_back(host: BackEnd, host1: Machine, broken: Callable[[str], None]) -> None:
    share = Share(host)
    snapshot = share.snapshot()
    host.perform("share_snapshot", "mount", snapshot)
    host.storage = {**THIN, "export_options": ["sync", "xprtsec=mtls"]}
    with pytest.raises(Refused, match="xprtsec") as refused:
        share.allow("192.0.2.1", lock_deletion=True)
    assert not refused.value.changed and share.rules() == [] and host.observe("resource_lock") == []
    assert host1.run(f"ls /etc/exports.d/share-{share.id}.exports").returncode != 0
    host.storage = dict(THIN)
    rule = share.allow("192.0.2.1")
    both = sorted([share.path, f"{ROOT}/share-snapshot-{snapshot}"])
    assert table(host1) == both
    broken("exportfs")
    with pytest.raises(Refused, match="broken") as refused:
        host.perform("share_access_rule", "update", rule, share_id=share.id, access_level="ro")
    (seen,) = share.rules()
    assert (seen["access_level"], seen["status"], refused.value.changed) == ("rw", "active", False)
    with pytest.raises(Refused, match="broken"):
        share.allow("192.0.2.2")
    broken("")
    assert [found["access_to"] for found in share.rules()] == ["192.0.2.1"] and table(host1) == both
    host.perform("share_snapshot", "unmount", snapshot)


def test_a_snapshot_on_request(host: BackEnd, host1: Machine, host2: Machine) -> None:
    host.storage = {**THICK, "filesystem": "xfs"}
    share = Share(host)
    rule = share.allow(address(host2))
    share.write("then")
    snapshot = share.snapshot()
    share.write("now")
    assert host.one("share_snapshot", snapshot)["mounted"] is False
    host.perform("share_snapshot", "mount", snapshot)
    seen = host.one("share_snapshot", snapshot)
    assert seen["mounted"] is True
    (location,) = [place["path"] for place in seen["export_locations"]]
    with mounted(host2, location) as where:
        # What is in use is not unmounted, and its users do not notice that somebody tried.
        host2.sh(f"nohup sh -c 'exec 3<{where}/file; sleep 600' >/dev/null 2>&1 &")
        host1.sh("for i in $(seq 50); do grep -q 'type: open' /proc/fs/nfsd/clients/*/states && break; sleep 0.2; done")
        with pytest.raises(Refused, match="have 1 files open"):
            host.perform("share_snapshot", "unmount", snapshot)
        assert host2.sh(f"cat {where}/file") == "then"
        host2.run("pkill -f 'sleep 600'")
        assert "Read-only file system" in host2.run(f"echo x > {where}/other").stderr.decode()
    host1.sh(f"cd {location.split(':', 1)[1]}; nohup sleep 60 >/dev/null 2>&1 &")
    for verb in ("unmount", "delete"):
        with pytest.raises(Refused, match="in use"):
            host.perform("share_snapshot", verb, snapshot)
    host1.run("pkill -f 'sleep 60'")
    assert host.one("share_snapshot", snapshot)["mounted"] is True
    host.perform("share_snapshot", "mount", snapshot)
    assert not host.writes
    share.deny(rule)  # whoever loses the share loses its snapshots
    assert table(host1) == []
    host.perform("share_snapshot", "unmount", snapshot)
    assert host.one("share_snapshot", snapshot)["export_locations"] == []
    assert host.one("share_snapshot", snapshot)["mounted"] is False
    host.perform("share_snapshot", "delete", snapshot)


def test_locks_hold(host: BackEnd) -> None:
    share = Share(host)
    lock = host.perform(
        "resource_lock",
        "create",
        resource_id=share.id,
        resource_type="share",
        resource_action="delete",
        lock_reason="audit; $(id)",
    )
    for verb in ("delete", "force_delete", "unmanage"):
        with pytest.raises(Refused, match=r"locked against deletion .*audit; \$\(id\)") as refused:
            share.do(verb)
        assert refused.value.kind == "locked" and not host.writes
    assert [found["id"] for found in host.observe("resource_lock", resource_id=share.id)] == [lock["id"]]
    host.perform("resource_lock", "update", lock["id"], lock_reason="other")
    assert host.one("resource_lock", lock["id"])["lock_reason"] == "other"
    host.perform("resource_lock", "delete", lock["id"])
    rule = share.allow("192.0.2.1", lock_deletion=True, lock_visibility=True)
    assert {found["resource_action"] for found in host.observe("resource_lock")} == {"delete", "show"}
    with pytest.raises(Refused, match="locked"):
        share.deny(rule)
    with pytest.raises(Refused, match="locked"):
        share.do("delete")
    share.deny(rule, unrestrict=True)
    assert share.rules() == [] and host.observe("resource_lock") == []


def test_an_export_by_hand_is_adopted_and_released_as_it_was(host: BackEnd, host1: Machine, theirs: str) -> None:
    made = host.perform("share", "manage", export_path="10.77.0.2:/srv/theirs", name="adopted", description="adopted")
    seen = host.one("share", made["id"])
    assert (seen["status"], seen["size"], seen["backend_details"]["exports_file"]) == ("available", 1, "/etc/exports")
    rules = {r["access_to"]: r for r in host.observe("share_access_rule", share_id=made["id"])}
    assert {who: (r["access_level"], r["status"], r["access_type"]) for who, r in rules.items()} == {
        "10.77.0.3": ("rw", "active", "ip"),
        "@trusted": ("ro", "active", "host"),
    }
    with pytest.raises(Refused, match="is a share of this collection already"):
        host.perform("share", "manage", export_path="/srv/theirs")
    with pytest.raises(Refused, match="/etc/fstab"):
        host.perform("share", "delete", made["id"])
    assert not host.writes
    before = host1.sh("cat /etc/exports")
    ident = {"share_id": made["id"]}
    rule = host.perform("share_access_rule", "create", access_to="192.0.2.9", access_level="ro", **ident)
    entry = host1.sh("cat /etc/exports")
    # What only one of the clients may is nothing for another one.
    assert entry.splitlines()[0] == "# by hand" and "192.0.2.9(ro,sync,no_subtree_check)" in entry
    host.perform("share_access_rule", "delete", rule["id"], **ident)
    host.perform("share", "unmanage", made["id"])
    assert host1.run("ls /etc/exports.d/share-*").returncode != 0
    # The line was written anew, with what it said; the test puts the spaces back.
    assert before.split() == [*host1.sh("cat /etc/exports").split(), "#", "ours"]
    host1.run("cat > /etc/exports", (before + "\n").encode())
    # And when nothing was changed in between, not even a space.
    made = host.perform("share", "manage", export_path="/srv/theirs", name="adopted", description="adopted")
    host.perform("share", "unmanage", made["id"])
    assert host1.sh(LOOK) == theirs


def test_an_adopted_share_comes_back_as_it_was(host: BackEnd, host1: Machine, theirs: str) -> None:
    """Its mount options, who was let in by hand alone, and hosts by their names, under another spelling of its path."""
    path, export = "/srv/theirs", "exportfs -o rw,sync,no_subtree_check"
    host1.sh("cp /etc/exports /etc/hosts /root; echo '192.0.2.50 web1.example.org web1' >> /etc/hosts")
    host1.sh(f"sed -i 's|^{path} |{path}/ web1(rw,sync,no_subtree_check) |' /etc/exports; {export} web1:{path}")
    host1.sh(f"{export} 192.0.2.78:{path}; mount -o remount,noexec {path}")
    made = host.perform("share", "manage", export_path=path, name="adopted", description="adopted")
    ident = {"share_id": made["id"]}
    rules = {rule["access_to"]: rule for rule in host.observe("share_access_rule", **ident)}
    assert {who: rule["status"] for who, rule in rules.items()} == dict.fromkeys(
        ("10.77.0.3", "@trusted", "web1"), "active"
    )
    snapshot = host.perform("share_snapshot", "create", name="s", **ident)["id"]

    def now() -> str:
        return host1.sh(f"grep {path} /proc/mounts; grep -o '^{path}[^(]*' /var/lib/nfs/etab | sort")

    before = now()
    assert "noexec" in before and "web1.example.org" in before and "192.0.2.78" in before
    host.perform("share", "revert", made["id"], snapshot_id=snapshot)
    assert ["umount", path] in host.writes and now() == before
    host.perform("share_snapshot", "delete", snapshot)
    host.perform("share_access_rule", "delete", rules["web1"]["id"], **ident)
    assert "web1" not in now() + host1.sh("cat /etc/exports")
    host.perform("share", "unmanage", made["id"])
    host1.sh(f"exportfs -u 192.0.2.78:{path}; mount -o remount,exec {path}; cp /root/hosts /root/exports /etc")
    assert host1.sh(LOOK) == theirs


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/srv/nothing", "Nothing is mounted"),
        ("/", "no logical volume"),
        ("../../etc", "Nothing is mounted"),
        ("/srv/theirs/../theirs", "Nothing is mounted"),
        ("", "Nothing is mounted"),
    ],
)
def test_what_cannot_be_adopted(host: BackEnd, path: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        host.perform("share", "manage", export_path=path)
    assert not host.writes


def test_pools(host: BackEnd) -> None:
    share = Share(host)
    pools = {pool["name"]: pool for pool in host.observe("share_pool")}
    assert set(pools) == {"host1@nfs0#nfs0", "host1@nfs0#pool"}
    pool = pools["host1@nfs0#pool"]
    assert (pool["total_capacity"], pool["allocated_capacity"], pool["thin_provisioning"]) == (1.0, 1, True)
    assert 0 < pool["free_capacity"] < 1 and pool["provisioned_capacity"] == 1.0
    assert share.seen()["host"] == pool["name"]


HOSTILE = [
    *("two words", "'", '"', "a\nb", ";reboot", "$(touch /tmp/pwned)", "`id`", "../../etc", "ü漢\U0001f600"),
    *("-rf", "%s", "x" * 255, "é" * 256),
]


def test_hostile_names_are_only_names(host: BackEnd, host1: Machine) -> None:
    share = Share(host, "a\n/etc *(rw)")
    rule = share.allow("192.0.2.1")
    for name in HOSTILE:
        share.do("update", name=name, description=name)
        share.do("replace_metadata", metadata={name[:50]: name})
        host.perform("share_access_rule", "replace_metadata", rule, metadata={"k": name}, removed=[])
        seen = share.seen()
        assert (seen["name"], seen["description"], seen["metadata"]) == (name, name, {name[:50]: name})
        assert share.rules()[0]["metadata"] == {"k": name}
    for name in ("$(touch /tmp/pwned)", "../../etc\n"):  # and from the beginning
        Share(host, name, description=name, metadata={"k": name})
    assert host1.sh("ls -d /srv/* /tmp/pwned 2>/dev/null || true").split() == ["/srv/other", ROOT, "/srv/theirs"]
    assert table(host1) == [share.path]


def test_the_name_of_the_mount_point(host: BackEnd, host1: Machine) -> None:
    for name in ("../etc", "..", ".", "a/b", "/etc", "a\n", " a", "a\\", "x" * 256):
        with pytest.raises(Refused, match="mount_point_name is the name of a folder"):
            Share(host, mount_point_name=name)
        assert not host.log
    host1.sh(f"mkdir -p {ROOT}; ln -s /etc {ROOT}/link")
    with pytest.raises(Refused, match="is no folder"):
        Share(host, mount_point_name="link")
    assert not host.writes
    share = Share(host, mount_point_name="my 'share' ü %n")
    share.allow("192.0.2.1")
    assert host1.sh(f"rm {ROOT}/link; ls {ROOT}") == "my 'share' ü %n" and len(table(host1)) == 1
    assert [place["path"] for place in share.seen()["export_locations"]] == [f"10.77.0.2:{ROOT}/my 'share' ü %n"]
    unit = host1.sh(f"systemd-escape -p --suffix=mount \"{ROOT}/my 'share' ü %n\"")
    assert host1.sh(f"systemctl daemon-reload; systemctl show -P Where '{unit}'") == f"{ROOT}/my 'share' ü %n"
    with pytest.raises(Refused, match="is a share on"):
        Share(host, "other", mount_point_name="my 'share' ü %n")


def test_what_somebody_else_mounts_is_left_alone(host: BackEnd, host1: Machine) -> None:
    unit = "/etc/systemd/system/srv-shares-theirs.mount"
    host1.sh(f"mkdir -p {ROOT}/x; mount -t tmpfs none {ROOT}/x; echo '[Mount]' > {unit}")
    for name, why in (("x", "something is mounted there"), ("theirs", f"by {unit}")):
        with pytest.raises(Refused, match=why):
            Share(host, mount_point_name=name)
        assert not host.writes
    host1.sh(f"umount {ROOT}/x; rmdir {ROOT}/x; rm {unit}")


HOSTILE_CLIENTS = [
    *("", "*", "host.example.org", "@trusted", "10.0.0.1 (rw)", "10.0.0.1\n/etc *(rw)", "10.0.0.1#", "10.0.0.1/33"),
    *("10.0.0.1/8", "fe80::1%eth0", "\u0661\u0660.0.0.1", "$(id)", "10.0.0.1;reboot", "0/0", "-", "gss/krb5"),
]


def test_hostile_clients(host: BackEnd) -> None:
    share = Share(host)
    for who in HOSTILE_CLIENTS:
        with pytest.raises(Refused, match="access_to must be") as refused:
            share.allow(who)
        assert refused.value.kind == "invalid" and not host.writes, who


@pytest.mark.parametrize(
    ("storage", "why"),
    [
        ({"export_options": ["sync\n/etc *(rw)"]}, "no export option"),
        ({"export_options": ["rw"]}, "access level of a rule"),
        ({"export_root": "/srv/../etc"}, "without .."),
        ({"export_root": "srv"}, "absolute path"),
        ({"export_root": "/srv\n/x"}, "no control characters"),
        ({"volume_group": "nowhere"}, "no volume group nowhere"),
        ({"volume_group": None}, "volume_group is missing"),
        ({"thin_pool": None}, "GiB free"),
    ],
)
def test_what_cannot_be_made(host: BackEnd, host1: Machine, storage: dict[str, object], why: str) -> None:
    host.storage = {**THIN, **storage}
    with pytest.raises(Refused, match=why):
        host.perform("share", "create", name="x", size=500, share_protocol="NFS")
    assert host1.sh("lvs --noheadings -o lv_name nfs0").split() == ["pool", "theirs"]
    host.storage = dict(THIN)


def test_links_in_the_way(host: BackEnd, host1: Machine) -> None:
    host1.sh(f"rm -rf {ROOT}; ln -s /etc {ROOT}")
    with pytest.raises(Refused, match="symbolic link to /etc"):
        Share(host)
    host1.sh(f"rm {ROOT}; mkdir -m 777 {ROOT}")
    with pytest.raises(Refused, match="others than root"):
        Share(host)
    host1.sh(f"chmod 755 {ROOT}")
    share = Share(host)
    share.allow("192.0.2.1")
    # The mount point is replaced by a link while it is not mounted: nothing is mounted over what it leads to.
    snapshot = share.snapshot()
    host1.sh(f"ln -s /etc {ROOT}/share-snapshot-{snapshot}")
    with pytest.raises(Refused, match="is no folder"):
        host.perform("share_snapshot", "mount", snapshot)
    host1.sh(f"rm {ROOT}/share-snapshot-{snapshot}; mkdir {ROOT}/share-snapshot-{snapshot}")
    host1.sh(f"touch {ROOT}/share-snapshot-{snapshot}/x")
    with pytest.raises(Refused, match="not empty"):
        host.perform("share_snapshot", "mount", snapshot)
    host1.sh(f"rm -r {ROOT}/share-snapshot-{snapshot}")
    assert table(host1) == [share.path]


def test_a_file_that_was_edited_by_hand(host: BackEnd, host1: Machine) -> None:
    share = Share(host)
    rule = share.allow("192.0.2.1")
    file = f"/etc/exports.d/share-{share.id}.exports"
    text = host1.sh(f"cat {file}")
    host1.run(f"cat > {file}", b'/srv/shares/x "10.0.0.1\n')
    assert share.seen()["access_rules_status"] == "error"
    with pytest.raises(Refused, match=r"cannot be read \(line 1: a quote is not closed\)"):
        share.allow("192.0.2.2")
    host1.run(f"cat > {file}", (text.replace("192.0.2.1", "192.0.2.7") + "\n# mine\n").encode())
    assert {(r["access_to"], r["status"]) for r in share.rules()} == {
        ("192.0.2.1", "applying"),
        ("192.0.2.7", "applying"),
    }
    for each in share.rules():  # the next run that wants them
        host.settle("share_access_rule", each["id"])
    assert {r["status"] for r in share.rules()} == {"active"}
    assert "# mine" in host1.sh(f"cat {file}")
    share.deny(rule)
    assert [r["access_to"] for r in share.rules()] == ["192.0.2.7"]


def test_after_a_reboot_all_is_as_it_was(host: BackEnd, host1: Machine, host2: Machine, lab: Lab, theirs: str) -> None:
    host.storage = dict(THICK)
    thick = Share(host, "thick")
    host.storage = {**THIN, "filesystem": "xfs"}
    thin = Share(host, "thin")
    for share in (thick, thin):
        share.write("kept")
        share.allow(address(host2))
    thin.allow("192.0.2.0/24", "ro")
    snapshots = [thick.snapshot(), thin.snapshot()]
    host.perform("share_snapshot", "mount", snapshots[1])
    host.perform("resource_lock", "create", resource_id=thick.id, resource_type="share", resource_action="delete")

    def everything() -> list[object]:
        kinds = ("share", "share_access_rule", "share_snapshot", "resource_lock")
        found = [host.observe(kind) for kind in kinds]
        for resource in (each for kind in found for each in kind):
            resource.get("backend_details", {}).pop("used_percent", None)
        return [found, table(host1), host1.sh("awk '$2 ~ \"^/srv/shares\" {print $2, $3}' /proc/mounts | sort")]

    before = everything()
    host1.sh("sync")
    host.close()
    assert lab.control("poweroff", "host1").returncode == 0
    assert lab.control("start", "host1").returncode == 0
    host1.sh(
        "exportfs -o ro,sync,no_subtree_check 192.0.2.77:/srv/other"
    )  # what was by hand alone is gone with the power
    assert everything() == before
    for share in (thick, thin):
        with mounted(host2, f"10.77.0.2:{share.path}") as where:
            assert host2.sh(f"cat {where}/file") == "kept"
    with mounted(host2, f"10.77.0.2:{ROOT}/share-snapshot-{snapshots[1]}") as where:
        assert host2.sh(f"cat {where}/file") == "kept"
