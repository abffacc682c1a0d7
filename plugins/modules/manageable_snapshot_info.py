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

from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec, listing
from ansible_collections.unified.storage.plugins.module_utils._engine.run import run_info
from ansible_collections.unified.storage.plugins.module_utils._module.info import Manageable

SPEC = Spec(
    {
        "host": {"type": "str"},
        "cluster": {"type": "str"},
        "detail": {"type": "bool", "default": True},
        **listing(),
    },
    {"mutually_exclusive": [("host", "cluster")], "required_one_of": [("host", "cluster")]},
    info=True,
)


def main() -> None:
    run_info(SPEC, Manageable("manageable_snapshot", "manageable_snapshots"))


if __name__ == "__main__":
    main()
