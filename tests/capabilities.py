# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of what works where, from what the back ends say of themselves: `python tests/capabilities.py`.

A back end says it by why_not(), as it does to the engine; none is logged in to for that.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

from ansible_collections.unified.storage.plugins.module_utils._errors import Invalid, Unsupported
from ansible_collections.unified.storage.plugins.module_utils._host.backend import Host
from ansible_collections.unified.storage.plugins.module_utils._module import share_action, snapshot_group, volume_action
from ansible_collections.unified.storage.plugins.module_utils._openstack import cinder, manila
from ansible_collections.unified.storage.plugins.module_utils._openstack.rest import Rest, version
from ansible_collections.unified.storage.plugins.module_utils._zstack.backend import ZStack

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "docsite" / "rst" / "capabilities.rst"
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[!_]*.py"))
#: Modules whose kind has another name.
KINDS = {
    "manageable_share": "share",
    "manageable_share_snapshot": "share_snapshot",
    "manageable_snapshot": "volume_snapshot",
    "manageable_volume": "volume",
    "share_limits_info": "share_limit",
}
#: What a state comes down to.
VERBS = {"present": "create", "absent": "delete", "managed": "manage", "unmanaged": "unmanage", "reverted": "revert"}
#: The least that a step must say.
LEAST = {"service_host": "x", "access_to": "10.0.0.1", "image_name": "/x", "host": "x@x"}
HEAD = """\
..
  Copyright (c) 2026, the unified.storage authors
  GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later
  Written by tests/capabilities.py

.. _ansible_collections.unified.storage.docsite.capabilities:

What works where
================

What a back end cannot do is refused before anything is changed, in a sentence that says what to use instead.
The same is true of a cloud whose API is too old: the tables say which microversion of Cinder or Manila a state or a
verb needs, where it is more than the oldest that they have. Single options may need more; their documentation says it.
"""
Arguments = dict[str, Any]
YES = ("yes", "from")  # how an answer begins that is no refusal


class AnyApi:
    """Stands for the REST API of a service that has every microversion, and notes which were asked for."""

    def __init__(self) -> None:
        self.needed: list[str] = []

    def lacks(self, needed: str) -> None:
        self.needed.append(needed)

    def since(self, oldest: str) -> str:
        newest = max(self.needed, key=version, default=oldest)
        return "yes" if version(newest) <= version(oldest) else f"from {newest}"


def openstack(kind: str, verb: str | None, arguments: Arguments) -> str:
    api = AnyApi()
    if kind in cinder.PLACES:
        service: Any = cinder.Cinder(cast(Rest, api))
        oldest = "3.0"
        api.lacks(cinder.PLACES[kind][3] or oldest)
    elif kind in manila.KINDS:
        service, oldest = manila.Manila(cast(Rest, api)), manila.OLDEST
        api.lacks(manila.PLACES[kind].since if kind in manila.PLACES else oldest)
    else:
        return "no"
    why = verb and service.why_not(kind, verb, arguments)
    return f"no: {why}" if why else api.since(oldest)


def host(kind: str, verb: str | None, arguments: Arguments) -> str:
    try:
        why = Host({}).why_not(kind, verb or "", arguments)
    except Unsupported as exc:
        return "no" if exc.message.startswith("The back end") else f"no: {exc.message}"
    except Invalid:
        why = None  # what it judges the arguments of, it can do
    return f"no: {why}" if why else "yes"


def zstack(kind: str, verb: str | None, arguments: Arguments) -> str:
    nobody = ZStack.__new__(ZStack)  # to make one is to log in
    if nobody.why_not(kind, "", arguments):
        return "no"
    why = nobody.why_not(kind, verb or "", arguments)
    return f"no: {why}" if why else "yes"


BACK_ENDS: dict[str, Callable[[str, str | None, Arguments], str]] = {
    "openstack": openstack,
    "host": host,
    "zstack": zstack,
}


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [".. list-table::", "  :header-rows: 1", ""]
    for row in (columns, *rows):
        lines += [f"  {' ' if number else '*'} - {cell}".rstrip() for number, cell in enumerate(row)]
    return "\n".join(lines) + "\n"


def states(module: str) -> list[str]:
    spec = importlib.import_module("ansible_collections.unified.storage.plugins.modules." + module).SPEC
    return list(spec.arguments().get("state", {}).get("choices", ()))


def modules() -> list[list[str]]:
    """A row for each module, and for each state that it knows."""
    rows = []
    for module in MODULES:
        if module.endswith("_action") or module.startswith("snapshot_group"):
            continue  # they have tables of their own
        kind = KINDS.get(module, module.removesuffix("_info"))
        name = f"``{module}``"
        for number, state in enumerate(states(module) or [""]):
            told = (back_end(kind, VERBS.get(state), LEAST) for back_end in BACK_ENDS.values())
            rows.append(["" if number else name, f"``{state}``" if state else "", *told])
    return rows


def verbs(module: str) -> list[list[str]]:
    """A row for each verb that a service has a call for. (Image metadata are shown from what was read.)"""
    kind, mine, theirs = {
        "volume_action": ("volume", volume_action.VERBS, cinder.VOLUME_ACTIONS),
        "share_action": ("share", share_action.VERBS, manila.ACTIONS["share"]),
    }[module]
    rows = []
    for verb in (verb for verb in mine if verb in theirs):
        # What it needs may depend on its arguments: it is asked with as few as can be.
        more = ", more with newer APIs" if callable(theirs[verb].since) else ""
        rows.append([f"``{verb}``", openstack(kind, verb, LEAST) + more, host(kind, verb, LEAST)])
    return rows


def groups() -> list[list[str]]:
    """A row for each state of snapshot_group, a column for each source: every source is of one back end."""
    rows = []
    for state in states("snapshot_group"):
        told = []
        for source in snapshot_group.SOURCES:
            arguments = {**LEAST, source.argument: "x"}
            (asked,) = (ask for ask in BACK_ENDS.values() if ask(source.group, "create", arguments).startswith(YES))
            told.append(reverted(source) if state == "reverted" else asked(source.group, VERBS[state], arguments))
        rows.append([f"``{state}``", *told])
    return rows


def reverted(source: snapshot_group.Source) -> str:
    """What the planner makes of it where all is well. (Here: where another run is at it.)"""
    group = {"id": "g", "name": "g", "status": "reverting", "once": {}}
    try:
        snapshot_group.SnapshotGroup()._reverted({"name": "g"}, source, {}, group, cast(Any, None))
    except Unsupported as exc:
        return "no: " + exc.message.partition(": ")[2]
    # Cinder reverts the members, each volume by itself.
    return openstack("volume", "revert", LEAST) if source.group == "group_snapshot" else "yes"


def title(text: str) -> str:
    return f"\n{text}\n{'-' * len(text)}\n\n"


def page() -> str:
    columns = [f"``{name}``" for name in BACK_ENDS]
    sources = [f"``{source.option}``" for source in snapshot_group.SOURCES]
    return "".join(
        [
            HEAD,
            title("Modules and their states"),
            table(["module", "state", *columns], modules()),
            title("snapshot_group, by what it is of"),
            "A ``root_volume`` is one of ZStack, ``volumes`` are those of a host, the other two are of OpenStack.\n\n",
            table(["state", *sources], groups()),
            *(
                title(name) + table(["action", *columns[:2]], verbs(name))
                for name in ("volume_action", "share_action")
            ),
        ]
    )  # fmt: skip


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
