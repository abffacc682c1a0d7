# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start ansible-playbook from a process that has imported Ansible already.

Of a run with one task, imports and the packing of the module take half of the
processor's time. Here one process imports, and forks itself for every run; the
packed modules are kept beside it. What a run does from then on, it does itself.
"""

from __future__ import annotations

import copy
import json
import marshal
import os
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import traceback
import zipfile
from collections.abc import Mapping, Sequence
from importlib.util import MAGIC_NUMBER, source_hash
from pathlib import Path
from typing import Any

ANSIBLE = Path(sys.executable).with_name("ansible-playbook")
OWN = ("OS_", "RECORDER_", "XDG_", "ZSTACK_")
"""Variables that each run may have for itself: Ansible and Python read none of them when they start"""


class Process:
    """A run of ansible-playbook: what subprocess.Popen is of another program. stdout and stderr go to files."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines = connection.makefile()
        self.pid = int(self._lines.readline())

    def wait(self, timeout: float) -> int:
        """Its exit status, negative for a signal; TimeoutExpired if it has none by then (seconds)."""
        self._connection.settimeout(timeout)
        try:
            return int(self._lines.readline())
        except TimeoutError:
            raise subprocess.TimeoutExpired("ansible-playbook", timeout) from None


class AnsiblePlaybook:
    """Starts runs, in `environ` with changes.

    folder: where the process keeps what is packed; lives as long as the tests.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder, self._environ = folder, dict(environ)
        self._server: subprocess.Popen[bytes] | None = None
        self._address = ""

    def start(
        self, arguments: Sequence[str], cwd: Path, changes: Mapping[str, str | None]
    ) -> Process | subprocess.Popen[bytes]:
        """Its output is in the files stdout and stderr in cwd. changes: None removes a variable."""
        environ = {k: v for k, v in {**self._environ, **changes}.items() if v is not None}
        if all(key.startswith(OWN) for key in changes):
            return self._fork({"arguments": list(arguments), "cwd": str(cwd), "environ": environ})
        with (cwd / "stdout").open("wb") as out, (cwd / "stderr").open("wb") as err:
            # fmt: off
            return subprocess.Popen([str(ANSIBLE), *arguments], cwd=cwd, env=environ, stdin=subprocess.DEVNULL,
                                    stdout=out, stderr=err)
            # fmt: on

    def _fork(self, order: dict[str, Any]) -> Process:
        if not self._address:
            address = str(Path(tempfile.mkdtemp(prefix="warm-")) / "socket")  # short, as addresses must be
            log = self._folder / "warm.log"  # of its own: Ansible refuses what ssh has made of the tests' output
            # fmt: off
            with log.open("wb") as said:
                server = subprocess.Popen([sys.executable, "-P", __file__, address], env=self._environ,
                                          cwd=self._folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                          stderr=said)
            # fmt: on
            assert server.stdout and server.stdout.readline() == b"ready\n", log.read_text()
            self._server, self._address = server, address
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self._address)
        connection.sendall(json.dumps(order).encode() + b"\n")
        return Process(connection)


# ---- the process


class Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    """A process for each connection, which waits for its run and tells how it ended."""

    request_queue_size = 64
    max_children = 1000
    parent = os.getppid()

    def service_actions(self) -> None:
        super().service_actions()
        if os.getppid() != self.parent:  # the tests are over
            shutil.rmtree(Path(str(self.server_address)).parent, ignore_errors=True)
            os._exit(0)


class Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        order = json.loads(self.rfile.readline())
        if not (pid := os.fork()):
            run(**order)
        self.wfile.write(f"{pid}\n".encode())
        self.wfile.write(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n".encode())


def run(arguments: list[str], cwd: str, environ: dict[str, str]) -> None:
    """ansible-playbook, in this process and to its end."""
    from ansible import constants
    from ansible.cli.playbook import PlaybookCLI

    status: Any = 1
    try:
        os.chdir(cwd)
        for name, number in (("stdout", 1), ("stderr", 2)):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644), number)
        os.environ.clear()
        os.environ.update(environ)
        # A folder of its own, as each run has; in it the modules that are packed already. Runs that pack the
        # same one wait for each other, since ansible-core 2.19 also between processes that know nothing of another.
        shared = Path(constants.DEFAULT_LOCAL_TMP) / "ansiballz_cache"
        shared.mkdir(exist_ok=True)
        constants.DEFAULT_LOCAL_TMP = tempfile.mkdtemp(dir=shared.parent)
        (Path(constants.DEFAULT_LOCAL_TMP) / shared.name).symlink_to(shared)
        sys.argv = [str(ANSIBLE), *arguments]
        PlaybookCLI.cli_executor(sys.argv)
    except SystemExit as end:
        status = end.code
    except BaseException:  # noqa: BLE001 (this process must not return to the server's code)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        shutil.rmtree(constants.DEFAULT_LOCAL_TMP, ignore_errors=True)
        os._exit(status or 0)


class WithBytecode(zipfile.ZipFile):
    """Packed modules carry their bytecode beside the source: to compile that anew takes a third of a task's time.

    Another Python than this one does not know it by its magic number, and takes the source.
    """

    def writestr(self, zinfo_or_arcname: Any, data: Any, *args: Any, **kwargs: Any) -> None:
        super().writestr(zinfo_or_arcname, data, *args, **kwargs)
        info = copy.copy(zinfo_or_arcname)
        if isinstance(info, zipfile.ZipInfo) and info.filename.endswith(".py"):
            source = data.encode() if isinstance(data, str) else data
            code = compile(source, f"/{info.filename}", "exec", dont_inherit=True)
            # PEP 552: by the hash of its source, which nobody has to check: it lies beside it
            head = MAGIC_NUMBER + (0b01).to_bytes(4, "little") + source_hash(source)
            info.filename += "c"
            super().writestr(info, head + marshal.dumps(code), *args, **kwargs)


if __name__ == "__main__":
    import ansible.cli.playbook
    import ansible.executor.module_common
    import ansible.executor.playbook_executor
    import ansible.executor.task_queue_manager
    import ansible.plugins.action
    import ansible.plugins.callback
    import ansible.plugins.connection
    import ansible.plugins.strategy
    import ansible.template

    ansible.executor.module_common.zipfile.ZipFile = WithBytecode
    with Server(sys.argv[1], Handler) as server:
        print("ready", flush=True)
        server.serve_forever()
