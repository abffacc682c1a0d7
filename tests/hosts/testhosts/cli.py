# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line."""

from __future__ import annotations

import argparse
import fcntl
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import guest
from .image import image, need_tools
from .layout import MOST, Host, Lab, LabError, cache


def main() -> int:
    options = parser().parse_args()
    try:
        options.run(options)
    except LabError as error:
        print(f"hosts: {error}", file=sys.stderr)
        return error.status
    except (KeyboardInterrupt, BrokenPipeError):
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="hosts", description="Real LVM and NFS hosts for tests.")
    verbs = top.add_subparsers(required=True, metavar="COMMAND")

    def verb(name: str, run: object, text: str, *, host: bool = False) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        sub.add_argument("--state", type=Path, default=cache() / "hosts", help="its folder (default: <cache>/hosts)")
        if host:
            sub.add_argument("name", nargs="?" if name == "reset" else None, help="host1, host2 ...")
        return sub

    sub = verb("up", up, "Start the hosts, or see that they are well.")
    sub.add_argument("--count", type=int, default=2, help="how many (default: %(default)s)")
    sub.add_argument("--memory", type=int, default=320, help="MiB of each (default: %(default)s)")
    verb("down", down, "Stop the hosts and throw their disks away.")
    verb("status", status, "Which hosts answer.")
    verb("inventory", inventory, "The path of Ansible's inventory.")
    verb("reset", reset, "A host, or all of them, as new: empty disks, fresh root.", host=True)
    verb("poweroff", poweroff, "Pull a host's plug; its disks stay.", host=True)
    verb("start", start, "Switch a host on again.", host=True)
    sub = verb("ssh", ssh, "Run a command on a host.", host=True)
    sub.add_argument("command")
    return top


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """One change of a lab at a time."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(state / "lock.lab", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def state_of(options: argparse.Namespace) -> Path:
    return Path(options.state).resolve()


def is_well(lab: Lab, host: Host) -> bool:
    return guest.ssh(lab, host, "systemctl -q is-active nfs-server").returncode == 0


def boot(lab: Lab, hosts: Iterable[Host]) -> None:
    """Switch hosts on, all at once, and wait until they can be used."""
    begun = time.monotonic()
    for host, process in [(host, guest.start(lab, host)) for host in hosts]:
        guest.wait_ready(lab, host, process)
        print(f"{host.name}  {host.address}  ready after {time.monotonic() - begun:.1f} s", flush=True)


def up(options: argparse.Namespace) -> None:
    state = state_of(options)
    if not 1 <= options.count <= MOST:
        raise LabError(f"--count is 1 to {MOST}")
    need_tools()
    with locked(state):
        lab = Lab(state, image(), options.count, options.memory)
        if (state / "lab.json").exists():
            old = Lab.load(state)
            if old == lab and all(is_well(lab, host) for host in lab.hosts):
                print(f"the hosts in {state} are running and well")
                return
            end(old)
        elif any(path.name != "lock.lab" for path in state.iterdir()):
            raise LabError(f"{state} is not empty, and no folder of hosts")
        lab.save()
        try:
            guest.build_network(lab)
            for host in lab.hosts:
                guest.blank(lab, host)
            boot(lab, lab.hosts)
        except BaseException:
            guest.power_off(lab)  # never half a lab; its logs stay
            guest.remove_network(lab)
            raise
    print(f"inventory  {lab.inventory}\nssh        ssh -F {lab.ssh_config} {lab.hosts[0].address}")


def end(lab: Lab) -> int:
    """Stop a lab and remove all of it but the folder."""
    stopped = guest.power_off(lab)
    guest.remove_network(lab)
    for path in lab.state.iterdir():
        if path.name not in ("lock.lab", "lab.json"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (lab.state / "lab.json").unlink()  # last, so that a killed run can be repeated
    return stopped


def down(options: argparse.Namespace) -> None:
    state = state_of(options)
    if not (state / "lab.json").exists():
        print(f"there are no hosts in {state}")
        return
    # without the lock: `down` must be able to end an `up` that hangs
    print(f"stopped {end(Lab.load(state))} hosts of {state}")


def status(options: argparse.Namespace) -> None:
    """Ends with status 1 when a host does not answer."""
    lab = Lab.load(state_of(options))
    dead = []
    for host in lab.hosts:
        on = bool(guest.running(lab, host))
        well = on and is_well(lab, host)
        print(f"{host.name}  {host.address}  {'answers' if well else 'does not answer' if on else 'is off'}")
        if not well:
            dead.append(host.name)
    if dead:
        raise LabError(f"not well: {', '.join(dead)}")


def inventory(options: argparse.Namespace) -> None:
    print(Lab.load(state_of(options)).inventory)


def reset(options: argparse.Namespace) -> None:
    lab = Lab.load(state_of(options))
    hosts = [lab.host(options.name)] if options.name else lab.hosts
    with locked(lab.state):
        for host in hosts:
            guest.power_off(lab, host)
            guest.blank(lab, host)
        boot(lab, hosts)


def poweroff(options: argparse.Namespace) -> None:
    lab = Lab.load(state_of(options))
    with locked(lab.state):
        guest.power_off(lab, lab.host(options.name))


def start(options: argparse.Namespace) -> None:
    lab = Lab.load(state_of(options))
    host = lab.host(options.name)
    with locked(lab.state):
        if guest.running(lab, host):
            guest.wait_ready(lab, host, None)
            return
        boot(lab, [host])


def ssh(options: argparse.Namespace) -> None:
    lab = Lab.load(state_of(options))
    done = guest.ssh(lab, lab.host(options.name), options.command, timeout=600)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    raise SystemExit(done.returncode)
