# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: a file that the volume driver reads at each call.

`<state>/faults.json` is a list of

    {"verb": "create_volume",       # the driver's method, one of VERBS
     "mode": "fail|slow|refuse",
     "backend": "alpha",            # optional, as all of the following
     "match": "db-1",               # a volume's or snapshot's name, id or name in the back end; a reference
     "seconds": 5,                  # slow: how long
     "times": 1,                    # how often; without it, until cleared
     "message": "disk on fire"}

fail: the driver raises, and the resource lands in error. slow: it sleeps first.
refuse: it raises what the API answers with 400 where Cinder waits for the driver
(get_manageable_*; validate_connector, which precedes initialize_connection and
knows only the connector, so `match` its host or initiator), and an invalid
reference for the manage_existing verbs; elsewhere it is as fail.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, TypedDict

from .layout import write_atomic

MODES = ("fail", "slow", "refuse")
VERBS = frozenset(
    [
        "create_volume",
        "delete_volume",
        "extend_volume",
        "create_cloned_volume",
        "create_volume_from_snapshot",
        "create_snapshot",
        "delete_snapshot",
        "revert_to_snapshot",
        "clone_image",
        "copy_image_to_volume",
        "copy_volume_to_image",
        "manage_existing",
        "manage_existing_get_size",
        "unmanage",
        "get_manageable_volumes",
        "manage_existing_snapshot",
        "manage_existing_snapshot_get_size",
        "unmanage_snapshot",
        "get_manageable_snapshots",
        "retype",
        "migrate_volume",
        "validate_connector",
        "initialize_connection",
        "terminate_connection",
        "create_group",
        "delete_group",
        "update_group",
        "create_group_snapshot",
        "delete_group_snapshot",
        "create_group_from_src",
    ]
)


class Fault(TypedDict, total=False):
    verb: str
    mode: str
    backend: str
    match: str
    seconds: float
    times: int
    message: str


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keeps the driver's threads and the command line from writing at once."""
    with open(path.with_suffix(".lock"), "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def read(path: Path) -> list[Fault]:
    try:
        faults: list[Fault] = json.loads(path.read_text())
    except FileNotFoundError:
        return []
    return faults


def add(path: Path, fault: Fault) -> None:
    with locked(path):
        write_atomic(path, json.dumps([*read(path), fault], indent=2) + "\n")


def clear(path: Path) -> None:
    with locked(path):
        write_atomic(path, "[]\n")


def take(path: Path, backend: str, verb: str, names: Collection[Any]) -> list[Fault]:
    """The faults that this call meets; each is counted as used once."""
    if not read(path):
        return []
    with locked(path):
        faults = read(path)
        met = [fault for fault in faults if _meets(fault, backend, verb, names)]
        for fault in met:
            if "times" in fault:
                fault["times"] -= 1
        if any("times" in fault for fault in met):
            left = [fault for fault in faults if fault.get("times", 1) > 0]
            write_atomic(path, json.dumps(left, indent=2) + "\n")
    return met


def _meets(fault: Fault, backend: str, verb: str, names: Collection[Any]) -> bool:
    return (
        fault["verb"] == verb
        and fault.get("backend", backend) == backend
        and ("match" not in fault or fault["match"] in names)
    )
