# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one would write by hand: extend all volumes of a prefix and wait. `bare.py PREFIX SIZE`, login by OS_*.

Prints the seconds that it took after the imports and the login.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from keystoneauth1.adapter import Adapter
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session

THREADS = 8
PAUSE = 0.2
"""Seconds between two looks"""


def main(prefix: str, size: int) -> None:
    names = ("auth_url", "username", "password", "project_name", "user_domain_id", "project_domain_id")
    session = Session(Password(**{name: os.environ[f"OS_{name.upper()}"] for name in names}))
    cinder = Adapter(session, service_type="block-storage", region_name=os.environ["OS_REGION_NAME"])
    cinder.get_token()
    start = time.perf_counter()

    def mine() -> list[dict[str, object]]:
        volumes = cinder.get("/volumes/detail", params={"limit": 1000}).json()["volumes"]
        return [volume for volume in volumes if volume["name"].startswith(prefix)]

    def extend(volume: dict[str, object]) -> None:
        cinder.post(f"/volumes/{volume['id']}/action", json={"os-extend": {"new_size": size}})

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(extend, mine()))
    while pending := [v for v in mine() if (v["status"], v["size"]) != ("available", size)]:
        if any("error" in str(volume["status"]) for volume in pending):
            sys.exit(f"in error: {pending}")
        time.sleep(PAUSE)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
