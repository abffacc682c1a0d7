# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volume groups of the tests' own, and shell words to make and look at volumes without the modules."""

from __future__ import annotations

from hostlab import Machine

STORAGE = {"volume_group": "us0", "thin_pool": "pool", "over_provisioning": True, "image_root": "/var/tmp/us-images"}
FOREIGN_UUIDS = "lvs --noheadings -o lv_uuid,lv_name,lv_size,lv_tags,lv_attr us0/theirs us0/their-snap us1/theirs"

#: Volumes are made as the collection notes them, small: what is below a GiB counts as one.
WORDS = r"""
export LVM_SUPPRESS_FD_WARNINGS=1 LC_ALL=C
ID() { echo 00000000-0000-4000-8000-0000000000$1; }
SID() { echo 00000000-0000-4000-9000-0000000000$1; }
LV() { echo ${2:-us0}/volume-$(ID $1); }
SNAP() { echo us0/_snapshot-$(SID $1); }
notes() { echo --addtag us:kind=$1 --addtag us:id=$2 --addtag us:name=$3 --addtag us:created_at=2026-11-21T08:00:00Z; }
vol() { nn=$1; shift; lvcreate -qq -y "$@" -n volume-$(ID $nn) $(notes volume $(ID $nn) v$nn) us0; }
thick() { vol $1 -L 32M; }
thin() { vol $1 --type thin -V 32M --thinpool pool; }
snap() { lvcreate -qq -y -s ${2:--l 100%ORIGIN} -n _snapshot-$(SID $1) $(notes volume_snapshot $(SID $1) s$1) \
  --addtag us:volume_id=$(ID $1) --addtag us:size=1 $(LV $1); }
thinsnap() { snap $1 "-kn"; }
data() { head -c 8M /dev/urandom > /var/tmp/data-$1; }
fill() { dd if=/var/tmp/data-$1 of=/dev/${2:-$(LV $1)} bs=1M oflag=direct status=none; }
spoil() { head -c 8M /dev/zero | tr '\0' x | dd of=/dev/${2:-$(LV $1)} bs=1M iflag=fullblock oflag=direct status=none; }
same() { dd if=/dev/${2:-$(LV $1)} bs=1M count=8 iflag=direct status=none | cmp - /var/tmp/data-$1; }
put() { data $1; fill $1; }
note() { lvchange -qq -y --addtag us:$2 $(LV $1); }
noted() { lvs --noheadings -o lv_tags ${3:-$(LV $1)} | tr , '\n' | tr -d ' ' | grep -qx "us:$2"; }
unnoted() { ! noted "$@"; }
is() { [ "$(lvs --noheadings --nosuffix --units m -o $2 ${4:-$(LV $1)} | tr -d ' ')" = "$3" ]; }
named() { lvs --noheadings --separator / -o vg_name,lv_name @us:name=$1 | tr -d ' '; }
gone() { ! lvs $1 2>/dev/null; }
"""

SET_UP = (
    WORDS.replace("{", "{{").replace("}", "}}")
    + r"""
set -e
for disk in {disks}; do wipefs -qa $disk; done
pvcreate -qq -y {disks}
vgcreate -qq us0 {first}
vgcreate -qq us1 {last}
lvcreate -qq -y --type thin-pool -L 1G -n pool us0 {second}
lvcreate -qq -y -L 16M -n theirs --addtag theirs us0
lvcreate -qq -y -s -L 8M -n their-snap us0/theirs
lvcreate -qq -y -L 16M -n theirs us1
rm -rf /var/tmp/us-images; mkdir -p /var/tmp/us-images
"""
)


def set_up(machine: Machine, disks: list[str]) -> str:
    """Groups us0 (with a thin pool) and us1, in each something of somebody else's: that is returned, to compare it."""
    tear_down(machine)
    machine.sh(SET_UP.format(disks=" ".join(disks), first=" ".join(disks[:-1]), second=disks[1], last=disks[-1]))
    return foreign(machine)


def foreign(machine: Machine) -> str:
    return machine.sh(FOREIGN_UUIDS + "; md5sum /dev/us0/theirs /dev/us1/theirs")


def tear_down(machine: Machine) -> None:
    machine.sh(
        "for path in $(awk '$2 ~ \"^/mnt/m\" {print $2}' /proc/mounts); do umount $path; done\n"
        "for vg in us0 us1; do ! vgs $vg >/dev/null 2>&1 || vgremove -qq -ff -y $vg; done; rm -rf /var/tmp/data-*"
    )
