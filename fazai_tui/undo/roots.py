"""Which paths a command may touch, as paths of this machine."""

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fazai_tui.core.policy import Assessment, Touched
from fazai_tui.core.undo import Gap

_COPIERS = frozenset(("cp", "mv", "install", "ln", "rsync"))
_UNPACKERS = {"tar": ("-C", "--directory"), "bsdtar": ("-C",), "unzip": ("-d",), "patch": ("-d", "--directory")}
_VALUED = frozenset(("-t", "-m", "-o", "-g", "-S", "-e", "--exclude", "--mode", "--owner", "--group", "--suffix"))
_COMPRESSED = (".gz", ".bz2", ".xz", ".zst")
_COMPRESSORS = {"gzip": ".gz", "bzip2": ".bz2", "xz": ".xz", "zstd": ".zst"}


@dataclass(frozen=True, slots=True)
class Root:
    """A path that a command may touch.

    Attributes:
        is_tree: Whether everything in it may be touched, too.
        keeps_content: Whether its content may change, and not only its rights.
    """

    path: str
    is_tree: bool = True
    keeps_content: bool = True


def walked(assessment: Assessment, cwd: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Return each command of a command line and the directory it runs in, as far as `cd` tells."""
    for argv in assessment.commands:
        if argv and argv[0] == "cd":
            cwd = os.path.join(cwd, os.path.expanduser(argv[1])) if len(argv) > 1 else os.path.expanduser("~")
        elif argv:
            yield argv, cwd


def roots_of(assessment: Assessment, cwd: str) -> tuple[list[Root], list[Gap]]:
    """Return what a command may touch, and the paths that only its run would tell."""
    roots: list[Root] = []
    gaps: list[Gap] = []
    is_deep = any(_is_recursive(argv) for argv in assessment.commands)
    into = _targets_of_copies(assessment, cwd)
    for touched in assessment.touched:
        if not touched.is_known:
            gaps.append(Gap(key="unknown_path", params={"path": touched.path}))
            continue
        is_permit = touched.effect == "permit"
        for path in _expanded(touched, cwd):
            if path in into and os.path.isdir(path):
                continue
            roots.append(Root(path, is_tree=is_deep or not is_permit, keeps_content=not is_permit))
            target = os.path.realpath(path)
            if os.path.islink(path) and touched.effect in ("append", "create", "modify", "permit"):
                roots.append(Root(target, is_tree=False, keeps_content=not is_permit))
    roots += [Root(path) for paths in into.values() for path in paths]
    roots += [Root(path) for argv, place in walked(assessment, cwd) for path in _unnamed(argv, place)]
    # A place whose content is kept serves for its rights as well.
    return sorted(dict.fromkeys(roots), key=lambda root: not root.keeps_content), gaps


def _expanded(touched: Touched, cwd: str) -> list[str]:
    path = os.path.expanduser(touched.path) if touched.is_home else touched.path
    full = _real(os.path.join(cwd, touched.cwd, path))
    if "\0" in full:
        return []
    return [_real(found) for found in glob.glob(full)] if touched.is_pattern else [full]


def _real(path: str) -> str:
    """Return a path whose directory holds no links; the last part may be one."""
    folder, name = os.path.split(os.path.normpath(path))
    return os.path.join(os.path.realpath(folder), name) if name else folder


def _targets_of_copies(assessment: Assessment, cwd: str) -> dict[str, list[str]]:
    """Return, for each directory that something is copied into, what would appear in it."""
    found: dict[str, list[str]] = {}
    for argv, place in walked(assessment, cwd):
        if argv[0].rpartition("/")[2] not in _COPIERS:
            continue
        operands, named = _operands(argv[1:])
        target = named or (operands.pop() if len(operands) > 1 else "")
        folder = _real(os.path.join(place, os.path.expanduser(target)))
        if not target or not os.path.isdir(folder) or any(_is_whole(argv[0], source) for source in operands):
            continue
        sources = [path for word in operands for path in glob.glob(os.path.join(place, word)) or [word]]
        found.setdefault(folder, []).extend(os.path.join(folder, os.path.basename(path)) for path in sources)
    return found


def _operands(words: Sequence[str]) -> tuple[list[str], str]:
    """Return the operands of a copy, and the directory named by an option."""
    operands: list[str] = []
    named = ""
    for last, word in zip(("", *words), words, strict=False):
        if last in _VALUED:
            named = word if last == "-t" else named
        elif word.startswith("--target-directory="):
            named = word.partition("=")[2]
        elif not word.startswith("-") or word == "-":
            operands.append(word)
    return operands, named


def _is_whole(program: str, source: str) -> bool:
    return source.endswith(("/.", "/..")) or source in (".", "..") or ("rsync" in program and source.endswith("/"))


def _unnamed(argv: tuple[str, ...], cwd: str) -> Iterator[str]:
    """Return the paths that a program touches without naming them."""
    name = argv[0].rpartition("/")[2]
    if name in _UNPACKERS and _unpacks(name, argv):
        at = next((index for index, word in enumerate(argv) if word in _UNPACKERS[name]), None)
        if at is None:
            yield _real(cwd)
        elif at + 1 < len(argv):
            yield _real(os.path.join(cwd, os.path.expanduser(argv[at + 1])))
    elif name in _COMPRESSORS:
        yield from (_real(os.path.join(cwd, word + _COMPRESSORS[name])) for word in argv[1:] if word[:1] != "-")
    elif name in ("gunzip", "bunzip2", "unxz", "unzstd"):
        files = (word for word in argv[1:] if word.endswith(_COMPRESSED))
        yield from (_real(os.path.join(cwd, os.path.splitext(file)[0])) for file in files)
    elif name == "git" and "clone" in argv:
        given = [word for word in argv[argv.index("clone") + 1 :] if not word.startswith("-")]
        if given:
            name = given[1] if len(given) > 1 else os.path.basename(given[0].rstrip("/")).removesuffix(".git")
            yield _real(os.path.join(cwd, name))


def _unpacks(name: str, argv: tuple[str, ...]) -> bool:
    if name not in ("tar", "bsdtar"):
        return True
    flags = [word for word in argv[1:] if word.startswith("-") and not word.startswith("--")] + list(argv[1:2])
    return "--extract" in argv or any("x" in flag for flag in flags if "/" not in flag and "." not in flag)


def _is_recursive(argv: tuple[str, ...]) -> bool:
    return any(word == "--recursive" or (word[:1] == "-" and word[1:2] != "-" and "R" in word) for word in argv[1:])
