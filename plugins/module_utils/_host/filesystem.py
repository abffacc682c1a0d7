# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""File systems on devices, and where they are mounted."""

from __future__ import annotations

import os
import re
import typing as t

from ansible_collections.unified.storage.plugins.module_utils._errors import Conflict, Failed
from ansible_collections.unified.storage.plugins.module_utils._host import files

if t.TYPE_CHECKING:
    from ansible_collections.unified.storage.plugins.module_utils._host.command import Command

#: Those that can be made and grown.
TYPES = ("ext4", "xfs")
UNITS = "/etc/systemd/system"
_ESCAPED = re.compile(r"\\([0-7]{3})")
#: What parts the fields of fstab. Python knows more blanks, and more ends of a line, than the kernel and libmount.
_BLANK = re.compile("[ \t]+")


class Mount(t.NamedTuple):
    """A line of the kernel's table. device: major:minor. root: what of the file system is mounted.

    options: of this mount. common: of the file system, wherever it is mounted.
    """

    device: str
    root: str
    target: str
    fstype: str
    options: t.Tuple[str, ...]
    source: str
    common: t.Tuple[str, ...] = ()


def mounts() -> t.List[Mount]:
    """What is mounted now, the topmost last."""
    found = []
    for line in filter(None, (files.read("/proc/self/mountinfo") or "").split("\n")):
        left, _dash, right = line.partition(" - ")
        fields, more = left.split(" "), right.split(" ")
        options, common = fields[5].split(","), more[2].split(",")
        found.append(
            Mount(fields[2], plain(fields[3]), plain(fields[4]), more[0], tuple(options), plain(more[1]), tuple(common))
        )
    return found


def plain(text: str) -> str:
    """A field of a table of mounts, without its escapes."""
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 8)), text)


def mount_of(device: t.Optional[str]) -> t.Optional[Mount]:
    """Where the device major:minor is mounted as a whole, if it is."""
    return next((m for m in mounts() if device and m.device == device and m.root == "/"), None)


def fstype(command: Command, path: str) -> t.Optional[str]:
    """What is on a device, asked of the device itself; None when nothing is recognised."""
    answer = command.read("blkid", "--probe", "--output", "value", "--match-tag", "TYPE", path, check=False)
    return answer.out.strip() or None


def make(command: Command, path: str, kind: str) -> None:
    """Make a file system on a device, whatever an earlier run left there."""
    # Lazily initialised, or a large one would take minutes.
    command.write(*(["mkfs.ext4", "-q", "-F", path] if kind == "ext4" else ["mkfs.xfs", "-q", "-f", path]))


def grow(command: Command, path: str, kind: str, target: t.Optional[str]) -> None:
    """Let the file system fill its device. target: where it is mounted, None when it is not."""
    if kind == "xfs":
        if target is None:
            raise Conflict("The XFS on %s can only grow while it is mounted." % path)
        command.write("xfs_growfs", target)
    else:
        if target is None:
            check(command, path)
        command.write("resize2fs", path)


def shrink(command: Command, path: str, size: int) -> None:
    """Make an ext4 that is not mounted smaller. size: bytes. Raises Failed when its data have no room."""
    check(command, path)
    answer = command.write("resize2fs", path, "%dK" % (size // 1024), check=False)
    if answer.status:
        raise Failed(
            "The file system on %s cannot be made smaller: %s" % (path, answer.reason),
            status=answer.status,
            reason=answer.reason,
        )


def check(command: Command, path: str) -> None:
    """Check an ext4 that is not mounted, as resize2fs demands. Mends only what is safe to mend."""
    answer = command.write("e2fsck", "-f", "-p", path, check=False)
    if answer.status > 1:
        raise Failed(
            "The file system on %s is damaged: %s" % (path, answer.reason), status=answer.status, reason=answer.reason
        )


def mount(command: Command, path: str, target: str, kind: str, given: t.Sequence[str]) -> None:
    """given: the mount options."""
    command.write("mount", "-t", kind, "-o", ",".join(given), path, target)


def options(kind: str, readonly: bool) -> t.List[str]:
    """The mount options; a read-only one is a snapshot, which is never written to, and has its origin's UUID."""
    if not readonly:
        return ["rw", "nodev", "nosuid"]
    return ["ro", "nodev", "nosuid", *(["nouuid", "norecovery"] if kind == "xfs" else ["noload"])]


def unmount(command: Command, target: str) -> bool:
    """False when it is in use."""
    answer = command.write("umount", target, check=False)
    if answer.status and target in [m.target for m in mounts()]:
        if "busy" in answer.err:
            return False
        raise Failed("%s cannot be unmounted: %s" % (target, answer.reason), status=answer.status, reason=answer.reason)
    return True


# -- at boot
OURS = "# Made by unified.storage "
UNIT = """\
# Made by unified.storage for %(who)s, and removed with it.
[Unit]
Description=%(who)s
Before=nfs-server.service

[Mount]
What=%(what)s
Where=%(where)s
Type=%(kind)s
Options=%(options)s

[Install]
WantedBy=local-fs.target
"""


def keep(command: Command, who: str, path: str, target: str, kind: str, readonly: bool = False) -> None:
    """Let it be mounted at boot too.

    By a unit of its own: the hand-written fstab stays untouched, and a mount
    that fails keeps neither the others nor the host from starting. To be called
    before it is mounted: systemd reads the unit when it sees the mount. What
    somebody else has written for it counts, and stays.
    """
    if by_hand(target) is not None:
        return
    text = UNIT % {
        "who": who,
        "what": _quoted(path),
        "where": _quoted(target),
        "kind": kind,
        "options": ",".join(options(kind, readonly)),
    }
    unit = os.path.join(UNITS, unit_name(target))
    if files.read(unit) != text:
        files.write(command, unit, text)
    files.link(command, _wanted(target), unit)


def forget(command: Command, target: str) -> None:
    """Let it not be mounted at boot any more. A unit that is not ours stays."""
    unit = os.path.join(UNITS, unit_name(target))
    if by_hand(target) != unit:
        files.remove(command, _wanted(target))
        files.remove(command, unit)


def by_hand(target: str) -> t.Optional[str]:
    """The file by which somebody else lets it be mounted at boot, None when nobody does."""
    unit = os.path.join(UNITS, unit_name(target))
    if not (files.read(unit) or OURS).startswith(OURS):
        return unit
    target = files.real(target)
    for line in (files.read("/etc/fstab") or "").split("\n"):
        fields = _BLANK.split(line.strip(" \t"))
        if len(fields) > 1 and not fields[0].startswith("#") and files.real(plain(fields[1])) == target:
            return "/etc/fstab"
    return None


def is_too_long(target: str) -> bool:
    """True for what no unit can be written for: its name would be too long for a file."""
    return len(files.part_name(unit_name(target))) > 255


def _wanted(target: str) -> str:
    return os.path.join(UNITS, "local-fs.target.wants", unit_name(target))


def unit_name(target: str) -> str:
    r"""The name that systemd demands of a mount's unit: C(/srv/a-b) is C(srv-a\x2db.mount)."""
    parts = [part for part in target.split("/") if part]
    text = "-".join("".join(_unit_char(byte) for byte in os.fsencode(part)) for part in parts)
    return (r"\x2e" + text[1:] if text.startswith(".") else text) + ".mount"


def _unit_char(byte: int) -> str:
    char = chr(byte)
    return char if byte < 128 and (char.isalnum() or char in ":_.") else r"\x%02x" % byte


def _quoted(text: str) -> str:
    """A value in a unit, in which % begins a specifier."""
    return text.replace("%", "%%")
