# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Commands of the host: how they are run, told of and, for the tests, cut short.

Without a shell, in the C locale, with closed stdin. All that writes on a host
passes through here, so that one log tells it and one hook can kill before it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import typing as t

from ansible_collections.unified.storage.plugins.module_utils._errors import Failed, Forbidden, Unsupported

#: A file to which every command is told, one JSON line each: {pid, writes, argv}.
LOG = "UNIFIED_STORAGE_HOST_LOG"
#: The process kills itself before its n-th write. For tests of what the next run makes of that.
KILL = "UNIFIED_STORAGE_HOST_KILL"

#: A module that comes over ssh has not always the folders of an administrator's commands.
PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"

#: The package of a command, as Debian and as RHEL call it, where it is not lvm2.
PACKAGES = {
    "blkdiscard": ("util-linux", "util-linux"),
    "e2fsck": ("e2fsprogs", "e2fsprogs"),
    "exportfs": ("nfs-kernel-server", "nfs-utils"),
    "mkfs.ext4": ("e2fsprogs", "e2fsprogs"),
    "mkfs.xfs": ("xfsprogs", "xfsprogs"),
    "mount": ("mount", "util-linux"),
    "qemu-img": ("qemu-utils", "qemu-img"),
    "resize2fs": ("e2fsprogs", "e2fsprogs"),
    "showmount": ("nfs-common", "nfs-utils"),
    "systemctl": ("systemd", "systemd"),
    "udevadm": ("udev", "systemd-udev"),
    "umount": ("mount", "util-linux"),
    "xfs_admin": ("xfsprogs", "xfsprogs"),
    "xfs_growfs": ("xfsprogs", "xfsprogs"),
    "xfs_repair": ("xfsprogs", "xfsprogs"),
}


class Answer(t.NamedTuple):
    """What a command said. status: its exit code."""

    status: int
    out: str
    err: str

    @property
    def reason(self) -> str:
        """Its own words: stderr without the warnings, in one line."""
        lines = [line.strip() for line in (self.err or self.out).splitlines() if line.strip()]
        plain = [line for line in lines if not line.startswith("WARNING:")]
        return " ".join(plain or lines) or "it exited with %d and said nothing" % self.status


def package(tool: str) -> str:
    """Where a command comes from, in words."""
    debian, redhat = PACKAGES.get(tool, ("lvm2", "lvm2"))
    if debian == redhat:
        return "the package %s" % debian
    return "the package %s (Debian, Ubuntu) or %s (RHEL, Fedora, SUSE)" % (debian, redhat)


class Command:
    """Runs commands. Safe to use from several threads."""

    def __init__(self, environ: t.Optional[t.Mapping[str, str]] = None) -> None:
        """environ: the process's own unless a test gives another."""
        environ = os.environ if environ is None else environ
        self._log = environ.get(LOG)
        self._until_kill = int(environ.get(KILL) or 0)
        self._counting = threading.Lock()
        self._environ = {"LC_ALL": "C", "PATH": PATH, "LVM_SUPPRESS_FD_WARNINGS": "1"}

    def read(self, *argv: str, check: bool = True) -> Answer:
        """Run what only reads. Raises as write() does."""
        self._tell(argv, False)
        return self._run(argv, check)

    def write(self, *argv: str, check: bool = True) -> Answer:
        """Run what changes something.

        Raises Failed with the command's own reason when it exits with another
        status than 0 (unless check is False), Unsupported when there is no such
        command, Forbidden for whoever is not root.
        """
        self._count(argv)
        return self._run(argv, check)

    def writing(self, *what: str) -> None:
        """To be called before each write that is no command: a file, a copy."""
        self._count(what)

    def _count(self, argv: t.Sequence[str]) -> None:
        with self._counting:
            if self._until_kill:
                self._until_kill -= 1
                if not self._until_kill:
                    os.kill(os.getpid(), signal.SIGKILL)
            self._tell(argv, True)

    def _tell(self, argv: t.Sequence[str], writes: bool) -> None:
        if self._log:
            line = json.dumps({"pid": os.getpid(), "writes": writes, "argv": list(argv)}) + "\n"
            log = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(log, line.encode("ascii"))
            finally:
                os.close(log)

    def _run(self, argv: t.Sequence[str], check: bool) -> Answer:
        if os.geteuid() != 0:
            raise Forbidden("The storage of a host is root's: set become to true.")
        try:
            # Not run_command: a back end has no module, and runs commands from several threads.
            done = subprocess.run(  # pylint: disable=ansible-bad-function
                list(argv),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=self._environ,
                check=False,
            )
        except FileNotFoundError:
            why = "there is no %s on this host: install %s." % (argv[0], package(argv[0]))
            raise Unsupported("T" + why[1:], reason=why) from None
        answer = Answer(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
        if check and answer.status != 0:
            raise Failed(
                "%s failed: %s" % (argv[0], answer.reason.rstrip(".") + "."),
                status=answer.status,
                reason=answer.reason,
            )
        return answer
