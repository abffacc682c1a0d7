# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a volume back end, seen from outside: what an administrator finds on the storage."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .layout import CloudError

MIB = 1024**2
GIB = 1024**3


@dataclass(frozen=True)
class Entry:
    name: str
    source_id: str
    """The inode number: the second kind of reference that the driver takes"""
    size: int
    """GiB, rounded up"""


def add(store: Path, name: str, size: float) -> Path:
    """A foreign volume (or snapshot, `volume@snapshot`): sparse, with its name as the first bytes.

    :param size: GiB
    :raises CloudError: it is there already.
    """
    path = store / name
    try:
        with open(path, "xb") as file:
            file.write(f"foreign {name}\n".encode())
            file.truncate(int(size * GIB))
    except FileExistsError:
        raise CloudError(f"{path} is there already") from None
    return path


def entries(store: Path) -> list[Entry]:
    found = []
    for item in sorted(os.scandir(store), key=lambda item: item.name):
        try:
            status = item.stat()
        except FileNotFoundError:  # another thread has renamed it meanwhile
            continue
        found.append(Entry(item.name, str(status.st_ino), max(1, -(-status.st_size // GIB))))
    return found
