# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`./run demo`: a real Cinder and Manila, three volumes to adopt, a share, and a playbook that runs twice.

With `--backend host` the same playbook on a host with LVM and an NFS server (which needs root).
Fails when the first run changes nothing, or the second changes anything.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CLOUD = ROOT / "tests" / "cloud" / "cloud"
HOSTS = ROOT / "tests" / "hosts" / "hosts"
CACHE = Path(os.environ.get("UNIFIED_STORAGE_CACHE", ROOT / ".cache"))
PORT_BASE = 28600  # the demo's own: nobody's running cloud is thrown away
STARTED = time.monotonic()


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run demo", description=__doc__)
    parser.add_argument("--backend", choices=("openstack", "host"), default="openstack", help="default: %(default)s")
    parser.add_argument("--keep", action="store_true", help="leave the cloud or the host running")
    parser.add_argument("--port-base", type=int, default=PORT_BASE, help="default: %(default)s")
    options = parser.parse_args()

    here: Cloud | Host = Host() if options.backend == "host" else Cloud(options.port_base)
    try:
        here.up()
        say("First run: adopt, extend, describe, protect, snapshot, revert; share, allow, lock")
        first = play(here)
        say("Second run of the same playbook: nothing is left to do")
        second = play(here)
        say(f"The first run changed {first} tasks, the second {second}")
        if not first or second:
            print("demo: expected changes in the first run and none in the second", file=sys.stderr)
            return 1
        if options.keep:
            say("It runs on. To look around:")
            print("".join(f"    {line}\n" for line in here.commands), end="")
        else:
            say("Stopping it; `./run demo --keep` leaves it running to look around")
        return 0
    except subprocess.CalledProcessError as error:
        print(f"demo: failed with exit code {error.returncode}; the logs: {here.logs}", file=sys.stderr)
        return error.returncode
    finally:
        if not options.keep:
            here.down()


class Cloud:
    """The test cloud, with three volumes on its storage that Cinder does not know."""

    def __init__(self, port_base: int) -> None:
        self._chosen = ["--port-base", str(port_base)]
        self._state = CACHE / f"cloud-{port_base}"
        self.logs = self._state / "log"
        self.commands = [f"./run cloud {verb} {' '.join(self._chosen)}" for verb in ("status", "env", "down")]

    def up(self) -> None:
        say("Starting a real Keystone, Glance, Cinder and Manila; the first time this installs them, a few minutes")
        self._run("up", "--fresh", "--services", "keystone,glance,cinder,manila")
        say("Putting three volumes on the storage of back end alpha that Cinder does not know")
        for number in (1, 2, 3):
            self._run("store", "alpha", "add", f"foreign-{number}", "--size", "1")

    def down(self) -> None:
        self._run("down")

    def _run(self, verb: str, *arguments: str) -> None:
        subprocess.run([CLOUD, verb, *self._chosen, *arguments], check=True)

    @property
    def environ(self) -> dict[str, str]:
        return {"OS_CLIENT_CONFIG_FILE": str(self._state / "clouds.yaml")}

    @property
    def options(self) -> list[str]:
        pool = json.loads((self._state / "cloud.json").read_text())["backends"]["alpha"]["host"]
        return ["-e", f"ansible_python_interpreter={sys.executable}", "-e", "backend=openstack", "-e", f"pool={pool}"]


class Host:
    """A test host, with a volume group, a thin pool, and three volumes in it that nobody manages."""

    def __init__(self) -> None:
        self.environ: dict[str, str] = {}
        self.logs = CACHE / "hosts-demo"
        self._chosen = ["--state", str(self.logs)]
        self.commands = [f"tests/hosts/hosts ssh host1 'lvs; exportfs -s' --state {self.logs}"]
        self.commands.append(f"tests/hosts/hosts down --state {self.logs}")

    def up(self) -> None:
        say("Starting a host; the first time this makes its image, about a minute")
        self._run("up", "--count", "1")
        say("Making a volume group with a thin pool, and three volumes in it that nobody manages")
        disks = json.loads((self.logs / "lab.json").read_text())["disks"]
        make = [f"vgcreate -q demo {' '.join(disks)}", "lvcreate -q --type thin-pool -L 10G -n pool demo"]
        make += [f"lvcreate -q --type thin -V 1G --thinpool pool -n foreign-{number} demo" for number in (1, 2, 3)]
        self._run("ssh", "host1", "; ".join(make))

    def down(self) -> None:
        self._run("down")

    def _run(self, *arguments: str) -> None:
        subprocess.run([HOSTS, *arguments, *self._chosen], check=True, env=os.environ | {"PY": sys.executable})

    @property
    def options(self) -> list[str]:
        return ["-i", str(self.logs / "inventory.yml"), "-e", "backend=host"]


def say(text: str) -> None:
    print(f"\n==> [{time.monotonic() - STARTED:.0f} s] {text}", flush=True)


def play(here: Cloud | Host) -> int:
    """Run the playbook and show it; return how many tasks changed something."""
    environment = os.environ | {
        "ANSIBLE_NOCOWS": "1",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
        **here.environ,
    }
    command = ["ansible-playbook", *here.options, str(HERE / "playbook.yml")]
    output = ""
    with subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            output += line
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command[0])
    recap = re.search(r"^(?:localhost|host1) .*?changed=(?:\x1b\[[0-9;]*m)?(\d+)", output, re.MULTILINE)
    assert recap, "the playbook printed no recap"
    return int(recap[1])


if __name__ == "__main__":
    sys.exit(main())
