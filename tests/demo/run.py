# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`./run demo`: a real Cinder and Manila, three volumes to adopt, a share, and a playbook that runs twice.

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
CACHE = Path(os.environ.get("UNIFIED_STORAGE_CACHE", ROOT / ".cache"))
PORT_BASE = 28600  # the demo's own: nobody's running cloud is thrown away
STARTED = time.monotonic()


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the cloud running")
    parser.add_argument("--port-base", type=int, default=PORT_BASE, help="default: %(default)s")
    options = parser.parse_args()

    here = ["--port-base", str(options.port_base)]
    state = CACHE / f"cloud-{options.port_base}"
    try:
        say("Starting a real Keystone, Glance, Cinder and Manila; the first time this installs them, a few minutes")
        cloud("up", *here, "--fresh", "--services", "keystone,glance,cinder,manila")
        say("Putting three volumes on the storage of back end alpha that Cinder does not know")
        for number in (1, 2, 3):
            cloud("store", *here, "alpha", "add", f"foreign-{number}", "--size", "1")

        say("First run: adopt, extend, describe, protect, snapshot, revert; share, allow, lock")
        first = play(state)
        say("Second run of the same playbook: nothing is left to do")
        second = play(state)
        say(f"The first run changed {first} tasks, the second {second}")
        if not first or second:
            print("demo: expected changes in the first run and none in the second", file=sys.stderr)
            return 1
        if options.keep:
            chosen = " ".join(here)
            say("The cloud runs on. To look around:")
            print(f"    ./run cloud status {chosen}\n    ./run cloud env {chosen}\n    ./run cloud down {chosen}")
        else:
            say("Stopping the cloud; `./run demo --keep` leaves it running to look around")
        return 0
    except subprocess.CalledProcessError as error:
        print(f"demo: failed with exit code {error.returncode}; the services' logs: {state / 'log'}", file=sys.stderr)
        return 1
    finally:
        if not options.keep:
            cloud("down", *here)


def say(text: str) -> None:
    print(f"\n==> [{time.monotonic() - STARTED:.0f} s] {text}", flush=True)


def cloud(*arguments: str) -> None:
    subprocess.run([CLOUD, *arguments], check=True)


def play(state: Path) -> int:
    """Run the playbook and show it; return how many tasks changed something."""
    pool = json.loads((state / "cloud.json").read_text())["backends"]["alpha"]["host"]
    environment = os.environ | {
        "ANSIBLE_NOCOWS": "1",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
        "OS_CLIENT_CONFIG_FILE": str(state / "clouds.yaml"),
    }
    command = ["ansible-playbook", "-e", f"ansible_python_interpreter={sys.executable}", "-e", f"pool={pool}"]
    output = ""
    with subprocess.Popen(
        [*command, HERE / "playbook.yml"], env=environment, text=True, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            output += line
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command[0])
    recap = re.search(r"^localhost .*?changed=(?:\x1b\[[0-9;]*m)?(\d+)", output, re.MULTILINE)
    assert recap, "the playbook printed no recap"
    return int(recap[1])


if __name__ == "__main__":
    sys.exit(main())
