# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The back end by itself, on a real host: what the engine would ask of it, and a kill before any of its writes.

A small program on the host (REMOTE) takes requests, one JSON line each, and does each in a process of its own.
"""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from collections.abc import Mapping
from typing import Any

from hostlab import ROOT, Machine

FOLDER = "/var/tmp/unified.storage-back-end"
UTILS = "plugins/module_utils"

REMOTE = """
import json, os, sys
sys.dont_write_bytecode = True
sys.path.insert(0, "{folder}")
from ansible_collections.unified.storage.plugins.module_utils._errors import StorageError
from ansible_collections.unified.storage.plugins.module_utils._host.backend import Host

def work(request):
    os.environ["UNIFIED_STORAGE_HOST_LOG"] = "{folder}/log"
    os.environ["UNIFIED_STORAGE_HOST_KILL"] = str(request.get("kill") or 0)
    try:
        host = Host({{"host_storage": request["storage"]}})
        why = host.why_not(*request["why_not"]) if "why_not" in request else None
        if why is not None:
            return {{"error": "unsupported", "message": why}}
        if "observe" in request:
            return {{"answer": host.observe(request["observe"][0], None, request["observe"][1])}}
        return {{"answer": host.perform(*request["perform"])}}
    except StorageError as exc:
        return {{"error": exc.kind, "message": exc.message, "changed": exc.changed}}

for line in sys.stdin:
    open("{folder}/log", "w").close()
    inlet, outlet = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(outlet, json.dumps(work(json.loads(line))).encode())
        except BaseException as exc:
            os.write(outlet, json.dumps({{"error": "crash", "message": repr(exc)}}).encode())
        os._exit(0)
    os.close(outlet)
    said = b""
    while True:
        part = os.read(inlet, 65536)
        if not part:
            break
        said += part
    os.close(inlet)
    status = os.waitpid(child, 0)[1]
    log = [json.loads(entry) for entry in open("{folder}/log")]
    print(json.dumps({{**(json.loads(said) if said else {{"killed": status}}), "log": log}}), flush=True)
"""


class Refused(Exception):
    """The back end raised. kind: not_found, conflict ... changed: after it had changed something."""

    def __init__(self, kind: str, message: str, changed: bool = False) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind, self.message, self.changed = kind, message, changed


class Killed(Exception):
    """The process was killed, as was asked."""


class BackEnd:
    """perform(kind, verb, ident, key=value ...) and observe(kind, scope ...) on a host."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.storage: dict[str, Any] = {}
        self.log: list[dict[str, Any]] = []
        """The commands of the last request"""
        self._process: subprocess.Popen[bytes] | None = None

    def _start(self) -> subprocess.Popen[bytes]:
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for name in ("_host", "_api", "_errors.py"):
                tar.add(
                    ROOT / UTILS / name,
                    f"ansible_collections/unified/storage/{UTILS}/{name}",
                    filter=lambda info: None if "__pycache__" in info.name else info,
                )
        done = self.machine.run(f"mkdir -p {FOLDER} && tar x -C {FOLDER}", archive.getvalue())
        assert done.returncode == 0, done.stderr.decode()
        self.machine.run(f"cat > {FOLDER}/remote.py", REMOTE.format(folder=FOLDER).encode())
        return self.machine.start(f"exec python3 -u {FOLDER}/remote.py")

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _ask(self, request: Mapping[str, Any]) -> Any:
        if self._process is None:
            self._process = self._start()
        inlet, outlet = self._process.stdin, self._process.stdout
        assert inlet is not None and outlet is not None
        inlet.write(json.dumps({"storage": self.storage, **request}).encode() + b"\n")
        inlet.flush()
        line = outlet.readline()
        assert line, "the program on the host has ended"
        answer = json.loads(line)
        self.log = answer["log"]
        if "killed" in answer:
            assert request.get("kill"), f"it ended by itself with status {answer['killed']}"
            raise Killed
        assert answer.get("error") != "crash", answer["message"]
        if "error" in answer:
            raise Refused(answer["error"], answer["message"], answer.get("changed", False))
        return answer["answer"]

    @property
    def writes(self) -> list[list[str]]:
        return [entry["argv"] for entry in self.log if entry["writes"]]

    def perform(self, kind: str, verb: str, ident: str | None = None, *, kill: int = 0, **args: Any) -> Any:
        """As a step of a plan does. :raises Refused: it was. :raises Killed: before its kill-th write."""
        return self._ask({"why_not": [kind, verb, args], "perform": [kind, verb, ident, args], "kill": kill})

    def observe(self, kind: str, **scope: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask({"observe": [kind, scope]})
        assert not self.writes, "observing wrote"
        return found

    def one(self, kind: str, ident: str, **scope: Any) -> dict[str, Any] | None:
        return next((found for found in self.observe(kind, **scope) if found["id"] == ident), None)

    def settle(self, kind: str, ident: str, **scope: Any) -> dict[str, Any] | None:
        """What the next run does first: it goes on where a killed one was."""
        found = self.one(kind, ident, **scope)
        if found and found.get("unfinished"):
            self.perform(kind, "resume", ident)
            found = self.one(kind, ident, **scope)
        return found
