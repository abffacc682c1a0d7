# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting, finding and stopping a cloud's processes.

There are no pid files: each process carries its cloud's state folder in its
environment (MARK), and so do its children. That outlives a killed `up`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from .layout import MARK, Cloud, CloudError


def start(cloud: Cloud, name: str, command: Sequence[str | Path]) -> subprocess.Popen[bytes]:
    """A process of the cloud, in a session of its own; what it says goes to its log."""
    with open(cloud.log(name), "ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=cloud.state,
            env={**os.environ, MARK: str(cloud.state)},
        )


def start_self(cloud: Cloud, name: str, *arguments: str) -> subprocess.Popen[bytes]:
    """This program again: `serve cinder`, `sync cinder`."""
    return start(cloud, name, [sys.executable, "-W", "ignore", "-m", "testcloud", *arguments])


def finish(cloud: Cloud, name: str, process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that must end well."""
    if process.wait():
        raise CloudError(f"{name} failed with status {process.returncode}\n{tail(cloud, name)}")


def must_live(cloud: Cloud, name: str, process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        raise CloudError(f"{name} ended with status {process.returncode}\n{tail(cloud, name)}")


def tail(cloud: Cloud, name: str, lines: int = 25) -> str:
    path = cloud.log(name)
    try:
        last = path.read_text(errors="replace").splitlines()[-lines:]
    except FileNotFoundError:
        last = []
    return "\n".join([f"--- the end of {path}:", *last])


def running(state: Path) -> dict[int, str]:
    """The cloud's processes: pid to command line."""
    mark = os.fsencode(f"{MARK}={state}")
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):  # gone, or another user's
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                command = (folder / "cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ")
                found[int(folder.name)] = command.decode(errors="replace")
    found.pop(os.getpid(), None)
    return found


def stop(state: Path, patience: float = 5) -> list[int]:
    """End all processes of a cloud, the hard way those that don't listen.

    :returns: their pids
    """
    stopped: set[int] = set()
    # the database last: a service without it fills its log with complaints
    for database in (False, True):
        deadline = time.monotonic() + patience
        sent: set[int] = set()
        while left := {p for p, c in running(state).items() if database or "mariadbd" not in c}:
            late = time.monotonic() > deadline
            for pid in left if late else left - sent:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
            sent |= left
            for pid in sent:  # those that this very process started
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
            if time.monotonic() > deadline + patience:
                raise CloudError(f"these processes do not end: {sorted(left)}")
            time.sleep(0.05)
        stopped |= sent
    return sorted(stopped)
