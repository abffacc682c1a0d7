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
from ansible_collections.unified.storage.plugins.module_utils._module.volume import Volume

SPEC = Spec(
    {
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "new_name": {"type": "str"},
        "size": {"type": "int"},
        "description": {"type": "str"},
        "metadata": {"type": "dict"},
        "metadata_mode": {"type": "str", "default": "merge", "choices": ["merge", "exact"]},
        "volume_type": {"type": "str"},
        "retype": {"type": "bool", "default": False},
        "migration_policy": {"type": "str", "default": "never", "choices": ["never", "on-demand"]},
        "availability_zone": {"type": "str"},
        "snapshot": {"type": "str"},
        "source_volume": {"type": "str"},
        "image": {"type": "str"},
        "group": {"type": "str"},
        "scheduler_hints": {"type": "dict"},
        "readonly": {"type": "bool"},
        "bootable": {"type": "bool"},
        "cascade": {"type": "bool", "default": False},
        "force": {"type": "bool", "default": False},
    },
    {"mutually_exclusive": [("snapshot", "source_volume", "image")]},
)


def main() -> None:
    run(SPEC, Volume())


if __name__ == "__main__":
    main()
