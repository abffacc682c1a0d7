# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""How far a batch is, for whoever has asked: plugins/action/batch.py on the controller.

A module cannot print. It writes to the file that the environment names, now and then.
"""

from __future__ import annotations

import json
import os
import time
import typing as t

from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Item

#: Names the file. Nobody has asked where it is not set.
VARIABLE = "UNIFIED_STORAGE_PROGRESS_FILE"
#: Seconds between two lines, at least
EVERY = 1.0


def progress(items: t.Sequence[Item]) -> t.Callable[[], None]:
    """What the engine calls whenever something may have moved."""
    path = os.environ.get(VARIABLE)
    due = 0.0

    def tell() -> None:
        nonlocal due
        now = time.monotonic()
        if path is None or now < due:
            return
        due = now + EVERY
        failed = sum(item.error is not None for item in items)
        over = sum(item.step is None for item in items)
        try:
            with open(path, "a", encoding="ascii") as file:
                os.fchmod(file.fileno(), 0o644)  # who asks is not always root; the folder is its own
                file.write(json.dumps({"total": len(items), "done": over - failed, "failed": failed}) + "\n")
        except OSError:
            pass  # a courtesy, which must not stop the work

    return tell
