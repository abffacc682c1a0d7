# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""share_access_rule: who may mount a share, rule by rule or all rules at once. Pure.

Additions come first, then changes, then removals: nobody who keeps access loses
it for a moment. Each of these stages is waited for as a whole, by one look at
all rules of the share.
"""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass, replace

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._api.marks import BRIDGE
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import (
    Changes,
    Claim,
    Plan,
    Seen,
    Step,
    Until,
)
from ansible_collections.unified.storage.plugins.module_utils._engine.run import Behaviour, shown
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, describe, label
from ansible_collections.unified.storage.plugins.module_utils._errors import Conflict, Failed, Invalid, Locked
from ansible_collections.unified.storage.plugins.module_utils._module.common import Params, as_text, reference
from ansible_collections.unified.storage.plugins.module_utils._module.resource_lock import (
    CALLED,
    LOCK,
    derived_from,
    lock_fields,
)

KIND = "share_access_rule"
#: What a whole set of rules is waited for by.
RULES = "share_rule_set"
#: Instead of a client whose rule somebody else has made invisible.
HIDDEN = "******"
GOING = ("queued_to_deny", "denying")
#: Statuses of a rule that soon comes out one way or the other. One that is queued waits for those in error to go.
APPLYING = {"applying"}
#: The lock options and the action that each one locks.
LOCKS = {"lock_visibility": "show", "lock_deletion": "delete"}

#: What a rule is known by: the type, and the client in its one spelling.
Key = t.Tuple[str, str]


def canonical(access_type: str, access_to: str) -> str:
    """The one spelling of a client. Raises Invalid for what is no address or network."""
    client = access_to.strip()
    if access_type != "ip":
        return client
    try:
        network = ipaddress.ip_network(client)
    except ValueError:
        try:
            meant = ipaddress.ip_network(client, strict=False)
        except ValueError:
            raise Invalid("access_to %s is neither an IP address nor a network in CIDR notation." % client) from None
        raise Invalid("access_to %s is an address within a network: the network is %s." % (client, meant)) from None
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def key_of(rule: Resource) -> Key:
    """What a rule is known by, in whatever spelling the service has it."""
    try:
        return rule["access_type"], canonical(rule["access_type"], rule["access_to"])
    except Invalid:
        return rule["access_type"], rule["access_to"]


def by_key(rules: t.Iterable[Resource]) -> t.Dict[Key, t.List[Resource]]:
    """The rules for each client: usually one, but the API can be talked into more."""
    found: t.Dict[Key, t.List[Resource]] = {}
    for rule in rules:
        found.setdefault(key_of(rule), []).append(rule)
    return found


def say_key(key: Key) -> str:
    return "%s %s" % key


@dataclass(frozen=True)
class Wanted:
    """A rule that the task names. What is None is left as it is."""

    key: Key
    level: t.Optional[str]
    metadata: t.Optional[t.Mapping[str, t.Any]]
    exact: bool
    locks: t.Mapping[str, bool]
    lock_reason: t.Optional[str]

    @classmethod
    def of(cls, params: Params) -> Wanted:
        locks = {name: params[name] for name in LOCKS if params.get(name) is not None}
        if params.get("lock_reason") is not None and True not in locks.values():
            raise Invalid("lock_reason needs lock_visibility or lock_deletion: it is the reason of the lock.")
        if not (params.get("access_to") or "").strip():
            raise Invalid("access_to is missing: it names the client.")
        return cls(
            (params["access_type"], canonical(params["access_type"], params["access_to"])),
            params.get("access_level"),
            params.get("metadata"),
            params.get("metadata_mode") == "exact",
            locks,
            params.get("lock_reason"),
        )


def wanted(params: Params) -> t.List[Wanted]:
    """The rules that the task names. Raises Invalid where it names one twice."""
    if params.get("rules") is None:
        return [Wanted.of(params)]
    named = [Wanted.of(entry) for entry in params["rules"]]
    keys = [want.key for want in named]
    twice = sorted({say_key(key) for key in keys if keys.count(key) > 1})
    if twice:
        raise Invalid("rules names %s more than once." % " and ".join(twice))
    return named


# -- when a stage is over
def _standing(levels: t.Mapping[Key, t.Optional[str]]) -> Until:
    """Over when there is an active rule for each of these, with this level."""

    def stands(rule: Resource, level: t.Optional[str]) -> bool:
        return rule["status"] == "active" and level in (None, rule["access_level"])

    def done(now: Seen) -> bool:
        if now is None or now["rules"] is None:
            return False
        there = by_key(now["rules"])
        return all(any(stands(rule, level) for rule in there.get(key, ())) for key, level in levels.items())

    def failed(now: Seen) -> t.Optional[str]:
        if now is None or now["rules"] is None:
            return None
        # A driver that refuses one rule may leave others in error that came with it: name them all.
        there = by_key(now["rules"])
        statuses = {key: {rule["status"] for rule in there.get(key, ())} for key in levels}
        refused = [key for key in levels if "error" in statuses[key]]
        if refused and any(APPLYING & found for found in statuses.values()):
            return None  # those may come out in error too, and are then taken back with the others
        if refused:
            what = "the rule %s is" if len(refused) == 1 else "the rules %s are"
            return what % ", ".join(say_key(key) for key in refused) + " in the state error"
        hidden = any(rule["access_to"] == HIDDEN for rule in now["rules"])
        missing = [key for key in levels if key not in there] if not hidden else []
        return "the rule %s is gone" % say_key(missing[0]) if missing else None

    return Until(done, failed)


def _gone(idents: t.Collection[str] = (), keys: t.Collection[Key] = ()) -> Until:
    """Over when these rules are gone."""

    def left(now: Resource) -> t.List[Resource]:
        return [rule for rule in now["rules"] if rule["id"] in idents or key_of(rule) in keys]

    def done(now: Seen) -> bool:
        return now is None or (now["rules"] is not None and not left(now))

    def failed(now: Seen) -> t.Optional[str]:
        for rule in left(now) if now is not None and now["rules"] is not None else ():
            if rule["status"] == "error":
                return "the rule %s could not be removed: its state is error" % say_key(key_of(rule))
        return None

    return Until(done, failed)


class _Editor:
    """Makes the steps for one share, and keeps account of what they come to.

    whole: the subject is the share with all its rules, and not one rule.
    """

    def __init__(self, share: Resource, rules: t.Sequence[Resource], locks: t.Sequence[Resource], whole: bool) -> None:
        self.share = share
        self.whole = whole
        self.rules = [rule for rule in rules if rule["status"] != "deleted"]
        self.locks = locks
        self._by_key = by_key(
            sorted(self.rules, key=lambda rule: (rule["status"] in GOING, rule["created_at"] or "", rule["id"]))
        )
        self._listed = {key_of(rule): _entry(rule) for rule in self.rules}
        self._before = self._rules()
        self._base: t.Dict[str, t.Any] = {
            "kind": KIND,
            "scope": {"share_id": share["id"]},
            "watch": (RULES, share["id"]),
            "part": whole,
        }

    def matches(self, key: Key) -> t.List[Resource]:
        """The rules for a client, the one to keep first."""
        return self._by_key.get(key, [])

    def target(self, key: Key) -> str:
        return "%s of %s" % (describe(KIND, None, say_key(key)), describe("share", self.share, None))

    def changes(self, key: Key, new: t.Optional[t.Mapping[str, t.Any]], old: t.Mapping[str, t.Any]) -> Changes:
        """The changes of a step. new: None where the rule goes. Those of a set are noted, for account()."""
        if self.whole:
            if new is None:
                self._listed.pop(key, None)
            else:
                self._listed[key] = {**self._listed.get(key, {}), **new}
            return {}
        if new is None:
            return {"state": ("present", "absent")}
        return {name: (old.get(name), value) for name, value in new.items()}

    def account(self, steps: t.Iterable[Step]) -> t.List[Step]:
        """The steps, each with what all of them come to: they are done in another order than they were planned in."""
        if not self.whole:
            return list(steps)
        changes = {"rules": (self._before, self._rules())}
        return [replace(step, changes=changes, instead=self.account(step.instead)) for step in steps]

    def _rules(self) -> t.List[t.Dict[str, t.Any]]:
        """All rules as they will be, for the diff."""
        return [self._listed[key] for key in sorted(self._listed)]

    # -- steps
    def settle(self, keys: t.Collection[Key], absent: bool) -> t.List[Step]:
        """What a killed run has left half done, and nobody finishes, goes on first; the rules are as after that.

        absent: the rules are to go, and none of them is let in first.
        """
        steps = []
        for rule in [rule for rule in self.rules if rule.get("unfinished") and key_of(rule) in keys]:
            goes = rule["status"] in GOING
            if absent and not goes:
                continue
            over = _gone([rule["id"]]) if goes else _standing({key_of(rule): None})
            reason = "it is %s, and the run that began it was killed" % rule["status"]
            target = self.target(key_of(rule))
            steps.append(Step(verb="resume", target=target, reason=reason, ident=rule["id"], until=over, **self._base))
            self.rules.remove(rule)
            if not goes:
                self.rules.append({**{k: v for k, v in rule.items() if k != "unfinished"}, "status": "active"})
        return steps

    def wait(self, keys: t.Sequence[Key], until: Until, reason: str) -> Step:
        target = (
            self.target(keys[0])
            if len(keys) == 1
            else "%d rules of %s"
            % (
                len(keys),
                describe("share", self.share, None),
            )
        )
        return Step(verb="wait", target=target, reason=reason, until=until, **self._base)

    def add(self, want: Wanted) -> Step:
        level = want.level or "rw"
        metadata = as_text(want.metadata)
        entry: t.Dict[str, t.Any] = {"access_type": want.key[0], "access_to": want.key[1], "access_level": level}
        if metadata:
            entry["metadata"] = metadata
        locks: t.Dict[str, t.Any] = {name: True for name, locked in want.locks.items() if locked}
        if locks and want.lock_reason is not None:
            locks["lock_reason"] = want.lock_reason
        changes = self.changes(want.key, {**entry, **locks}, {})
        if not self.whole:
            changes = {"state": ("absent", "present"), **changes}
        step = Step(
            verb="create",
            target=self.target(want.key),
            reason="it does not exist",
            args={"share_id": self.share["id"], **entry, **locks},
            changes=changes,
            until=_standing({want.key: level}),
            makes=True,
            mine=lambda rule: key_of(rule) == want.key and rule["access_level"] == level,
            **self._base,
        )
        return replace(step, undo=self.take_back([step]))

    def take_back(self, adds: t.Sequence[Step]) -> t.Callable[[Seen], t.Sequence[Step]]:
        """What removes those of the new rules that were refused after they had been accepted."""
        locked = {_added(step): any(name in step.args for name in LOCKS) for step in adds}

        def undo(now: Seen) -> t.Sequence[Step]:
            refused = [
                rule for rule in (now or {}).get("rules") or () if key_of(rule) in locked and rule["status"] == "error"
            ]
            return [
                replace(
                    self.drop(rule, False),
                    args={
                        "share_id": self.share["id"],
                        **({"unrestrict": True} if locked[key_of(rule)] else {}),
                    },
                )
                for rule in refused
            ]

        return undo

    def level(self, rule: Resource, level: str) -> Step:
        key = key_of(rule)
        changes = self.changes(key, {"access_level": level}, rule)
        return Step(
            verb="update",
            target=self.target(key),
            reason="access_level is %s, not %s" % (rule["access_level"], level),
            args={"access_level": level},
            changes=changes,
            ident=rule["id"],
            until=_standing({key: level}),
            instead=self._replace(rule, level, changes),
            otherwise="Remove the rule, then add it with the new level.",
            **self._base,
        )

    def _replace(self, rule: Resource, level: str, changes: Changes) -> t.Sequence[Step]:
        """Another way to a new level: the halves of a network stand in while its rule is made anew.

        Of a single client there are no halves, and no two rules at once.
        """
        key = key_of(rule)
        network = ipaddress.ip_network(key[1]) if key[0] == "ip" else None
        if network is None or network.prefixlen == network.max_prefixlen or self._locks_of(rule):
            return ()
        part = _Editor(self.share, self.rules, self.locks, True)
        halves: t.List[Key] = [("ip", canonical("ip", str(half))) for half in network.subnets()]
        bridge = {BRIDGE: key[1]}
        adds = [part.add(Wanted(half, level, bridge, False, {}, None)) for half in halves if not self.matches(half)]
        if adds:
            adds = stage(adds, _standing(dict.fromkeys(halves)), self.take_back(adds))
        new = replace(
            self.add(Wanted(key, level, rule["metadata"], False, {}, None)),
            changes=changes,
            reason="access_level is %s, not %s" % (rule["access_level"], level),
        )
        steps = [*adds, replace(part.drop(rule, False), reason="it has to be made anew"), new]
        if adds and not self.strays(key):
            steps.append(self.unbridge(key, [_added(step) for step in adds]))
        return [replace(step, changes={}) if step is not new else step for step in steps]

    def strays(self, key: Key) -> t.List[Resource]:
        """The rules that stand in for another one, and were left over by a run that was killed."""
        return [rule for rule in self.rules if rule["marks"].get(BRIDGE) == key[1]]

    def unbridge(self, key: Key, keys: t.Collection[Key]) -> Step:
        """Remove what stood in for a rule. keys: of those rules."""
        for stand_in in keys:
            self._listed.pop(stand_in, None)
        return Step(
            verb="unbridge",
            target=self.target(key),
            reason="the rules that stood in for it are no longer needed",
            args={"share_id": self.share["id"], "bridge": key[1]},
            ident=self.share["id"],
            until=_gone(keys=keys),
            **{**self._base, "part": True},
        )

    def metadata(self, rule: Resource, want: Wanted) -> t.Optional[Step]:
        if want.metadata is None:
            return None
        given, now = as_text(want.metadata), rule["metadata"]
        after = given if want.exact else {**now, **given}
        if after == now:
            return None
        merged = {k: v for k, v in given.items() if now.get(k) != v}
        removed = sorted(set(now) - set(after))
        return Step(
            verb="replace_metadata" if removed else "merge_metadata",
            target=self.target(want.key),
            reason="metadata differ",
            args={"metadata": merged, **({"removed": removed} if removed else {})},
            changes=self.changes(want.key, {"metadata": after}, rule),
            ident=rule["id"],
            **{**self._base, "watch": None},
        )

    def locking(self, rule: Resource, want: Wanted) -> t.List[Step]:
        """Bring the locks of a rule that exists to what the task says."""
        steps = []
        for name, locked in want.locks.items():
            own = [lock for lock in self._locks_of(rule) if lock["resource_action"] == LOCKS[name]]
            common: t.Dict[str, t.Any] = {
                "kind": LOCK,
                "target": "%s of %s" % (CALLED[LOCKS[name]], self.target(want.key)),
                "part": True,
            }
            if locked and not own:
                steps.append(
                    Step(
                        verb="create",
                        reason="it is not locked",
                        args=lock_fields(rule["id"], "access_rule", LOCKS[name], want.lock_reason),
                        changes=self.changes(want.key, {name: True}, {name: False}),
                        makes=True,
                        mine=lambda lock, action=LOCKS[name]: bool(  # type: ignore[misc]
                            lock["resource_id"] == rule["id"] and lock["resource_action"] == action
                        ),
                        scope={"resource_id": rule["id"]},
                        **common,
                    )
                )
            elif locked and want.lock_reason not in (None, *(lock["lock_reason"] for lock in own)):
                steps.append(
                    Step(
                        verb="update",
                        reason="lock_reason differs",
                        args={"lock_reason": want.lock_reason},
                        changes=self.changes(
                            want.key, {"lock_reason": want.lock_reason}, {"lock_reason": own[0]["lock_reason"]}
                        ),
                        ident=own[0]["id"],
                        **common,
                    )
                )
            elif own and not locked:
                # The lock of the share that came with a rule's own goes with it: nobody else would remove it.
                ending = [*own, *(lock for lock in self.locks if derived_from(lock) in {one["id"] for one in own})]
                steps.extend(
                    Step(
                        verb="delete",
                        reason="it is locked",
                        changes=self.changes(want.key, {name: False}, {name: True}),
                        ident=lock["id"],
                        **common,
                    )
                    for lock in ending
                )
        return steps

    def _locks_of(self, rule: Resource) -> t.List[Resource]:
        return [lock for lock in self.locks if lock["resource_id"] == rule["id"]]

    def drop(self, rule: Resource, unrestrict: bool) -> Step:
        """Raises Locked when the rule is locked and the task does not unlock it."""
        key = key_of(rule)
        held = [lock for lock in self._locks_of(rule) if lock["resource_action"] == "delete"]
        if held and not unrestrict:
            raise Locked(
                "%s is locked against deletion: %s. Set unrestrict to remove its locks too."
                % (self.target(key), "; ".join(_say_lock(lock) for lock in held)),
                resource={"kind": KIND, "id": rule["id"], "name": say_key(key)},
                reason=held[0]["lock_reason"],
            )
        return Step(
            verb="delete",
            target=self.target(key),
            reason="it exists",
            args={"share_id": self.share["id"], **({"unrestrict": True} if held else {})},
            changes=self.changes(key, None, {}),
            risk="unrestrict" if held else None,
            ident=rule["id"],
            before=rule,
            until=_gone([rule["id"]]),
            **self._base,
        )


def stage(
    steps: t.Sequence[Step], until: Until, undo: t.Optional[t.Callable[[Seen], t.Sequence[Step]]] = None
) -> t.List[Step]:
    """Steps that are waited for together: the last one waits for all."""
    return [*(replace(step, until=None) for step in steps[:-1]), replace(steps[-1], until=until, undo=undo)]


class ShareAccessRule(Behaviour):
    """The module share_access_rule: the subject is one rule, or with C(rules), the share with all of them."""

    kind = KIND

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        wants = [Want.of("share", params["share"])]
        if not world.knows(wants[0]):
            return wants
        share = world.find("share", params["share"])
        if share is None:
            return wants
        rules = Want.of(KIND, None, share_id=share["id"])
        wants.append(rules)
        if world.knows(rules) and self._asks_for_locks(params, world.all(KIND, share_id=share["id"])):
            wants.append(Want.of(LOCK, None, all_projects=True))
        return wants

    @staticmethod
    def _asks_for_locks(params: Params, rules: t.Sequence[Resource]) -> bool:
        """Only where something is to be locked, unlocked or removed."""
        named = {want.key: want for want in wanted(params)}
        found = [named.get(key_of(rule)) for rule in rules]
        if params["state"] == "absent":
            return any(found)
        if params.get("purge") and None in found:
            return True
        return any(
            want.locks or want.level not in (None, rule["access_level"]) for want, rule in zip(found, rules) if want
        )

    def plan(self, params: Params, world: World) -> Plan:
        named = wanted(params)
        whole = params.get("rules") is not None
        if params.get("purge") and (not whole or params["state"] == "absent"):
            raise Invalid("purge belongs to rules, with the state present: it removes what rules does not name.")
        share = world.find("share", params["share"])
        if share is None and params["state"] == "absent":
            return Plan("share" if whole else KIND, None)
        share = world.need("share", params["share"])
        locks = Want.of(LOCK, None, all_projects=True)
        editor = _Editor(
            share,
            world.all(KIND, share_id=share["id"]),
            world.all(LOCK, all_projects=True) if world.knows(locks) else (),
            whole,
        )
        first = editor.settle([want.key for want in named], params["state"] == "absent")
        if params["state"] == "absent":
            steps = self._absent(editor, named, params["unrestrict"])
        else:
            steps = self._present(editor, named, params)
        steps = editor.account([*first, *steps])
        if any(step.writes for step in steps):
            self._check_share(share)
        subject: t.Optional[Resource] = {**share, "rules": editor.rules, "known": editor.rules}
        if not whole:
            subject = next(iter(editor.matches(named[0].key)), None)
            if subject is not None and subject["status"] in GOING:
                subject = None
        claims: t.List[Claim] = [(KIND, share["id"], want.key) for want in named]
        return Plan(
            "share" if whole else KIND, subject, steps, claims=[(KIND, share["id"])] if params.get("purge") else claims
        )

    @staticmethod
    def _check_share(share: Resource) -> None:
        """Raises where the service would refuse every rule."""
        if share.get("is_soft_deleted"):
            raise Conflict(
                "%s is in the recycle bin: restore it first." % describe("share", share, None),
                resource=reference("share", share),
            )
        if share["status"].endswith("ing"):
            raise Conflict(
                "Rules of %s cannot be changed while its status is %s."
                % (describe("share", share, None), share["status"]),
                resource=reference("share", share),
                reason="status %s" % share["status"],
            )

    # -- state present
    def _present(self, editor: _Editor, named: t.Sequence[Wanted], params: Params) -> t.List[Step]:
        steps: t.List[Step] = []
        going: t.List[Resource] = []
        coming: t.List[Key] = []
        adds: t.List[Step] = []
        others: t.List[Step] = []
        changed: t.Dict[Key, Step] = {}
        drops: t.List[Step] = []
        for want in named:
            matches = editor.matches(want.key)
            kept = next((rule for rule in matches if rule["status"] not in GOING), None)
            going.extend(rule for rule in matches if rule["status"] in GOING)
            if kept is None:
                adds.append(editor.add(want))
                continue
            if kept["status"] == "error":
                raise Failed(
                    "%s is in the state error. Remove it and run again." % editor.target(want.key),
                    resource={"kind": KIND, "id": kept["id"], "name": say_key(want.key)},
                    reason="state error",
                )
            if kept["status"] != "active":
                coming.append(want.key)
            metadata = editor.metadata(kept, want)
            others.extend([metadata] if metadata else [])
            others.extend(editor.locking(kept, want))
            if want.level and kept["access_level"] != want.level:
                changed[want.key] = editor.level(kept, want.level)
        if params.get("purge"):
            drops.extend(self._purge(editor, named, params["unrestrict"]))
        if going:
            steps.append(
                editor.wait(
                    [key_of(rule) for rule in going], _gone([rule["id"] for rule in going]), "it is being removed"
                )
            )
        waiting = [key for key in coming if key not in changed]
        if waiting:
            steps.append(editor.wait(waiting, _standing(dict.fromkeys(waiting)), "it is being applied"))
        if adds:
            keys = {_added(step): step.args["access_level"] for step in adds}
            steps.extend(stage(adds, _standing(keys), editor.take_back(adds)))
        steps.extend(others)
        if changed:
            levels = {key: step.args["access_level"] for key, step in changed.items()}
            steps.extend(stage(list(changed.values()), _standing(levels)))
        if drops:
            steps.extend(stage(drops, _gone([t.cast(str, step.ident) for step in drops])))
        strays = {want.key: [key_of(rule) for rule in editor.strays(want.key)] for want in named}
        steps.extend(editor.unbridge(key, keys) for key, keys in strays.items() if keys)
        return steps

    @staticmethod
    def _purge(editor: _Editor, named: t.Sequence[Wanted], unrestrict: bool) -> t.List[Step]:
        hidden = [rule for rule in editor.rules if rule["access_to"] == HIDDEN]
        if hidden:
            raise Locked(
                "%d rules of %s are hidden from this login by locks, so which of them rules does not name "
                "cannot be told: %s. Leave purge out, or run as the one who has locked them."
                % (len(hidden), describe("share", editor.share, None), ", ".join(rule["id"] for rule in hidden)),
                resource=reference("share", editor.share),
            )
        keys = {want.key for want in named}
        kept = [editor.matches(key)[:1] for key in keys]
        stay = {rule["id"] for rules in [*kept, *map(editor.strays, keys)] for rule in rules}
        return [
            editor.drop(rule, unrestrict)
            for rule in editor.rules
            if rule["id"] not in stay and rule["status"] not in GOING
        ]

    # -- state absent
    @staticmethod
    def _absent(editor: _Editor, named: t.Sequence[Wanted], unrestrict: bool) -> t.List[Step]:
        found = [rule for want in named for rule in editor.matches(want.key)]
        for want in named:
            hidden = [r for r in editor.rules if r["access_type"] == want.key[0] and r["access_to"] == HIDDEN]
            if hidden and not editor.matches(want.key):
                raise Locked(
                    "%s cannot be looked for: %d rules of that share are hidden from this login by locks."
                    % (editor.target(want.key), len(hidden)),
                    resource=reference("share", editor.share),
                )
        going = [rule for rule in found if rule["status"] in GOING]
        steps = (
            [
                editor.wait(
                    [key_of(rule) for rule in going], _gone([rule["id"] for rule in going]), "it is being removed"
                )
            ]
            if going
            else []
        )
        drops = [editor.drop(rule, unrestrict) for rule in found if rule not in going]
        if drops:
            steps.extend(stage(drops, _gone([t.cast(str, step.ident) for step in drops])))
        return steps

    # -- the result
    def details(self, params: Params, resource: Resource, fresh: bool) -> t.Iterable[Want]:
        # The subject of a whole set is the share, and what it had is known already where nothing was changed.
        return [Want.of(KIND, None, share_id=resource["id"])] if "known" in resource and fresh else []

    def detailed(self, params: Params, resource: Resource, world: World) -> Resource:
        return {**resource, "rules": world.all(KIND, share_id=resource["id"])}

    def result(self, params: Params, resource: t.Optional[Resource], answers: Params) -> Resource:
        if params.get("rules") is None:
            told = {k: v for k, v in (resource or {}).items() if not k.startswith("lock_")}
            return {KIND: shown(told) if resource else None}
        if resource is None:
            return {KIND + "s": []}
        known = {key_of(rule): rule for rule in resource["known"]}
        new = {"id": None, "share_id": resource["id"]}
        told_of = [
            rule if "id" in rule else {**known.get((rule["access_type"], rule["access_to"]), new), **rule}
            for rule in resource["rules"]
        ]
        return {KIND + "s": [shown({k: v for k, v in r.items() if not k.startswith("lock_")}) for r in told_of]}


def _entry(rule: Resource) -> t.Dict[str, t.Any]:
    """A rule in the diff of a set."""
    key = key_of(rule)
    entry = {"access_type": key[0], "access_to": key[1], "access_level": rule["access_level"]}
    return {**entry, "metadata": rule["metadata"]} if rule["metadata"] else entry


def _added(step: Step) -> Key:
    """The key of the rule that a step makes."""
    return step.args["access_type"], step.args["access_to"]


def _say_lock(lock: Resource) -> str:
    return "lock %s of user %s%s" % (
        label(lock),
        lock["user_id"],
        ' ("%s")' % lock["lock_reason"] if lock["lock_reason"] else "",
    )
