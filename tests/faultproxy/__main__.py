# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault proxy as a program.

    PYTHONPATH=tests python3 -m faultproxy http://127.0.0.1:8776 --port 9000 \\
        --rules '[{"fault": 503, "method": "GET", "path": "/volumes", "times": 2}]'

While it runs: PUT a list of rules to /__faultproxy__/rules, GET it or
/__faultproxy__/log, DELETE /__faultproxy__/ to forget both. Ends on Ctrl-C or
SIGTERM.
"""

from __future__ import annotations

import argparse
import json
import signal
import threading

from . import FaultProxy, Rule


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="faultproxy", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("target", help="base URL of the service")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--tls", action="store_true", help="listen with a self-signed certificate")
    parser.add_argument("--rules", type=json.loads, default=[], help="rules, a JSON list")
    args = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    rules = [Rule(**r) for r in args.rules]
    with FaultProxy(args.target, tls=args.tls, port=args.port, rules=rules) as proxy:
        print(proxy.url, flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
