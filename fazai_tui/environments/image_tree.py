"""A directory with another system in it, seen as a root of its own: every change goes to a layer in memory."""

import contextlib
import os
import stat
from collections.abc import Sequence

from fazai_tui.jail import kernel, overlay

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_QUIET = kernel.NO_SUID | kernel.NO_DEVICES


def build(image: str, *, size: int, masked: Sequence[str], is_user: bool) -> None:
    """Build the root at `overlay.ROOT`, in a mount namespace of one's own.

    Args:
        image: The directory.
        size: Bytes that all changes together may take.
        masked: Files and directories of this machine that cannot be read, where they are in it.
        is_user: Whether the mount namespace is a user's own.

    Raises:
        OSError: There is no overlay to be had.
    """
    lower = os.open(image, os.O_RDONLY | os.O_DIRECTORY)
    kernel.mount("tmpfs", overlay.STAGE, "tmpfs", _QUIET, f"mode=0711,size={size}")
    for name in ("root", "upper", "work"):
        os.mkdir(f"{overlay.STAGE}/{name}")
    facts = os.fstat(lower)
    os.chmod(f"{overlay.STAGE}/upper", stat.S_IMODE(facts.st_mode))
    how = "userxattr" if is_user else "index=off,redirect_dir=off,metacopy=off"
    # By its open file, a path may hold what separates options.
    options = f"lowerdir=/proc/self/fd/{lower},upperdir={overlay.STAGE}/upper,workdir={overlay.STAGE}/work,{how}"
    flags = kernel.NO_DEVICES | (kernel.NO_SUID if is_user else 0)
    kernel.mount("overlay", overlay.ROOT, "overlay", flags, options)
    os.close(lower)
    _furnish(overlay.ROOT)
    within = os.path.realpath(image).rstrip("/") + "/"
    for path in masked:
        if path.startswith(within):
            kernel.mask(f"{overlay.ROOT}/{path[len(within) :]}", f"{overlay.ROOT}/dev/null")


def _furnish(root: str) -> None:
    """Give it devices, terminals and places for what runs; an image's own links lead nowhere else meanwhile."""
    for name in ("dev", "run", "proc", "sys", "tmp"):
        if os.path.islink(f"{root}/{name}"):
            os.unlink(f"{root}/{name}")
        os.makedirs(f"{root}/{name}", exist_ok=True)
    with contextlib.suppress(OSError):
        # What another user owns stays as it is.
        os.chmod(f"{root}/tmp", 0o1777)
    kernel.mount("tmpfs", f"{root}/dev", "tmpfs", kernel.NO_SUID, "mode=755,size=64k")
    for name in _DEVICES:
        os.close(os.open(f"{root}/dev/{name}", os.O_CREAT | os.O_WRONLY, 0o666))
        kernel.mount(f"/dev/{name}", f"{root}/dev/{name}", None, kernel.BIND)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"{root}/dev/{name}")
    os.symlink("/proc/self/fd", f"{root}/dev/fd")
    os.mkdir(f"{root}/dev/shm", 0o1777)
    kernel.mount("tmpfs", f"{root}/dev/shm", "tmpfs", _QUIET, "mode=1777,size=64m")
    os.mkdir(f"{root}/dev/pts")
    kernel.mount("devpts", f"{root}/dev/pts", "devpts", kernel.NO_SUID, "newinstance,ptmxmode=0666,mode=620")
    os.symlink("pts/ptmx", f"{root}/dev/ptmx")
    kernel.mount("tmpfs", f"{root}/run", "tmpfs", _QUIET, "mode=755,size=16m")
