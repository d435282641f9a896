"""The state of git repositories before and after a step, and the commands that lead back."""

import os
import shlex
import time
from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from fazai_tui.undo.asking import Asker

_READING = frozenset(
    "status log diff show blame grep ls-files describe rev-parse shortlog reflog fetch clone push remote help".split()
)
_VALUED = frozenset(("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env"))
_MOST_PATHS = 2000
_TICK_NS = 10_000_000


class Repository(BaseModel):
    """A repository as it was.

    Attributes:
        branch: The branch, or the commit where none is checked out.
        head: The commit; empty before the first.
        index: The tree that the index makes; empty where it makes none, as in the middle of a merge.
        refs: Branches, tags and the stash, with what they point to.
    """

    model_config = ConfigDict(frozen=True)

    root: str
    branch: str
    head: str
    index: str
    refs: dict[str, str]
    dirty: tuple[str, ...] = ()
    """Files that neither the index nor a commit keeps as they are."""
    at_ns: int = 0
    """When it was looked at."""


def verb_of(argv: Sequence[str]) -> tuple[str, str]:
    """Return what git is to do, and the directory given with `-C`."""
    place, index = "", 1
    while index < len(argv) and argv[index].startswith("-"):
        if argv[index] == "-C" and index + 1 < len(argv):
            place = os.path.join(place, argv[index + 1])
        index += 2 if argv[index] in _VALUED else 1
    return (argv[index] if index < len(argv) else ""), place


def changes_repository(argv: Sequence[str]) -> bool:
    """Tell whether a command changes a local repository."""
    return argv[0].rpartition("/")[2] == "git" and verb_of(argv)[0] not in ("", "init", *_READING)


def state(argv: Sequence[str], cwd: str, asker: Asker) -> Repository | None:
    """Return the repository that a git command works in; None where there is none."""
    place = os.path.join(cwd, os.path.expanduser(verb_of(argv)[1]))
    root = (asker.answer(_git(place, "rev-parse", "--show-toplevel")) or "").rstrip("\n")
    return state_of(root, asker) if root else None


def state_of(root: str, asker: Asker) -> Repository:
    """Return a repository's state."""
    # Files carry the time of the kernel's last tick, which may lie just before the clock's.
    at_ns = time.time_ns() - _TICK_NS
    head = (asker.answer(_git(root, "rev-parse", "--verify", "-q", "HEAD")) or "").strip()
    branch = (asker.answer(_git(root, "symbolic-ref", "-q", "--short", "HEAD")) or "").strip()
    changed = asker.answer(_git(root, "diff", "--no-ext-diff", "--no-textconv", "--name-only", "-z")) or ""
    new = asker.answer(_git(root, "ls-files", "--others", "--exclude-standard", "-z")) or ""
    listed = asker.answer(_git(root, "for-each-ref", "--format=%(objectname) %(refname)")) or ""
    refs = {name: target for target, _, name in (line.partition(" ") for line in listed.splitlines())}
    return Repository(
        root=root,
        branch=branch or head,
        head=head,
        index=(asker.answer(_git(root, "write-tree")) or "").strip(),
        refs={name: target for name, target in refs.items() if not name.startswith("refs/remotes/")},
        dirty=tuple(name for name in (changed + new).split("\0") if name),
        at_ns=at_ns,
    )


def way_back(before: Repository, after: Repository, asker: Asker) -> Iterator[str]:
    """Return the commands that bring a repository back to what it was; files that git keeps come back with it."""
    git = f"git -C {shlex.quote(before.root)}"
    if not before.head or not before.index:
        return
    if before.branch != after.branch and before.branch == before.head:
        yield f"{git} update-ref --no-deref HEAD {before.head}"
    elif before.branch != after.branch:
        yield f"{git} symbolic-ref HEAD {shlex.quote(f'refs/heads/{before.branch}')}"
    if before.head != after.head and before.branch == after.branch:
        yield f"{git} reset --soft {before.head}"
    if before.index != after.index:
        yield f"{git} read-tree {before.index}"
        yield from _files_back(git, before, after, asker)
    for name in sorted(set(before.refs) | set(after.refs)):
        old, new = before.refs.get(name, ""), after.refs.get(name, "")
        if old == new or (name == f"refs/heads/{before.branch}" and before.branch == after.branch):
            continue
        if name == "refs/stash":
            yield f"{git} stash drop -q" if new else f"{git} stash store {old}"
        else:
            yield f"{git} update-ref {shlex.quote(name)} {old}" if old else f"{git} update-ref -d {shlex.quote(name)}"


def _files_back(git: str, before: Repository, after: Repository, asker: Asker) -> Iterator[str]:
    """Bring back the files that the step itself wrote: those that changed since, and that git keeps both ways."""
    if not after.index:
        return
    options = ("diff-tree", "-r", "-z", "--name-status", "--no-renames", before.index, after.index)
    words = (asker.answer(_git(before.root, *options)) or "").split("\0")
    now_dirty = (asker.answer(_git(before.root, "diff", "--no-ext-diff", "--name-only", "-z")) or "").split("\0")
    left_alone = {*before.dirty, *now_dirty}
    changes = [pair for pair in zip(words[::2], words[1::2], strict=False) if pair[1] not in left_alone]
    written = [(kind, name) for kind, name in changes[:_MOST_PATHS] if _is_written(before, name, is_new=kind == "A")]
    if kept := [name for kind, name in written if kind != "A"]:
        yield f"{git} --literal-pathspecs restore --worktree -- {shlex.join(kept)}"
    if new := [os.path.join(before.root, name) for kind, name in written if kind == "A"]:
        yield f"rm -f -- {shlex.join(new)}"


def _is_written(before: Repository, name: str, *, is_new: bool) -> bool:
    """Tell whether a file was written, or taken away, after a repository was looked at."""
    try:
        return os.lstat(os.path.join(before.root, name)).st_ctime_ns >= before.at_ns
    except OSError:
        return not is_new


def _git(place: str, *words: str) -> tuple[str, ...]:
    # A repository's settings may name programs to run: none of them is asked.
    safe = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-pager")
    return ("git", *safe, "-C", place, *words)
