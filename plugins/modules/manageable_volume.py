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
from ansible_collections.unified.storage.plugins.module_utils._module.manageable import ManageableVolume

SPEC = Spec(
    {
        "state": {"type": "str", "default": "managed", "choices": ["managed", "unmanaged"]},
        "host": {"type": "str"},
        "cluster": {"type": "str"},
        "reference": {"type": "dict"},
        "name": {"type": "str"},
        "description": {"type": "str"},
        "metadata": {"type": "dict"},
        "volume_type": {"type": "str"},
        "availability_zone": {"type": "str"},
        "bootable": {"type": "bool"},
    },
    {
        "mutually_exclusive": [("host", "cluster")],
        "required_if": [("state", "managed", ("reference",)), ("state", "managed", ("host", "cluster"), True), ("state", "unmanaged", ("name", "reference"), True)],
    },
)


def main() -> None:
    run(SPEC, ManageableVolume())


if __name__ == "__main__":
    main()
