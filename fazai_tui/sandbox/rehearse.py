"""Run a program on a throw-away copy of the machine, and tell what it would have changed.

Run by path, never imported by the program: `python -IS rehearse.py SPECIFICATION`, where the specification is JSON:
`stage` (an empty directory), `argv`, `cwd`, `masked`, `size` (bytes of changes), `seconds`, `output` (bytes).
Every file system is seen through an overlay whose changes lie in memory; there is no network, no socket of a service,
no device, and no process but those that are started here. Prints one JSON object; status 125 when it cannot be had.
"""

import ctypes
import json
import os
import selectors
import signal
import stat
import struct
import sys
import time
from collections.abc import Iterator
from typing import Any

_LIBC = ctypes.CDLL(None, use_errno=True)

# include/uapi/linux: sched.h, mount.h
_NEWNS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = 0x20000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
_RDONLY, _NOSUID, _NODEV, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_SOCKET_CALL = {"x86_64": (41, 0xC000003E), "aarch64": (198, 0xC00000B7)}
_DETACH = 2
_REAL = frozenset("ext2 ext3 ext4 xfs btrfs zfs f2fs bcachefs tmpfs overlay vfat".split())
_SHOWN_DEVICES = ("null", "zero", "full", "random", "urandom")
_KEPT = 0b11011011
"""CHOWN, DAC_OVERRIDE, FOWNER, FSETID, SETGID, SETUID: what installing files takes, and no way out."""
_MOST_CHANGES = 2000


def main(specification: str) -> int:
    """Rehearse; return a status."""
    plan = json.loads(specification)
    try:
        _enter(plan)
    except OSError as error:
        sys.stderr.write(f"rehearse: {error.filename or ''} {error.strerror or error}\n")
        return 125
    # The first child is the first process of its own process namespace: with it everything in it ends.
    child = os.fork()
    if child == 0:
        os._exit(_inside(plan))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _check(result: int, what: str) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), what)
    return result


def _mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    texts = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    _check(_LIBC.mount(texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3]), target)


def _enter(plan: dict[str, Any]) -> None:
    """Enter namespaces of one's own and build the machine's copy."""
    user, group = os.getuid(), os.getgid()
    flags = _NEWNS | _NEWIPC | _NEWPID | _NEWNET | (_NEWUSER if user else 0)
    _check(_LIBC.unshare(flags), "unshare")
    if user:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    _mount("none", "/", None, _REC | _PRIVATE)
    stage = plan["stage"]
    places = _top_places() if user else _places(stage)
    _mount("tmpfs", stage, "tmpfs", _NOSUID | _NODEV, f"mode=0700,size={plan['size']}")
    root = f"{stage}/root"
    os.mkdir(root)
    if user:
        # Of the layers none is the root itself, and only a mount can become the root.
        _mount(root, root, None, _BIND)
    layers: list[tuple[str, str]] = []
    plan["layers"] = layers
    extra = ",userxattr" if user else ",index=off,redirect_dir=off,metacopy=off"
    for number, place in enumerate(places):
        upper, work = f"{stage}/upper{number}", f"{stage}/work{number}"
        os.mkdir(upper)
        os.mkdir(work)
        facts = os.stat(place)
        # A layer of the user's own must not give rights that the directory below does not.
        rights = sum(right for right in (os.R_OK, os.W_OK, os.X_OK) if os.access(place, right))
        os.chmod(
            upper, (stat.S_IMODE(facts.st_mode) & 0o7000) | rights * 0o111 if user else stat.S_IMODE(facts.st_mode)
        )
        if not user:
            os.chown(upper, facts.st_uid, facts.st_gid)
        os.makedirs(root + place, exist_ok=True)
        options = f"lowerdir={_escaped(place)},upperdir={upper},workdir={work}{extra}"
        try:
            _mount("overlay", root + place.rstrip("/"), "overlay", _NODEV | (_NOSUID if user else 0), options)
        except OSError:
            if place == "/":
                raise
            # What cannot be laid over is seen, and cannot be written.
            _mount(place, root + place, None, _BIND | _REC)
            _mount("none", root + place, None, _BIND | _REMOUNT | _RDONLY | _NODEV | _NOSUID)
            continue
        layers.append((place, upper))
    _furnish(root, plan)


def _top_places() -> list[str]:
    """Return the directories of the root: for a user, the root with its mounts cannot be laid over as a whole."""
    hidden = ("proc", "sys", "dev", "run")
    with os.scandir("/") as found:
        return sorted(item.path for item in found if item.is_dir(follow_symlinks=False) and item.name not in hidden)


def _places(stage: str) -> list[str]:
    """Return where real file systems are mounted, the outer before the inner."""
    found = {"/"}
    with open("/proc/self/mountinfo") as mounts:
        for line in mounts:
            before, _, after = line.partition(" - ")
            place = before.split()[4].encode().decode("unicode_escape")
            hidden = ("/proc", "/sys", "/dev", "/run", stage)
            if after.split()[0] in _REAL and not any(place == top or place.startswith(f"{top}/") for top in hidden):
                if os.path.isdir(place):
                    found.add(place)
    return sorted(found)


def _escaped(path: str) -> str:
    return path.replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")


def _furnish(root: str, plan: dict[str, Any]) -> None:
    """Give the copy its devices and hide what leads out: sockets of services, secrets."""
    for name in ("dev", "run", "proc", "sys"):
        os.makedirs(f"{root}/{name}", exist_ok=True)
    with os.scandir("/") as found:
        for item in found:
            if item.is_symlink() and not os.path.lexists(root + item.path):
                os.symlink(os.readlink(item.path), root + item.path)
    _mount("tmpfs", f"{root}/dev", "tmpfs", _NOSUID, "mode=755,size=64k")
    for name in _SHOWN_DEVICES:
        os.close(os.open(f"{root}/dev/{name}", os.O_CREAT | os.O_WRONLY, 0o666))
        _mount(f"/dev/{name}", f"{root}/dev/{name}", None, _BIND)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"{root}/dev/{name}")
    os.symlink("/proc/self/fd", f"{root}/dev/fd")
    os.mkdir(f"{root}/dev/shm", 0o1777)
    _mount("tmpfs", f"{root}/dev/shm", "tmpfs", _NOSUID | _NODEV, "mode=1777,size=64m")
    _mount("tmpfs", f"{root}/run", "tmpfs", _NOSUID | _NODEV, "mode=755,size=16m")
    os.mkdir(f"{root}/run/lock", 0o1777)
    for path in plan["masked"]:
        if os.path.isdir(root + path):
            _mount("tmpfs", root + path, "tmpfs", _RDONLY | _NOSUID | _NODEV, "mode=000,size=4k")
        elif os.path.lexists(root + path):
            _mount(f"{root}/dev/null", root + path, None, _BIND)


def _inside(plan: dict[str, Any]) -> int:
    """Finish the copy as its first process, run the program in it, and print what came of it."""
    root = f"{plan['stage']}/root"
    try:
        _mount("proc", f"{root}/proc", "proc", _NOSUID | _NODEV)
        # What stands in /proc/sys is the whole machine's, and root writes it without any capability.
        _mount("none", f"{root}/proc", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)
    except OSError as error:
        os.write(2, f"rehearse: {error.filename} {error.strerror}\n".encode())
        return 125
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os._exit(_become(plan, root, writer))
    os.close(writer)
    output, is_cut, is_late = _collect(reader, child, plan)
    status = _reap(child)
    changes = [change for place, upper in plan["layers"] for change in _changes(place, upper)]
    sys.stdout.write(
        json.dumps(
            {
                "status": status,
                "output": output.decode(errors="replace"),
                "is_cut": is_cut,
                "is_late": is_late,
                "changes": changes[:_MOST_CHANGES],
                "left_out": max(0, len(changes) - _MOST_CHANGES),
            }
        )
    )
    sys.stdout.flush()
    return 0


def _become(plan: dict[str, Any], root: str, writer: int) -> int:
    """Step into the copy for good, give up what leads out, and become the program."""
    try:
        os.setsid()
        # The first process keeps its own view, to read the layers afterwards.
        _check(_LIBC.unshare(_NEWNS), "unshare")
        _mount("none", "/", None, _REC | _PRIVATE)
        os.chdir(root)
        machine = os.uname().machine
        _check(int(_LIBC.syscall(_PIVOT_ROOT[machine], b".", b".")), "pivot_root")
        _check(_LIBC.umount2(b".", _DETACH), "umount")
        os.chdir("/")
        os.chdir(plan["cwd"])
        nothing = os.open("/dev/null", os.O_RDONLY)
        for source, target in ((nothing, 0), (writer, 1), (writer, 2)):
            os.dup2(source, target)
        os.closerange(3, 256)
        if os.getuid():
            _check(_LIBC.prctl(38, 1, 0, 0, 0), "prctl")
        _refuse_sockets(machine)
        _drop_capabilities()
        os.execvp(plan["argv"][0], plan["argv"])
    except (OSError, KeyError) as error:
        os.write(2, f"rehearse: {error}\n".encode())
    return 126


def _refuse_sockets(machine: str) -> None:
    """Refuse sockets of the file system: they lead to services, which would do outside what is asked inside."""
    socket, architecture = _SOCKET_CALL[machine]
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    program = [
        (load, 0, 0, 4),
        (equal, 1, 0, architecture),
        (give, 0, 0, 0x00050000 | 13),
        (load, 0, 0, 0),
        (at_least, 4, 0, 0x40000000),
        (equal, 3, 0, 425),
        (equal, 0, 3, socket),
        (load, 0, 0, 16),
        (equal, 0, 1, 1),
        (give, 0, 0, 0x00050000 | 13),
        (give, 0, 0, 0x7FFF0000),
    ]
    code = b"".join(struct.pack("HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer))
    _check(_LIBC.prctl(22, 2, head, 0, 0), "seccomp")


def _drop_capabilities() -> None:
    """Keep what installing files takes, and nothing for a user who has nothing of it."""
    kept = 0 if os.getuid() else _KEPT
    for capability in range(64):
        if not kept >> capability & 1 and _LIBC.prctl(24, capability, 0, 0, 0) < 0:
            break
    sets = struct.pack("III", kept, kept, 0) + bytes(12)
    _check(_LIBC.capset(struct.pack("Ii", 0x20080522, 0), sets), "capset")


def _collect(reader: int, child: int, plan: dict[str, Any]) -> tuple[bytes, bool, bool]:
    """Return what the program printed, whether that was too much, and whether it took too long."""
    kept, is_cut = bytearray(), False
    end = time.monotonic() + plan["seconds"]
    with selectors.DefaultSelector() as selector:
        selector.register(reader, selectors.EVENT_READ)
        while (left := end - time.monotonic()) > 0:
            if not selector.select(min(left, 0.2)):
                if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                    return bytes(kept), is_cut, False
                continue
            chunk = os.read(reader, 65536)
            if not chunk:
                return bytes(kept), is_cut, False
            is_cut = is_cut or len(kept) + len(chunk) > plan["output"]
            kept += chunk[: max(0, plan["output"] - len(kept))]
    return bytes(kept), is_cut, True


def _reap(child: int) -> int:
    """End everything that is left and return the program's status."""
    if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        time.sleep(0.05)
    status = 137
    done, code = os.waitpid(child, os.WNOHANG)
    if not done:
        os.kill(child, signal.SIGKILL)
        _, code = os.waitpid(child, 0)
    status = os.waitstatus_to_exitcode(code)
    # From the first process of the namespace this means every other one in it.
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        pass
    return status if status >= 0 else 128 - status


def _changes(place: str, upper: str) -> Iterator[dict[str, Any]]:
    """Yield what an overlay's own layer holds: what was added, changed or deleted."""
    for folder, folders, files in os.walk(upper):
        inside = os.path.relpath(folder, upper)
        folders.sort()
        for name in sorted((*folders, *files)):
            path = os.path.join(folder, name)
            real = os.path.normpath(os.path.join(place, inside, name))
            if (kind := _kind(path, real)) is not None:
                size = os.lstat(path).st_size if kind != "delete" and os.path.isfile(path) else 0
                yield {"path": real, "kind": kind, "size": size}
                if _is_opaque(path):
                    yield {"path": f"{real}/*", "kind": "delete", "size": 0}


def _kind(path: str, real: str) -> str | None:
    facts = os.lstat(path)
    if stat.S_ISCHR(facts.st_mode) and facts.st_rdev == 0:
        return "delete"
    try:
        old = os.lstat(real)
    except OSError:
        return "add"
    same_rights = (facts.st_mode, facts.st_uid, facts.st_gid) == (old.st_mode, old.st_uid, old.st_gid)
    if stat.S_ISDIR(facts.st_mode) and stat.S_ISDIR(old.st_mode):
        return None if same_rights and not _is_opaque(path) else "update"
    if same_rights and (facts.st_size, facts.st_mtime_ns) == (old.st_size, old.st_mtime_ns):
        return None
    return "update"


def _is_opaque(path: str) -> bool:
    for name in ("trusted.overlay.opaque", "user.overlay.opaque"):
        try:
            if os.getxattr(path, name, follow_symlinks=False) == b"y":
                return True
        except OSError:
            pass
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
