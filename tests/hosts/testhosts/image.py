# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The root image of the hosts: a Debian 12, made once and kept in the cache."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import time
from pathlib import Path

from .layout import MOST, NETWORK, CannotRun, Host, LabError, cache, say

SUITE = "bookworm"
KERNEL = "linux.uml"
MODULES = Path("/usr/lib/uml/modules")

#: program to the Debian package that has it
TOOLS = {
    KERNEL: "user-mode-linux",
    "mmdebstrap": "mmdebstrap",
    "mke2fs": "e2fsprogs",
    "ip": "iproute2",
    "nc": "netcat-openbsd",
    "ssh": "openssh-client",
    "depmod": "kmod",
}

#: what the hosts have
PACKAGES = (
    *("systemd-sysv", "udev", "dbus", "kmod", "iproute2", "procps", "netbase", "openssh-server", "python3"),
    *("lvm2", "thin-provisioning-tools", "e2fsprogs", "xfsprogs", "nfs-kernel-server", "nfs-common", "rpcbind"),
)

#: what the hosts can install, from a source of their own: one that is to be removed first, and what Ansible's apt needs
OFFERED = ("thin-provisioning-tools", "python3-apt", "python-apt-common", "distro-info-data")
OFFER = "var/local/packages"

ENABLED = ("systemd-networkd", "ssh", "rpcbind", "nfs-server")
#: units without use here, each of which costs time at the start
MASKED = """
apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer
systemd-tmpfiles-clean.timer systemd-networkd-wait-online.service systemd-timesyncd.service systemd-firstboot.service
systemd-udev-settle.service systemd-binfmt.service systemd-update-utmp.service systemd-update-utmp-runlevel.service
systemd-logind.service systemd-pstore.service systemd-random-seed.service nfs-blkmap.service rpc-statd-notify.service
getty@tty0.service getty@tty1.service serial-getty@tty0.service serial-getty@ttyS0.service kmod-static-nodes.service
modprobe@configfs.service modprobe@dm_mod.service modprobe@drm.service modprobe@efi_pstore.service
modprobe@fuse.service modprobe@loop.service lvm2-monitor.service systemd-journal-flush.service
systemd-network-generator.service
sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount
""".split()  # noqa: SIM905 - shorter so

#: what is written into the image, by path
FILES = {
    "etc/hostname": "host\n",
    "etc/hosts": "127.0.0.1 localhost\n" + "".join(f"{NETWORK}.{i + 1} host{i}\n" for i in range(1, MOST + 1)),
    # No name server: exportfs would wait for one.
    "etc/resolv.conf": "",
    "etc/fstab": "",
    "etc/apt/sources.list": f"deb [trusted=yes] file:/{OFFER} ./\n",
    "etc/machine-id": "uninitialized\n",
    "etc/systemd/journald.conf.d/lab.conf": "[Journal]\nStorage=volatile\n",
    "etc/modules-load.d/lab.conf": "dm_mod\ndm_snapshot\ndm_thin_pool\nnfsd\n",
    "etc/ssh/sshd_config.d/lab.conf": "PermitRootLogin prohibit-password\nUseDNS no\nUsePAM no\n"
    "HostKey /etc/ssh/ssh_host_ed25519_key\n",
    "etc/systemd/system/systemd-udev-trigger.service.d/lab.conf": "[Service]\nExecStart=\nExecStart=-udevadm trigger "
    "--type=devices --action=add --subsystem-match=block --subsystem-match=net --subsystem-match=misc\n",
    **{
        f"etc/systemd/network/10-{host.name}.network": f"[Match]\nMACAddress={host.mac}\n"
        f"[Network]\nAddress={host.address}/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n"
        for host in (Host(f"host{i}", i + 1) for i in range(1, MOST + 1))
    },
}
REMOVED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt/archives", "var/lib/apt/lists")


def need_tools() -> None:
    """Install what is missing.

    :raises CannotRun: it cannot be had here.
    """
    if os.geteuid() != 0:
        raise CannotRun("the test hosts need root (a network namespace and a bridge)")
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [package for tool, package in TOOLS.items() if not shutil.which(tool, path=path)]
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise CannotRun(f"the test hosts need the Debian packages {', '.join(missing)}, and there is no apt-get")
    say(f"installing {', '.join(missing)}")
    install = ["apt-get", "install", "-qq", "--yes", "--no-install-recommends", *missing]
    for command in (install, ["apt-get", "update", "-qq"], install):
        done = subprocess.run(
            command,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode == 0 and command is install:
            return
    why = (done.stderr.strip().splitlines() or ["apt-get failed"])[-1]
    raise CannotRun(f"the test hosts need the Debian packages {', '.join(missing)}, not to be had here: {why}")


def image() -> Path:
    """The folder with `root.img` and the key to log in with (`id_ed25519`), made when it is not there."""
    made_from = hashlib.sha256(Path(__file__).read_bytes() + b"".join(kernels())).hexdigest()[:12]
    folder = cache() / f"hosts-image-{made_from}"
    cache().mkdir(parents=True, exist_ok=True)
    with open(cache() / "hosts-image.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two labs at once: the second waits, and finds it made
        if not (folder / "root.img").exists():
            begun = time.monotonic()
            say("making the hosts' image (once; about half a minute)")
            make(folder)
            say(f"image made in {time.monotonic() - begun:.0f} s")
    return folder


def kernels() -> list[bytes]:
    return [os.fsencode(path.name) for path in sorted(MODULES.glob("*"))]


def make(folder: Path) -> None:
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    root = part / "root"
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(part / "id_ed25519")])
    load = f"APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq download {' '.join(OFFERED)}"
    # fmt: off
    run(["mmdebstrap", "--quiet", "--mode=root", "--variant=apt", f"--include={','.join(PACKAGES)}",
         *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("man", "doc", "locale")),
         '--aptopt=Acquire::Languages "none"', '--aptopt=APT::Install-Recommends "false"',
         f'--customize-hook=mkdir "$1/{OFFER}"; cd "$1/{OFFER}"; {load}',
         SUITE, str(root), *sources()])
    # fmt: on
    offer(root)
    furnish(root, (part / "id_ed25519.pub").read_text())
    # No journal: what a host does not sync is lost with its power, as it should be, but the root stays readable.
    run(["mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", str(root), str(part / "root.img"), "2G"])
    shutil.rmtree(root)
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def sources() -> list[str]:
    """This machine's own package sources where they are of the same Debian: they work here."""
    apt = Path("/etc/apt")
    found = [*apt.glob("sources.list"), *apt.glob("sources.list.d/*.list"), *apt.glob("sources.list.d/*.sources")]
    return [str(path) for path in found if SUITE in path.read_text(errors="replace")]


def offer(root: Path) -> None:
    """Make a source of packages of those that were loaded, the only one that the hosts have."""
    index = []
    for package in sorted((root / OFFER).glob("*.deb")):
        index += [run(["dpkg-deb", "--field", str(package)]).strip(), f"Filename: ./{package.name}"]
        index += [f"Size: {package.stat().st_size}", f"SHA256: {hashlib.sha256(package.read_bytes()).hexdigest()}", ""]
    (root / OFFER / "Packages").write_text("\n".join(index))
    for other in (root / "etc/apt/sources.list.d").glob("*"):
        other.unlink()


def furnish(root: Path, key: str) -> None:
    """Turn a plain Debian into a host of the lab."""
    for name, text in {**FILES, "root/.ssh/authorized_keys": key}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        path.write_text(text)
    (root / "root/.ssh").chmod(0o700)
    run(["chroot", str(root), "systemctl", "--quiet", "enable", *ENABLED])
    run(["chroot", str(root), "systemctl", "--quiet", "mask", *MASKED])
    for kernel in MODULES.glob("*"):
        shutil.copytree(kernel, root / "lib/modules" / kernel.name, symlinks=True, dirs_exist_ok=True)
        run(["depmod", "--basedir", str(root), kernel.name])
    for name in REMOVED:
        for path in (root / name).glob("*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def run(command: list[str]) -> str:
    """What a command says. :raises LabError: it fails."""
    # The system's own first: mmdebstrap has helpers that run whatever python3 comes first.
    path = "/usr/sbin:/usr/bin:/sbin:/bin:" + os.environ.get("PATH", "")
    environment = {**os.environ, "PATH": path, "LC_ALL": "C"}
    done = subprocess.run(
        command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment
    )
    if done.returncode:
        last = "\n".join((done.stderr or done.stdout).strip().splitlines()[-10:])
        raise LabError(f"{command[0]} failed with status {done.returncode}\n{last}")
    return done.stdout
