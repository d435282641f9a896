"""What git keeps of files, without running anything that a repository's settings name."""

import hashlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final

_SECONDS: Final = 3.0
_MOST_FILES: Final = 2000
_MOST_BYTES: Final = 64 * 1024**2
"""Bytes read to compare files with what git keeps; beyond it a tracked file counts as not kept."""


class GitVersions:
    """Implements `core.ports.VersionControl` by reading git's index.

    A file is kept when the index holds its very content. `git status` would tell too, but it runs the filters that the
    repository's settings name, and a repository may be anybody's.

    Args:
        environment: The environment of the user's commands.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {
            **{name: value for name, value in environment.items() if not name.startswith("GIT_")},
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
        }

    def unsaved(self, files: Sequence[str]) -> int | None:
        """Return how many of some files git does not keep as they are; None where none lies in a repository."""
        by_root: dict[str, list[str]] = {}
        roots: dict[str, str] = {}
        for file in files:
            folder = os.path.dirname(os.path.abspath(file))
            if folder not in roots:
                roots[folder] = _root(folder)
            by_root.setdefault(roots[folder], []).append(os.path.abspath(file))
        outside = len(by_root.pop("", []))
        if not by_root:
            return None
        counts = [self._unsaved_in(root, members) for root, members in by_root.items()]
        known = [count for count in counts if count is not None]
        return outside + sum(known) if known else None

    def _unsaved_in(self, root: str, files: Sequence[str]) -> int | None:
        if len(files) > _MOST_FILES:
            return None
        hashes = self._index(root, [os.path.relpath(file, root) for file in files])
        if hashes is None:
            return None
        left, unsaved = _MOST_BYTES, 0
        for file in files:
            kept = hashes.get(os.path.relpath(file, root))
            size = _size(file)
            left -= size
            if kept is None or left < 0 or kept != _blob(file, size, kept):
                unsaved += 1
        return unsaved

    def _index(self, root: str, names: Sequence[str]) -> dict[str, str] | None:
        argv = ("git", "-c", "core.fsmonitor=false", "-C", root, "--literal-pathspecs", "ls-files", "-s", "-z", "--")
        try:
            done = subprocess.run(
                (*argv, *names),
                capture_output=True,
                timeout=_SECONDS,
                env=self._environment,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        if done.returncode:
            return None
        entries = (os.fsdecode(entry).partition("\t") for entry in done.stdout.split(b"\0") if entry)
        return {name: facts.split(" ")[1] for facts, _, name in entries}


def _root(folder: str) -> str:
    """Return the working tree that a directory lies in; empty for none."""
    while True:
        if os.path.exists(os.path.join(folder, ".git")):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above


def _size(file: str) -> int:
    try:
        return os.lstat(file).st_size
    except OSError:
        return 0


def _blob(file: str, size: int, kept: str) -> str:
    """Return git's name for a file's content; empty when it cannot be read."""
    digest = hashlib.sha1(usedforsecurity=False) if len(kept) == 40 else hashlib.sha256()
    try:
        if os.path.islink(file):
            content = os.fsencode(os.readlink(file))
        elif os.path.isfile(file):
            with open(file, "rb") as stream:
                content = stream.read(size + 1)
        else:
            return ""
    except OSError:
        return ""
    digest.update(f"blob {len(content)}\0".encode() + content)
    return digest.hexdigest()
