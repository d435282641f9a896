"""Pictures of files before a step, and what the step changed of them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from fazai_tui.core.undo import ChangeKind, Gap
from fazai_tui.undo.entry import Entry, below, copy_content, look
from fazai_tui.undo.roots import Root

_NOT_FILES = ("/proc", "/sys", "/dev")


@dataclass(frozen=True, slots=True)
class UndoLimits:
    """How much is kept.

    Attributes:
        files: Files of one step.
        size: Bytes of one step.
        total: Bytes of all steps together.
        days: For how long.
    """

    files: int = 5000
    size: int = 256 * 1024**2
    total: int = 2 * 1024**3
    days: int = 30


@dataclass(frozen=True, slots=True)
class Picture:
    """What is to be kept of a step's files.

    Attributes:
        entries: The state of each path.
        kept: The paths whose content is to be kept.
        size: Bytes of that content.
        gaps: What cannot be kept.
    """

    entries: tuple[Entry, ...]
    kept: frozenset[str]
    size: int
    gaps: tuple[Gap, ...]


def take(roots: Sequence[Root], limits: UndoLimits, private: Sequence[str] = ()) -> Picture:
    """Look at everything that a step may touch; nothing is copied yet.

    Args:
        roots: What it may touch.
        limits: How much may be kept. A place that exceeds them is left out whole.
        private: Directories that nothing is kept of.
    """
    entries: dict[str, Entry] = {}
    kept: set[str] = set()
    gaps: list[Gap] = []
    room, size = limits.files, 0
    for root in roots:
        if any(_is_in(root.path, place) for place in (*_NOT_FILES, *private)):
            gaps.append(Gap(key="place", params={"path": root.path}))
            continue
        try:
            found, unread = _found(root, room)
        except OSError as error:
            gaps.append(Gap(key="unreadable", params={"path": root.path, "why": error.strerror or ""}))
            continue
        new = [entry for entry in found if entry.path not in entries and not _is_private(entry.path, private)]
        files = [entry.path for entry in new if entry.kind == "file" and root.keeps_content]
        weight = sum(entry.size for entry in new if entry.path in files)
        if len(found) > room or size + weight > limits.size:
            gaps.append(Gap(key="too_large", params={"path": root.path}))
            continue
        gaps += [Gap(key="unreadable", params={"path": path, "why": ""}) for path in unread[:3]]
        gaps += [Gap(key="special", params={"path": entry.path}) for entry in new if entry.kind == "special"][:3]
        entries.update({entry.path: entry for entry in new})
        kept.update(set(files) - set(unread))
        room, size = room - len(new), size + weight
    return Picture(tuple(entries.values()), frozenset(kept), size, tuple(gaps))


def keep(picture: Picture, folder: str) -> tuple[list[Entry], list[Gap]]:
    """Copy the content of a picture's files into a directory; return the entries that name it, and what failed."""
    entries: list[Entry] = []
    gaps: list[Gap] = []
    for number, entry in enumerate(picture.entries):
        if entry.path in picture.kept:
            try:
                digest = copy_content(entry.path, os.path.join(folder, str(number)))
                entry = entry.model_copy(update={"digest": digest, "blob": str(number)})
            except OSError as error:
                gaps.append(Gap(key="unreadable", params={"path": entry.path, "why": error.strerror or ""}))
                continue
        entries.append(entry)
    return entries, gaps


def changed(entries: Sequence[Entry], trees: Sequence[str], limit: int) -> list[tuple[Entry, Entry]]:
    """Return the paths that are no longer what they were, each before and after.

    Args:
        entries: How they were.
        trees: Directories and absent paths in which anything new counts, too.
        limit: The most paths to look at.
    """
    before = {entry.path: entry for entry in entries}
    found = [pair for entry in entries if (pair := _pair(entry)) is not None]
    for path in trees:
        known = before.get(path)
        if known is None or not os.path.isdir(path) or os.path.islink(path):
            continue
        for count, new in enumerate(below(path)):
            if count > limit:
                break
            if new not in before:
                before[new] = Entry(path=new)
                found.append((before[new], look(new, reads=True)))
    return found


def change_kind(before: Entry, after: Entry) -> ChangeKind:
    """Return what became of a path."""
    if before.kind == "absent":
        return "add"
    return "delete" if after.kind == "absent" else "update"


def _pair(entry: Entry) -> tuple[Entry, Entry] | None:
    try:
        now = look(entry.path)
        if entry.is_untouched(now):
            return None
        if now.kind == "file":
            now = look(entry.path, reads=True)
    except OSError:
        return None
    is_folder = entry.kind == now.kind == "dir"
    is_same = entry.is_same(now) and (is_folder or entry.mtime_ns == now.mtime_ns or entry.kind != "file")
    return None if is_same else (entry, now)


def _found(root: Root, room: int) -> tuple[list[Entry], list[str]]:
    """Return what is at a root, and the files in it that this user cannot read."""
    first = look(root.path)
    found = [first]
    if first.kind == "absent":
        folder = os.path.dirname(root.path)
        while not os.path.lexists(folder):
            found.append(Entry(path=folder))
            folder = os.path.dirname(folder)
    elif first.kind == "dir" and root.is_tree:
        for path in below(root.path):
            found.append(look(path))
            if len(found) > room:
                break
    needed = [entry.path for entry in found if entry.kind == "file" and root.keeps_content]
    return found, [path for path in needed if not os.access(path, os.R_OK, effective_ids=True)]


def _is_private(path: str, private: Sequence[str]) -> bool:
    return any(_is_in(path, place) for place in private)


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")
