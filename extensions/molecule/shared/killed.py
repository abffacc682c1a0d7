# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command, and kill it and all that it started once a pattern shows up in a log: killed.py LOG PATTERN COMMAND...

Fails when the command ended before.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path


def main(log: Path, pattern: str, command: list[str]) -> int:
    start = log.stat().st_size
    process = subprocess.Popen(command, start_new_session=True)
    while process.poll() is None:
        with log.open() as lines:
            lines.seek(start)
            seen = re.search(pattern, lines.read())
        if seen:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            print(f"killed after {seen[0]}")
            return 0
        time.sleep(0.05)
    print(f"the command ended with {process.returncode} before {pattern} was seen", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
