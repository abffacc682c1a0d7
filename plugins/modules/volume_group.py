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
from ansible_collections.unified.storage.plugins.module_utils._module.volume_group import VolumeGroup

SPEC = Spec(
    {
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "new_name": {"type": "str"},
        "description": {"type": "str"},
        "group_type": {"type": "str"},
        "volume_types": {"type": "list", "elements": "str"},
        "availability_zone": {"type": "str"},
        "volumes": {"type": "list", "elements": "str"},
        "volumes_mode": {"type": "str", "default": "merge", "choices": ["merge", "exact"]},
        "delete_volumes": {"type": "bool", "default": False},
    }
)


def main() -> None:
    run(SPEC, VolumeGroup())


if __name__ == "__main__":
    main()
