# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""How far a batch is, while it runs: the action plugin of every module that has a
batch (meta/runtime.yml sends them here).

The module writes to a file beside it, on the controller or behind SSH, and a thread
here reads that and says so as Ansible says everything else: in a terminal, in a log,
in AWX.
"""

from __future__ import annotations

import copy
import json
import shlex
import threading
import time
import typing as t

from ansible.module_utils.common.text.converters import to_text
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as Normal
from ansible.utils.display import Display

from ansible_collections.unified.storage.plugins.module_utils._engine.progress import VARIABLE

#: The variable that turns it off
OPTION = "unified_storage_progress"
#: How modules are reached where a second command can run beside them
BESIDE = ("local", "ssh")
#: Fewer entries are not worth a word.
MANY = 10
#: Seconds until the first line, and between two
EVERY = 5.0

display = Display()


class ActionModule(Normal):
    """Runs the module, and says how far it is."""

    def run(self, tmp: t.Any = None, task_vars: t.Optional[t.Dict[str, t.Any]] = None) -> t.Dict[str, t.Any]:
        if not self._wanted(task_vars or {}):
            return t.cast("t.Dict[str, t.Any]", super().run(tmp, task_vars))
        # In the folder that Ansible has for this task, and removes when it is over
        path = self._connection._shell.join_path(self._make_tmp_path(), "progress")
        over = threading.Event()
        teller = threading.Thread(target=self._tell, args=(path, over, task_vars or {}), daemon=True)
        self._task.environment = [*_listed(self._task.environment), {VARIABLE: path}]
        teller.start()
        try:
            return t.cast("t.Dict[str, t.Any]", super().run(tmp, task_vars))
        finally:
            over.set()
            teller.join()

    def _wanted(self, task_vars: t.Mapping[str, t.Any]) -> bool:
        batch = self._task.args.get("batch")
        if not isinstance(batch, list) or len(batch) < MANY or self._connection.transport not in BESIDE:
            return False
        chosen = self._templar.template(task_vars.get(OPTION, True))
        return bool(boolean(chosen, strict=False)) and not self._task.async_val and not self._task.no_log

    def _tell(self, path: str, over: threading.Event, task_vars: t.Mapping[str, t.Any]) -> None:
        began, told = time.monotonic(), ""
        beside = copy.copy(self._connection)  # of its own: a command leaves its state there while it runs
        while not over.wait(EVERY):
            try:
                status, said = beside.exec_command("cat " + shlex.quote(path), sudoable=False)[:2]
            except Exception:  # noqa: BLE001 - a courtesy: what is wrong with the host, the module's own result says
                return
            line = to_text(said).rpartition("\n")[0].rpartition("\n")[2] if status == 0 else ""
            if line in ("", told):
                continue
            told, seen = line, json.loads(line)
            failed = ", %d failed" % seen["failed"] if seen["failed"] else ""
            display.display(
                "%s on %s: %d of %d done%s, after %.0f s"
                % (
                    *(self._task.action, task_vars.get("inventory_hostname", "localhost")),
                    *(seen["done"], seen["total"], failed, time.monotonic() - began),
                )
            )


def _listed(environment: t.Any) -> t.List[t.Any]:
    if environment is None:
        return []
    return list(environment) if isinstance(environment, list) else [environment]
