"""The state of one path: what it is, whose, and a digest of its content."""

import base64
import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["absent", "file", "dir", "link", "special"]

_CHUNK = 1024 * 1024


class Entry(BaseModel):
    """A path as it was.

    Attributes:
        digest: SHA-256 of the content; empty where it was not read.
        link: What a symbolic link points to.
        blob: The name of the kept content; empty where none is kept.
        attributes: Extended attributes, in base 64.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    kind: Kind = "absent"
    mode: int = 0
    uid: int = 0
    gid: int = 0
    size: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0
    inode: int = 0
    digest: str = ""
    link: str = ""
    blob: str = ""
    attributes: dict[str, str] = {}

    def is_untouched(self, now: "Entry") -> bool:
        """Tell whether nothing at all was done to the path, by what the kernel notes of every change."""
        facts = ("kind", "inode", "ctime_ns", "size", "mtime_ns")
        return all(getattr(self, name) == getattr(now, name) for name in facts)

    def is_same(self, other: "Entry") -> bool:
        """Tell whether two states are the same to whoever uses the file; a file's time of change does not count."""
        if self.kind != other.kind:
            return False
        if self.kind == "absent":
            return True
        if self.kind == "link":
            return self.link == other.link
        if (self.mode, self.uid, self.gid) != (other.mode, other.uid, other.gid):
            return False
        if self.kind != "file":
            return True
        if self.digest and other.digest:
            return self.digest == other.digest
        return (self.size, self.mtime_ns) == (other.size, other.mtime_ns)


def look(path: str, *, reads: bool = False) -> Entry:
    """Return the state of a path.

    Args:
        path: Absolute.
        reads: Whether to read a file's content for its digest.

    Raises:
        OSError: It cannot be looked at, or read.
    """
    try:
        facts = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return Entry(path=path)
    kind = _kind(facts.st_mode)
    digest = digest_of(path) if reads and kind == "file" else ""
    return Entry(
        path=path,
        kind=kind,
        mode=stat.S_IMODE(facts.st_mode),
        uid=facts.st_uid,
        gid=facts.st_gid,
        size=facts.st_size,
        mtime_ns=facts.st_mtime_ns,
        ctime_ns=facts.st_ctime_ns,
        inode=facts.st_ino,
        digest=digest,
        link=os.readlink(path) if kind == "link" else "",
        attributes=_attributes(path) if kind in ("file", "dir") else {},
    )


def below(path: str) -> Iterator[str]:
    """Return everything in a directory, the outer before the inner; links are not followed."""
    pending = [path]
    while pending:
        folder = pending.pop()
        with os.scandir(folder) as found:
            for item in found:
                yield item.path
                if item.is_dir(follow_symlinks=False):
                    pending.append(item.path)


def digest_of(path: str) -> str:
    """Return the SHA-256 of a file's content.

    Raises:
        OSError: It cannot be read.
    """
    digest = hashlib.sha256()
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def copy_content(path: str, target: str) -> str:
    """Copy a file's content into a new private file; return its SHA-256.

    Raises:
        OSError: It cannot be read, or written.
    """
    digest = hashlib.sha256()
    source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(source, "rb") as stream, open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            copy.write(chunk)
    return digest.hexdigest()


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "dir"
    return "link" if stat.S_ISLNK(mode) else "special"


def _attributes(path: str) -> dict[str, str]:
    found: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for name in os.listxattr(path, follow_symlinks=False):
            with contextlib.suppress(OSError):
                found[name] = base64.b64encode(os.getxattr(path, name, follow_symlinks=False)).decode()
    return found
