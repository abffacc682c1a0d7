# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Plans: what a task will do, as values. Nothing here does I/O."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._errors import StorageError

Changes = t.Mapping[str, t.Tuple[t.Any, t.Any]]
Seen = t.Optional[Resource]
Claim = t.Tuple[t.Any, ...]


@dataclass(frozen=True)
class Until:
    """When a step is over, told from what is observed after it.

    done: True when the step has succeeded. Gets None when the resource is gone.
    failed: a short reason once it can no longer succeed, else None.
    """

    done: t.Callable[[Seen], bool]
    failed: t.Callable[[Seen], t.Optional[str]] = lambda seen: None


@dataclass(frozen=True)
class Step:
    """One thing to be done to one resource.

    kind, verb: what the back end is asked to perform. The verb C(wait) asks
        nothing of it: something that is under way already is waited for.
    args, late: the arguments, or how they follow from what the steps before were
        answered (verb to answer).
    target: how to call the resource in a sentence.
    changes: field to (before, after), for the diff and the prediction.
    risk: the option that has allowed this step to lose data, else None.
    until: when it is over; None for a step that is over when it is answered.
    ident: the id it acts on; None for the subject of the item.
    scope: what it takes to find the resource among those of its kind (such as
        the share of an access rule).
    before: what the resource was like when it was planned, where it is not the
        subject: a write whose answer is lost is recognised by what is different.
    watch: the kind and id of what until looks at, where that is not the
        resource itself; or how they follow from the answers, as late does.
    makes: it makes the resource, and answers with it.
    mine: how a resource that it made is recognised when the answer was lost, or
        one that another run has made meanwhile (by default, by its name).
    part: it is done to a part of the subject, not to the subject itself (to one
        rule of a share's many).
    undo: gets what was observed when the step had failed and names the verb
        that removes what it left, or gives the steps that do, so that nothing
        half-made stays behind; None where it is safer left alone.
    instead: steps that do the same where the back end cannot do this one.
    otherwise: what the user can do where it cannot be done at all.
    """

    kind: str
    verb: str
    target: str
    reason: str
    args: t.Mapping[str, t.Any] = field(default_factory=dict)
    changes: Changes = field(default_factory=dict)
    risk: t.Optional[str] = None
    late: t.Optional[t.Callable[[t.Mapping[str, t.Any]], t.Mapping[str, t.Any]]] = None
    until: t.Optional[Until] = None
    ident: t.Optional[str] = None
    scope: t.Mapping[str, t.Any] = field(default_factory=dict)
    before: t.Optional[Resource] = None
    watch: t.Union[t.Tuple[str, str], t.Callable[[t.Mapping[str, t.Any]], t.Tuple[str, str]], None] = None
    makes: bool = False
    mine: t.Optional[t.Callable[[Resource], bool]] = None
    part: bool = False
    undo: t.Optional[t.Callable[[Seen], t.Union[str, t.Sequence[Step], None]]] = None
    instead: t.Sequence[Step] = ()
    otherwise: str = ""

    @property
    def writes(self) -> bool:
        return self.verb != "wait"

    def as_dict(self, outcome: str) -> t.Dict[str, t.Any]:
        """The entry of the RETURN value C(plan)."""
        return {
            "verb": self.verb,
            "resource": self.kind,
            "target": self.target,
            "reason": self.reason,
            "risk": self.risk,
            "outcome": outcome,
        }


@dataclass(frozen=True)
class Plan:
    """What one item needs.

    subject: the resource it is about, None where it does not exist yet.
    steps: in order; each starts when the one before it is over.
    kind: the kind of the subject.
    extra: further values for the result (such as a found image).
    claims: what else it is about, beyond what its steps tell. No two entries of
        a batch may claim the same, or a part of what the other claims: (a, b) is
        a part of (a,).
    """

    kind: str
    subject: t.Optional[Resource]
    steps: t.Sequence[Step] = ()
    extra: t.Mapping[str, t.Any] = field(default_factory=dict)
    claims: t.Sequence[Claim] = ()

    @property
    def changed(self) -> bool:
        return any(step.writes for step in self.steps)

    @property
    def removes(self) -> bool:
        return any(step.changes.get("state", (None, None))[1] == "absent" for step in self.steps)

    def diff(self) -> t.Dict[str, t.Dict[str, t.Any]]:
        """{before, after}: the fields that the steps change, first to last."""
        before: t.Dict[str, t.Any] = {}
        after: t.Dict[str, t.Any] = {}
        for step in self.steps:
            for name, (old, new) in step.changes.items():
                before.setdefault(name, old)
                after[name] = new
        if before.get("state") in ("absent", "unmanaged"):
            before = {"state": before["state"]}  # what is not there has no values either
        return {"before": before, "after": after}

    def prediction(self, subject: t.Optional[Resource]) -> t.Optional[Resource]:
        """The subject (as it is known by now) as it will be, for check mode; None when it will be gone."""
        if self.removes:
            return None
        after = self.diff()["after"]
        after.pop("state", None)
        if subject is None and not after:
            return None
        return {**(subject or {"id": None}), **after}


@dataclass
class Item:
    """One entry of a batch, or the only one: its plan and how far it is."""

    index: int
    params: t.Dict[str, t.Any]
    given: t.Dict[str, t.Any] = field(default_factory=dict)
    plan: t.Optional[Plan] = None
    error: t.Optional[StorageError] = None
    subject: t.Optional[Resource] = None
    outcomes: t.List[str] = field(default_factory=list)
    answers: t.Dict[str, t.Any] = field(default_factory=dict)
    #: the subject was changed since it was observed
    stale: bool = False
    since: t.Optional[str] = None
    deadline: float = 0.0
    #: something was done, or begun, and not taken back
    changed: bool = False

    @property
    def step(self) -> t.Optional[Step]:
        """The next step, None when there is none left."""
        if self.plan is None or self.error or len(self.outcomes) >= len(self.plan.steps):
            return None
        return self.plan.steps[len(self.outcomes)]

    @property
    def at_its_last(self) -> bool:
        return self.plan is not None and len(self.outcomes) + 1 == len(self.plan.steps)

    @property
    def changed_before(self) -> bool:
        """A step before this one has changed something."""
        return self.plan is not None and any(step.writes for step in self.plan.steps[: len(self.outcomes)])

    def ident(self, step: Step) -> t.Optional[str]:
        if step.ident is not None:
            return step.ident
        return self.subject["id"] if self.subject else None
