#!/usr/bin/python
# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
"""

EXAMPLES = r"""
"""

RETURN = r"""
"""

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run
from ansible_collections.unified.storage.plugins.module_utils._module.volume_action import NEEDS, VERBS, VolumeAction

SPEC = Spec(
    {
        "volume": {"type": "str", "required": True},
        "action": {"type": "str", "required": True, "choices": list(VERBS)},
        "all_projects": {"type": "bool", "default": False},
        "new_size": {"type": "int"},
        "status": {"type": "str"},
        "attach_status": {"type": "str", "choices": ["attached", "detached"]},
        "migration_status": {"type": "str"},
        "snapshot": {"type": "str"},
        "image_metadata": {"type": "dict"},
        "keys": {"type": "list", "elements": "str", "no_log": False},
        "instance": {"type": "str"},
        "host_name": {"type": "str"},
        "mountpoint": {"type": "str"},
        "attachment": {"type": "str"},
        "connector": {"type": "dict"},
        "new_type": {"type": "str"},
        "migration_policy": {"type": "str", "default": "never", "choices": ["never", "on-demand"]},
        "host": {"type": "str"},
        "cluster": {"type": "str"},
        "force_host_copy": {"type": "bool"},
        "lock_volume": {"type": "bool"},
        "new_volume": {"type": "str"},
        "error": {"type": "bool"},
        "bootable": {"type": "bool"},
        "image_name": {"type": "str"},
        "disk_format": {"type": "str"},
        "container_format": {"type": "str"},
        "visibility": {"type": "str", "choices": ["public", "private", "shared", "community"]},
        "protected": {"type": "bool"},
        "force": {"type": "bool", "default": False},
        "readonly": {"type": "bool"},
        "image": {"type": "str"},
        "reimage_reserved": {"type": "bool"},
        "once": {"type": "str"},
    },
    {"required_if": NEEDS, "mutually_exclusive": [("host", "cluster")]},
    extra={"return_secrets": {"type": "bool", "default": False, "no_log": False}},
)


def main() -> None:
    run(SPEC, VolumeAction())


if __name__ == "__main__":
    main()
