# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a lab keeps what: one value that every other file reads."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

MARK = "UNIFIED_STORAGE_HOSTS"
"""In the environment of every process of a lab: its state folder. `down` finds them by it."""
NETWORK = "10.77.0"
DISKS = 3
"""Spare disks of a host: /dev/ubdb and on."""
MOST = 8


class LabError(Exception):
    """Something that the user must be told; ends the command with status 1."""

    status = 1


class CannotRun(LabError):
    """This machine cannot run the hosts at all: tests count it as skipped, with this reason."""

    status = 77


def cache() -> Path:
    here = Path(__file__).resolve()
    return Path(os.environ.get("UNIFIED_STORAGE_CACHE") or here.parents[3] / ".cache").resolve()


def say(text: str) -> None:
    print(f"hosts: {text}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Host:
    name: str
    number: int
    """2 and on; the bridge is 1"""

    @property
    def address(self) -> str:
        return f"{NETWORK}.{self.number}"

    @property
    def mac(self) -> str:
        return f"02:00:00:77:00:0{self.number}"

    @property
    def tap(self) -> str:
        return f"tap{self.number}"


@dataclass(frozen=True)
class Lab:
    """One lab. Saved as `<state>/lab.json`, which tests read as well."""

    state: Path
    image: Path
    """The folder of the root image, in the cache"""
    count: int = 2
    memory: int = 320
    """MiB of each host"""

    @property
    def netns(self) -> str:
        """A network namespace of its own, so that labs live side by side."""
        return "us-" + hashlib.sha256(os.fsencode(self.state)).hexdigest()[:10]

    @property
    def hosts(self) -> list[Host]:
        return [Host(f"host{i}", i + 1) for i in range(1, self.count + 1)]

    def host(self, name: str) -> Host:
        for host in self.hosts:
            if host.name == name:
                return host
        raise LabError(f"there is no host {name}; there are {', '.join(h.name for h in self.hosts)}")

    def file(self, host: Host, suffix: str) -> Path:
        return self.state / f"{host.name}.{suffix}"

    def disk(self, host: Host, number: int) -> Path:
        return self.file(host, f"disk{number}")

    @property
    def ssh_config(self) -> Path:
        return self.state / "ssh_config"

    @property
    def inventory(self) -> Path:
        return self.state / "inventory.yml"

    def save(self) -> None:
        self.ssh_config.write_text(SSH_CONFIG.format(network=NETWORK, key=self.image / "id_ed25519", netns=self.netns))
        hosts = "".join(f"    {host.name}:\n      ansible_host: {host.address}\n" for host in self.hosts)
        sockets = Path(tempfile.gettempdir(), f"{self.netns}-%%C")
        self.inventory.write_text(INVENTORY.format(config=self.ssh_config, sockets=sockets, hosts=hosts))
        facts = {
            "state": str(self.state),
            "image": str(self.image),
            "count": self.count,
            "memory": self.memory,
            "netns": self.netns,
            "hosts": {host.name: host.address for host in self.hosts},
            "disks": [f"/dev/ubd{chr(ord('b') + i)}" for i in range(DISKS)],
            "inventory": str(self.inventory),
            "ssh_config": str(self.ssh_config),
        }
        part = self.state / "lab.json.part"
        part.write_text(json.dumps(facts, indent=2) + "\n")
        part.rename(self.state / "lab.json")

    @classmethod
    def load(cls, state: Path) -> Lab:
        """:raises LabError: there is no lab in this folder."""
        try:
            facts = json.loads((state / "lab.json").read_text())
        except FileNotFoundError:
            raise LabError(f"there are no hosts in {state} (start them: hosts up)") from None
        return cls(Path(facts["state"]), Path(facts["image"]), facts["count"], facts["memory"])


SSH_CONFIG = """\
Host {network}.*
  User root
  IdentityFile "{key}"
  IdentitiesOnly yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
  ServerAliveInterval 15
  ProxyCommand ip netns exec {netns} nc %h %p
"""

INVENTORY = """\
storage:
  vars:
    ansible_user: root
    ansible_ssh_common_args: "-F '{config}'"
    ansible_ssh_pipelining: true
    # Hosts of several labs have the same addresses.
    ansible_control_path: {sockets}
    ansible_python_interpreter: /usr/bin/python3
  hosts:
{hosts}"""
