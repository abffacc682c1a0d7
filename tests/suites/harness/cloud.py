# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test cloud as the suites see it: its addresses, logins, stores and faults on demand."""

from __future__ import annotations

import configparser
import contextlib
import copy
import fcntl
import json
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

LAUNCHER = Path(__file__).resolve().parents[2] / "cloud" / "cloud"
GIB = 1024**3


@dataclass(frozen=True)
class Cloud:
    """A running cloud, known by its state folder."""

    state: Path

    @classmethod
    @contextlib.contextmanager
    def running(cls) -> Iterator[Cloud]:
        """The cloud whose state folder UNIFIED_STORAGE_CLOUD_STATE names, else one of our own.

        Our own listens from UNIFIED_STORAGE_PORT_BASE (default 29000) on, and ends with the tests.
        """
        if given := os.environ.get("UNIFIED_STORAGE_CLOUD_STATE"):
            yield cls(Path(given).resolve())
            return
        base = os.environ.get("UNIFIED_STORAGE_PORT_BASE", "29000")
        state = _cache() / f"cloud-{base}"
        chosen = ["--port-base", base]
        subprocess.run([LAUNCHER, "up", *chosen], check=True)
        try:
            yield cls(state)
        finally:
            subprocess.run([LAUNCHER, "down", *chosen], check=True)

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self.state / "cloud.json").read_text())
        return facts

    @property
    def clouds_yaml(self) -> Path:
        return self.state / "clouds.yaml"

    def login(self, name: str) -> dict[str, Any]:
        """The entry of clouds.yaml: auth, region_name, ..."""
        entry: dict[str, Any] = yaml.safe_load(self.clouds_yaml.read_text())["clouds"][name]
        return entry

    def url(self, service: str) -> str:
        url: str = self.facts["urls"][service]
        return url

    def requests(self, service: str = "cinder") -> Path:
        return self.state / "log" / f"{service}-requests.jsonl"

    def sql(self, service: str, statement: str, **values: Any) -> None:
        """Write into a service's database what no driver at hand would: by the service's own libraries."""
        conf = configparser.ConfigParser(interpolation=None)
        conf.read(self.state / "etc" / f"{service}.conf")
        program = (
            "import json, sqlalchemy, sys\n"
            "with sqlalchemy.create_engine(sys.argv[1]).begin() as database:\n"
            "    database.execute(sqlalchemy.text(sys.argv[2]), json.loads(sys.argv[3]))\n"
        )
        python = _cache() / "cloud-venv" / "bin" / "python"
        subprocess.run(
            [python, "-c", program, conf["database"]["connection"], statement, json.dumps(values)], check=True
        )

    # ---- clouds.yaml of a test's own

    def write_config(self, path: Path, name: str = "admin", **changes: Any) -> Path:
        """A clouds.yaml whose one cloud is `name`, changed: a dictionary is merged, None removes.

        Give it to a playbook by its environment's OS_CLIENT_CONFIG_FILE.
        """
        return self.write_configs(path, **{name: {"like": name, **changes}})

    def write_configs(self, path: Path, **clouds: Mapping[str, Any]) -> Path:
        """A clouds.yaml of several: each is the login `like` (default admin), changed as above."""
        entries = {
            name: _merged(self.login(changes.get("like", "admin")), {**changes, "like": None})
            for name, changes in clouds.items()
        }
        path.write_text(yaml.safe_dump({"clouds": entries}))
        path.chmod(0o600)
        return path

    # ---- the storage behind Cinder

    def host(self, backend: str = "alpha") -> str:
        """The pool, as Cinder names it."""
        host: str = self.facts["backends"][backend]["host"]
        return host

    def store(self, backend: str = "alpha") -> Path:
        return Path(self.facts["backends"][backend]["store"])

    def add_foreign(self, name: str, size: float = 1, backend: str = "alpha") -> str:
        """Something on the storage that Cinder does not know (`volume@snapshot`: a snapshot).

        size: GiB. Returns the name, which is its source-name.
        """
        with open(self.store(backend) / name, "xb") as file:
            file.write(f"foreign {name}\n".encode())
            file.truncate(int(size * GIB))
        return name

    def data(self, volume: dict[str, Any], backend: str = "alpha") -> Path:
        """The file behind a volume that never moved: what is in it is the volume's content."""
        return self.store(backend) / f"volume-{volume['id']}"

    def first_line(self, volume: dict[str, Any]) -> bytes:
        """Of that file; of what was foreign, it says who."""
        with self.data(volume).open("rb") as data:
            return data.readline()

    def remove_foreign(self, prefix: str) -> None:
        for backend in self.facts["backends"]:
            for path in self.store(backend).glob(f"*{prefix}*"):
                path.unlink(missing_ok=True)

    # ---- faults on demand

    @contextlib.contextmanager
    def fault(self, verb: str, mode: str = "fail", **options: Any) -> Iterator[None]:
        """The driver fails, refuses or is slow at `verb` while the context is open.

        options: match (a name or id), backend, seconds, times, message.
        """
        own = secrets.token_hex(8)  # what others have asked for stays
        self._change_faults(lambda faults: [*faults, {"id": own, "verb": verb, "mode": mode, **options}])
        try:
            yield
        finally:
            self._change_faults(lambda faults: [fault for fault in faults if fault.get("id") != own])

    def _change_faults(self, change: Callable[[list[Any]], list[Any]]) -> None:
        """Rewrite the file that the driver reads, under the lock that it takes."""
        path = self.state / "faults.json"
        with open(path.with_suffix(".lock"), "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            new = path.with_suffix(".new")
            new.write_text(json.dumps(change(json.loads(path.read_text()))))
            new.replace(path)


def _cache() -> Path:
    return Path(os.environ.get("UNIFIED_STORAGE_CACHE") or LAUNCHER.parents[2] / ".cache").resolve()


def _merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    result = copy.deepcopy(base)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = _merged(result[key], value)
        else:
            result[key] = value
    return result
