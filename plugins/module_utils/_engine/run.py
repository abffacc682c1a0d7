# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Run one module: read the task, observe, plan, apply, report."""

from __future__ import annotations

import typing as t
from abc import ABC, abstractmethod
from dataclasses import replace

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Backend, Resource
from ansible_collections.unified.storage.plugins.module_utils._engine.backends import open_backend
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Claim, Item, Plan, Step
from ansible_collections.unified.storage.plugins.module_utils._engine.world import (
    DEALT,
    Want,
    World,
    describe,
    home,
    observe,
    say,
)
from ansible_collections.unified.storage.plugins.module_utils._errors import Invalid, StorageError, Unsupported

if t.TYPE_CHECKING:
    from ansible_collections.unified.storage.plugins.module_utils._argspec import Spec

Params = t.Mapping[str, t.Any]


class Behaviour(ABC):
    """What a state-changing module does, the same on every back end. Pure."""

    #: the kind of its subject, which is also the key of the result
    kind = ""

    @abstractmethod
    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        """What must be known to plan this item.

        Asked again with what has been learnt, until nothing new is wanted: so
        one want can follow from another.
        """

    @abstractmethod
    def plan(self, params: Params, world: World) -> Plan:
        """The steps from what is to what is wanted. Raises StorageError."""

    def details(self, params: Params, resource: Resource, fresh: bool) -> t.Iterable[Want]:
        """What to ask for about the subject, as it is in the end, to return it too.

        fresh: it is the only item of the task, or was changed: worth a request.
        """
        return ()

    def detailed(self, params: Params, resource: Resource, world: World) -> Resource:
        """The subject with what details() has found."""
        return resource

    def result(self, params: Params, resource: t.Optional[Resource], answers: Params) -> Resource:
        """The values to return beside C(changed), C(diff) and C(plan)."""
        return {self.kind: shown(resource)}


def shown(resource: t.Optional[Resource]) -> t.Optional[Resource]:
    """A resource as it is returned: without what only planners need."""
    return {k: v for k, v in resource.items() if k not in ("marks", "twin")} if resource else resource


class Query(ABC):
    """What an info module asks for."""

    #: the key of the result
    result = ""

    @abstractmethod
    def ask(self, params: Params, backend: Backend) -> t.List[Resource]:
        """The resources, in the order of the service."""


def run_info(spec: Spec, query: Query) -> None:
    """The main function of an info module."""
    module = AnsibleModule(argument_spec=spec.arguments(), supports_check_mode=True)
    try:
        (item,) = _read_items(module, spec)
        backend = open_backend(module.params)
        try:
            found = query.ask(item.params, backend)
        finally:
            backend.close()
    except StorageError as exc:
        module.fail_json(msg=exc.message, error=exc.as_dict())
    module.exit_json(changed=False, **{query.result: [shown(resource) for resource in found]})


def run(spec: Spec, behaviour: Behaviour) -> None:
    """The main function of a module that changes things."""
    module = AnsibleModule(argument_spec=spec.arguments(), supports_check_mode=True)
    params = module.params
    try:
        for name, least in (("wait_timeout", 0), ("wait_interval", 0.01), ("batch_concurrency", 1)):
            if params[name] < least:
                raise Invalid("%s must be %g or more." % (name, least))
        items = _read_items(module, spec)
        backend = open_backend(params)
        try:
            _plan(behaviour, backend, items, params["batch_concurrency"])
            if not module.check_mode and any(item.step for item in items):
                # Imported where there is something to do: a task without a change is the common one.
                from ansible_collections.unified.storage.plugins.module_utils._engine.execute import Executor, Pace
                from ansible_collections.unified.storage.plugins.module_utils._engine.progress import progress

                pace = Pace(
                    params["wait"], params["wait_timeout"], params["wait_interval"], params["batch_concurrency"]
                )
                Executor(backend, pace, progress(items)).run(items)
            _complete(behaviour, backend, items, params["batch_concurrency"])
        finally:
            backend.close()
    except StorageError as exc:
        module.fail_json(msg=exc.message, error=exc.as_dict())
    _report(module, behaviour, items)


# -- reading the task
def _read_items(module: AnsibleModule, spec: Spec) -> t.List[Item]:
    """The items of the task, each validated on its own.

    One that is not valid carries its error; a task without a batch raises it.
    """
    shared = {
        name: _given(module.params[name]) if "options" in option else module.params[name]
        for name, option in spec.item.items()
        if module.params.get(name) is not None
    }
    batch = module.params.get("batch")
    if batch is None:
        return [Item(0, _validate(spec, shared), shared)]
    items = []
    for index, entry in enumerate(batch):
        item = Item(index, {}, dict(entry))
        try:
            item.params = _validate(spec, {**shared, **entry})
        except StorageError as exc:
            item.error = exc
        items.append(item)
    return items


def _given(value: t.Any) -> t.Any:
    """Suboptions as they were given: AnsibleModule has filled in None for those that were not."""
    if isinstance(value, list):
        return [_given(entry) for entry in value]
    return {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value


def _validate(spec: Spec, values: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    """The options of one item. One that is null is not given."""
    validator = ArgumentSpecValidator(spec.item, **spec.rules)
    result = validator.validate({name: value for name, value in values.items() if value is not None})
    if result.unsupported_parameters:
        names = sorted(
            ".".join(name) if isinstance(name, tuple) else str(name) for name in result.unsupported_parameters
        )
        raise Invalid("There is no option %s." % " and no option ".join(names))
    if result.error_messages:
        raise Invalid("; ".join(result.error_messages) + ".")
    validated: t.Dict[str, t.Any] = result.validated_parameters
    for name, option in spec.item.items():
        if option.get("required") and validated[name] == "":
            # A service would take it for no name at all, and nothing be found by it again.
            raise Invalid("%s must not be empty." % name)
    return validated


# -- planning
def _plan(behaviour: Behaviour, backend: Backend, items: t.Sequence[Item], workers: int) -> None:
    """Observe the world once for all items, and plan each."""
    world = World()
    while True:
        wants: t.List[Want] = []
        for item in items:
            try:
                if item.error is None:
                    wants.extend(behaviour.wants(item.params, world))
            except StorageError as exc:
                item.error = exc
        if not observe(backend, world, wants, workers):
            break
    claims = _Claims()
    for item in items:
        if item.error is not None:
            continue
        try:
            plan = behaviour.plan(item.params, world)
            plan = replace(plan, steps=[able for step in plan.steps for able in _able(backend, plan, step)])
            claims.take(item.index, plan)
            item.plan, item.subject = plan, plan.subject
        except StorageError as exc:
            item.error = exc


class _Claims:
    """Which entries are about the same: they run side by side, so that two that change one resource would race."""

    #: What an entry does to what it claims.
    LOOKS, CHANGES, DECIDES = 0, 1, 2

    def __init__(self) -> None:
        #: by claim: which entries claim it, or a part of it, and what they do
        self._whole: t.Dict[Claim, t.Dict[int, int]] = {}
        self._parts: t.Dict[Claim, t.Dict[int, int]] = {}

    def take(self, index: int, plan: Plan) -> None:
        """Raises Invalid where two change the same, or one takes away what another only looks at."""
        mine = self._of(plan)
        for claim, does in mine.items():
            others = dict(self._parts.get(claim, ()))
            for length in range(1, len(claim) + 1):
                others.update(self._whole.get(claim[:length], ()))
            other = next((number for number, theirs in others.items() if does + theirs >= self.DECIDES), None)
            if other is not None:
                target = plan.steps[0].target if plan.steps else describe(plan.kind, plan.subject, None)
                raise Invalid(
                    "Entries %d and %d of batch are about the same %s, %s: entries run side by side, "
                    "so give each its own task." % (other + 1, index + 1, say(plan.kind), target)
                )
        for claim, does in mine.items():
            self._whole.setdefault(claim, {})[index] = does
            for length in range(1, len(claim)):
                self._parts.setdefault(claim[:length], {})[index] = does

    def _of(self, plan: Plan) -> t.Dict[Claim, int]:
        """What a plan is about: its subject, whatever else its steps act on, and the name that it gives."""
        does = self.LOOKS if not plan.steps else self.DECIDES if plan.removes else self.CHANGES
        claims: t.List[Claim] = [("id", step.kind, step.ident) for step in plan.steps if step.ident and not step.part]
        if plan.subject is not None:
            claims.append(("id", plan.kind, plan.subject["id"]))
        made = next((step for step in plan.steps if step.makes and not step.part), None)
        if made is not None:
            claims.append(("target", plan.kind, made.target))
        after = plan.diff()["after"]
        if after.get("name") and (made is None or made.verb == "create"):
            of = home(plan.kind, {**(plan.subject or {}), **after}) if plan.kind in DEALT else ""
            if of is not None:
                claims.append(("name", plan.kind, of, after["name"]))
        return {**dict.fromkeys(claims, does), **dict.fromkeys(plan.claims, self.DECIDES if does else does)}


def _able(backend: Backend, plan: Plan, step: Step) -> t.Sequence[Step]:
    """The step, or what does the same where the back end cannot do it."""
    ident = step.ident or (plan.subject or {}).get("id")
    why = backend.why_not(step.kind, step.verb, step.args) if step.writes else None
    if why is None:
        if step.writes:
            backend.foresee(step.kind, step.verb, ident, step.args)
        return [step]
    if step.instead:
        return [able for other in step.instead for able in _able(backend, plan, other)]
    raise Unsupported(
        "%s of %s is not possible: %s%s"
        % (step.verb, step.target, why, " " + step.otherwise if step.otherwise else ""),
        resource={"kind": step.kind, "id": ident},
        reason=why,
    )


def _complete(behaviour: Behaviour, backend: Backend, items: t.Sequence[Item], workers: int) -> None:
    """Add to what is returned what takes requests of its own."""
    world = World()
    wants = {
        item.index: list(behaviour.details(item.params, item.subject, item.changed or len(items) == 1))
        for item in items
        if item.subject is not None
    }
    observe(backend, world, [want for each in wants.values() for want in each], workers)
    for item in items:
        if item.subject is not None and wants[item.index]:
            try:
                item.subject = behaviour.detailed(item.params, item.subject, world)
            except StorageError:
                pass  # what was done is done: details that cannot be had are left out


# -- reporting
def _report(module: AnsibleModule, behaviour: Behaviour, items: t.Sequence[Item]) -> None:
    results = [_result(module, behaviour, item) for item in items]
    if module.params.get("batch") is None:
        (result,) = results
        (module.fail_json if items[0].error else module.exit_json)(**result)
    diffs = [result.pop("diff") for result in results if "diff" in result]
    failed = [item for item in items if item.error]
    for item, result in zip(items, results):
        result["item"] = item.given
        result["failed"] = item.error is not None
    changed = sum(result["changed"] for result in results)
    values: t.Dict[str, t.Any] = {
        "changed": changed > 0,
        "results": results,
        "summary": {
            "total": len(items),
            "changed": changed,
            "unchanged": sum(not (r["changed"] or r["failed"]) for r in results),
            "failed": len(failed),
        },
    }
    if module._diff:
        values["diff"] = diffs
    if not failed:
        module.exit_json(**values)
    reasons = ["%d: %s" % (item.index + 1, t.cast(StorageError, item.error).message) for item in failed[:3]]
    more = "" if len(failed) <= 3 else " (and %d more, see results)" % (len(failed) - 3)
    module.fail_json(
        msg="%d of %d entries failed: %s%s" % (len(failed), len(items), " ".join(reasons), more),
        error=t.cast(StorageError, failed[0].error).as_dict(),
        **values,
    )


def _result(module: AnsibleModule, behaviour: Behaviour, item: Item) -> t.Dict[str, t.Any]:
    """The values of one item."""
    plan = item.plan
    values: t.Dict[str, t.Any] = {"changed": False, "plan": []}
    if plan is not None:
        checked = module.check_mode and item.error is None
        outcomes = item.outcomes + ["planned"] * (len(plan.steps) - len(item.outcomes))
        values["plan"] = [step.as_dict(outcome) for step, outcome in zip(plan.steps, outcomes)]
        values["changed"] = plan.changed if checked else item.changed
        values.update(
            behaviour.result(item.params, plan.prediction(item.subject) if checked else item.subject, item.answers)
        )
        values.update(plan.extra)
        if module._diff and plan.changed and (checked or item.changed):
            header = plan.steps[0].target
            values["diff"] = dict(plan.diff(), before_header=header, after_header=header)
    if item.error is not None:
        values["msg"] = item.error.message
        values["error"] = item.error.as_dict()
    return values
