# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Who works on a resource: a lock that the kernel frees when its holder dies.

By it, what a killed run has left half done is told from what another run is
doing at this moment.
"""

from __future__ import annotations

import fcntl
import os
import typing as t
from contextlib import contextmanager

from ansible_collections.unified.storage.plugins.module_utils._errors import Failed

#: Only root may write in /run; each boot empties it, and ends all holders.
FOLDER = "/run/unified.storage"


def _open(name: str, flags: int) -> int:
    path = os.path.join(FOLDER, name.replace("/", "_"))
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


@contextmanager
def held(name: str) -> t.Iterator[None]:
    """Hold the lock of this name; waits for whoever holds it."""
    try:
        os.makedirs(FOLDER, 0o700, exist_ok=True)
        lock = _open(name, os.O_RDWR | os.O_CREAT)
    except OSError as exc:
        raise Failed("The lock of %s cannot be taken: %s." % (name, exc)) from exc
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def is_held(name: str) -> bool:
    """Whether anybody holds it. Changes nothing."""
    try:
        lock = _open(name, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except OSError:
        return True
    finally:
        os.close(lock)
