# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults between the collection and the real Cinder: nothing is done twice, nothing is given up too early.

Each family (a read or a write of a module) runs through all faults in one run
of ansible-playbook, with a proxy and a login of its own; families run side by side.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from faultproxy import FaultProxy, Passed, Rule
from harness import Cloud, Manila, Playbook, Rest, RunResult, TaskResult, UniqueNames
from harness.seldom import OFTEN

Made = dict[str, Any]
Match = dict[str, str]

RETRY_AFTER = 3.0
"""Seconds; longer than the collection would wait by itself"""
TIMEOUT = 6
"""api_timeout of the tasks that get no answer (seconds); a busy test cloud takes more than two"""

FAULTS: dict[str, dict[str, Any]] = {
    "503": {"fault": 503},
    "429 with Retry-After": {"fault": 429, "retry_after": RETRY_AFTER},
    "500": {"fault": 500},
    "504 after the work": {"fault": 504, "when": "after"},
    "reset before": {"fault": "reset"},
    "reset after": {"fault": "reset", "when": "after"},
    "cut": {"fault": "cut"},
    "garbled": {"fault": "garble"},
    "token refused": {"fault": "refuse_token"},
    "no answer": {"fault": "hang"},
    "no answer after the work": {"fault": "hang", "when": "after"},
}
ALIKE = {"500", "504 after the work", "reset after", "no answer after the work"}
"""Where nothing is written, these are what others are"""


@dataclass(frozen=True)
class Family:
    """A read or a write.

    setup: gets a witness, the case's unique name and a number that no other case of the family has.
    match: which requests the fault meets, as a Rule has it.
    done: bears witness; gets what was made and the task's result.
    """

    name: str
    setup: Callable[[Rest, str, int], Made]
    task: Callable[[Made], dict[str, Any]]
    match: Callable[[Made], Match]
    done: Callable[[Rest, Made, TaskResult], object]
    writes: bool = True

    @property
    def faults(self) -> list[str]:
        return [fault for fault in FAULTS if self.writes or fault not in ALIKE]


# ---- what there is before


def nothing(rest: Rest, name: str, number: int) -> Made:
    return {"name": name}


def volume(rest: Rest, name: str, number: int) -> Made:
    return rest.volume(name)


def foreign(rest: Rest, name: str, number: int) -> Made:
    return {"name": name, "file": rest.cloud.add_foreign(f"{name}-file")}


def snapshot(rest: Rest, name: str, number: int) -> Made:
    return rest.snapshot(rest.volume(name), name)


def group(rest: Rest, name: str, number: int) -> Made:
    return rest.volume_group(name)


def a_foreign_one(rest: Rest, name: str, number: int) -> Made:
    """Its list has no filter: the limit tells the cases apart."""
    return {**foreign(rest, name, number), "limit": 700 + number}


def a_foreign_snapshot(rest: Rest, name: str, number: int) -> Made:
    made = rest.volume(name)
    return {"name": name, "file": rest.cloud.add_foreign(f"volume-{made['id']}@{name}"), "limit": 700 + number}


# ---- tasks, the requests that matter, and witnesses


def posted(path: str) -> Callable[[Made], Match]:
    return lambda made: {"method": "POST", "path": f"/{path}$", "body": f'"{re.escape(made["name"])}"'}


def extended(made: Made) -> Match:
    return {"method": "POST", "path": f"/volumes/{made['id']}/action$", "body": "os-extend"}


def listed(kind: str) -> Callable[[Made], Match]:
    return lambda made: {"method": "GET", "path": rf"/{kind}.*[?&]name={re.escape(made['name'])}(&|$)"}


def listed_by_limit(kind: str) -> Callable[[Made], Match]:
    return lambda made: {"method": "GET", "path": rf"/{kind}.*[?&]limit={made['limit']}(&|$)"}


def one(kind: str, **wanted: Any) -> Callable[[Rest, Made, TaskResult], None]:
    """There is exactly one, at rest, with these values."""

    def look(rest: Rest, made: Made, result: TaskResult) -> None:
        (found,) = rest.named(made["name"], kind)
        key = {"volumes": "volume", "snapshots": "volume_snapshot", "groups": "volume_group"}[kind]
        assert result[key]["id"] == found["id"]
        assert {"status": found["status"], **{k: found[k] for k in wanted}} == {"status": "available", **wanted}

    return look


def adopted(rest: Rest, made: Made, result: TaskResult) -> None:
    one("volumes")(rest, made, result)
    assert not (rest.cloud.store() / made["file"]).exists()
    with rest.cloud.data(result["volume"]).open("rb") as data:
        assert data.readline() == f"foreign {made['file']}\n".encode()


def shows(key: str) -> Callable[[Rest, Made, TaskResult], bool]:
    return lambda rest, made, result: [r["id"] for r in result[key]] == [made["id"]]


def offers(key: str) -> Callable[[Rest, Made, TaskResult], bool]:
    def look(rest: Rest, made: Made, result: TaskResult) -> bool:
        return [r["reference"]["source-name"] for r in result[key]].count(made["file"]) == 1

    return look


def deleted(rest: Rest, made: Made, result: TaskResult) -> bool:
    return result["volume"] is None and not rest.named(made["name"])


def task(module: str, *keys: str, **options: Any) -> Callable[[Made], dict[str, Any]]:
    """A task with these values of what was made, and further options."""
    return lambda made: {f"unified.storage.{module}": {**{k: made[k] for k in keys}, **options}}


HOST = "{{ host }}"
FAMILIES = [
    Family("create a volume", nothing, task("volume", "name", size=1), posted("volumes"), one("volumes", size=1)),
    Family("extend a volume", volume, task("volume", "name", size=2), extended, one("volumes", size=2)),
    Family("create a snapshot", volume,
           lambda made: {"unified.storage.volume_snapshot": {"name": made["name"], "volume": made["id"]}},
           posted("snapshots"), one("snapshots")),
    Family("adopt a volume", foreign,
           lambda made: {"unified.storage.manageable_volume": {
               "name": made["name"], "host": HOST, "reference": {"source-name": made["file"]}}},
           posted("manageable_volumes"), adopted),
    Family("create a group", nothing,
           task("volume_group", "name", group_type="plaingroup", volume_types=["alpha"]),
           posted("groups"), one("groups")),
    Family("delete a volume", volume, task("volume", "name", state="absent"),
           lambda made: {"method": "DELETE", "path": f"/volumes/{made['id']}"}, deleted),
    Family("list volumes", volume, task("volume_info", "name"), listed("volumes"), shows("volumes"), False),
    Family("list snapshots", snapshot, task("volume_snapshot_info", "name"), listed("snapshots"),
           shows("volume_snapshots"), False),
    Family("list groups", group, task("volume_group_info", "name"), listed("groups"), shows("volume_groups"), False),
    Family("list manageable volumes", a_foreign_one, task("manageable_volume_info", "limit", host=HOST),
           listed_by_limit("manageable_volumes"), offers("manageable_volumes"), False),
    Family("list manageable snapshots", a_foreign_snapshot, task("manageable_snapshot_info", "limit", host=HOST),
           listed_by_limit("manageable_snapshots"), offers("manageable_snapshots"), False),
]  # fmt: skip
PAIRS = [(family, fault) for family in FAMILIES for fault in family.faults]
BY_ALL = ("token refused", "no answer")
"""Met by every family, however few are dealt"""


def faults_of(number: int, family: Family) -> list[str]:
    """Often, the first family meets all faults, and each other one these two and a third of the rest."""
    if not OFTEN or number == 0:
        return family.faults
    return [fault for n, fault in enumerate(family.faults) if fault in BY_ALL or n % 3 == number % 3]


CHOSEN = [(family, fault) for number, family in enumerate(FAMILIES) for fault in faults_of(number, family)]


@dataclass(frozen=True)
class Outcome:
    run: RunResult
    made: dict[str, Made]
    log: list[Passed]


def met(log: Sequence[Passed], match: Match) -> list[Passed]:
    """The requests that the fault was meant for."""
    rule = Rule("reset", **match)
    return [p for p in log if rule.matches(p.method, p.path, p.body)]


@contextlib.contextmanager
def through_proxy(
    cloud: Cloud, folder: Path, service: str = "cinder"
) -> Iterator[tuple[FaultProxy, dict[str, str | None]]]:
    """A proxy before a service, and the environment that leads through it, with a login of its own."""
    folder.chmod(0o700)
    with FaultProxy(cloud.url(service)) as proxy:
        ways: dict[str, dict[str, Any]] = {
            "cinder": {"block_storage_endpoint_override": f"{proxy.url}/v3"},
            "manila": {"shared_file_system_endpoint_override": f"{proxy.url}/v2"},
            "keystone": {"auth": {"auth_url": f"{proxy.url}/v3"}},
        }
        config = cloud.write_config(folder / "clouds.yaml", **ways[service])
        yield proxy, {"OS_CLIENT_CONFIG_FILE": str(config), "XDG_RUNTIME_DIR": str(folder)}


@pytest.fixture(scope="module")
def outcomes(
    cloud: Cloud,
    playbook: Playbook,
    rest: Rest,
    module_names: UniqueNames,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Outcome]:
    """All families through their faults."""

    def set_up(pair: tuple[Family, str]) -> Made:
        family, fault = pair
        return family.setup(rest, module_names(f"{family.name}-{fault}.".replace(" ", "-")), list(FAULTS).index(fault))

    made = dict(zip(((f.name, fault) for f, fault in CHOSEN), Rest.each(set_up, CHOSEN), strict=True))
    found = {}
    for writes in (True, False):
        with contextlib.ExitStack() as stack:
            started = []
            for family in (f for f in FAMILIES if f.writes == writes):
                proxy, env = stack.enter_context(through_proxy(cloud, tmp_path_factory.mktemp("faults")))
                mine = {fault: made[family.name, fault] for other, fault in CHOSEN if other is family}
                proxy.set_rules(Rule(**FAULTS[fault], **family.match(mine[fault])) for fault in mine)
                tasks = []
                for fault in mine:
                    ((module, options),) = family.task(mine[fault]).items()
                    patience = {"api_timeout": TIMEOUT} if FAULTS[fault]["fault"] == "hang" else {}
                    tasks.append({"name": fault, module: {**options, **patience}})
                started.append((family, proxy, mine, playbook.start(tasks, env=env, vars={"host": cloud.host()})))
            for family, proxy, mine, running in started:
                found[family.name] = Outcome(running.wait(), mine, proxy.log)
    return found


@pytest.mark.parametrize(
    ("family", "fault"),
    [
        pytest.param(*pair, id=f"{pair[0].name}-{pair[1]}", marks=() if pair in CHOSEN else pytest.mark.seldom)
        for pair in PAIRS
    ],
)
def test_faults(outcomes: dict[str, Outcome], rest: Rest, family: Family, fault: str) -> None:
    outcome, how = outcomes[family.name], FAULTS[fault]
    result, made = outcome.run[fault], outcome.made[fault]
    asked = met(outcome.log, family.match(made))
    assert not result.failed, result.msg
    assert [p.fault is not None for p in asked].count(True) == 1, f"the fault was not met once: {asked}"
    assert result.changed == family.writes
    assert family.done(rest, made, result) is not False
    if family.writes:
        assert sum(p.forwarded for p in asked) == 1, f"written more or less than once: {asked}"
    else:
        assert len(asked) == 2, asked
    if "retry_after" in how:
        first, second = asked
        assert second.at - first.at >= RETRY_AFTER
    if how["fault"] == "refuse_token":
        assert asked[0].token != asked[1].token


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_refused_token_is_renewed_once(outcomes: dict[str, Outcome], family: Family) -> None:
    """Of the tasks without an api_timeout of their own, which is another login."""
    outcome = outcomes[family.name]
    before = [p for p in outcome.log if p.at < outcome.run["no answer"].started]
    assert len({p.token for p in before if p.token}) == 2
    assert [p.fault for p in before].count("refuse_token") == 1
    assert "Traceback" not in outcome.run.stdout + outcome.run.stderr


# ---- while it is waited for, and what does not pass


@pytest.fixture
def proxied(cloud: Cloud, tmp_path: Path) -> Iterator[tuple[FaultProxy, dict[str, str | None]]]:
    with through_proxy(cloud, tmp_path) as both:
        yield both


def test_faults_while_it_is_waited_for(
    cloud: Cloud, proxied: tuple[FaultProxy, dict[str, str | None]], playbook: Playbook, rest: Rest, names: UniqueNames
) -> None:
    """Each poll meets another fault; the token is refused in the middle as well."""
    proxy, env = proxied
    made = rest.volume(names("v"))
    faults = ("503", "reset before", "cut", "garbled", "token refused")
    extend = {"unified.storage.volume_action": {"volume": made["id"], "action": "extend", "new_size": 2}}
    proxy.set_rules(
        Rule(**FAULTS[fault], method="GET", path=f"/volumes.*{made['id']}", nth=2 + 2 * n)
        for n, fault in enumerate(faults)
    )
    with cloud.fault("extend_volume", "slow", match=made["id"], seconds=12):
        run = playbook([extend], env=env).assert_ok()
    assert run.only.changed and run.only["volume"]["size"] == rest.show(made)["size"] == 2
    assert [p.fault for p in proxy.log if p.fault] == ["503", "reset", "cut", "garble", "refuse_token"]
    assert len(met(proxy.log, extended(made))) == 1


def test_an_outage_while_it_is_waited_for(
    cloud: Cloud, proxied: tuple[FaultProxy, dict[str, str | None]], playbook: Playbook, rest: Rest, names: UniqueNames
) -> None:
    """It is longer than one read is tried again for, and shorter than the task waits."""
    proxy, env = proxied
    made = rest.volume(names("v"))
    extend = {"unified.storage.volume_action": {"volume": made["id"], "action": "extend", "new_size": 2}}
    polls = {"method": "GET", "path": f"/volumes.*{made['id']}"}
    proxy.set_rules([Rule("reset", **polls, nth=3 + n) for n in range(8)])
    with cloud.fault("extend_volume", "slow", match=made["id"], seconds=5):
        run = playbook([extend], env=env).assert_ok()
    assert [p.fault for p in proxy.log if p.fault] == ["reset"] * 8
    assert run.only.changed and run.only["volume"]["size"] == rest.show(made)["size"] == 2
    assert len(met(proxy.log, extended(made))) == 1


@pytest.mark.parametrize("fault", [503, 429, "reset", "garble"])
def test_reads_that_never_succeed(
    proxied: tuple[FaultProxy, dict[str, str | None]], playbook: Playbook, rest: Rest, names: UniqueNames, fault: Any
) -> None:
    """They end within the task's time, before any write."""
    proxy, env = proxied
    proxy.add(fault, method="GET", path="/volumes", times=None)
    create = {"unified.storage.volume": {"name": names("v"), "size": 1, "wait_timeout": 4}}
    result = playbook([create], env=env).only
    assert result.failed and result.kind == "unreachable", result.msg
    assert not result.changed
    assert "\n" not in result.msg and "Traceback" not in result.msg
    assert result.ended - result.started < 30  # and not the minutes that a task waits by default
    assert len(proxy.log) > 1 and {p.method for p in proxy.log} == {"GET"}
    assert not rest.named(names("v"))


@pytest.mark.parametrize(("fault", "status"), [("reset", None), (500, 500)])
def test_writes_that_never_arrive(
    proxied: tuple[FaultProxy, dict[str, str | None]],
    playbook: Playbook,
    rest: Rest,
    names: UniqueNames,
    fault: Any,
    status: int | None,
) -> None:
    """It says that it was sent, and that no effect is to be seen; and there is none."""
    proxy, env = proxied
    made = rest.volume(names("v"))
    proxy.add(fault, method="POST", times=None)
    new, grown = names("new"), names("v")
    run = playbook(
        [
            {"unified.storage.volume": {"name": new, "size": 1}},
            {"unified.storage.volume": {"name": grown, "size": 2}},
        ],
        env=env,
    )
    for result, name in zip(run.tasks, (new, grown), strict=True):
        assert result.failed and result.kind == "unreachable", result.msg
        assert name in result.msg and "no usable answer" in result.msg and "no effect" in result.msg
        assert result["error"]["status"] == status
        assert "\n" not in result.msg and " object at 0x" not in result.msg
    assert not rest.named(new)
    assert (rest.show(made)["size"], rest.show(made)["status"]) == (1, "available")


def test_writes_whose_answers_are_always_lost(
    proxied: tuple[FaultProxy, dict[str, str | None]], playbook: Playbook, rest: Rest, names: UniqueNames
) -> None:
    """A batch: every write was done, none is done twice, and the second run changes nothing."""
    proxy, env = proxied
    proxy.add("reset", method="POST", path="/volumes$", times=None, when="after")
    listed_names = names.many(8)
    create = {"unified.storage.volume": {"size": 1, "batch": [{"name": name} for name in listed_names]}}
    run = playbook([create], env=env).assert_ok()
    assert run.only["summary"] == {"total": 8, "changed": 8, "unchanged": 0, "failed": 0}
    assert [len(rest.named(name)) for name in listed_names] == [1] * 8
    assert sum(p.forwarded for p in proxy.log if p.method == "POST") == 8
    proxy.clear()
    again = playbook([create], env=env).assert_ok()
    assert not again.only.changed and {p.method for p in proxy.log} == {"GET"}


def test_a_slow_answer_is_waited_for(
    proxied: tuple[FaultProxy, dict[str, str | None]], playbook: Playbook, rest: Rest, names: UniqueNames
) -> None:
    """Slower than a poll, faster than api_timeout: that is no fault."""
    proxy, env = proxied
    proxy.add("slow", method="POST", path="/volumes$", seconds=2)
    begun = time.time()
    run = playbook([{"unified.storage.volume": {"name": names("v"), "size": 1}}], env=env).assert_ok()
    assert run.only.changed and run.only.ended - begun > 2
    assert [p.method for p in proxy.log].count("POST") == 1 == len(rest.named(names("v")))


# ---- the other services


def test_a_login_through_faults(cloud: Cloud, tmp_path: Path, playbook: Playbook) -> None:
    """It is asked for again, and kept."""
    with through_proxy(cloud, tmp_path, "keystone") as (proxy, env):
        for nth, fault in enumerate(("503", "reset before", "cut"), 1):
            proxy.set_rules([*proxy.rules, Rule(**FAULTS[fault], method="POST", path="/auth/tokens", nth=nth)])
        task = {"unified.storage.volume_info": {"limit": 1}}
        playbook([task, task], env=env).assert_ok()
        logins = [p for p in proxy.log if p.method == "POST" and p.path.endswith("/auth/tokens")]
    assert [p.fault for p in logins] == ["503", "reset", "cut", None]


def test_shares_through_faults(
    cloud: Cloud, tmp_path: Path, playbook: Playbook, manila: Manila, share_names: UniqueNames
) -> None:
    """The life of a share, in which each write meets a fault once, and each is done once."""
    name = share_names("s")
    writes = {
        "create": ("reset after", {"method": "POST", "path": "/shares$"}),
        "rule": ("504 after the work", {"method": "POST", "path": "/action$", "body": "allow_access"}),
        "extend": ("503", {"method": "POST", "path": "/action$", "body": "extend"}),
        "snapshot": ("no answer after the work", {"method": "POST", "path": "/snapshots$"}),
        "delete the snapshot": ("reset before", {"method": "DELETE", "path": "/snapshots/"}),
        "delete": ("reset after", {"method": "DELETE", "path": "/shares/"}),
    }
    rule = {"share": name, "access_type": "ip", "access_to": "192.0.2.7"}
    tasks = {
        "create": {"share": {"name": name, "size": 1}},
        "rule": {"share_access_rule": rule},
        "extend": {"share": {"name": name, "size": 2, "resize": "extend"}},
        "snapshot": {"share_snapshot": {"name": name, "share": name}},
        "list": {"share_info": {"name": name, "export_locations": True}},
        "delete the snapshot": {"share_snapshot": {"name": name, "state": "absent"}},
        "delete": {"share": {"name": name, "state": "absent"}},
    }
    reads = [Rule(**FAULTS["garbled"], method="GET", path="/shares/detail"), Rule(503, method="GET", path="/snapshots")]
    with through_proxy(cloud, tmp_path, "manila") as (proxy, env):
        proxy.set_rules([*(Rule(**FAULTS[fault], **match) for fault, match in writes.values()), *reads])
        run = playbook(
            [
                {"name": label, f"unified.storage.{module}": {**options, "api_timeout": TIMEOUT}}
                for label, entry in tasks.items()
                for module, options in entry.items()
            ],
            env=env,
        ).assert_ok()
        assert [rule.seen > 0 for rule in proxy.rules] == [True] * len(proxy.rules)
        for label, (fault, match) in writes.items():
            asked = met(proxy.log, match)
            assert run[label].changed, label
            assert [p.fault for p in asked if p.fault] == [str(FAULTS[fault]["fault"])], label
            assert sum(p.forwarded for p in asked) == 1, f"{label} was done more or less than once"
    (found,) = run["list"]["shares"]
    assert found["size"] == 2 and found["export_locations"]
    assert not manila.of_name(name) and not manila.of_name(name, "snapshots")
