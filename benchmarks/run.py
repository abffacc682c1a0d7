# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`./run bench`: how fast the collection is beside ansible.builtin.ping, openstack.cloud, a bare script and the CLI.

All of a part run against one test cloud, in turns, so that each ratio is of two things measured
side by side. It starts a cloud, unless UNIFIED_STORAGE_CLOUD_STATE names the folder of one that runs.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT / "tests" / "suites")]

from harness import Cloud, Manila, Playbook, Rest, RunResult, TaskResult, UniqueNames  # noqa: E402
from harness.cloud import LAUNCHER  # noqa: E402
from harness.rest import USER_AGENT  # noqa: E402

CLOUD = "demo"  # a plain member of a project
PORT_BASE = 28800
OURS, PEER, PING = "unified.storage.volume", "openstack.cloud.volume", "ansible.builtin.ping"
SHARE, RULE = "unified.storage.share", "unified.storage.share_access_rule"
CLI = Path(sys.executable).with_name("openstack")
NOT_CLIENTS = (USER_AGENT, "python-keystoneclient", "cinder/", "glance/", "manila/")
"""User agents of our witness, and of services that check a token or log in themselves"""
Request = tuple[str, str]
"""Method and path"""
CLIENTS = {
    "volumes": ("ansible", "ansible-core", "openstacksdk", "keystoneauth1"),
    "shares": ("ansible-core", "keystoneauth1", "python-openstackclient", "python-manilaclient"),
}
"""What is measured, by part; a part can be measured by itself"""


@dataclass(frozen=True)
class Numbers:
    """How much is measured."""

    rounds: int = 20  # of one task each
    many: int = 1000  # volumes in one batch
    repeats: int = 5  # of that batch
    extended: int = 100  # volumes extended at once
    pairs: int = 5  # of a batch and a bare script
    peer: int = 20  # items of the peer's loops
    shares: int = 300  # made, with rules, in one batch each
    typed: int = 3  # shares made by the command line client


QUICK = Numbers(rounds=3, many=30, repeats=2, extended=6, pairs=2, peer=3, shares=6, typed=2)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny numbers, to try the benchmark itself")
    parser.add_argument("--part", choices=CLIENTS, action="append", help="measure this alone")
    parser.add_argument("--shares", type=int, help="how many shares (default: %(default)s)", default=Numbers.shares)
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables between the part's marks in FILE")
    options = parser.parse_args()
    numbers = QUICK if options.quick else Numbers(shares=options.shares)
    for part in options.part or CLIENTS:
        text = measured(part, numbers)
        print("\n" + text)
        if options.write:
            begin, end = (f"<!-- measured {part}: {word} -->" for word in ("begin", "end"))
            before, found, rest_of_file = options.write.read_text().partition(begin)
            assert found, f"{options.write} has no mark {begin}"
            after = rest_of_file.partition(end)[2]
            options.write.write_text(f"{before}{begin}\n{text}\n{end}{after}")
    return 0


def measured(part: str, numbers: Numbers) -> str:
    """What was measured, as Markdown."""
    load = os.getloadavg()[0]
    with running(part) as cloud, tempfile.TemporaryDirectory() as folder:
        rest = Rest(cloud, CLOUD)
        bench = Bench(cloud, rest, Playbook(cloud, Path(folder)), UniqueNames(rest).prefix)
        if part == "shares":
            say(f"{numbers.shares} shares with rules")
            return f"{about(cloud, load, part)}\n\n{bench.shares(numbers.shares, numbers.typed)}"
        try:
            tables = list(measure(bench, numbers))
            return "\n\n".join([about(cloud, load, part), *tables])
        finally:
            bench.remove_volumes()


@contextlib.contextmanager
def running(part: str) -> Iterator[Cloud]:
    if given := os.environ.get("UNIFIED_STORAGE_CLOUD_STATE"):
        yield Cloud(Path(given).resolve())
        return
    cache = Path(os.environ.get("UNIFIED_STORAGE_CACHE") or ROOT / ".cache").resolve()
    chosen = ["--port-base", str(PORT_BASE)]
    # Services believe a token for 300 s unless told otherwise; the tests' clouds for 2 s.
    services = "keystone,manila" if part == "shares" else "keystone,glance,cinder"
    subprocess.run([LAUNCHER, "up", *chosen, "--fresh", "--services", services, "--token-cache", "300"], check=True)
    try:
        yield Cloud(cache / f"cloud-{PORT_BASE}")
    finally:
        subprocess.run([LAUNCHER, "down", *chosen], check=True)


def measure(bench: Bench, numbers: Numbers) -> Iterator[str]:
    """The tables of volumes, in the order of measuring: later ones need more volumes."""
    say("one unchanged volume")
    bench.make_volumes(1)
    for pipelining in (True, False):
        yield bench.one_unchanged(numbers.rounds, pipelining)
    say(f"{numbers.extended} volumes extended and waited for")
    bench.make_volumes(numbers.extended)
    yield bench.extended(numbers.pairs, numbers.peer)
    say(f"{numbers.many} unchanged volumes")
    bench.make_volumes(numbers.many)
    yield bench.many_unchanged(numbers.repeats, numbers.peer)


def say(text: str) -> None:
    print(f"==> {text} (load {os.getloadavg()[0]:.1f})", flush=True)


class Bench:
    """The measurements, and the volumes that they are of: all of one size, named PREFIX0000 and so on."""

    def __init__(self, cloud: Cloud, rest: Rest, playbook: Playbook, prefix: str) -> None:
        self.cloud, self.rest, self.playbook, self.prefix = cloud, rest, playbook, prefix
        self.count, self.size = 0, 1

    # ---- what is measured

    def one_unchanged(self, rounds: int, pipelining: bool) -> str:
        """Three tasks in turns, in one playbook. The first round is not counted: it fills the caches."""
        arguments = {"cloud": CLOUD, "name": self.name(0), "size": self.size}
        modules = {PING: {}, OURS: arguments, PEER: arguments}
        tasks = [{module: args} for _ in range(rounds + 1) for module, args in modules.items()]
        run = self.play(tasks, env={"ANSIBLE_PIPELINING": str(int(pipelining))})
        unchanged(run)
        turns = [run.tasks[n : n + 3] for n in range(3, len(run.tasks), 3)]
        ping = [seconds(turn[0]) for turn in turns]
        rows, goal = [], ""
        for place, module in enumerate(modules):
            taken = [seconds(turn[place]) for turn in turns]
            asked = [self.requests(turn[place]) for turn in turns]
            rows.append([module, spread(taken), spread(ratios(taken, ping)), count(asked), count(asked, tokens)])
            if module == OURS:
                goal = goals(
                    ("at most 2 x ping", statistics.median(ratios(taken, ping)) <= 2),
                    ("at most 2 requests", max(map(len, asked)) <= 2),
                    ("no token request", not any(map(tokens, asked))),
                )
        title = f"One unchanged volume, warm, pipelining {'on' if pipelining else 'off'}: {rounds} rounds"
        return table(title, ["Module", "Seconds per task", "Times ping", "Requests", "Of them for a token"], rows, goal)

    def many_unchanged(self, repeats: int, peer_items: int) -> str:
        items = [{"name": self.name(n), "size": self.size} for n in range(self.count)]
        batch = {OURS: {"cloud": CLOUD, "batch": items}}
        run = self.play([batch] * (repeats + 1))
        unchanged(run)
        tasks = run.tasks[1:]
        assert all(t["summary"]["unchanged"] == self.count for t in tasks)
        ours = [seconds(t) for t in tasks]
        asked = [self.requests(t) for t in tasks]
        lists = all(method == "GET" and "/volumes/detail?" in path for each in asked for method, path in each)
        loop = {
            PEER: {"cloud": CLOUD, "name": "{{ item.name }}", "size": self.size},
            "loop": items[:peer_items],
        }
        looped = self.play([loop])
        unchanged(looped)
        each, peer_asked = seconds(looped.only) / peer_items, self.requests(looped.only)
        rows = [
            [f"{OURS}, one batch", spread(ours), count(asked), count(asked, tokens)],
            [
                f"{PEER} in a loop, of {peer_items} items, per item",
                f"{each:.2f}",
                f"{len(peer_asked) / peer_items:.1f}",
                f"{tokens(peer_asked) / peer_items:.1f}",
            ],
            [f"the same, reckoned for {self.count}", f"{each * self.count:.0f}", "", ""],
        ]
        goal = goals(("under 5 s", statistics.median(ours) < 5), ("list requests only", lists))
        title = f"{self.count} unchanged volumes: {repeats} runs of the batch"
        return table(title, ["Task", "Seconds", "Requests", "Of them for a token"], rows, goal)

    def extended(self, pairs: int, peer_items: int) -> str:
        """The batch and the bare script in turns; the one that is first in a pair is second in the next."""
        whole, task, script, work = [], [], [], []

        def ours() -> None:
            begun = time.perf_counter()
            items = [{"volume": self.name(n)} for n in range(self.count)]
            arguments = {"cloud": CLOUD, "action": "extend", "new_size": self.size, "batch": items}
            run = self.play([{"unified.storage.volume_action": arguments}])
            whole.append(time.perf_counter() - begun)
            task.append(seconds(run.only))
            assert run.only["summary"]["changed"] == self.count

        def bare() -> None:
            begun = time.perf_counter()
            login = self.cloud.login(CLOUD)
            known = {f"OS_{key.upper()}": value for key, value in (login["auth"] | login).items() if key != "auth"}
            command = [sys.executable, str(HERE / "bare.py"), self.prefix, str(self.size)]
            done = subprocess.run(command, env=os.environ | known, check=True, text=True, stdout=subprocess.PIPE)
            script.append(time.perf_counter() - begun)
            work.append(float(done.stdout))

        self.size += 1
        ours()  # not counted: it fills the cache of logins
        whole.clear(), task.clear()
        for pair in range(pairs):
            for way in (ours, bare) if pair % 2 == 0 else (bare, ours):
                self.size += 1
                way()
                self.wait_at_rest()
        self.size += 1
        loop = {
            PEER: {"cloud": CLOUD, "name": "{{ item }}", "size": self.size, "wait": False},
            "loop": [self.name(n) for n in range(peer_items)],
        }
        looped = self.play([loop])
        assert looped.only.changed
        ids = self.ids()  # the others follow by plain REST
        for n in range(peer_items, self.count):
            self.rest.action(ids[self.name(n)], "os-extend", {"new_size": self.size})
        self.wait_at_rest()
        each = seconds(looped.only) / peer_items
        rows = [
            ["bare script, the whole process", spread(script), ""],
            ["bare script, after its imports and login", spread(work), ""],
            ["unified.storage.volume_action, the task", spread(task), spread(ratios(task, script))],
            ["unified.storage.volume_action, all of ansible-playbook", spread(whole), spread(ratios(whole, script))],
            [f"{PEER} in a loop, without waiting, of {peer_items} items, per item", f"{each:.2f}", ""],
        ]
        goal = goals(("the task at most 1.25 x the script", statistics.median(ratios(task, script)) <= 1.25))
        title = f"{self.count} volumes extended and waited for: {pairs} pairs"
        return table(title, ["What", "Seconds", "Times the script"], rows, goal)

    def shares(self, items: int, typed: int) -> str:
        """Made and given rules, both again, and removed; beside the commands that do it to one share, in a loop."""
        manila = Manila(self.cloud, CLOUD)
        names = [f"{self.prefix}s{n:04}" for n in range(items)]
        levels = {"10.0.0.0/24": "rw", "10.0.1.1": "ro"}
        rules = [{"access_to": to, "access_level": level} for to, level in levels.items()]
        make = {"cloud": CLOUD, "share_type": "default", "size": 1, "batch": [{"name": name} for name in names]}
        allow = {"cloud": CLOUD, "rules": rules, "purge": True, "batch": [{"share": name} for name in names]}
        remove = {"cloud": CLOUD, "state": "absent", "batch": make["batch"]}
        known = os.environ | {"OS_CLOUD": CLOUD, "OS_CLIENT_CONFIG_FILE": str(self.cloud.clouds_yaml)}

        def command(*words: str) -> float:
            begun = time.perf_counter()
            subprocess.run([CLI, "share", *words], env=known, check=True, stdout=subprocess.DEVNULL)
            return time.perf_counter() - begun

        def client(name: str) -> list[float]:
            """What the tasks do, to one share."""
            return [
                command("create", "NFS", "1", "--name", name, "--share-type", "default", "--wait"),
                sum(command("access", "create", name, "ip", to, "--access-level", is_) for to, is_ in levels.items()),
                command("show", name),
                command("access", "list", name),
                command("delete", name, "--wait"),
            ]

        try:
            first = self.play([{SHARE: make}, {RULE: allow}])
            second = self.play([{SHARE: make}, {RULE: allow}])
            unchanged(second)
            last = self.play([{SHARE: remove}])
            tasks = [*first.tasks, *second.tasks, *last.tasks]
            assert all(task["summary"]["changed"] == items for task in (*first.tasks, *last.tasks))
            typed_in = [client(f"{self.prefix}t{n:04}") for n in range(typed)]
        finally:
            found = manila.get("/shares/detail?limit=1000")["shares"]
            left = [share["id"] for share in found if share["name"].startswith(self.prefix)]
            manila.each(lambda ident: manila.status("DELETE", f"/shares/{ident}"), left)
        titles = ("made", "given two rules each", "unchanged", "the rules unchanged", "removed")
        rows, times = [], []
        for title, task, *theirs in zip(titles, tasks, *typed_in, strict=True):
            taken, each = seconds(task), statistics.median(theirs)
            times.append(each * items / taken)
            ours = [f"{taken:.1f}", str(len(self.requests(task)))]
            rows.append([title, *ours, f"{each:.2f}", f"{each * items:.0f}", f"{times[-1]:.0f}"])
        goal = goals(
            ("unchanged in one list request", len(self.requests(second.tasks[0])) == 1),
            ("each faster than the client", min(times) > 1),
        )
        header = [
            "What",
            "Seconds in one batch",
            "Requests",
            f"Client, per share (of {typed})",
            f"for {items}",
            "Times",
        ]
        return table(f"{items} shares, beside `openstack share` in a loop", header, rows, goal)

    # ---- tasks and requests

    def play(self, tasks: Sequence[dict[str, Any]], **options: Any) -> RunResult:
        return self.playbook(tasks, cloud=None, **options).assert_ok()

    def requests(self, task: TaskResult) -> list[Request]:
        """Method and path of what clients asked while the task ran. The services' own checks of tokens are left out."""
        found = []
        for service in self.cloud.facts["services"]:
            with open(self.cloud.requests(service)) as file:
                for line in file:
                    entry = json.loads(line)
                    if not task.started <= entry["time"] <= task.ended:
                        continue
                    if not (entry["user_agent"] or "").startswith(NOT_CLIENTS):
                        found.append((entry["method"], entry["path"]))
        return found

    # ---- the volumes

    def name(self, number: int) -> str:
        return f"{self.prefix}{number:04}"

    def seen(self) -> list[dict[str, Any]]:
        return [v for v in self.rest.list("/volumes/detail", "volumes") if v["name"].startswith(self.prefix)]

    def ids(self) -> dict[str, str]:
        return {volume["name"]: volume["id"] for volume in self.seen()}

    def make_volumes(self, count: int) -> None:
        """As many as that in all."""
        new = [self.name(n) for n in range(self.count, count)]
        self.rest.volumes(new, size=self.size, wait=None)
        self.count = count
        self.wait_at_rest()

    def wait_at_rest(self) -> None:
        """Until all are available and of the size. Also the witness that what was measured was done."""
        end = time.monotonic() + 300
        while wrong := [v for v in self.seen() if (v["status"], v["size"]) != ("available", self.size)]:
            assert time.monotonic() < end, f"not available with {self.size} GiB: {wrong[0]}"
            time.sleep(0.5)

    def remove_volumes(self) -> None:
        self.rest.each(lambda ident: self.rest.status("DELETE", f"/volumes/{ident}"), self.ids().values())
        self.rest.until(lambda: {"left": self.ids()}, lambda seen: not seen["left"], timeout=600)


def unchanged(run: RunResult) -> None:
    assert not any(task.changed for task in run.tasks), "a task changed something"


# ---- figures


def seconds(task: TaskResult) -> float:
    return task.ended - task.started


def ratios(these: Sequence[float], those: Sequence[float]) -> list[float]:
    """Of what was measured in the same turn."""
    return [this / that for this, that in zip(these, those, strict=True)]


def tokens(asked: Iterable[Request]) -> int:
    return sum((method, path) == ("POST", "/v3/auth/tokens") for method, path in asked)


def count(asked: Iterable[list[Request]], of: Callable[[list[Request]], int] = len) -> str:
    """Requests per task: the usual count, and the biggest where some differ."""
    found = Counter(map(of, asked))
    usual = found.most_common(1)[0][0]
    return str(usual) if len(found) == 1 else f"{usual} (at most {max(found)})"


def spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def goals(*each: tuple[str, bool]) -> str:
    return "; ".join(f"{text}: {'met' if met else '**missed**'}" for text, met in each)


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]], goal: str) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return f"### {title}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + f"\n\nGoal: {goal}."


def about(cloud: Cloud, load: float, part: str) -> str:
    """What was measured with what."""
    pins = dict(re.findall(r"^(\w+)==(\S+)$", (ROOT / "tests/cloud/constraints.txt").read_text(), re.MULTILINE))
    peers = [f"openstack.cloud {peer()}"] if part == "volumes" else []
    services = ("cinder", "keystone") if part == "volumes" else ("manila", "keystone")
    ours = re.search(r"^version: (\S+)", (ROOT / "galaxy.yml").read_text(), re.MULTILINE)
    facts = [
        time.strftime("%Y-%m-%d", time.gmtime()),
        f"unified.storage {ours[1] if ours else '?'}",
        *peers,
        *(f"{name} {version(name)}" for name in CLIENTS[part]),
        f"Python {platform.python_version()}",
        " and ".join(f"{name} {pins[name]}" for name in services) + f" on {cloud.facts['database']}",
        f"{os.cpu_count()} cores shared by clients and services",
        f"load {load:.1f} at the start and {os.getloadavg()[0]:.1f} at the end",
    ]
    return "; ".join(facts) + ". Figures are medians (least to most)."


def peer() -> str:
    """Which openstack.cloud this is."""
    manifest = Path(sys.prefix).glob("lib/*/site-packages/ansible_collections/openstack/cloud/MANIFEST.json")
    return str(json.loads(next(manifest).read_text())["collection_info"]["version"])


if __name__ == "__main__":
    sys.exit(main())
