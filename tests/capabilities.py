# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of docs/capabilities.md, from what the back ends say of themselves: `python tests/capabilities.py`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from ansible_collections.unified.storage.plugins.module_utils._host import groups, shares, volumes
from ansible_collections.unified.storage.plugins.module_utils._module import share_action, volume_action
from ansible_collections.unified.storage.plugins.module_utils._openstack import cinder, manila

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "capabilities.md"
#: Modules whose kind has another name
KINDS = {
    "manageable_share": "share",
    "manageable_share_snapshot": "share_snapshot",
    "volume_action": "volume",
    "share_action": "share",
}
BACK_ENDS = {
    # A snapshot_group is what each service calls so, and limits are no list of things.
    "openstack": {*cinder.PLACES, *manila.PLACES, "snapshot_group", "share_limits"},
    "host": {*volumes.Volumes.kinds, *shares.Shares.kinds, *groups.Groups.kinds},
    "zstack": {"snapshot_group"},
}
HEAD = """<!--
Copyright (c) 2026, the unified.storage authors
GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
Written by tests/capabilities.py
-->

# What works where

What a back end cannot do is refused before anything is changed, in a sentence that says what to use instead.
The same is true of a cloud whose API is too old; the microversion that a verb needs is in the tables below.

## Modules

"""


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(columns), ["---"] * len(list(columns)), *map(list, rows)]
    return "\n".join("| %s |" % " | ".join(line) for line in lines) + "\n"


def modules() -> str:
    rows = []
    for path in sorted((ROOT / "plugins" / "modules").glob("*.py")):
        kind = KINDS.get(path.stem, path.stem.removesuffix("_info"))
        rows.append([path.stem, *("yes" if kind in served else "" for served in BACK_ENDS.values())])
    return table(["module", *(f"`{name}`" for name in BACK_ENDS)], rows)


def since(action: Any) -> str:
    """The microversion, where it does not depend on the arguments."""
    if isinstance(action.since, str):
        return f"from {action.since}"
    return "yes" if action.since is None else "yes, more with newer APIs"


def volume_verbs() -> str:
    why = volumes.FOREIGN_VERBS
    return table(
        ["action", "`openstack`", "`host`"],
        (
            [verb, since(cinder.VOLUME_ACTIONS[verb]), "no: " + why[verb] if verb in why else "yes"]
            for verb in verbs("volume")
        ),
    )


def share_verbs() -> str:
    nobody = cast(shares.Shares, SimpleNamespace(_root="/"))
    answers = {verb: shares.Shares.why_not(nobody, "share", verb, {}) for verb in verbs("share")}
    return table(
        ["action", "`openstack`", "`host`"],
        ([verb, since(manila.ACTIONS["share"][verb]), f"no: {why}" if why else "yes"] for verb, why in answers.items()),
    )


def verbs(kind: str) -> list[str]:
    """Those that the services have a call for. (Image metadata are shown from what was read.)"""
    known = {
        "volume": (volume_action.VERBS, cinder.VOLUME_ACTIONS),
        "share": (share_action.VERBS, manila.ACTIONS["share"]),
    }
    mine, theirs = known[kind]
    return [verb for verb in mine if verb in theirs]


def page() -> str:
    parts = ["", "## volume_action\n", volume_verbs(), "## share_action\n", share_verbs()]
    return HEAD + modules() + "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
