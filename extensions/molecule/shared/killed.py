# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command, and kill it and all that it started once a pattern shows up in a log: killed.py LOG PATTERN COMMAND...

The log - is what the command itself says. Fails when the command ended before.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests" / "suites"))

from harness.processes import kill_tree


def main(name: str, pattern: str, command: list[str]) -> int:
    with tempfile.NamedTemporaryFile() as said:
        log = Path(said.name if name == "-" else name)
        start = log.stat().st_size
        process = subprocess.Popen(command, stdout=said if name == "-" else None)
        if watch(process, log, start, pattern):
            return 0
        print(f"the command ended with {process.returncode} before {pattern} was seen", file=sys.stderr)
        print(Path(said.name).read_text())
        return 1


def watch(process: subprocess.Popen[bytes], log: Path, start: int, pattern: str) -> bool:
    """Kill it when it is time; False when it ends before."""
    while process.poll() is None:
        with log.open() as lines:
            lines.seek(start)
            seen = re.search(pattern, lines.read())
        if seen:
            print(f"killed {kill_tree(process.pid)} processes after {seen[0]}")
            process.wait()
            return True
        time.sleep(0.05)
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
