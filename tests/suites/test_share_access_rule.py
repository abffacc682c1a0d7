# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""share_access_rule and its info: one rule and whole sets, in four passes; what is refused leaves nothing behind."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from harness import Case, Cloud, FourPasses, Manila, Playbook, RequestLog, UniqueNames
from harness.seldom import dealt, shared_out

RULE = "unified.storage.share_access_rule"
INFO = "unified.storage.share_access_rule_info"
MANY = [{"access_to": f"10.1.{n}.0/24"} for n in range(5)]


def keep(**options: Any) -> Callable[[Any], dict[str, Any]]:
    return lambda made: {RULE: {"share": made["name"], **options}}


def share(*rules: dict[str, Any], **fields: Any) -> Callable[[Manila, str], Any]:
    """A setup: a share with rules (access_to, level, kind, and other fields of the API)."""

    def make(manila: Manila, name: str) -> Any:
        made = manila.share(name, **fields)
        return {**made, "rules": [manila.allow(made, **rule) for rule in rules]}

    return make


def become(*rules: str, locks: int | None = None, metadata: Any = None) -> Callable[[Manila, Any], None]:
    """A witness: exactly these rules, active, each as C(access_to level)."""

    def look(manila: Manila, made: Any) -> None:
        seen = manila.rules(made)
        assert sorted(f"{rule['access_to']} {rule['access_level']}" for rule in seen) == sorted(rules)
        assert {rule["state"] for rule in seen} <= {"active"}
        if locks is not None:
            assert sum(len(manila.locks(rule)) for rule in seen) == locks
        if metadata is not None:
            assert [rule["metadata"] for rule in seen] == [metadata]

    return look


def unlocked(manila: Manila, made: Any) -> None:
    """No lock is left, neither of the rule nor of the share."""
    assert not manila.locks(made)
    assert not any(manila.locks(rule) for rule in manila.rules(made))


LOCKED = {"lock_visibility": True, "lock_deletion": True, "lock_reason": "audit"}
CASES = [
    Case("add", share(), keep(access_to="10.0.0.7"), become("10.0.0.7 rw"),
         after=lambda made: {"access_to": "10.0.0.7", "access_level": "rw", "state": "present"}),
    Case("add to read, with metadata", share(),
         keep(access_to="2001:db8:0:0::/64", access_level="ro", metadata={"owner": "web", "live": True}),
         become("2001:db8::/64 ro", metadata={"owner": "web", "live": "true"})),
    Case("add locked", share(), keep(access_to="10.0.0.7", **LOCKED), become("10.0.0.7 rw", locks=2)),
    Case("there in another spelling", share({"access_to": "2001:db8:0:0::1"}, {"access_to": "10.0.0.0/24"}),
         keep(access_to="2001:db8::1/128"), become("2001:db8:0:0::1 rw", "10.0.0.0/24 rw"), changed=False),
    Case("netmask", share({"access_to": "10.0.0.0/24"}), keep(access_to="10.0.0.0/255.255.255.0", access_level="rw"),
         become("10.0.0.0/24 rw"), changed=False),
    Case("user", share(share_proto="CIFS"), keep(access_type="user", access_to="alice"), become("alice rw")),
    Case("level of one client", share({"access_to": "10.0.0.7"}), keep(access_to="10.0.0.7", access_level="ro"),
         become("10.0.0.7 ro"), after=lambda made: {"access_level": "ro"}),
    Case("level of a network", share({"access_to": "10.0.0.0/24", "level": "ro"}),
         keep(access_to="10.0.0.0/24", access_level="rw"), become("10.0.0.0/24 rw")),
    Case("merge metadata", share({"access_to": "10.0.0.7", "metadata": {"a": "1", "b": "2"}}),
         keep(access_to="10.0.0.7", metadata={"b": 3}), become("10.0.0.7 rw", metadata={"a": "1", "b": "3"})),
    Case("exact metadata", share({"access_to": "10.0.0.7", "metadata": {"a": "1", "b": "2"}}),
         keep(access_to="10.0.0.7", metadata={"b": 3}, metadata_mode="exact"),
         become("10.0.0.7 rw", metadata={"b": "3"})),
    Case("lock later", share({"access_to": "10.0.0.7"}), keep(access_to="10.0.0.7", **LOCKED),
         become("10.0.0.7 rw", locks=2)),
    Case("unlock", share({"access_to": "10.0.0.7", "lock_deletion": True, "lock_visibility": True}),
         keep(access_to="10.0.0.7", lock_deletion=False, lock_visibility=False), unlocked),
    Case("another reason", share({"access_to": "10.0.0.7", "lock_deletion": True, "lock_reason": "old"}),
         keep(access_to="10.0.0.7", lock_deletion=True, lock_reason="new"),
         lambda manila, made: [x["lock_reason"] for x in manila.locks(made["rules"][0])] == ["new"]),
    Case("remove", share({"access_to": "10.0.0.7"}, {"access_to": "10.0.0.8"}),
         keep(access_to="10.0.0.7/32", state="absent"), become("10.0.0.8 rw"),
         after=lambda made: {"state": "absent"}),
    Case("remove a locked one", share({"access_to": "10.0.0.7", "lock_deletion": True}),
         keep(access_to="10.0.0.7", state="absent", unrestrict=True),
         lambda manila, made: (become()(manila, made), unlocked(manila, made))),
    Case("gone already", share(), keep(access_to="10.0.0.7", state="absent"), become(), changed=False),
    Case("of a share that is gone", lambda manila, name: {"name": name},
         keep(access_to="10.0.0.7", state="absent"), lambda manila, made: manila.of_name(made["name"]) == [],
         changed=False),
    Case("set", share({"access_to": "10.1.0.0/24"}, {"access_to": "10.1.1.0/24", "level": "ro"},
                      {"access_to": "10.9.0.0/16"}),
         keep(rules=[*MANY[:1], {**MANY[1], "access_level": "rw"}, *MANY[2:]]),
         become("10.9.0.0/16 rw", *(f"{rule['access_to']} rw" for rule in MANY))),
    Case("exact set", share({"access_to": "10.1.0.0/24"}, {"access_to": "10.1.1.0/24", "level": "ro"},
                            {"access_to": "10.9.0.0/16", "lock_deletion": True}),
         keep(rules=[*MANY[:1], {**MANY[1], "access_level": "rw"}, {**MANY[2], **LOCKED},
                     {**MANY[3], "metadata": {"a": 1}}], purge=True, unrestrict=True),
         become(*(f"{rule['access_to']} rw" for rule in MANY[:4]))),
    Case("set of nothing", share({"access_to": "10.1.0.0/24"}, {"access_to": "10.1.1.0/24"}),
         keep(rules=[], purge=True), become()),
    Case("remove several", share({"access_to": "10.1.0.0/24"}, {"access_to": "10.1.1.0/24"}, {"access_to": "10.2.0.1"}),
         keep(rules=MANY, state="absent"), become("10.2.0.1 rw")),
    Case("batch", share({"access_to": "10.0.0.7"}),
         lambda made: {RULE: {"share": made["id"], "batch": [{"access_to": f"10.0.0.{n}"} for n in range(7, 12)]}},
         become(*(f"10.0.0.{n} rw" for n in range(7, 12)))),
]  # fmt: skip


BY_ADMIN, BY_MEMBER = shared_out(CASES, ["exact set", "add locked", "remove"], of=2)


@pytest.fixture(scope="module")
def as_admin(share_passes: Callable[..., FourPasses]) -> FourPasses:
    return share_passes(BY_ADMIN)


@pytest.fixture(scope="module")
def as_member(share_passes: Callable[..., FourPasses], manila_demo: Manila) -> FourPasses:
    return share_passes(BY_MEMBER, cloud="demo", witness=manila_demo)


@pytest.mark.parametrize("name", dealt(CASES, BY_ADMIN))
def test_four_passes_as_admin(as_admin: FourPasses, name: str) -> None:
    as_admin.check(name)


@pytest.mark.parametrize("name", dealt(CASES, BY_MEMBER))
def test_four_passes_as_a_member(as_member: FourPasses, name: str) -> None:
    as_member.check(name)


def test_what_is_returned(as_admin: FourPasses) -> None:
    checked, run = (as_admin.results["exact set"][title]["share_access_rules"] for title in ("check", "run"))
    for rules in (checked, run):
        assert sorted(rule["access_to"] for rule in rules) == [rule["access_to"] for rule in MANY[:4]]
    assert [rule["id"] is None for rule in sorted(checked, key=lambda rule: rule["access_to"])] == [
        *[False] * 2,
        True,
        True,
    ]
    assert all(rule["id"] and rule["status"] == "active" for rule in run)
    added = as_admin.results["add locked"]["run"]["share_access_rule"]
    assert (added["access_to"], added["status"], added["access_key"]) == ("10.0.0.7", "active", None)
    assert as_admin.results["remove"]["run"]["share_access_rule"] is None


def test_additions_come_first_and_removals_last(as_admin: FourPasses) -> None:
    """Nobody who keeps access loses it for a moment."""
    verbs = [step["verb"] for step in as_admin.results["exact set"]["run"]["plan"]]
    assert verbs == ["create", "create", "update", "delete"]
    risks = [step["risk"] for step in as_admin.results["exact set"]["run"]["plan"]]
    assert risks == [None, None, None, "unrestrict"]


# ---- what is refused


def test_what_is_refused(playbook: Playbook, manila: Manila, share_log: RequestLog, share_names: UniqueNames) -> None:
    """One sentence, the kind, and nothing left behind."""
    made = manila.share(share_names("s"))
    held = manila.allow(made, "10.0.0.1", lock_deletion=True, lock_reason="payroll")
    rows: dict[str, tuple[dict[str, Any], str, str]] = {
        "host bits": ({"access_to": "10.0.0.7/24"}, "invalid", "10.0.0.0/24"),
        "no address": ({"access_to": "somewhere"}, "invalid", "neither an IP address nor a network"),
        "one of many": ({"rules": [*MANY, {"access_to": "10.0.0.7/24"}]}, "invalid", "10.0.0.0/24"),
        "twice": ({"rules": [{"access_to": "10.0.0.7"}, {"access_to": "10.0.0.7/32"}]}, "invalid", "ip 10.0.0.7 more"),
        "reason alone": ({"access_to": "10.0.0.7", "lock_reason": "x"}, "invalid", "lock_visibility"),
        "purge alone": ({"access_to": "10.0.0.7", "purge": True}, "invalid", "purge"),
        "both": ({"access_to": "10.0.0.7", "rules": []}, "invalid", "mutually exclusive"),
        "neither": ({}, "invalid", "access_to"),
        "no share": ({"share": share_names("none"), "access_to": "10.0.0.7"}, "not_found", "share"),
        "locked": ({"access_to": "10.0.0.1", "state": "absent"}, "locked", "payroll"),
        "purge a locked one": ({"rules": MANY, "purge": True}, "locked", "unrestrict"),
    }
    mark = share_log.mark()
    run = playbook([{"name": name, RULE: {"share": made["id"], **row[0]}} for name, row in rows.items()])
    assert not share_log.since(mark).writes()
    for name, (_options, kind, says) in rows.items():
        result = run[name]
        assert (result.failed, result.changed, result.kind) == (True, False, kind), f"{name}: {result.result}"
        assert says in result.msg, result.msg
    assert [rule["id"] for rule in manila.rules(made)] == [held["id"]]


def test_what_the_service_refuses(
    playbook: Playbook, manila: Manila, share_log: RequestLog, share_names: UniqueNames
) -> None:
    """By its answer, or later by the rule's state: then the rule is removed again."""
    made = manila.share(share_names("s"))
    run = playbook(
        [
            {"name": "at once", RULE: {"share": made["id"], "access_type": "user", "access_to": "ab"}},
            {"name": "later", RULE: {"share": made["id"], "access_type": "user", "access_to": "alice",
                                     "lock_deletion": True}},
            {"name": "among others", RULE: {"share": made["id"], "rules": [
                {"access_to": "10.0.0.1"}, {"access_type": "user", "access_to": "bobby"}, {"access_to": "10.0.0.2"}]}},
        ]
    )  # fmt: skip
    at_once, later, among = run.tasks
    assert (at_once.failed, at_once.kind, at_once.changed) == (True, "invalid", False)
    assert "4-255 characters" in at_once.msg
    assert (later.failed, later.kind, later.changed) == (True, "failed", False), later.result
    assert "user alice is in the state error" in later.msg
    assert (among.failed, among.kind, among.changed) == (True, "failed", True), among.result
    assert "user bobby" in among.msg and "in the state error" in among.msg
    # The driver refuses all that it was given at once: what came with bobby's rule may be gone with it.
    left = manila.rules(made)
    assert {rule["access_to"] for rule in left} <= {"10.0.0.1", "10.0.0.2"}
    assert {rule["state"] for rule in left} <= {"active"}
    unlocked(manila, made)
    assert {rule["id"] for rule in among["share_access_rules"]} == {rule["id"] for rule in left}


def test_a_rule_in_error_is_said(playbook: Playbook, manila: Manila, share_names: UniqueNames) -> None:
    made = manila.share(share_names("s"))
    assert manila.allow(made, "alice", kind="user")["state"] == "error"
    present = {RULE: {"share": made["id"], "access_type": "user", "access_to": "alice"}}
    run = playbook(
        [
            present,
            {RULE: {"share": made["id"], "access_to": "10.0.0.1"}},
            {RULE: {**present[RULE], "state": "absent"}},
        ]
    )
    assert (run[0].failed, run[0].kind) == (True, "failed") and "state error" in run[0].msg
    assert not run[1].failed and run[1].changed, run[1].msg
    assert not run[2].failed and run[2].changed, run[2].msg
    become("10.0.0.1 rw")(manila, made)


# ---- the info module


def test_info(playbook: Playbook, manila: Manila, share_log: RequestLog, share_names: UniqueNames) -> None:
    made = manila.share(share_names("s"))
    one = manila.allow(made, "10.0.0.0/24", metadata={"a": "1"})
    two = manila.allow(made, "2001:db8:0:0::1", "ro")
    rows: dict[str, tuple[dict[str, Any], list[str]]] = {
        "all": ({"sort": "created_at:asc"}, [one["id"], two["id"]]),
        "by id": ({"id": two["id"]}, [two["id"]]),
        "by client": ({"access_to": "2001:db8::1"}, [two["id"]]),
        "by level": ({"access_level": "rw"}, [one["id"]]),
        "by type": ({"access_type": "user"}, []),
        "by state": ({"status": "error"}, []),
        "by metadata": ({"metadata": {"a": 1}}, [one["id"]]),
        "cut": ({"sort": "created_at:asc", "offset": 1, "limit": 1}, [two["id"]]),
    }
    mark = share_log.mark()
    tasks = [{"name": name, INFO: {"share": made["name"], **options}} for name, (options, _found) in rows.items()]
    run = playbook([*tasks, {"name": "none", INFO: {"share": share_names("none")}}], check=True)
    assert not share_log.since(mark).writes()
    for name, (_options, found) in rows.items():
        assert not run[name].failed, run[name].msg
        assert [rule["id"] for rule in run[name]["share_access_rules"]] == found, name
    assert (run["none"].failed, run["none"].kind) == (True, "not_found")
    assert run["by id"]["share_access_rules"][0]["share_id"] == made["id"]


def test_keys_are_returned_only_when_asked(
    playbook: Playbook, manila: Manila, share_names: UniqueNames, cloud: Cloud
) -> None:
    """No driver at hand makes keys, so one is put where a driver's would be kept."""
    made, key = manila.share(share_names("s")), secrets.token_hex(16)
    rule = manila.allow(made, "10.0.0.1")
    cloud.sql("manila", "UPDATE share_access_map SET access_key = :key WHERE id = :id", key=key, id=rule["id"])
    assert manila.see("share-access-rules", rule)["access_key"] == key
    one, named = (
        {"share": made["id"], "access_to": "10.0.0.1"},
        {"share": made["id"], "rules": [{"access_to": "10.0.0.1"}]},
    )
    tasks = {"info": {INFO: {"share": made["id"]}}, "one": {RULE: one}, "set": {RULE: named}}
    asked = {"return_secrets": True}
    run = playbook(
        [
            *({"name": name, **task} for name, task in tasks.items()),
            *({"name": f"{name} with keys", module: {**options, **asked}}
              for name, task in tasks.items() for module, options in task.items()),
        ]
    ).assert_ok()  # fmt: skip

    def keys(name: str) -> list[Any]:
        result = run[name].result
        return [found["access_key"] for found in result.get("share_access_rules") or [result["share_access_rule"]]]

    for name in tasks:
        assert (keys(name), keys(f"{name} with keys")) == ([None], [key]), name
        assert key not in str(run[name].result)
