# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decide by rules what to adopt."""

from __future__ import annotations

DOCUMENTATION = r"""
name: adoption
short_description: Decide by rules what to adopt
version_added: 1.0.0
author:
  - The unified.storage authors (@unified-storage)
description:
  - Goes through the lists of M(unified.storage.manageable_volume_info) or M(unified.storage.manageable_snapshot_info), and decides
    of each entry by the first rule that matches whether to adopt it, and as what.
  - It only decides. The role P(unified.storage.adopt_storage#role) acts on it.
positional: rules
options:
  _input:
    description: The lists, by the C(host@backend#pool) that each is of.
    type: dict
    required: true
  rules:
    description:
      - The rules. The first one that matches an entry counts, and what no rule matches is left alone.
    type: list
    elements: dict
    required: true
    suboptions:
      match:
        description: A regular expression for the whole of its name, or of its other reference where the driver knows no names.
        type: str
        default: .*
      host:
        description: A regular expression for the whole of the C(host@backend#pool) that it is on.
        type: str
      min_size:
        description: The least size, in GiB.
        type: int
      max_size:
        description: The greatest size, in GiB.
        type: int
      older_than:
        description:
          - The least age, as a number and one of V(s), V(m), V(h), V(d) and V(w), such as V(30d).
          - It is told from C(created_at) in C(extra_info). An entry whose driver does not tell it does not match.
        type: str
      skip:
        description: Whether what matches is left alone.
        type: bool
        default: false
      name:
        description:
          - The name to give it. V(\\1) or V(\\g<word>) is what a group of O(rules[].match) has matched.
          - Without it, it keeps the name that the driver has for it.
        type: str
      project:
        description: The project to adopt it into. Without it, it is the project of the login.
        type: str
      description:
        description: The description to give it.
        type: str
      metadata:
        description: The metadata to give it.
        type: dict
      volume_type:
        description: The volume type to give it.
        type: str
      availability_zone:
        description: The availability zone to give it.
        type: str
      bootable:
        description: Whether a server can boot from it.
        type: bool
  volumes:
    description:
      - For snapshots, the lists of volumes, by host as well. A snapshot is adopted for a volume that is under management.
    type: dict
  taken:
    description:
      - What there is already, as M(unified.storage.volume_info) or M(unified.storage.volume_snapshot_info) lists it, by the project that
        rules name, V("") for that of the login. Nothing is adopted under a name that something there bears, for nobody could tell the two
        apart by it.
      - What was made from the entry itself, by a run that was stopped, does not count.
    type: dict
  now:
    description: The time that ages are counted from, in seconds since 1970. Without it, the time of the call.
    type: float
"""

EXAMPLES = r"""
---
- name: What is there
  unified.storage.manageable_volume_info:
    cloud: admin
    host: lab@alpha#alpha
  register: found

- name: Adopt what the rules choose
  unified.storage.manageable_volume:
    cloud: admin
    batch: "{{ chosen | selectattr('decision', 'equalto', 'adopt') | map(attribute='options') | list }}"
  vars:
    chosen: "{{ {'lab@alpha#alpha': found.manageable_volumes} | unified.storage.adoption(rules) }}"
    rules:
      - match: scratch-.*
        skip: true
      - match: foreign-(\d+)
        max_size: 100
        name: adopted-\1
        metadata: {origin: array-7}
"""

RETURN = r"""
_value:
  description: A decision for each entry, in the order of the lists.
  type: list
  elements: dict
  contains:
    host:
      description: The C(host@backend#pool) that it is on.
      type: str
    source:
      description: The name that the driver has for it, or its other reference.
      type: str
    size:
      description: Its size in GiB.
      type: int
    decision:
      description:
        - V(adopt) when a rule chooses it and it is safe.
        - V(managed) when it is under management already, V(skip) when a rule says so, V(left) when no rule matches,
          V(unsafe) when a rule chooses it and the back end says that it is not safe, V(later) when it is a snapshot of a volume
          that is not under management, and V(taken) when the name that it would get is that of something else.
      type: str
      choices: [adopt, managed, skip, left, unsafe, later, taken]
    reason:
      description: Why, in words.
      type: str
    id:
      description: The id of what it is already, if it is under management.
      type: str
    project:
      description: The project to adopt it into. Empty for that of the login.
      type: str
    text:
      description: All that in one line.
      type: str
    options:
      description: For V(adopt), the entry for the C(batch) of M(unified.storage.manageable_volume) or M(unified.storage.manageable_snapshot).
      type: dict
"""

import re
import time
import typing as t
from datetime import datetime, timezone

from ansible.errors import AnsibleFilterError
from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.unified.storage.plugins.module_utils._api.marks import managed_from

Fields = t.Mapping[str, t.Any]
CONDITIONS = ("match", "host", "min_size", "max_size", "older_than", "skip")
TARGETS = ("name", "project", "description", "metadata", "volume_type", "availability_zone", "bootable")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class Rule:
    """One rule, checked and ready to match."""

    def __init__(self, number: int, rule: Fields) -> None:
        self.label = "rule %d" % number
        unknown = sorted(set(rule) - {*CONDITIONS, *TARGETS})
        if unknown:
            raise AnsibleFilterError("adoption: %s has no meaning for %s." % (self.label, ", ".join(unknown)))
        given = {key: value for key, value in rule.items() if value not in (None, "")}
        # YAML makes numbers of some names.
        given.update({key: str(given[key]) for key in ("match", "host", "name", "project") if key in given})
        try:
            self.match = re.compile(given.get("match", ".*"), re.DOTALL)
            self.host = re.compile(given["host"]) if "host" in given else None
            self.least = int(given.get("min_size", 0))
            self.most = int(given["max_size"]) if "max_size" in given else None
            self.skip = boolean(given.get("skip", False))
            self.age = self._seconds(given["older_than"]) if "older_than" in given else None
        except (re.error, TypeError, ValueError) as error:
            raise AnsibleFilterError("adoption: %s cannot be understood: %s." % (self.label, error)) from error
        self.name = given.get("name")
        self.project = given.get("project", "")
        self.target = {key: given[key] for key in TARGETS if key in given and key not in ("name", "project")}

    @staticmethod
    def _seconds(text: str) -> int:
        found = re.fullmatch(r"(\d+)\s*([smhdw])", str(text))
        if not found:
            raise ValueError("older_than is %s, and not like 30d" % text)
        return int(found[1]) * UNITS[found[2]]

    def __call__(self, host: str, source: str, entry: Fields, now: float) -> t.Optional[t.Match[str]]:
        """The match of its name, if all conditions are met."""
        found = self.match.fullmatch(source)
        if found is None or (self.host and not self.host.fullmatch(host)):
            return None
        if entry["size"] < self.least or (self.most is not None and entry["size"] > self.most):
            return None
        if self.age is not None:
            born = made(entry)
            if born is None or now - born < self.age:
                return None
        return found

    def rename(self, found: t.Match[str]) -> str:
        try:
            return found.expand(self.name) if self.name else found[0]
        except (re.error, IndexError) as error:
            raise AnsibleFilterError("adoption: the name of %s cannot be made: %s." % (self.label, error)) from error


def made(entry: Fields) -> t.Optional[float]:
    """When it was made, in seconds since 1970, where the driver tells."""
    extra = entry.get("extra_info")
    text = extra.get("created_at") if isinstance(extra, t.Mapping) else None
    if not text:
        return None
    try:
        when = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=timezone.utc)).timestamp()


def name_of(reference: Fields) -> str:
    return str(reference.get("source-name") or next(iter(reference.values()), ""))


def adoption(
    lists: t.Mapping[str, t.Sequence[Fields]],
    rules: t.Sequence[Fields],
    volumes: t.Optional[t.Mapping[str, t.Sequence[Fields]]] = None,
    now: t.Optional[float] = None,
    taken: t.Optional[t.Mapping[str, t.Sequence[Fields]]] = None,
) -> t.List[t.Dict[str, t.Any]]:
    """The filter; its documentation is above."""
    if not isinstance(lists, t.Mapping):
        raise AnsibleFilterError("adoption: the input must be a dictionary of lists, by host.")
    ready = [Rule(number, rule) for number, rule in enumerate(rules, 1)]
    moment = time.time() if now is None else float(now)
    decisions = []
    for host, entries in lists.items():
        # The ids of the volumes that are under management, by the references that snapshots name them by.
        owners = {name_of(volume["reference"]): volume.get("cinder_id") for volume in ((volumes or {}).get(host) or ())}
        for entry in entries:
            decision = decide(str(host), entry, ready, moment)
            if decision["decision"] == "adopt" and volumes is not None:
                owner = owners.get(name_of(entry.get("source_reference") or {}))
                del decision["options"]["host"]
                if owner:
                    decision["options"]["volume"] = owner
                else:
                    decision.update(decision="later", reason="its volume is not under management", options={})
            if decision["decision"] == "adopt":
                check_taken(decision, (taken or {}).get(decision["project"], ()))
            decision["text"] = line(decision)
            decisions.append(decision)
    check_names(decisions)
    return decisions


def decide(host: str, entry: Fields, rules: t.Sequence[Rule], now: float) -> t.Dict[str, t.Any]:
    source = name_of(entry["reference"])
    decision: t.Dict[str, t.Any] = {
        "host": host,
        "source": source,
        "size": entry["size"],
        "decision": "left",
        "reason": "no rule matches",
        "id": entry.get("cinder_id"),
        "project": "",
        "options": {},
    }
    if entry.get("cinder_id"):
        decision.update(decision="managed", reason="already managed")
        return decision
    for rule in rules:
        found = rule(host, source, entry, now)
        if found is None:
            continue
        if rule.skip:
            decision.update(decision="skip", reason="%s says so" % rule.label)
        elif not entry["safe_to_manage"]:
            decision.update(decision="unsafe", reason=entry.get("reason_not_safe") or "the back end does not say why")
        else:
            options = {"host": host, "reference": dict(entry["reference"]), "name": rule.rename(found), **rule.target}
            decision.update(decision="adopt", reason=rule.label, project=rule.project, options=options)
        break
    return decision


def check_taken(decision: t.Dict[str, t.Any], there: t.Sequence[Fields]) -> None:
    """Adopt nothing under the name of something else, which a task could then not mean by it."""
    options = decision["options"]
    mark = managed_from(options.get("volume") or options["host"], options["reference"])
    for other in there:
        if other["name"] == options["name"] and other.get("managed_from") != mark:
            reason = "the name %s is that of %s" % (options["name"], other["id"])
            decision.update(decision="taken", reason=reason, options={})
            return


def line(decision: Fields) -> str:
    """A decision in one line."""
    what = "%s on %s, %d GiB" % (decision["source"], decision["host"], decision["size"])
    if decision["decision"] != "adopt":
        return "%s: %s (%s)" % (what, decision["decision"], decision["reason"])
    into = " into project %s" % decision["project"] if decision["project"] else ""
    return "%s: adopt as %s%s (%s)" % (what, decision["options"]["name"], into, decision["reason"])


def check_names(decisions: t.Sequence[Fields]) -> None:
    """Raises when two get one name: nobody could tell them apart by it."""
    taken: t.Dict[t.Tuple[str, str], Fields] = {}
    for decision in decisions:
        if decision["decision"] != "adopt":
            continue
        key = (decision["project"], decision["options"]["name"])
        if key in taken:
            raise AnsibleFilterError(
                "adoption: %s on %s and %s on %s would both be named %s."
                % (taken[key]["source"], taken[key]["host"], decision["source"], decision["host"], key[1])
            )
        taken[key] = decision


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> t.Dict[str, t.Callable[..., t.Any]]:
        return {"adoption": adoption}
