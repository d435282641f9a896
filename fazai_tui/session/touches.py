"""What the paths and globs of a command resolve to, for the approval card."""

import glob
import os
from collections.abc import Iterator, Sequence
from itertools import islice

from fazai_tui.config.texts import Texts
from fazai_tui.core.policy import Touched
from fazai_tui.core.ports import VersionControl

_SHOWN = 8
_COUNTED = 10_000
"""Files counted before the count is given as "more than"."""

_UNITS = ("B", "kB", "MB", "GB", "TB")


def resolve(
    touched: Sequence[Touched], cwd: str, texts: Texts, versions: VersionControl | None = None
) -> tuple[str, ...]:
    """Return one line for each path or glob: what happens to it, how many files, how large, and what git keeps.

    Args:
        cwd: The directory the command line runs in.
        versions: Knows what version control keeps; None says nothing of it.
    """
    # Two effects on a file that is not there yet read the same, and so do a directory's two names.
    told: dict[str, str] = {}
    for item in touched[:_SHOWN]:
        line = _line(item, cwd, texts, versions)
        told.setdefault(line.replace(item.path, item.path.rstrip("/")) if item.path else line, line)
    lines = list(told.values())
    if len(touched) > _SHOWN:
        lines.append(texts.get("session.touches.more", count=len(touched) - _SHOWN))
    return tuple(lines)


def _line(item: Touched, cwd: str, texts: Texts, versions: VersionControl | None) -> str:
    if not item.is_known:
        return texts.get("session.touches.unknown", path=item.path)
    found = _found(item, cwd)
    if not found:
        absent = item.effect if item.effect in ("delete", "move") else "new"
        return texts.get(f"session.touches.absent.{'no_match' if item.is_pattern else absent}", path=item.path)
    files = list(islice(_files(found), _COUNTED))
    size = human_size(sum(_size(file) for file in files), texts)
    key = "over" if len(files) == _COUNTED else item.effect
    line = texts.get(f"session.touches.{key}", path=item.path, count=len(files), size=size)
    return line + _kept(files, texts, versions)


def _found(item: Touched, cwd: str) -> list[str]:
    path = os.path.expanduser(item.path) if item.is_home else item.path
    full = os.path.join(cwd, item.cwd, path)
    if item.is_pattern:
        return glob.glob(full)
    return [full] if "\0" not in full and os.path.lexists(full) else []


def _kept(files: Sequence[str], texts: Texts, versions: VersionControl | None) -> str:
    unsaved = versions.unsaved(files) if versions is not None and files else None
    if unsaved is None:
        return ""
    key = "all_kept" if unsaved == 0 else "none_kept" if unsaved == len(files) else "some_kept"
    return f" · {texts.get(f'session.touches.git.{key}', count=unsaved, total=len(files))}"


def human_size(size: float, texts: Texts) -> str:
    """Return a size in bytes as people write it."""
    for unit in _UNITS[:-1]:
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{_number(size, texts)} {unit}"
        size /= 1000
    return f"{_number(size, texts)} {_UNITS[-1]}"


def _number(value: float, texts: Texts) -> str:
    return f"{value:.1f}".replace(".", texts.get("session.touches.point"))


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
