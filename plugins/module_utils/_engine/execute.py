# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Carry out plans: perform, wait, go on. One item or a thousand alike.

Each item walks through its steps. Workers perform; one loop observes all that
is waited for with one call per kind, and lets every item whose step is over go
on. What was lost on the way is looked for before it is done again.
"""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Backend, Resource, Scope
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Item, Plan, Step, Until
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Place, label
from ansible_collections.unified.storage.plugins.module_utils._errors import (
    Ambiguous,
    Failed,
    LostAnswer,
    StorageError,
    Timeout,
    Unreachable,
    Untrusted,
)

#: Seconds before the first poll; each further pause is longer, up to the task's wait_interval.
FIRST_POLL = 0.1
GROWTH = 1.5
#: The shortest pause between polls while steps are still being sent.
BUSY_PAUSE = 1.0
#: How often a write whose answer was lost is looked for and, if it never arrived, sent again.
ATTEMPTS = 3
#: Seconds for which a run that should stay waits for a concurrent one to yield.
TWIN_PATIENCE = 15.0
#: Seconds for which the end of what is taken back is waited for.
UNDO_PATIENCE = 60.0
#: How the status of what is on its way out begins
LEAVING = ("deleting", "unmanag")
#: What could not be removed or released says so by one of these.
NOT_REMOVED = ("error_deleting", "error_unmanaging", "unmanage_error")
#: Until what a step has left is removed again.
GONE = Until(
    lambda seen: seen is None,
    lambda seen: "its status is %s" % seen["status"] if seen and seen.get("status") in NOT_REMOVED else None,
)


@dataclass(frozen=True)
class Pace:
    """How to wait, in seconds, and how many workers perform at once."""

    wait: bool = True
    timeout: float = 600.0
    interval: float = 5.0
    workers: int = 8


class Executor:
    """Performs the plans of items through a back end."""

    def __init__(self, backend: Backend, pace: Pace, tell: t.Callable[[], None] = lambda: None) -> None:
        """tell: called whenever something may have moved."""
        self._tell = tell
        self._backend = backend
        self._pace = pace
        self._finished: SimpleQueue[t.Tuple[Item, t.Optional[Resource], t.Optional[StorageError]]] = SimpleQueue()
        self._waiting: t.Dict[int, Item] = {}
        self._busy = 0
        self._submit: t.Callable[[Item], None] = self._perform
        #: ids that this run has made: never mistaken for somebody else's
        self._made: t.Set[str] = set()

    def run(self, items: t.Sequence[Item]) -> None:
        """Carry out every item's plan; the outcome is written into the items."""
        todo = [item for item in items if item.step is not None]
        if not todo:
            return
        workers = min(self._pace.workers, len(todo))
        if workers > 1:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(max_workers=workers) as pool:
                self._submit = lambda item: t.cast(None, pool.submit(self._perform, item))
                self._loop(todo)
        else:
            self._loop(todo)
        self._yield_to_twins([item for item in todo if item.error is None])
        self._refresh([item for item in todo if item.stale and item.error is None])

    # -- the loop
    def _loop(self, todo: t.Sequence[Item]) -> None:
        pause = FIRST_POLL
        next_poll = 0.0
        for item in todo:
            self._start(item)
        while self._busy or self._waiting:
            self._tell()
            try:
                timeout = max(0.0, next_poll - time.monotonic()) if self._waiting else None
                self._arrived(*self._finished.get(timeout=timeout))
                if len(self._waiting) == 1:
                    pause = FIRST_POLL
                    next_poll = time.monotonic() + (BUSY_PAUSE if self._busy else FIRST_POLL)
                elif self._waiting and not self._busy:
                    next_poll = min(next_poll, time.monotonic() + FIRST_POLL)
                continue
            except Empty:
                pass
            begun = time.monotonic()
            moved = self._poll()
            took = time.monotonic() - begun
            # A service that is slow to answer is asked less often. While there is progress, ask soon.
            pause = FIRST_POLL if moved else min(self._pace.interval, pause * GROWTH)
            # Nor more than now and then while there is still work to send, which goes first.
            least = max(took, BUSY_PAUSE) if self._busy else took
            next_poll = time.monotonic() + max(pause, min(least, self._pace.interval))

    def _start(self, item: Item) -> None:
        """Let the item's next step begin, if it has one."""
        step = item.step
        if step is None:
            return
        if step.writes:
            self._busy += 1
            self._submit(item)
        elif item.at_its_last and not self._pace.wait:
            self._over(item, "started")
        else:
            self._wait_for(item)

    def _wait_for(self, item: Item) -> None:
        try:
            _watched(item)
        except StorageError as exc:  # what it should look at is not known
            self._fail(item, exc, "unfinished")
            return
        item.deadline = time.monotonic() + self._pace.timeout
        self._waiting[item.index] = item

    def _arrived(self, item: Item, made: t.Optional[Resource], error: t.Optional[StorageError]) -> None:
        """A step was performed, or could not be."""
        self._busy -= 1
        step = t.cast(Step, item.step)
        if error is not None:
            # Of a write whose answer is lost for good nobody knows: better said once too often.
            lost = isinstance(error, Unreachable)
            error.resource = error.resource or {
                "kind": step.kind,
                "id": item.ident(step),
                "name": step.args.get("name") if step.makes else (item.subject or {}).get("name"),
            }
            if error.kind in ("conflict", "invalid") and self._yielded(item, step):
                return
            if error.reason and error.status not in (None, 401) and not lost:
                # The service's own words, about the resource as people call it.
                error.message = "%s of %s: %s" % (step.verb, step.target, error.reason)
            item.changed = item.changed or lost or error.changed
            self._fail(item, error, "unfinished" if lost else "failed")
            return
        if step.makes and not step.part:
            item.subject = made
        elif made is not None:
            item.answers[step.verb] = made
        item.stale, item.changed = item.stale or not step.part, True
        if step.until is None or (item.at_its_last and not self._pace.wait):
            self._over(item, "done" if step.until is None else "started")
        else:
            self._wait_for(item)

    def _over(self, item: Item, outcome: str) -> None:
        item.outcomes.append(outcome)
        self._start(item)

    def _fail(self, item: Item, error: StorageError, outcome: str) -> None:
        item.error = error
        item.outcomes.append(outcome)

    # -- performing (in a worker)
    def _perform(self, item: Item) -> None:
        try:
            made, error = self._perform_surely(item, t.cast(Step, item.step)), None
        except StorageError as exc:
            made, error = None, exc
        except Exception as exc:  # noqa: BLE001 - a defect must fail this item, not hang the batch
            made, error = None, Failed("%s: %s" % (type(exc).__name__, exc))
        self._finished.put((item, made, error))

    def _perform_surely(self, item: Item, step: Step) -> t.Optional[Resource]:
        """Perform once, even when the answer gets lost."""
        ident = item.ident(step)
        lost: t.Optional[StorageError] = None
        if not (step.part and item.since):
            item.since = self._backend.now()
        for attempt in range(ATTEMPTS):
            try:
                args = step.late(item.answers) if step.late else step.args
                made = self._backend.perform(step.kind, step.verb, ident, args)
                if step.makes and made:
                    self._made.add(made["id"])
                return made
            except LostAnswer as exc:
                lost = exc
                # The service may still be at it: give it a moment before looking.
                time.sleep(0.5 * 2**attempt)
                landed, seen = self._landed_surely(item, step, ident)
                if landed:
                    return seen
            except StorageError as exc:
                # Refused: perhaps because the lost one has arrived meanwhile, or another run removes it as well.
                landed, seen = self._landed(item, step, ident) if lost else (False, None)
                if landed or (exc.kind in ("conflict", "invalid") and self._goes(step, ident)):
                    return seen
                raise
        lost = t.cast(StorageError, lost)
        raise Unreachable(
            "%s of %s was sent %d times and got no usable answer, and no effect of it is to be seen: %s"
            % (step.verb, step.target, ATTEMPTS, lost.reason),
            resource={"kind": step.kind, "id": ident, "name": step.args.get("name")},
            status=lost.status,
            request_id=lost.request_id,
            reason=lost.reason,
        )

    def _goes(self, step: Step, ident: t.Optional[str]) -> bool:
        """Whether what a step is to remove is on its way out already."""
        if step.makes or ident is None or step.until is None or not step.until.done(None):
            return False
        seen = self._observe_ids(step.kind, {ident}, step.scope).get(ident)
        return seen is None or (seen.get("status") or "").startswith(LEAVING)

    def _landed_surely(self, item: Item, step: Step, ident: t.Optional[str]) -> t.Tuple[bool, t.Optional[Resource]]:
        """Look again, within the task's time, while nobody answers: what took the answer may take longer."""
        end = time.monotonic() + self._pace.timeout
        while True:
            try:
                return self._landed(item, step, ident)
            except Unreachable:
                if time.monotonic() >= end:
                    raise
            time.sleep(BUSY_PAUSE)

    def _landed(self, item: Item, step: Step, ident: t.Optional[str]) -> t.Tuple[bool, t.Optional[Resource]]:
        """Whether a step whose answer was lost has had an effect; what it made."""
        if step.makes:
            name = step.args.get("name")
            found = self._backend.observe(step.kind, [name] if name and step.mine is None else None, step.scope)
            mine = step.mine or (lambda seen: bool(seen.get("name") == name))
            fresh = [r for r in found if mine(r) and r["id"] not in self._made]
            if not fresh:
                return False, None
            newest = max(fresh, key=lambda r: r.get("created_at") or "")
            self._made.add(newest["id"])
            return True, newest
        seen = self._observe_ids(step.kind, {ident} if ident else set(), step.scope).get(ident)
        if seen is None:
            return bool(step.until and step.until.done(None)), None
        wanted = {k: new for k, (old, new) in step.changes.items() if k in seen and old != new}
        if wanted and all(seen[k] == new for k, new in wanted.items()):
            return True, None
        subject = item.subject if item.subject and item.subject["id"] == ident else None
        before = step.before or subject
        if before is None:
            return False, None  # what it was like is not known
        stale = item.stale and step.before is None
        moving = ("status", "migration_status") if stale else ("status", "migration_status", "updated_at")
        return any(seen.get(k) != before.get(k) for k in moving), None

    # -- waiting
    def _poll(self) -> bool:
        """Observe all that is waited for; True when an item got further."""
        waiting = list(self._waiting.values())
        wanted: t.Dict[Place, t.Set[str]] = {}
        for item in waiting:
            place, ident = _watched(item)
            wanted.setdefault(place, set()).add(ident)
        seen: t.Dict[Place, t.Dict[t.Optional[str], Resource]] = {}
        broken: t.Dict[Place, StorageError] = {}
        for place, ids in wanted.items():
            try:
                seen[place] = self._observe_ids(place[0], ids, dict(place[1]))
            except StorageError as exc:
                broken[place] = exc
        return sum(self._judge(item, seen, broken) for item in waiting) > 0

    def _observe_ids(self, kind: str, ids: t.Set[str], scope: Scope) -> t.Dict[t.Optional[str], Resource]:
        return {r["id"]: r for r in self._backend.observe(kind, sorted(ids), scope) if r["id"] in ids}

    def _judge(
        self,
        item: Item,
        seen: t.Mapping[Place, t.Mapping[t.Optional[str], Resource]],
        broken: t.Mapping[Place, StorageError],
    ) -> bool:
        """Decide about one waiting item; True when it waits no longer."""
        step = t.cast(Step, item.step)
        until = t.cast(Until, step.until)
        place, ident = _watched(item)
        if place in broken:
            passing = isinstance(broken[place], Unreachable) and not isinstance(broken[place], Untrusted)
            if passing and time.monotonic() < item.deadline:
                return False  # the next poll asks again
            del self._waiting[item.index]
            self._fail(item, broken[place], "unfinished")
            return True
        now = seen[place].get(ident)
        of_subject = step.ident is None and step.watch is None
        if of_subject and now is not None:
            item.subject, item.stale = now, False
        if until.done(now):
            if now is None and of_subject:
                item.subject, item.stale = None, False
            del self._waiting[item.index]
            if step.makes and now is not None and now.get("twin"):
                self._yield(item, now)
            else:
                self._over(item, "done")
            return True
        reason = until.failed(now)
        if reason is None and now is None:
            reason = "it is gone"
        if reason is not None:
            del self._waiting[item.index]
            error = self._failure(item, step, now, reason)
            if not self._yielded(item, step):
                self._fail(item, error, "failed")
            return True
        if time.monotonic() >= item.deadline:
            del self._waiting[item.index]
            state = (now or {}).get("status")
            self._fail(
                item,
                Timeout(
                    "%s of %s is not over after %g s (wait_timeout): its status is %s. "
                    "It goes on; run the task again to wait further."
                    % (step.verb, step.target, self._pace.timeout, state),
                    resource={"kind": step.kind, "id": ident, "name": (now or {}).get("name")},
                    reason="status %s" % state,
                ),
                "unfinished",
            )
            return True
        return False

    def _failure(self, item: Item, step: Step, now: t.Optional[Resource], reason: str) -> StorageError:
        """The failure of a step, with the service's own reason, after cleaning up what it left."""
        why = self._reason(item, step, now)
        left = ""
        undo = step.undo(now) if step.undo else None
        if undo and now is not None:
            try:
                if isinstance(undo, str):
                    undo = [Step(step.kind, undo, "", "", until=GONE, ident=now["id"], scope=step.scope)]
                self._take_back(undo)
                if not step.part:
                    item.subject, item.stale, item.changed = None, False, item.changed_before
            except StorageError as exc:
                left = " What it left, %s, could not be removed: %s" % (label(now), exc.message)
        if why and step.watch:
            why = "%s: %s" % (reason, why)  # what is watched stands for several: say which
        return Failed(
            "%s of %s failed: %s%s" % (step.verb, step.target, why or reason, left),
            resource={"kind": step.kind, "id": (now or {}).get("id"), "name": (now or {}).get("name")},
            reason=why or reason,
        )

    def _reason(self, item: Item, step: Step, now: t.Optional[Resource]) -> t.Optional[str]:
        """What the service says about what failed. Where what is watched is gone, or tells nothing, the subject may."""
        about = [(_watched(item)[0][0], now)]
        if step.watch is not None:
            about.append((step.kind, item.subject))
        for kind, resource in about:
            try:
                why = self._backend.explain(kind, resource, item.since) if resource else None
            except StorageError:
                return None  # the reason is a courtesy: its absence must not hide the failure
            if why:
                return why
        return None

    def _take_back(self, steps: t.Sequence[Step]) -> None:
        """Undo, and wait a while until that is over. Raises StorageError when it does not succeed."""
        for step in steps:
            self._backend.perform(step.kind, step.verb, step.ident, step.args)
        end = time.monotonic() + min(UNDO_PATIENCE, self._pace.timeout)
        for step in steps:
            place, ident = _looked_at(step, t.cast(str, step.ident), {})
            until = t.cast(Until, step.until)
            while True:
                seen = self._observe_ids(place[0], {ident}, dict(place[1])).get(ident)
                if until.done(seen):
                    break
                reason = until.failed(seen)
                if reason is None and time.monotonic() > end:
                    reason = "it is still %s" % (seen or {}).get("status")
                if reason is not None:
                    raise Failed(reason)
                time.sleep(0.2)

    # -- other runs
    def _yield_to_twins(self, items: t.Sequence[Item]) -> None:
        """Undo what another run has made at the same time, under the same name.

        The services know no unique names, and the other run saw as little of
        this one as this of it. The older one stays. Where both are of one
        second, the smaller id stays, and waits for the other run to yield. When
        it does not (it was over too early to notice), both are left: a run that
        yielded late could meet one that is just yielding, and nothing be left.
        """
        by_kind: t.Dict[str, t.List[Item]] = {}
        for item in items:
            # Only what was made new and empty: an adopted thing holds data.
            first = t.cast(Plan, item.plan).steps[0]
            fresh = first.makes and not first.part and first.verb == "create" and "yielded" not in item.outcomes
            if fresh and item.subject and item.subject.get("name"):
                by_kind.setdefault(t.cast(Plan, item.plan).kind, []).append(item)
        for kind, made in by_kind.items():
            group = made
            patience = time.monotonic() + TWIN_PATIENCE
            while group:
                try:
                    found = self._backend.observe(
                        kind, sorted({t.cast(Resource, item.subject)["name"] for item in group}), {}
                    )
                except StorageError as exc:
                    for item in group:
                        item.error = _unseen(item, exc)
                    break
                group = [item for item in group if self._contested(item, found, time.monotonic() >= patience)]
                if group:
                    time.sleep(0.3)

    def _contested(self, item: Item, found: t.Sequence[Resource], late: bool) -> bool:
        """True while it is not decided whether what this item has made stays."""
        mine = t.cast(Resource, item.subject)
        step = t.cast(Plan, item.plan).steps[0]
        twin = self._twin(step, mine["name"], found)
        if twin is None or (twin["created_at"] or "") > (mine["created_at"] or ""):
            return False
        if twin["created_at"] == mine["created_at"] and mine["id"] < twin["id"]:
            if late:
                item.error = Ambiguous(
                    "Another run has made %s at the same time as this run %s: delete one of them."
                    % (label(twin), mine["id"]),
                    resource={"kind": step.kind, "id": mine["id"], "name": mine["name"]},
                )
            return not late
        try:
            self._backend.perform(step.kind, "delete", mine["id"], {})
        except StorageError as exc:
            item.error = Failed(
                "Another run has made %s at the same time, and this run's own, %s, could not be removed: %s"
                % (label(twin), mine["id"], exc.message),
                resource={"kind": step.kind, "id": mine["id"], "name": mine["name"]},
            )
            return False
        item.subject, item.stale = twin, False
        item.outcomes, item.changed = ["yielded"] * len(item.outcomes), False
        return False

    def _twin(self, step: Step, name: t.Optional[str], found: t.Iterable[Resource]) -> t.Optional[Resource]:
        """What somebody else has made instead of what this step makes: the oldest, which all others yield to."""
        mine = step.mine or (lambda seen: bool(seen.get("name") == name))
        others = [
            r
            for r in found
            if mine(r)
            and r["id"] not in self._made
            and (r.get("status") or "") not in ("deleting", "unmanaging")
            and "error" not in (r.get("status") or "")
        ]
        return min(others, key=lambda r: (r.get("created_at") or "", r["id"]), default=None)

    def _yielded(self, item: Item, step: Step) -> bool:
        """True when another run was quicker: what could not be made is there now."""
        if not step.makes or step.mine is None or step.part:
            return False
        try:
            twin = self._twin(step, None, self._backend.observe(step.kind, None, step.scope))
        except StorageError:
            return False  # why it could not be made says more than why nobody can look
        if twin is None:
            return False
        self._yield(item, twin)
        return True

    @staticmethod
    def _yield(item: Item, twin: Resource) -> None:
        """Leave it all to the run that was quicker."""
        item.subject, item.stale, item.changed = twin, False, item.changed_before
        item.outcomes.extend(["yielded"] * (len(t.cast(Plan, item.plan).steps) - len(item.outcomes)))

    def _refresh(self, items: t.Sequence[Item]) -> None:
        """Observe once more what was changed by steps that nobody waited for."""
        wanted: t.Dict[Place, t.List[Item]] = {}
        for item in items:
            if item.plan and item.subject:
                scope = item.plan.steps[-1].scope
                wanted.setdefault((item.plan.kind, tuple(sorted(scope.items()))), []).append(item)
        for (kind, scope_of), group in wanted.items():
            ids = {t.cast(Resource, item.subject)["id"] for item in group}
            try:
                seen = self._observe_ids(kind, ids, dict(scope_of))
            except StorageError:
                continue  # what was done is done: then what is known of it is told
            for item in group:
                item.subject = seen.get(t.cast(Resource, item.subject)["id"])


def _unseen(item: Item, exc: StorageError) -> StorageError:
    """Why an item fails that has made something, when nobody can look for what another run has made."""
    mine = t.cast(Resource, item.subject)
    return type(exc)(
        "%s was made, and it could not be seen whether another run has made the same at the same time: %s"
        % (label(mine), exc.message),
        resource={"kind": t.cast(Plan, item.plan).kind, "id": mine["id"], "name": mine["name"]},
        status=exc.status,
        request_id=exc.request_id,
        reason=exc.reason,
    )


def _watched(item: Item) -> t.Tuple[Place, str]:
    """What a waiting item looks at: kind and scope, and the id. Raises StorageError where that is not known."""
    step = t.cast(Step, item.step)
    return _looked_at(step, t.cast(str, item.ident(step)), item.answers)


def _looked_at(step: Step, ident: str, answers: t.Mapping[str, t.Any]) -> t.Tuple[Place, str]:
    if step.watch is not None:
        kind, ident = step.watch(answers) if callable(step.watch) else step.watch
        return (kind, ()), ident
    return (step.kind, tuple(sorted(step.scope.items()))), ident
