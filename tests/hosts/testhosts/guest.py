# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts as processes: User-Mode Linux kernels on a bridge in the lab's network namespace."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from .image import KERNEL, run
from .layout import DISKS, MARK, NETWORK, CannotRun, Host, Lab, LabError

DISK_SIZE = 4 << 30
"""Bytes; the files are sparse"""
START_LIMIT = 180
"""Seconds that a host may take until it can be used"""
BRIDGE = "lab0"


def build_network(lab: Lab) -> None:
    """:raises CannotRun: this machine forbids it."""
    try:
        if not Path("/run/netns", lab.netns).exists():
            run(["ip", "netns", "add", lab.netns])
        ip = ["ip", "-netns", lab.netns]
        run([*ip, "link", "set", "lo", "up"])
        links = run([*ip, "-brief", "link"])
        if BRIDGE not in links:
            run([*ip, "link", "add", BRIDGE, "type", "bridge"])
            run([*ip, "address", "add", f"{NETWORK}.1/24", "dev", BRIDGE])
        run([*ip, "link", "set", BRIDGE, "up"])
        for host in lab.hosts:
            if host.tap not in links:
                run([*ip, "tuntap", "add", "dev", host.tap, "mode", "tap"])
            run([*ip, "link", "set", host.tap, "master", BRIDGE, "up"])
    except LabError as error:
        raise CannotRun(f"no network for the hosts can be made here: {str(error).splitlines()[-1]}") from None


def remove_network(lab: Lab) -> None:
    if Path("/run/netns", lab.netns).exists():
        run(["ip", "netns", "delete", lab.netns])


def blank(lab: Lab, host: Host) -> None:
    """As new: an empty overlay of the image, and empty disks."""
    lab.file(host, "overlay").unlink(missing_ok=True)  # the kernel makes it
    for number in range(1, DISKS + 1):
        with open(lab.disk(host, number), "wb") as disk:
            disk.truncate(DISK_SIZE)


def start(lab: Lab, host: Host) -> subprocess.Popen[bytes]:
    """Switch a host on."""
    disks = [f"ubd{number}={lab.disk(host, number)}" for number in range(1, DISKS + 1)]
    # fmt: off
    command = [
        "ip", "netns", "exec", lab.netns, KERNEL,
        f"umid={host.name}", f"uml_dir={lab.state}/", f"mem={lab.memory}M",
        f"ubd0={lab.file(host, 'overlay')},{lab.image / 'root.img'}", *disks, "root=/dev/ubda", "rw",
        f"vec0:transport=tap,ifname={host.tap},depth=128,gro=1,mac={host.mac}",
        f"systemd.hostname={host.name}", "quiet", "con=null", "con0=null,fd:1", "ssl=null",
    ]
    # fmt: on
    with open(lab.file(host, "log"), "ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, MARK: f"{lab.state}/{host.name}", "TMPDIR": memory_folder(lab)},
        )


def memory_folder(lab: Lab) -> str:
    """Where the hosts' memory is a file: in memory if there is room, for it must be possible to execute from it."""
    shm = os.statvfs("/dev/shm") if Path("/dev/shm").is_dir() else None
    room = shm is not None and shm.f_bavail * shm.f_frsize > (lab.memory << 20) * lab.count
    return "/dev/shm" if room and shm and not shm.f_flag & os.ST_NOEXEC else str(lab.state)


def ssh(lab: Lab, host: Host, command: str, timeout: float = 30) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["ssh", "-F", str(lab.ssh_config), "-o", "ConnectTimeout=5", host.address, command],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def wait_ready(lab: Lab, host: Host, process: subprocess.Popen[bytes] | None) -> None:
    """Until it takes commands and its NFS server runs."""
    deadline = time.monotonic() + START_LIMIT
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            if ssh(lab, host, "until systemctl -q is-active nfs-server; do sleep 0.2; done").returncode == 0:
                return
        if process is not None and process.poll() is not None:
            said = tail(lab, host)
            if time.monotonic() < deadline - START_LIMIT + 3:
                # At once: it was not allowed to trace processes, or there is no room for its memory.
                raise CannotRun(f"{host.name} ended with status {process.returncode}: {said.splitlines()[-1]}")
            raise LabError(f"{host.name} ended with status {process.returncode}\n{said}")
        if time.monotonic() > deadline:
            raise LabError(f"{host.name} does not answer\n{tail(lab, host)}")
        time.sleep(0.3)


def tail(lab: Lab, host: Host, lines: int = 20) -> str:
    path = lab.file(host, "log")
    last = path.read_text(errors="replace").splitlines()[-lines:] if path.exists() else []
    return "\n".join([f"--- the end of {path}:", *last])


def running(lab: Lab, host: Host | None = None) -> set[int]:
    """The process groups of a lab's hosts, or of one."""
    names = [h.name for h in ([host] if host else lab.hosts)]
    marks = {os.fsencode(f"{MARK}={lab.state}/{name}") for name in names}
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):  # gone, or another user's
                if marks & set((folder / "environ").read_bytes().split(b"\0")):
                    found.add(os.getpgid(int(folder.name)))
    return found - {os.getpgrp()}


def power_off(lab: Lab, host: Host | None = None) -> int:
    """Pull the plug: what the host had not yet written to its disks is lost. Returns how many ran."""
    groups = running(lab, host)
    deadline = time.monotonic() + 10
    while left := running(lab, host):
        for group in left:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise LabError(f"these process groups do not end: {sorted(left)}")
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.05)
    for each in [host] if host else lab.hosts:
        shutil.rmtree(lab.state / each.name, ignore_errors=True)  # the kernel's pid file and console
    return len(groups)
