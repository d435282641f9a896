"""What the paths and globs of a command resolve to, for the approval card."""

import glob
import os
from collections.abc import Iterator, Sequence
from itertools import islice

from fazai_tui.config.texts import Texts

_SHOWN = 8
_COUNTED = 10_000
"""Files counted before the count is given as "more than"."""

_UNITS = ("B", "kB", "MB", "GB", "TB")


def resolve(writes: Sequence[str], cwd: str, texts: Texts) -> tuple[str, ...]:
    """Return one line for each path or glob: what it is, how many files, how large."""
    lines = [_line(path, cwd, texts) for path in writes[:_SHOWN]]
    if len(writes) > _SHOWN:
        lines.append(texts.get("session.touches.more", count=len(writes) - _SHOWN))
    return tuple(lines)


def _line(path: str, cwd: str, texts: Texts) -> str:
    if "$" in path or "`" in path:
        return texts.get("session.touches.unknown", path=path)
    full = os.path.join(cwd, os.path.expanduser(path))
    found = glob.glob(full) if glob.has_magic(path) else [full] if os.path.lexists(full) else []
    if not found:
        key = "no_match" if glob.has_magic(path) else "new"
        return texts.get(f"session.touches.{key}", path=path)
    files = list(islice(_files(found), _COUNTED))
    size = human_size(sum(_size(file) for file in files))
    if found == [full] and not os.path.isdir(full):
        return texts.get("session.touches.file", path=path, size=size)
    key = "many" if len(files) == _COUNTED else "files"
    return texts.get(f"session.touches.{key}", path=path, count=len(files), size=size)


def human_size(size: float) -> str:
    """Return a size in bytes as people write it."""
    for unit in _UNITS[:-1]:
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} {_UNITS[-1]}"


def _files(paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        if os.path.isdir(path) and not os.path.islink(path):
            for folder, _, names in os.walk(path):
                yield from (os.path.join(folder, name) for name in names)
        else:
            yield path


def _size(file: str) -> int:
    try:
        return os.lstat(file).st_size
    except OSError:
        return 0
