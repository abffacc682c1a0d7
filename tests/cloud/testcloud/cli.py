# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from . import faults, process, store
from .layout import (
    DEFAULT_PORT_BASE,
    HOST,
    MARK,
    SERVICES,
    VOLUME_BACKENDS,
    Cloud,
    CloudError,
    default_state,
)

START_LIMIT = 180
"""Seconds that a service may take to answer"""


def main() -> int:
    options = parser().parse_args()
    try:
        options.run(options)
    except CloudError as error:
        print(f"cloud: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="cloud", description="A real OpenStack storage cloud for tests.")
    top.set_defaults(state=None, port_base=DEFAULT_PORT_BASE)
    verbs = top.add_subparsers(required=True, metavar="COMMAND")

    def which(sub: argparse.ArgumentParser) -> argparse.ArgumentParser:
        """No default here: `fault --state X add ...` and `fault add ... --state X` both work."""
        quiet = argparse.SUPPRESS
        sub.add_argument("--state", type=Path, default=quiet, help="its folder (default: <cache>/cloud-<port base>)")
        sub.add_argument("--port-base", type=int, default=quiet, help=f"default: {DEFAULT_PORT_BASE}")
        return sub

    def verb(name: str, run: object, text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return which(sub)

    sub = verb("up", up, "Start a cloud, or see that it is well.")
    sub.add_argument("--db", choices=["auto", "mariadb", "sqlite"], default="auto")
    sub.add_argument("--services", default=",".join(SERVICES), help="default: %(default)s")
    sub.add_argument("--fresh", action="store_true", help="throw a running cloud away first")
    sub.add_argument("--token-cache", type=int, default=2, help="seconds; a revoked token is believed so long")
    verb("down", down, "Stop a cloud; its logs stay.")
    verb("status", status, "Its processes and addresses.")
    verb("env", env, "The line that makes clients use it.")
    verb("check", check, "Try one volume's life by plain REST calls.")

    sub = verb("fault", fault, "Faults of the volume driver on demand.")
    actions = sub.add_subparsers(dest="action", required=True)
    add = which(actions.add_parser("add"))
    add.add_argument("verb", choices=sorted(faults.VERBS), metavar="VERB", help="a driver's method")
    add.add_argument("--mode", choices=faults.MODES, default="fail")
    add.add_argument("--match", help="a volume's or snapshot's name or id, or a reference")
    add.add_argument("--backend", choices=VOLUME_BACKENDS)
    add.add_argument("--times", type=int)
    add.add_argument("--seconds", type=float)
    add.add_argument("--message")
    for name in ("clear", "list"):
        which(actions.add_parser(name))

    sub = verb("store", files, "The files of a volume back end.")
    sub.add_argument("backend", choices=VOLUME_BACKENDS)
    actions = sub.add_subparsers(dest="action", required=True)
    add = which(actions.add_parser("add", help="make a foreign volume (or volume@snapshot)"))
    add.add_argument("name")
    add.add_argument("--size", type=float, default=1, help="GiB")
    which(actions.add_parser("ls"))

    # what `up` starts
    for name, run in (("serve", serve), ("sync", sync), ("bootstrap", bootstrap)):
        sub = verbs.add_parser(name)
        sub.add_argument("service", choices=SERVICES)
        sub.set_defaults(run=run)
    return top


def state_of(options: argparse.Namespace) -> Path:
    return (options.state or default_state(options.port_base)).resolve()


# ---- up and down


class Clock:
    """Says what goes on, with the seconds since the start."""

    def __init__(self) -> None:
        self.start = time.monotonic()

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.start:5.1f} s] {text}", flush=True)


@contextlib.contextmanager
def locked(state: Path) -> Iterator[None]:
    """One `up` or `down` at a time per cloud."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(state / "lock.cloud", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def up(options: argparse.Namespace) -> None:
    state, clock = state_of(options), Clock()
    wanted = options.services.split(",")
    if unknown := set(wanted) - set(SERVICES):
        raise CloudError(f"unknown services: {', '.join(sorted(unknown))}")
    with locked(state):
        if process.running(state):
            if not options.fresh and is_well(state):
                cloud = Cloud.load(state)
                print(f"the cloud in {state} is running and well\n{usage(cloud)}")
                return
            process.stop(state)
            clock.say("stopped what was running in this folder")
        empty(state)
        cloud = Cloud(
            state=state,
            port_base=options.port_base,
            database=choose_database(options.db, clock),
            services=tuple(s for s in SERVICES if s in wanted or s == "keystone"),
            passwords={u: f"{u}-pw-{secrets.token_hex(8)}" for u in ("admin", "demo", "service")},
            token_cache=options.token_cache,
        )
        try:
            build(cloud, clock)
        except BaseException:
            process.stop(state)  # never half a cloud
            raise
    print(usage(cloud))


def empty(state: Path) -> None:
    """Throw away what an earlier cloud left here.

    :raises CloudError: the folder holds something that is no cloud.
    """
    left = [p for p in state.iterdir() if p.name != "lock.cloud"]
    if left and not (state / "cloud.json").exists():
        raise CloudError(f"{state} is not empty, and no cloud's folder")
    for path in left:
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "cloud.json":  # last, so that a killed run can be repeated
            path.unlink()


def choose_database(wanted: str, clock: Clock) -> str:
    if wanted == "sqlite":
        return wanted
    from .database import unpack_mariadb

    try:
        unpack_mariadb()
    except CloudError as error:
        if wanted == "mariadb":
            raise
        clock.say(f"SQLite, for MariaDB is not to be had here: {error}")
        return "sqlite"
    return "mariadb"


def build(cloud: Cloud, clock: Clock) -> None:
    from . import config, seed
    from .database import prepare

    for service in cloud.services:
        must_be_free(cloud, service)
    cloud.save()
    config.write_all(cloud)
    faults.clear(cloud.faults)
    copied = prepare(cloud)
    clock.say(f"{cloud.database} runs, with {'a copy of the' if copied else 'new'} empty tables")
    others = {s: process.start_self(cloud, s, "serve", s) for s in cloud.services if s != "keystone"}
    process.finish(cloud, "bootstrap", process.start_self(cloud, "bootstrap", "bootstrap", "keystone"))
    wait_ready(cloud, {"keystone": process.start_self(cloud, "keystone", "serve", "keystone")}, clock)
    seed.identity(cloud)
    clock.say("users, projects and catalog are made")
    wait_ready(cloud, others, clock)
    seed.contents(cloud)
    clock.say("types and images are made: the cloud is ready")


def must_be_free(cloud: Cloud, service: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, cloud.port(service)))
        except OSError as error:
            raise CloudError(f"port {cloud.port(service)} for {service}: {error.strerror} (try --port-base)") from None


def answers(cloud: Cloud, service: str) -> bool:
    """All four answer 300 on /: a choice of API versions."""
    try:
        urllib.request.urlopen(f"{cloud.url(service)}/", timeout=5).read()
    except urllib.error.HTTPError as error:
        return error.code == 300
    except OSError:
        return False
    return True


def wait_ready(cloud: Cloud, started: dict[str, subprocess.Popen[bytes]], clock: Clock) -> None:
    waiting, deadline = dict(started), time.monotonic() + START_LIMIT
    while waiting:
        for service, running in list(waiting.items()):
            process.must_live(cloud, service, running)
            if answers(cloud, service):
                clock.say(f"{service} answers on {cloud.url(service)}")
                del waiting[service]
            elif time.monotonic() > deadline:
                raise CloudError(f"{service} does not answer\n{process.tail(cloud, service)}")
        time.sleep(0.05)


def is_well(state: Path) -> bool:
    try:
        cloud = Cloud.load(state)
    except CloudError:
        return False
    return all(answers(cloud, service) for service in cloud.services)


def usage(cloud: Cloud) -> str:
    return "\n".join(
        [
            f"logins    export OS_CLIENT_CONFIG_FILE={cloud.clouds_yaml}    (clouds: admin, demo, alt)",
            f"requests  {cloud.state / 'log'}/<service>-requests.jsonl",
            f"facts     {cloud.state / 'cloud.json'}",
        ]
    )


def down(options: argparse.Namespace) -> None:
    state = state_of(options)
    if not state.exists():
        print(f"there is no cloud in {state}")
        return
    # without the lock: `down` must be able to end an `up` that hangs
    stopped = process.stop(state)
    with contextlib.suppress(CloudError):
        Cloud.load(state).socket.unlink(missing_ok=True)
    print(f"stopped {len(stopped)} processes of {state}" if stopped else f"nothing runs in {state}")


# ---- a running cloud


def status(options: argparse.Namespace) -> None:
    """Ends with status 1 when something does not answer."""
    cloud = Cloud.load(state_of(options))
    for pid, command in sorted(process.running(cloud.state).items()):
        print(f"{pid:>8}  {command[:100]}")
    dead = [s for s in cloud.services if not answers(cloud, s)]
    for service in cloud.services:
        print(f"{service:<10}{cloud.url(service)}  {'does not answer' if service in dead else 'answers'}")
    if dead:
        raise CloudError(f"not running: {', '.join(dead)}")


def env(options: argparse.Namespace) -> None:
    print(f"OS_CLIENT_CONFIG_FILE={Cloud.load(state_of(options)).clouds_yaml}")


def check(options: argparse.Namespace) -> None:
    from .check import check as run

    run(Cloud.load(state_of(options)))


def fault(options: argparse.Namespace) -> None:
    path = Cloud.load(state_of(options)).faults
    if options.action == "add":
        keys = ("verb", "mode", "match", "backend", "times", "seconds", "message")
        wanted: faults.Fault = {k: v for k in keys if (v := getattr(options, k)) is not None}  # type: ignore[assignment]
        faults.add(path, wanted)
    elif options.action == "clear":
        faults.clear(path)
    for each in faults.read(path):
        print(" ".join(f"{k}={v}" for k, v in each.items()))


def files(options: argparse.Namespace) -> None:
    folder = Cloud.load(state_of(options)).store(options.backend)
    if options.action == "add":
        print(store.add(folder, options.name, options.size))
        return
    for entry in store.entries(folder):
        print(f"{entry.name}  {entry.size} GiB  source-id={entry.source_id}")


# ---- inside a cloud's own processes


def serve(options: argparse.Namespace) -> None:
    from .serve import serve as run

    run(Cloud.load(Path(os.environ[MARK])), options.service)


def sync(options: argparse.Namespace) -> None:
    from .database import sync as run

    run(Cloud.load(Path(os.environ[MARK])), options.service)


def bootstrap(options: argparse.Namespace) -> None:
    from .database import bootstrap as run

    run(Cloud.load(Path(os.environ[MARK])))
