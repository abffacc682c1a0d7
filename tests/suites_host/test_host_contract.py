# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract of a back end, as tests/suites/test_contract.py states it, on a real host."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable
from typing import Any

import pytest
import test_contract
from backend_call import BackEnd, Refused
from hostlab import Machine
from test_contract import *  # noqa: F403 (the statements)
from volumes import STORAGE

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Backend
from ansible_collections.unified.storage.plugins.module_utils._errors import StorageError

made = test_contract.made


class OnHost(Backend):
    """The host's back end, through a program on the host."""

    name = "host"

    def __init__(self, back_end: BackEnd) -> None:
        self._there = back_end

    def observe(self, kind: str, refs: Any, scope: Any) -> list[dict[str, Any]]:
        return self._there.observe(kind, **scope)

    def query(self, kind: str, query: Any) -> list[dict[str, Any]]:
        raise NotImplementedError

    def perform(self, kind: str, verb: str, ident: str | None, args: Any) -> Any:
        try:
            return self._there.perform(kind, verb, ident, **args)
        except Refused as refused:
            error = StorageError(refused.message, reason=refused.message)
            error.kind = refused.kind
            raise error from None

    def why_not(self, kind: str, verb: str, args: Any) -> str | None:
        try:
            self._there._ask({"why_not": [kind, verb, args], "observe": [kind, {}]})
        except Refused as refused:
            return refused.message
        return None


class Left:
    """What is left of a volume, as a file."""

    def __init__(self, machine: Machine, name: str) -> None:
        self._machine, self._name = machine, name

    def open(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._machine.sh(f"head -c 7 /dev/us0/{self._name}").encode())

    def unlink(self) -> None:
        self._machine.sh(f"lvremove -qq -y us0/{self._name}")


class Storage:
    """In the place of the suites' cloud: what is on the storage without the back end's doing."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def host(self) -> str:
        return f"{self._machine.name}@us0"

    def add_foreign(self, name: str) -> str:
        self._machine.sh(f"lvcreate -qq -y -L 32M -n {name} us0; printf foreign > /dev/us0/{name}; sync")
        return name

    def store(self) -> Storage:
        return self

    def __truediv__(self, name: str) -> Left:
        return Left(self._machine, name)


@pytest.fixture(scope="module")
def cloud(groups: list[str], host1: Machine) -> Storage:
    return Storage(host1)


@pytest.fixture
def rest() -> None:
    """A witness is not needed here: the statements only name it."""


@pytest.fixture
def backend(back_end: BackEnd, cloud: Storage) -> OnHost:
    back_end.storage = STORAGE
    return OnHost(back_end)


@pytest.fixture
def names() -> Callable[[str], str]:
    prefix = f"us-{secrets.token_hex(4)}-"
    return lambda name: prefix + name
