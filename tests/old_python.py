# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run by the older Pythons of managed hosts: compile plugins/ and import all but what needs an SDK."""

from __future__ import annotations

import compileall
import importlib
import sys
from pathlib import Path

PACKAGE = "ansible_collections.unified.storage.plugins"
PLUGINS = Path(__file__).resolve().parent.parent / "plugins"
NEEDS_SDK = {"_openstack", "_zstack"}  # run on a controller or a jump host with a newer Python


def main() -> int:
    if not compileall.compile_dir(str(PLUGINS), quiet=1, force=True):
        return 1
    names = []
    for file in sorted((PLUGINS / "module_utils").rglob("*.py")) + sorted((PLUGINS / "modules").glob("*.py")):
        parts = file.relative_to(PLUGINS).with_suffix("").parts
        if not NEEDS_SDK.intersection(parts):
            names.append(".".join((PACKAGE,) + (parts[:-1] if parts[-1] == "__init__" else parts)))
    for name in names:
        importlib.import_module(name)
    loaded = sorted({name.split(".")[0] for name in sys.modules} & {"openstack", "keystoneauth1", "requests"})
    if loaded:
        print(f"importing the layers above the back ends loaded {', '.join(loaded)}")
        return 1
    print(f"Python {sys.version.split()[0]}: plugins/ compiles, {len(names)} files import")
    return 0 if names else 1


if __name__ == "__main__":
    sys.exit(main())
