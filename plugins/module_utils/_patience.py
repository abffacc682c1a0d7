# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""How long and how often a request is tried again."""

from __future__ import annotations

import random
import time
import typing as t

#: A request is tried so often, with pauses from FIRST_PAUSE on that double.
TRIES = 6
FIRST_PAUSE = 0.5


class Patience:
    """Growing pauses between the tries of one request. seconds: for how long it may be tried."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._pause = FIRST_PAUSE
        self._left = TRIES

    def rest(self, asked: t.Optional[float] = None) -> bool:
        """Wait before the next try; False, at once, when there is none left.

        asked: the seconds that the server asked for, if it did.
        """
        pause = asked if asked is not None else self._pause * random.uniform(0.8, 1.2)  # noqa: S311 (no secret: it spreads clients)
        self._pause *= 2
        self._left -= 1
        if not self._left or time.monotonic() + pause > self._end:
            return False
        time.sleep(pause)
        return True
