# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser without a screen: Debian's Chromium, unpacked below the cache and not installed. No root needed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

PACKAGE = "chromium-headless-shell"
FONT = "fonts-dejavu-core"


class NoBrowserError(Exception):
    """Why there is none, in one sentence."""


def unpacked(cache: Path) -> Path:
    """The folder that has it, made on the first call."""
    root = cache / "browser"
    if (root / "ready").exists():
        return root
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise NoBrowserError("this is no Debian: no apt-get and dpkg")
    shutil.rmtree(root, ignore_errors=True)
    packages = root / "packages"
    packages.mkdir(parents=True)
    for attempt in (1, 2):
        # What is not installed here, with all that it needs
        plan = _run(["apt-get", "install", "--simulate", "--no-install-recommends", PACKAGE, FONT])
        wanted = re.findall(r"^Inst (\S+)", plan.stdout, re.MULTILINE)
        got = _run(["apt-get", "download", "-q", *wanted], packages) if plan.returncode == 0 else plan
        if got.returncode == 0:
            break
        if attempt == 1:
            _run(["apt-get", "update", "-q"])
    else:
        raise NoBrowserError((got.stderr.strip().splitlines() or ["apt-get download failed"])[-1])
    for package in packages.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, root], check=True)
    shutil.rmtree(packages)
    (root / "ready").touch()
    return root


def program(cache: Path) -> tuple[Path, dict[str, str]]:
    """The program and the environment that it needs."""
    root = unpacked(cache)
    installed = shutil.which(PACKAGE)
    path = Path(installed) if installed else root / "usr" / "lib" / "chromium" / PACKAGE
    libraries = [str(folder) for folder in root.glob("usr/lib/*-linux-gnu")]
    libraries += [f"{folder}/pulseaudio" for folder in libraries]
    known = os.environ.get("LD_LIBRARY_PATH")
    return path, {**os.environ, "LD_LIBRARY_PATH": ":".join([*libraries, *([known] if known else [])])}


def _run(command: list[str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
