"""A light map of the working directory: bounded, whatever lies below it."""

import heapq
import os
import re
import stat
import subprocess
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from fazai_tui.core.surroundings import Workspace

LIFETIME: Final = 30.0
"""Seconds after which a directory is mapped anew."""

MOST_ENTRIES: Final = 20_000
"""Entries that are looked at, those nearest to the directory first."""

MOST_SECONDS: Final = 0.4

_GIT_SECONDS: Final = 1.0
_SHOWN: Final = 5
_HEAD_CHARS: Final = 4096
_INDEXED: Final = re.compile(
    rb"([^\0]*)\0  ctime: \d+:\d+\n  mtime: (\d+):(\d+)\n  dev:[^\n]*\n  uid:[^\n]*\n  size: (\d+)\tflags: [0-9a-f]+\n"
)
_PASSED_OVER: Final = frozenset(("node_modules", "__pycache__", "venv", "target"))
_NO_FILES: Final = frozenset(("/dev", "/proc", "/run", "/sys"))
_LANGUAGES: Final[Mapping[str, str]] = {
    ".py": "Python",
    ".sh": "Shell",
    ".bash": "Shell",
    ".js": "JavaScript",
    ".jsx": "JavaScript",
    ".ts": "TypeScript",
    ".tsx": "TypeScript",
    ".go": "Go",
    ".rs": "Rust",
    ".c": "C",
    ".h": "C",
    ".cc": "C++",
    ".cpp": "C++",
    ".hpp": "C++",
    ".java": "Java",
    ".kt": "Kotlin",
    ".rb": "Ruby",
    ".php": "PHP",
    ".pl": "Perl",
    ".lua": "Lua",
    ".sql": "SQL",
    ".html": "HTML",
    ".css": "CSS",
    ".md": "Markdown",
    ".toml": "TOML",
    ".yml": "YAML",
    ".yaml": "YAML",
    ".json": "JSON",
    ".tf": "Terraform",
}


class WorkspaceMapper:
    """Implements `core.surroundings.WorkspaceProbe`.

    Args:
        environment: The environment of the user's commands.
        clock: Tells the time in seconds.
    """

    def __init__(self, environment: Mapping[str, str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._environment = {
            **{name: value for name, value in environment.items() if not name.startswith("GIT_")},
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
        }
        self._clock = clock
        self._lock = threading.Lock()
        self._known: tuple[float, Workspace] | None = None

    def map(self, folder: str) -> Workspace:
        """Return the map of a directory, as old as its lifetime at most."""
        with self._lock:
            if self._known is not None and self._known[1].folder == folder:
                if self._clock() - self._known[0] < LIFETIME:
                    return self._known[1]
            found = self._look(folder)
            self._known = (self._clock(), found)
            return found

    def _look(self, folder: str) -> Workspace:
        languages: Counter[str] = Counter()
        newest: list[tuple[float, str]] = []
        files, seen, is_cut = 0, 0, False
        deadline = self._clock() + MOST_SECONDS
        waiting = deque([folder])
        while waiting and not is_cut:
            for entry in _entries(waiting.popleft()):
                seen += 1
                if entry.is_dir(follow_symlinks=False):
                    if _is_looked_into(entry):
                        waiting.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    files += 1
                    if language := _LANGUAGES.get(os.path.splitext(entry.name)[1].lower()):
                        languages[language] += 1
                    _note(newest, entry)
                if seen >= MOST_ENTRIES or self._clock() >= deadline:
                    is_cut = True
                    break
        branch, root = _branch(folder)
        return Workspace(
            folder=folder,
            files=files,
            languages=tuple(languages.most_common(_SHOWN)),
            branch=branch,
            changed=self._changed(root) if root else None,
            last_edited=tuple(os.path.relpath(path, folder) for _, path in sorted(newest, reverse=True)),
            is_partial=bool(waiting) or is_cut,
        )

    def _changed(self, root: str) -> int | None:
        """Return how many tracked files differ, by what the index knows of them: no filter of a repository runs."""
        # `git status` and `git diff-files` would have the filters read what has other times.
        argv = ("git", "-c", "core.fsmonitor=false", "-C", root, "ls-files", "--debug", "-z")
        try:
            done = subprocess.run(
                argv,
                capture_output=True,
                timeout=_GIT_SECONDS,
                env=self._environment,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        tracked = list(_INDEXED.finditer(done.stdout))
        if done.returncode or len(tracked) > MOST_ENTRIES:
            return None
        return sum(_differs(root, entry) for entry in tracked)


def _differs(root: str, entry: re.Match[bytes]) -> bool:
    """Tell whether a file has another time or size than the index has for it, or is gone."""
    try:
        facts = os.lstat(os.path.join(os.fsencode(root), entry[1]))
    except OSError:
        return True
    if stat.S_ISDIR(facts.st_mode):
        # A repository of its own.
        return False
    seconds, nanoseconds, size = int(entry[2]), int(entry[3]), int(entry[4])
    # The index has no size for what was changed in the very moment it was written.
    return facts.st_mtime_ns != seconds * 10**9 + nanoseconds or (size != 0 and size != facts.st_size)


def _is_looked_into(entry: os.DirEntry[str]) -> bool:
    """Tell whether what lies in a directory is somebody's work: not what is hidden, made or of the kernel."""
    return not entry.name.startswith(".") and entry.name not in _PASSED_OVER and entry.path not in _NO_FILES


def _entries(folder: str) -> list[os.DirEntry[str]]:
    found: list[os.DirEntry[str]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                found.append(entry)
                if len(found) >= MOST_ENTRIES:
                    break
    except OSError:
        return found
    return found


def _note(newest: list[tuple[float, str]], entry: os.DirEntry[str]) -> None:
    try:
        item = (entry.stat(follow_symlinks=False).st_mtime, entry.path)
    except OSError:
        return
    if len(newest) < _SHOWN:
        heapq.heappush(newest, item)
    else:
        heapq.heappushpop(newest, item)


def _branch(folder: str) -> tuple[str, str]:
    """Return what git has checked out and the top of the working tree; empty outside a repository."""
    for place in (Path(folder), *Path(folder).parents):
        git = place / ".git"
        try:
            if git.is_file():
                with git.open(encoding="utf-8", errors="replace") as stream:
                    named = stream.read(_HEAD_CHARS).partition("gitdir:")[2].strip()
                git = place / named
            # Whoever made the repository may have put a pipe there, which nobody would write into.
            if not (git / "HEAD").is_file():
                continue
            with (git / "HEAD").open(encoding="utf-8", errors="replace") as stream:
                head = stream.read(_HEAD_CHARS).strip()
        except OSError:
            continue
        return head.removeprefix("ref: refs/heads/")[:80] if head.startswith("ref:") else head[:12], str(place)
    return "", ""
