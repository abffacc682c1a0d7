# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares for the tests: a volume group of their own, and what else is on the host, which must stay as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from backend_call import BackEnd
from hostlab import Machine

ROOT = "/srv/shares"
STORAGE = {"volume_group": "nfs0", "thin_pool": None, "filesystem": "ext4", "over_provisioning": True}
THICK = {**STORAGE, "export_address": "10.77.0.2"}
THIN = {**THICK, "thin_pool": "pool"}

CLEAR = rf"""
export LC_ALL=C
for path in $(awk '$2 ~ "^({ROOT}|/srv/theirs)" {{print $2}}' /proc/mounts | tac); do umount -l $path; done
rm -rf /etc/exports.d {ROOT} /srv/theirs /srv/other
rm -f /etc/systemd/system/srv-shares-*.mount /etc/systemd/system/local-fs.target.wants/srv-shares-*
: > /etc/exports; : > /etc/fstab
exportfs -ua; exportfs -r
for group in $(vgs --noheadings -o vg_name 2>/dev/null); do vgremove -qq -ff -y $group; done
wipefs -qa /dev/ubdb /dev/ubdc /dev/ubdd
"""

#: A share that somebody made by hand, an export by hand beside it, and one that is in the server's table alone.
THEIRS = r"""
set -e
pvcreate -qq -y /dev/ubdb /dev/ubdc /dev/ubdd
vgcreate -qq nfs0 /dev/ubdb /dev/ubdc /dev/ubdd
lvcreate -qq -y --type thin-pool -L 1G -n pool nfs0
lvcreate -qq -y -L 64M -n theirs nfs0
mkfs.ext4 -q /dev/nfs0/theirs
mkdir -p /srv/theirs /srv/other /etc/exports.d
mount /dev/nfs0/theirs /srv/theirs
head -c 4M /dev/urandom > /srv/theirs/data
echo '/dev/nfs0/theirs /srv/theirs ext4 defaults,nofail 0 2' > /etc/fstab
printf '# by hand\n/srv/theirs   10.77.0.3(rw,sync,no_subtree_check,no_root_squash)' > /etc/exports
printf '\t@trusted(ro,sync,no_subtree_check)  # ours\n' >> /etc/exports
printf '"/srv/other" -sync,no_subtree_check \\\n   192.0.2.0/24(rw)\n' > /etc/exports.d/other.exports
exportfs -r
exportfs -o ro,sync,no_subtree_check 192.0.2.77:/srv/other
"""

LOOK = r"""
cat /etc/exports /etc/exports.d/other.exports /etc/fstab
grep -E '^/srv/(theirs|other)' /var/lib/nfs/etab | sort
lvs --noheadings -o lv_uuid,lv_size,lv_tags,lv_attr nfs0/theirs
sha256sum /srv/theirs/data; grep /srv/theirs /proc/mounts
"""


def set_up(machine: Machine) -> str:
    """The volume group nfs0, and what is somebody else's. That, to compare it later."""
    machine.run(CLEAR)
    machine.sh(THEIRS)
    return machine.sh(LOOK)


def clear(machine: Machine) -> None:
    machine.run(CLEAR)


def remove_all(back_end: BackEnd) -> None:
    """All shares with what they have, after a test."""
    for lock in back_end.observe("resource_lock"):
        back_end.perform("resource_lock", "delete", lock["id"])
    for share in back_end.observe("share"):
        back_end.settle("share", share["id"])
    for snapshot in back_end.observe("share_snapshot"):
        back_end.perform("share_snapshot", "delete", snapshot["id"])
    for share in back_end.observe("share"):
        verb = "unmanage" if "adopted" in str(share["description"]) else "delete"
        back_end.perform("share", verb, share["id"])


class Share:
    """A share of the tests."""

    def __init__(self, back_end: BackEnd, name: str = "data", **args: Any) -> None:
        self.back_end = back_end
        made = back_end.perform("share", "create", name=name, size=1, share_protocol="NFS", **args)
        self.id: str = made["id"]

    @property
    def path(self) -> str:
        return f"{ROOT}/share-{self.id}"

    def seen(self) -> dict[str, Any]:
        found = self.back_end.one("share", self.id)
        assert found, "the share is gone"
        return found

    def do(self, verb: str, **args: Any) -> Any:
        return self.back_end.perform("share", verb, self.id, **args)

    def allow(self, who: str, level: str = "rw", **args: Any) -> str:
        made = self.back_end.perform(
            "share_access_rule",
            "create",
            share_id=self.id,
            access_type="ip",
            access_to=who,
            access_level=level,
            **args,
        )
        return str(made["id"])

    def deny(self, rule: str, **args: Any) -> None:
        self.back_end.perform("share_access_rule", "delete", rule, share_id=self.id, **args)

    def rules(self) -> list[dict[str, Any]]:
        return self.back_end.observe("share_access_rule", share_id=self.id)

    def snapshot(self, name: str = "before") -> str:
        return str(self.back_end.perform("share_snapshot", "create", share_id=self.id, name=name)["id"])

    def write(self, text: str) -> None:
        self.back_end.machine.sh(f"printf %s {text!r} > {self.path}/file; sync -f {self.path}")

    def read(self) -> str:
        return self.back_end.machine.sh(f"cat {self.path}/file")


def table(machine: Machine) -> list[str]:
    """The paths below ROOT that the server exports now."""
    return machine.sh(f"grep -o '^{ROOT}/[^[:space:]]*' /var/lib/nfs/etab | sort || true").split()


def half_made(machine: Machine, back_end: BackEnd) -> list[str]:
    """What is exported and should not be: paths that no share at rest, and no snapshot of one, is mounted on."""
    good = {
        location["path"].split(":", 1)[1]
        for kind in ("share", "share_snapshot")
        for found in back_end.observe(kind)
        if found["status"] not in ("creating", "restoring")
        for location in found["export_locations"]
    }
    mounted = set(machine.sh("awk '{print $2}' /proc/mounts").split())
    return [path for path in table(machine) if path not in good & mounted]


@contextmanager
def mounted(client: Machine, location: str, where: str = "/mnt/share", options: str = "vers=4.2") -> Iterator[str]:
    client.sh(f"mkdir -p {where}; mount -t nfs -o {options},retry=0 {location} {where}")
    try:
        yield where
    finally:
        client.run(f"umount -l {where}")
