# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a cloud keeps what: one value that every other file reads."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

SERVICES = ("keystone", "glance", "cinder", "manila")
"""In starting order; a service's port is the port base plus its place here."""

VOLUME_BACKENDS = ("alpha", "beta", "gamma", "lab")
"""Cinder's back ends: gamma is in the cluster `lab@gamma`, lab in the availability zone `lab`."""

HOST = "127.0.0.1"
DEFAULT_PORT_BASE = 28000
MARK = "UNIFIED_STORAGE_CLOUD"
"""In the environment of every process of a cloud: its state folder. `down` finds them by it."""


class CloudError(Exception):
    """Something that the user must be told; ends the command with status 1."""


def cache() -> Path:
    """The folder for everything that commands make (the launcher sets the variable)."""
    here = Path(__file__).resolve()
    return Path(os.environ.get("UNIFIED_STORAGE_CACHE") or here.parents[3] / ".cache").resolve()


def default_state(port_base: int) -> Path:
    return cache() / f"cloud-{port_base}"


@dataclass(frozen=True)
class Cloud:
    """One cloud. Saved as `<state>/cloud.json`, which tests read as well."""

    state: Path
    port_base: int
    database: str
    """mariadb or sqlite"""
    services: tuple[str, ...] = SERVICES
    passwords: dict[str, str] = field(default_factory=dict)
    """By user: admin, demo, service"""
    token_cache: int = 2
    """Seconds for which a service believes a token without asking Keystone again"""

    def port(self, service: str) -> int:
        return self.port_base + SERVICES.index(service)

    def url(self, service: str) -> str:
        return f"http://{HOST}:{self.port(service)}"

    def etc(self, name: str) -> Path:
        return self.state / "etc" / name

    def conf(self, service: str) -> Path:
        return self.etc("glance-api.conf" if service == "glance" else f"{service}.conf")

    def log(self, name: str) -> Path:
        return self.state / "log" / f"{name}.log"

    def requests(self, service: str) -> Path:
        return self.state / "log" / f"{service}-requests.jsonl"

    def store(self, backend: str) -> Path:
        return self.state / "cinder" / backend

    @property
    def clouds_yaml(self) -> Path:
        return self.state / "clouds.yaml"

    @property
    def faults(self) -> Path:
        return self.state / "faults.json"

    @property
    def socket(self) -> Path:
        """MariaDB's socket; elsewhere when the state folder's name is too long for one (107 bytes)."""
        path = self.state / "db.sock"
        if len(os.fsencode(path)) <= 100:
            return path
        name = hashlib.sha256(os.fsencode(self.state)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"unified-storage-{os.getuid()}-{name}.sock"

    def save(self) -> None:
        facts = {
            **asdict(self),
            "state": str(self.state),
            "auth_url": f"{self.url('keystone')}/v3",
            "urls": {s: self.url(s) for s in self.services},
            "ports": {s: self.port(s) for s in self.services},
            "clouds_yaml": str(self.clouds_yaml),
            "clouds": {
                "admin": {"username": "admin", "project": "admin"},
                "demo": {"username": "demo", "project": "demo"},
                "alt": {"username": "demo", "project": "alt"},
            },
            "backends": {b: {"host": f"lab@{b}#{b}", "store": str(self.store(b))} for b in VOLUME_BACKENDS},
            "cluster": "lab@gamma",
            "faults": str(self.faults),
            "logs": {s: str(self.log(s)) for s in self.services},
            "requests": {s: str(self.requests(s)) for s in self.services},
        }
        write_atomic(self.state / "cloud.json", json.dumps(facts, indent=2) + "\n", mode=0o600)

    @classmethod
    def load(cls, state: Path) -> Cloud:
        """:raises CloudError: there is no cloud in this folder."""
        try:
            facts = json.loads((state / "cloud.json").read_text())
        except FileNotFoundError:
            raise CloudError(f"there is no cloud in {state} (start one: cloud up)") from None
        return cls(
            state=Path(facts["state"]),
            port_base=facts["port_base"],
            database=facts["database"],
            services=tuple(facts["services"]),
            passwords=facts["passwords"],
            token_cache=facts["token_cache"],
        )


def write_atomic(path: Path, text: str, mode: int = 0o644) -> None:
    """A reader sees the old text or the new one, never a half."""
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(fd, "w") as file:
        file.write(text)
    os.chmod(name, mode)
    os.replace(name, path)
