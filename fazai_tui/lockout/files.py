"""Pictures of configuration files, and putting them back."""

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import cast

from fazai_tui.lockout.outcome import Outcome, done

_MOST_FILES = 4000
_MOST_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Picture:
    """A path as it was.

    Attributes:
        kind: `absent`, `file`, `dir`, `link` or `other`.
        blob: The name of the kept content.
        attributes: Extended attributes, in hexadecimal.
    """

    path: str
    kind: str
    mode: int = 0
    uid: int = 0
    gid: int = 0
    mtime_ns: int = 0
    digest: str = ""
    link: str = ""
    blob: str = ""
    attributes: tuple[tuple[str, str], ...] = ()

    def is_same(self, other: "Picture") -> bool:
        """Tell whether two states are the same to whoever reads the file."""
        mine = (self.kind, self.mode, self.uid, self.gid, self.digest, self.link, self.attributes)
        return mine == (other.kind, other.mode, other.uid, other.gid, other.digest, other.link, other.attributes)

    def facts(self) -> dict[str, object]:
        """Return it as JSON takes it."""
        return asdict(self)


def read_picture(facts: dict[str, object]) -> Picture:
    """Return a picture from what `Picture.facts` gave."""
    texts = {name: str(facts.get(name, "")) for name in ("path", "kind", "digest", "link", "blob")}
    numbers = {name: int(str(facts.get(name, 0))) for name in ("mode", "uid", "gid", "mtime_ns")}
    given: object = facts.get("attributes")
    pairs = cast("Sequence[tuple[str, str]]", given or ())
    attributes = tuple((str(name), str(value)) for name, value in pairs)
    return Picture(
        texts["path"],
        texts["kind"],
        numbers["mode"],
        numbers["uid"],
        numbers["gid"],
        numbers["mtime_ns"],
        texts["digest"],
        texts["link"],
        texts["blob"],
        attributes,
    )


def look(path: str) -> Picture:
    """Return the state of a path, its content read.

    Raises:
        OSError: It cannot be looked at.
    """
    try:
        facts = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return Picture(path, "absent")
    mode = facts.st_mode
    link = os.readlink(path) if stat.S_ISLNK(mode) else ""
    kind = "file" if stat.S_ISREG(mode) else "dir" if stat.S_ISDIR(mode) else "link" if link else "other"
    digest = hashlib.sha256(_content(path)).hexdigest() if kind == "file" else ""
    attributes = _attributes(path) if kind in ("file", "dir") else ()
    permissions = 0 if kind == "link" else stat.S_IMODE(mode)
    return Picture(
        path, kind, permissions, facts.st_uid, facts.st_gid, facts.st_mtime_ns, digest, link, attributes=attributes
    )


def everything(places: Sequence[str]) -> Iterator[str]:
    """Return places and all that is below them, the outer before the inner; links are not followed."""
    pending = list(reversed(places))
    while pending:
        path = pending.pop()
        yield path
        if os.path.isdir(path) and not os.path.islink(path):
            with contextlib.suppress(PermissionError):
                pending += sorted((entry.path for entry in os.scandir(path)), reverse=True)


def keep(places: Sequence[str], folder: str) -> list[Picture]:
    """Keep places as they are; the contents go into a directory.

    Raises:
        OSError: Something cannot be read, is too much, or there is no room for it.
    """
    found: list[Picture] = []
    size = 0
    start = len(os.listdir(folder))
    for number, path in enumerate(everything(places), start):
        picture = look(path)
        if picture.kind == "file":
            content = _content(path)
            size += len(content)
            blob = f"{number}.kept"
            _write_new(os.path.join(folder, blob), content)
            picture = replace(picture, blob=blob)
        found.append(picture)
        if len(found) > _MOST_FILES or size > _MOST_BYTES:
            raise OSError(7, "too much to keep", path)
    return found


def differing(pictures: Sequence[Picture]) -> list[str]:
    """Return the paths that are no longer as they were, new ones included."""
    known = {picture.path: picture for picture in pictures}
    changed = [path for path, picture in known.items() if not _is_as_it_was(picture)]
    added = [path for path in everything(_roots(pictures)) if path not in known]
    return [*changed, *(path for path in added if os.path.lexists(path))]


def put_back(pictures: Sequence[Picture], folder: str) -> list[Outcome]:
    """Put back what differs; return what became of each."""
    known = {picture.path: picture for picture in pictures}
    outcomes: list[Outcome] = []
    changed = differing(pictures)
    for path in sorted((path for path in changed if _was_absent(path, known)), reverse=True):
        outcomes.append(done("file", path, _problem(partial(_remove, path))))
    for path in sorted(path for path in changed if not _was_absent(path, known)):
        picture = known[path]
        outcomes.append(done("file", path, _problem(partial(_restore, picture, folder))))
    for path in {os.path.dirname(path) for path in changed} & set(known):
        if known[path].kind == "dir":
            with contextlib.suppress(OSError):
                os.utime(path, ns=(known[path].mtime_ns, known[path].mtime_ns))
    return outcomes


def _was_absent(path: str, known: dict[str, Picture]) -> bool:
    return path not in known or known[path].kind == "absent"


def _is_as_it_was(picture: Picture) -> bool:
    try:
        return look(picture.path).is_same(picture)
    except OSError:
        return False


def _roots(pictures: Sequence[Picture]) -> list[str]:
    return [picture.path for picture in pictures if picture.kind in ("dir", "absent")]


def _problem(action: Callable[[], None]) -> str:
    try:
        action()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        os.rmdir(path)
    else:
        os.unlink(path)


def _restore(picture: Picture, folder: str) -> None:
    path = picture.path
    now = look(path)
    if now.kind not in ("absent", picture.kind):
        _clear(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if picture.kind == "dir":
        os.makedirs(path, exist_ok=True)
    elif picture.kind == "link":
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        os.symlink(picture.link, path)
        os.chown(path, picture.uid, picture.gid, follow_symlinks=False)
        return
    elif picture.kind == "file" and now.digest != picture.digest:
        content = _content(os.path.join(folder, picture.blob))
        if hashlib.sha256(content).hexdigest() != picture.digest:
            raise OSError(5, "the kept content is damaged", path)
        _replace(path, content, picture)
    elif picture.kind == "other":
        raise OSError(95, "no plain file", path)
    _own(path, picture)


def _own(path: str, picture: Picture) -> None:
    os.chown(path, picture.uid, picture.gid, follow_symlinks=False)
    os.chmod(path, picture.mode)
    wanted = dict(picture.attributes)
    for name, _ in _attributes(path):
        if name not in wanted:
            os.removexattr(path, name, follow_symlinks=False)
    for name, value in wanted.items():
        os.setxattr(path, name, bytes.fromhex(value), follow_symlinks=False)
    os.utime(path, ns=(picture.mtime_ns, picture.mtime_ns))


def _replace(path: str, content: bytes, picture: Picture) -> None:
    """Write a file in one step; where that cannot be (a mounted file, a full disk), write over it."""
    draft = f"{path}.fazai-guard"
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft)
        _write_new(draft, content, picture.mode)
        os.chown(draft, picture.uid, picture.gid)
        os.replace(draft, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        # What fits where the file was needs no new room; the file is cut only after that.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.ftruncate(descriptor, len(content))
            os.fsync(descriptor)


def _clear(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        for found in reversed(list(everything([path]))):
            _remove(found)
    else:
        os.unlink(path)


def _content(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as stream:
        return stream.read(_MOST_BYTES + 1)


def _write_new(path: str, content: bytes, mode: int = 0o600) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(descriptor)
        os.fchmod(descriptor, mode)


def _attributes(path: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    with contextlib.suppress(OSError):
        for name in sorted(os.listxattr(path, follow_symlinks=False)):
            with contextlib.suppress(OSError):
                found.append((name, os.getxattr(path, name, follow_symlinks=False).hex()))
    return tuple(found)
