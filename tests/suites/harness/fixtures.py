# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixtures of every suite on the test cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from .cloud import Cloud
from .manila import Manila
from .passes import Case, FourPasses
from .playbook import Playbook
from .requestlog import RequestLog
from .rest import Rest, UniqueNames


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    """The one that UNIFIED_STORAGE_CLOUD_STATE names, else one that lives as long as the tests."""
    with Cloud.running() as running:
        yield running


@pytest.fixture(scope="session")
def rest(cloud: Cloud) -> Rest:
    """The witness, as admin."""
    return Rest(cloud, "admin")


@pytest.fixture(scope="session")
def demo(cloud: Cloud) -> Rest:
    """The witness, as a member."""
    return Rest(cloud, "demo")


@pytest.fixture(scope="session")
def alt(cloud: Cloud) -> Rest:
    """The witness, as the same member in another project."""
    return Rest(cloud, "alt")


@pytest.fixture(scope="session")
def request_log(cloud: Cloud) -> RequestLog:
    """What Cinder was asked."""
    return RequestLog(cloud.requests())


@pytest.fixture(scope="session")
def playbook(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Playbook:
    return Playbook(cloud, tmp_path_factory.mktemp("playbooks"))


@pytest.fixture
def names(rest: Rest) -> Iterator[UniqueNames]:
    """Unique names; what has them is gone after the test."""
    with UniqueNames(rest) as unique:
        yield unique


@pytest.fixture(scope="module")
def module_names(rest: Rest) -> Iterator[UniqueNames]:
    """Unique names; what has them is gone after the file's last test."""
    with UniqueNames(rest) as unique:
        yield unique


def _passes(playbook: Playbook, log: RequestLog, usual: Rest, names: UniqueNames) -> Callable[..., FourPasses]:
    def run(cases: Iterable[Case], witness: Rest = usual, **options: Any) -> FourPasses:
        return FourPasses(playbook, log, witness, names, **options).run(cases)

    return run


@pytest.fixture(scope="module")
def four_passes(
    playbook: Playbook, request_log: RequestLog, rest: Rest, module_names: UniqueNames
) -> Callable[..., FourPasses]:
    """four_passes(cases, cloud="admin", witness=rest) runs them all; then .check(name) for each."""
    return _passes(playbook, request_log, rest, module_names)


# ---- shares


@pytest.fixture(scope="session")
def manila(cloud: Cloud) -> Manila:
    """The witness of shares, as admin."""
    return Manila(cloud, "admin")


@pytest.fixture(scope="session")
def manila_demo(cloud: Cloud) -> Manila:
    """The witness of shares, as a member."""
    return Manila(cloud, "demo")


@pytest.fixture(scope="session")
def share_log(cloud: Cloud) -> RequestLog:
    """What Manila was asked."""
    return RequestLog(cloud.requests("manila"))


@pytest.fixture
def share_names(manila: Manila) -> Iterator[UniqueNames]:
    """Unique names; the shares and all around them that have them are gone after the test."""
    with UniqueNames(manila) as unique:
        yield unique


@pytest.fixture(scope="module")
def module_share_names(manila: Manila) -> Iterator[UniqueNames]:
    """The same, gone after the file's last test."""
    with UniqueNames(manila) as unique:
        yield unique


@pytest.fixture(scope="module")
def share_passes(
    playbook: Playbook, share_log: RequestLog, manila: Manila, module_share_names: UniqueNames
) -> Callable[..., FourPasses]:
    """Like four_passes, with Manila's request log and witness."""
    return _passes(playbook, share_log, manila, module_share_names)
