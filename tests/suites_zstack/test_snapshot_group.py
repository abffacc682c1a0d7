# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snapshot_group on ZStack: every state in four passes, what is refused, rotation, secrets."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from harness import Case, FourPasses, wait_until
from harness.guides import Guide, examples

GROUP, INFO = "unified.storage.snapshot_group", "unified.storage.snapshot_group_info"
Made = dict[str, Any]
EXAMPLES = examples("zstack")


def keep(**options: Any) -> Callable[[Made], dict[str, Any]]:
    def task(made: Made) -> dict[str, Any]:
        given = {k: v(made) if callable(v) else v for k, v in options.items()}
        return {GROUP: {"root_volume": made["root"], "name": "g", **given}}

    return task


def become(*there: str, **wanted: Any) -> Callable[[Any, Made], None]:
    """The machine has exactly the groups of these names, g with these values."""

    def look(witness: Any, made: Made) -> None:
        groups = witness.groups(made)
        assert sorted(groups) == sorted(there)
        if wanted:
            assert {k: groups["g"].get(k) for k in wanted} == wanted

    return look


def machine(witness: Any, name: str) -> Made:
    made: Made = witness.vm(name)
    return made


def grouped(witness: Any, name: str) -> Made:
    """A machine with a group, and other contents since."""
    made = machine(witness, name)
    made["id"] = witness.group(made)
    witness.write(made, "after")
    return made


def twice(witness: Any, name: str) -> Made:
    made = grouped(witness, name)
    witness.group(made, "later")
    return made


def nightly(witness: Any, name: str) -> Made:
    """Five nights and one of another kind. The fifth night is the oldest."""
    made = machine(witness, name)
    witness.group(made, "weekly", age=999 * 3600)
    for night in range(5, 0, -1):
        witness.group(made, f"n-{night}", age=night * 3600)
    return made


def half_deleted(witness: Any, name: str) -> Made:
    """What a delete has left that came as far as the data volumes."""
    made = grouped(witness, name)
    witness.server.faults.add([{"fault": "partial_failure", "verb": "delete", "member": f"ROOT-for-{name}$"}])
    witness.store.delete_group(made["id"], "Permissive", "chain")
    return made


def of_no_snapshot(witness: Any, made: Made) -> None:
    become()(witness, made)
    ours = {volume["uuid"] for volume in made["volumes"]}
    assert not [s for s in witness.store.snapshots.values() if s["volumeUuid"] in ours]


def as_before(witness: Any, made: Made) -> None:
    """The bytes that were there before the group are there again, on every member."""
    assert witness.contents(made) == [f"before {volume['name']}" for volume in made["volumes"]]


def ungrouped(witness: Any, made: Made) -> None:
    become()(witness, made)
    ours = {volume["uuid"] for volume in made["volumes"]}
    assert len([s for s in witness.store.snapshots.values() if s["volumeUuid"] in ours]) == 3


ROTATE = {"name": "n-0", "keep": 3, "keep_prefix": "n-", "delete_scope": "single"}
CASES = [
    Case("create", machine, keep(), become("g", snapshotCount=3)),
    Case("create with all", machine, keep(description="Ω", user_tags=["gold"], system_tags=["a::b"]),
         become("g", description="Ω"), after=lambda made: {"description": "Ω", "name": "g"}),
    Case("create by name", machine, keep(root_volume=lambda m: f"ROOT-for-{m['name']}"), become("g")),
    Case("create with an id", machine, keep(resource_uuid="5" * 32), become("g", uuid="5" * 32)),
    Case("leave alone", grouped, keep(), become("g"), changed=False),
    Case("leave alone by id", grouped, keep(name=lambda m: m["id"]), become("g"), changed=False),
    Case("describe", grouped, keep(description="after"), become("g", description="after")),
    Case("rename", grouped, keep(new_name="h"), become("h")),
    Case("revert", grouped, keep(state="reverted"), as_before, again=True),
    Case("revert once", grouped, keep(state="reverted", once="release-7"), as_before),
    Case("delete", grouped, keep(state="absent"), of_no_snapshot),
    Case("delete enforcing", grouped, keep(state="absent", delete_mode="Enforcing"), of_no_snapshot),
    Case("delete what others build on", twice, keep(state="absent", delete_scope="single"), become("later")),
    Case("delete with what builds on it", twice, keep(state="absent", delete_scope="chain"), of_no_snapshot),
    Case("delete what is half deleted", half_deleted, keep(state="absent"), of_no_snapshot),
    Case("delete what is not there", machine, keep(state="absent"), become(), changed=False),
    Case("ungroup", grouped, keep(state="absent", keep_snapshots=True), ungrouped),
    Case("rotate", nightly, keep(**ROTATE), become("n-0", "n-1", "n-2", "weekly")),
    Case("rotate but spare the young", nightly, keep(**ROTATE, keep_newer_than="270m"),
         become("n-0", "n-1", "n-2", "n-3", "n-4", "weekly")),
]  # fmt: skip


@pytest.fixture(scope="module")
def passes(four_passes: Callable[..., FourPasses]) -> FourPasses:
    return four_passes(CASES)


@pytest.mark.parametrize("case", [case.name for case in CASES])
def test_four_passes(passes: FourPasses, case: str) -> None:
    passes.check(case)


def test_what_is_refused(tasks: Any, witness: Any, log: Any, names: Callable[[str], str]) -> None:
    """Before any change, with the reason of the service."""
    lost, grown, away, used, built_on = (grouped(witness, names(n)) for n in ("lost", "grown", "away", "used", "on"))
    data = next(s for s in witness.store.snapshots.values() if s["volumeUuid"] == lost["volumes"][1]["uuid"])
    witness.store._delete_snapshot(data["uuid"], chain=True)
    witness.store.add_volume("new-one", grown["vm"])
    witness.store.volumes[away["volumes"][2]["uuid"]]["vmInstanceUuid"] = None
    witness.store.vms[used["vm"]]["state"] = "Running"
    witness.group(built_on, "later")
    other = machine(witness, names("other"))
    back = {"state": "reverted", "once": "r1"}
    given = [
        ({"name": "lost", **keep(**back)(lost)}, "conflict", "has been deleted"),
        ({"name": "grown", **keep(**back)(grown)}, "conflict", "new-one"),
        ({"name": "away", **keep(**back)(away)}, "conflict", "no longer attached"),
        ({"name": "used", **keep(**back)(used)}, "conflict", "is Running: stop it first"),
        ({"name": "no such group", **keep(**back, name="none")(used)}, "not_found", "no snapshot group"),
        ({"name": "no longer whole", **keep()(lost)}, "failed", "not whole any more"),
        ({"name": "built on", **keep(state="absent")(built_on)}, "conflict", "later groups build on it"),
        ({"name": "no such machine", GROUP: {"root_volume": "none", "name": "g"}}, "not_found", "no root volume"),
        ({"name": "not a root volume", **keep(root_volume=used["volumes"][1]["uuid"])(used)}, "not_found", "no root"),
        ({"name": "too long", **keep(name="x" * 256)(used)}, "invalid", "longer than the 255 characters"),
        ({"name": "a taken id", **keep(name="new", resource_uuid=witness.group(other))(used)}, "failed", "Duplicate"),
        ({"name": "no source", GROUP: {"name": "g"}}, "invalid", "one of the following is required"),
        ({"name": "two sources", **keep(volume_group="x")(used)}, "invalid", "mutually exclusive"),
        ({"name": "of Cinder", GROUP: {"name": "g", "volume_group": "x"}}, "unsupported", "no volume groups"),
    ]
    mark = log.mark()
    run = tasks([task for task, _kind, _words in given])
    for (task, kind, words), result in zip(given, run.tasks, strict=True):
        assert (result.failed, result.kind) == (True, kind), f"{task}: {result}"
        assert words in result.msg, result.msg
        assert result.changed == (task["name"] == "a taken id"), "what was begun may have changed something"
    # Whether an id is taken only the server can judge: it is asked, in a job that changes nothing.
    assert [e.method for e in log.since(mark).writes()] == ["POST"]
    become("g")(witness, other)


def test_the_name_may_mean_several(tasks: Any, witness: Any, names: Callable[[str], str]) -> None:
    made = machine(witness, names("vm"))
    ids = sorted(witness.group(made, "same") for _ in range(2))
    result = tasks([keep(name="same")(made)]).only
    assert result.kind == "ambiguous"
    assert all(ident in result.msg for ident in ids)
    assert not tasks([keep(name=ids[0])(made)]).assert_ok().only.changed


def test_info(tasks: Any, witness: Any, log: Any, names: Callable[[str], str]) -> None:
    made = nightly(witness, names("vm"))
    mark = log.mark()
    run = tasks(
        [
            {"name": "all", INFO: {"root_volume": made["root"]}},
            {"name": "some", INFO: {"root_volume": f"ROOT-for-{made['name']}", "name_prefix": "n-"}},
            {"name": "one", INFO: {"root_volume": made["root"], "name": "n-3"}},
            {"name": "none", INFO: {"root_volume": "none"}},
        ]
    ).assert_ok()
    listed = {task.name: [group["name"] for group in task["snapshot_groups"]] for task in run.tasks}
    assert listed == {
        "all": ["n-1", "n-2", "n-3", "n-4", "n-5", "weekly"],
        "some": ["n-1", "n-2", "n-3", "n-4", "n-5"],
        "one": ["n-3"],
        "none": [],
    }
    group = run["one"]["snapshot_groups"][0]
    assert group["source"] == {"kind": "root_volume", "id": made["root"], "name": f"ROOT-for-{made['name']}"}
    assert [(m["volume_id"], m["deleted"], m["size"]) for m in group["members"]] == [
        (volume["uuid"], False, 1) for volume in made["volumes"]
    ]
    age = time.time() - time.mktime(time.strptime(group["created_at"], "%Y-%m-%dT%H:%M:%SZ")) + time.timezone
    assert 3 * 3600 - 5 < age < 3 * 3600 + 300, "in UTC, though the server's clock is eight hours ahead"
    assert len(group["dependents"]) == 2
    assert not log.since(mark).writes()


def five_machines(witness: Any, names: Callable[[str], str]) -> list[Made]:
    """Forty groups of five machines, eight each, of different ages."""
    machines = [witness.vm(names(f"m{number}"), 1) for number in range(5)]
    for made in machines:
        for night in range(8, 0, -1):
            witness.group(made, f"n-{night}", age=night * 3600)
    return machines


def rotation(machines: list[Made], **options: Any) -> dict[str, Any]:
    batch = [{"root_volume": made["root"]} for made in machines]
    return {GROUP: {**ROTATE, "keep": 4, "batch": batch, **options}}


def test_what_the_guide_shows(tasks: Any, witness: Any, names: Any) -> None:
    made = grouped(witness, names("web"))
    shown, _on_a_host = Guide("guide_roll_back", **{"ROOT-for-web": made["root"], "before-7": "g"})[2]
    assert tasks([shown]).assert_ok().only.changed
    assert all(text.startswith("before") for text in witness.contents(made))
    assert not tasks([shown]).assert_ok().only.changed


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example(name: str, playbook: Any, tasks: Any, server: Any, witness: Any, names: Any) -> None:
    """Of a module or a page, as it stands there."""
    web, db = (machine(witness, names(each)) for each in ("web", "db"))
    witness.group(web, "nightly-1", age=9 * 24 * 3600)
    words = {"http://zstack:8080": server.url, "ROOT-for-web": web["root"], "ROOT-for-db": db["root"]}
    shown = EXAMPLES[name].renamed(words)
    secrets = {"zstack_password": server.password, "vault_zstack_password": server.password}
    if EXAMPLES[name].is_play:
        run = playbook.as_written({**shown[0], "vars": secrets}, env=tasks.login)
    else:
        run = tasks(shown, vars=secrets, keep_going=False)
    run.assert_ok()
    assert any(task.changed for task in run.tasks) or "info" in str(shown), "it did nothing"


def test_rotation_over_forty_groups_of_five_machines(tasks: Any, witness: Any, log: Any, names: Any) -> None:
    machines = five_machines(witness, names)
    task = rotation(machines)
    mark = log.mark()
    checked = tasks([task], check=True).assert_ok().only
    assert checked["summary"]["changed"] == 5
    assert not log.since(mark).writes()
    assert all(len(result["plan"]) == 6 for result in checked["results"]), "one made, five removed"
    run = tasks([task]).assert_ok().only
    assert run["summary"] == {"total": 5, "changed": 5, "unchanged": 0, "failed": 0}
    for made in machines:
        become("n-0", "n-1", "n-2", "n-3")(witness, made)
        assert all(witness.store.availability(g["uuid"])["available"] for g in witness.groups(made).values())
    mark = log.mark()
    again = tasks([task]).assert_ok().only
    assert again["summary"]["unchanged"] == 5
    assert not log.since(mark).writes()


def test_rotation_after_a_run_that_was_killed(tasks: Any, server: Any, witness: Any, names: Any) -> None:
    machines = five_machines(witness, names)
    slow = {"fault": "slow_job", "method": "DELETE", "seconds": 300, "times": 0}
    server.faults.add([{**slow, "seconds": 0.4, "times": 12}, slow])
    running = tasks.start([rotation(machines)])
    total = 5 * 9

    def there() -> int:
        return sum(len(witness.groups(made)) for made in machines)

    wait_until(lambda: there() <= total - 12 and all("n-0" in witness.groups(made) for made in machines))
    running.kill()
    assert there() < total, "it was killed in the middle"
    server.faults.clear()
    wait_until(lambda: not server.under_way())
    assert there() > 20, "it was killed in the middle"
    assert tasks([rotation(machines)]).assert_ok().only.changed
    for made in machines:
        become("n-0", "n-1", "n-2", "n-3")(witness, made)
    assert not tasks([rotation(machines)]).assert_ok().only.changed


def test_no_secret_is_shown(tasks: Any, server: Any, witness: Any, names: Callable[[str], str]) -> None:
    """At -vvvv: password, its digest, access key, sessions; with tasks that succeed and that fail."""
    import hashlib

    made = grouped(witness, names("vm"))
    key = {"access_key_id": "key-id", "access_key_secret": "{{ lookup('env', 'KEY') }}"}
    given = {"password": "{{ lookup('env', 'WRONG') }}", "account": "admin"}
    run = tasks(
        [
            keep()(made),
            keep(state="reverted")(made),
            {GROUP: {"root_volume": made["root"], "name": "g", "zstack": given, "auth_cache": "false"}},
            {GROUP: {"root_volume": made["root"], "name": "g", "zstack": key}},
            {GROUP: {"root_volume": made["root"], "name": "g", "zstack": {"url": "http://127.0.0.1:9"}}},
        ],
        env={"WRONG": "geheim-wrong", "KEY": "geheim-key", "TZ": "CST-8"},  # the server's zone, for the key
        verbosity=4,
    )
    assert [task.failed for task in run.tasks] == [False, False, True, True, True]
    assert run.tasks[2].kind == "forbidden" and "wrong account name or password" in run.tasks[2].msg
    assert run.tasks[3].kind == "forbidden" and "wrong accessKey signature" in run.tasks[3].msg
    assert run.tasks[4].kind == "unreachable"
    shown = "\n".join([run.stdout, run.stderr, *(json.dumps(task.result, default=str) for task in run.tasks)])
    assert "invocation" in shown, "-vvvv shows what modules were given: else this proves nothing"
    digest = hashlib.sha512(b"geheim-wrong").hexdigest()
    for secret in ("geheim-wrong", "geheim-key", digest, *server.sessions):
        if secret != "access-key":
            assert secret not in shown


def test_signed_requests_do_all_that_a_session_does(tasks: Any, server: Any, witness: Any, names: Any) -> None:
    made = machine(witness, names("vm"))
    ident, secret = server.access_key
    env = {"ZSTACK_ACCOUNT": None, "ZSTACK_PASSWORD": None, "TZ": "CST-8",
           "ZSTACK_ACCESS_KEY_ID": ident, "ZSTACK_ACCESS_KEY_SECRET": secret}  # fmt: skip
    before = dict(server.sessions)
    run = tasks([keep()(made), keep(state="reverted", once="r")(made), keep(state="absent")(made)], env=env)
    assert [task.changed for task in run.assert_ok().tasks] == [True, True, True]
    assert set(server.sessions) <= {*before, "access-key"}


def test_sessions_are_reused_or_ended(tasks: Any, server: Any, witness: Any, names: Callable[[str], str]) -> None:
    """An account has 500 sessions: as many tasks without a cache leave none behind."""
    made = grouped(witness, names("vm"))
    tasks([keep()(made)]).assert_ok()
    before = set(server.sessions)
    tasks([keep()(made), keep()(made)]).assert_ok()
    assert set(server.sessions) == before, "the kept one is used"
    tasks([keep(auth_cache="false")(made), keep(auth_cache="false", state="reverted", wait=False)(made)]).assert_ok()
    assert set(server.sessions) == before, "the others are ended"
