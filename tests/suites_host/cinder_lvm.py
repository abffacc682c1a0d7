# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder's own LVM driver, at work on a test host. Runs in the test cloud's virtual environment.

cinder_lvm.py VOLUME-GROUP LVM-TYPE COMMAND... < requests > answers, both JSON. COMMAND is how to run a command on the
host (ssh and its options). A request is a list: the verb, and what it needs.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from typing import Any

from cinder import objects

objects.register_all()  # before what names them is imported

from cinder import privsep  # noqa: E402
from cinder.brick.local_dev import lvm as brick  # noqa: E402
from cinder.volume import configuration, volume_utils  # noqa: E402
from cinder.volume.drivers import lvm  # noqa: E402
from oslo_concurrency import processutils  # noqa: E402
from oslo_config import cfg  # noqa: E402


def main() -> None:
    group, kind, *there = sys.argv[1:]

    def execute(*command: str, **_options: Any) -> tuple[str, str]:
        words = [*there, shlex.join(map(str, command))]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise processutils.ProcessExecutionError(done.stdout, done.stderr, done.returncode, shlex.join(command))
        return done.stdout, done.stderr

    processutils.execute = execute
    privsep.sys_admin_pctxt.set_client_mode(False)  # no daemon that is root here
    volume_utils.check_already_managed_volume = lambda _ident: False  # Cinder's database, which is empty
    options = configuration.Configuration(lvm.volume_opts, config_group="lvm")
    cfg.CONF.set_override("lvm_type", kind, group="lvm")
    driver = lvm.LVMVolumeDriver(
        vg_obj=brick.LVM(group, "", lvm_type=kind, executor=execute), configuration=options, execute=execute
    )
    json.dump([answer(driver, *request) for request in json.load(sys.stdin)], sys.stdout)


def answer(driver: lvm.LVMVolumeDriver, verb: str, *what: Any) -> Any:
    if verb == "list volumes":
        return driver.get_manageable_volumes([], None, 1000, None, ["reference"], ["asc"])
    if verb == "list snapshots":
        return driver.get_manageable_snapshots([], None, 1000, None, ["reference"], ["asc"])
    if verb == "manage volume":
        name, ident = what
        reference, volume = {"source-name": name}, {"id": ident, "name": f"volume-{ident}"}
        size = driver.manage_existing_get_size(volume, reference)
        driver.manage_existing(volume, reference)
        return size
    if verb == "manage snapshot":
        name, ident = what
        reference, snapshot = {"source-name": name}, {"id": ident, "name": f"snapshot-{ident}"}
        size = driver.manage_existing_snapshot_get_size(snapshot, reference)
        driver.manage_existing_snapshot(snapshot, reference)
        return size
    if verb == "create volume":
        ident, size = what
        return driver.create_volume({"id": ident, "name": f"volume-{ident}", "size": size})
    if verb == "create snapshot":
        ident, volume = what
        return driver.create_snapshot({"name": f"snapshot-{ident}", "volume_name": f"volume-{volume}"})
    raise ValueError(verb)


if __name__ == "__main__":
    main()
