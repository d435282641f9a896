"""Telling what kind of place a path is."""

import posixpath
import re
from collections.abc import Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import BaseModel, ConfigDict

from fazai_tui.core.plan import Risk
from fazai_tui.core.policy import Touched
from fazai_tui.policy.script import UNKNOWN_PLACE, Invocation, Word

_SOME_HOME = re.compile(r"^/(?:root|home/[^/]+)/")


class Place(StrEnum):
    """A kind of place, as far as harm goes."""

    HERE = "here"
    TEMPORARY = "temporary"
    HOME = "home"
    OWN_HOME = "own_home"
    PERSONAL = "personal"
    ELSEWHERE = "elsewhere"
    SYSTEM = "system"
    VITAL = "vital"
    TREE = "tree"
    CRITICAL = "critical"
    ESSENTIAL = "essential"
    DEVICE = "device"
    HARMLESS = "harmless"
    NETWORK = "network"
    UNKNOWN = "unknown"
    MAYBE_ROOT = "maybe_root"
    EVERYTHING = "everything"


_ORDINARY = frozenset((Place.ELSEWHERE, Place.HOME, Place.TEMPORARY, Place.UNKNOWN))
"""Places that count as the user's directory when the user is there."""


class Effect(StrEnum):
    """What a command does to a file."""

    CREATE = "create"
    APPEND = "append"
    MODIFY = "modify"
    DELETE = "delete"
    DELETE_MANY = "delete_many"
    MOVE = "move"
    PERMIT = "permit"
    PERMIT_MANY = "permit_many"


_SAID: Mapping[Effect, Literal["create", "append", "modify", "delete", "move", "permit"]] = {
    Effect.CREATE: "create",
    Effect.APPEND: "append",
    Effect.MODIFY: "modify",
    Effect.DELETE: "delete",
    Effect.DELETE_MANY: "delete",
    Effect.MOVE: "move",
    Effect.PERMIT: "permit",
    Effect.PERMIT_MANY: "permit",
}


class _Risks(BaseModel):
    """The places of an effect, by risk."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    none: tuple[Place, ...] = ()
    low: tuple[Place, ...] = ()
    medium: tuple[Place, ...] = ()
    high: tuple[Place, ...] = ()
    critical: tuple[Place, ...] = ()

    def at(self, place: Place) -> Risk | None:
        """Return the risk at a place; None when it is not worth a word."""
        for risk in Risk:
            if place in getattr(self, risk.value):
                return risk
        return None


class PlaceTable(BaseModel):
    """The lists of `places.toml`; its comments say what each holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trees: frozenset[str]
    vital: tuple[str, ...]
    critical: tuple[str, ...]
    essential: tuple[str, ...]
    system: tuple[str, ...]
    temporary: tuple[str, ...]
    personal: tuple[str, ...]
    secret: tuple[str, ...]
    devices: tuple[str, ...]
    harmless_devices: tuple[str, ...]
    instruments: tuple[str, ...]
    worked_in: tuple[str, ...]
    hooks: tuple[str, ...]
    effect: Mapping[Effect, _Risks]


class Places:
    """Locates paths for one user.

    Args:
        table: The lists of places.
        home: The user's home directory.
        own: Directories with FazAI's own settings and rules.
        here: The user's directory; empty when unknown.
    """

    def __init__(self, table: PlaceTable, *, home: str, own: tuple[str, ...] = (), here: str = "") -> None:
        self._table = table
        self._own = own
        self._here = here
        # A home that is no directory of its own must not turn every path into a place in it.
        self._home = posixpath.normpath(home) if home.strip("/") and home.startswith("/") else "/nonexistent"

    def seen_from(self, here: str) -> "Places":
        """Return the same places for somebody in another directory."""
        return Places(self._table, home=self._home, own=self._own, here=here)

    def risk(self, effect: Effect, word: Word, cwd: str = "") -> tuple[Place, Risk | None]:
        """Return where a path leads and the risk of doing something there; None for no risk at all."""
        place = self.locate(word, cwd)
        return place, self._table.effect[effect].at(place)

    def locate(self, word: Word, cwd: str = "") -> Place:
        """Return the kind of place a word names.

        Args:
            word: A path, possibly with a pattern or unknown parts.
            cwd: The directory that relative paths start from; empty for the user's.
        """
        if not word.is_known:
            return self._unknown(word, cwd)
        path = self.absolute(word, cwd)
        if path is None:
            return self._relative(word, cwd)
        if word.has_glob:
            return self._pattern(path)
        return self._place(path)

    def absolute(self, word: Word, cwd: str = "") -> str | None:
        """Return a word's absolute path; None where it depends on the user's directory."""
        text = word.text
        if word.has_tilde:
            name, _, rest = text[1:].partition("/")
            base = self._home if not name else ("/root" if name == "root" else f"/home/{name}")
            text = f"{base}/{rest}"
        if not text.startswith("/"):
            text = posixpath.join(cwd, text)
            if not text.startswith("/"):
                return None
        return re.sub("^//+", "/", posixpath.normpath(text))

    def is_secret(self, word: Word, cwd: str = "") -> bool:
        """Return whether a word names a file that holds secrets."""
        path = self.absolute(word, cwd) or f"/{word.text}"
        if word.has_glob and any(fnmatchcase(pattern.rstrip("*"), path) for pattern in self._table.secret):
            return True
        return any(fnmatchcase(path, pattern) for pattern in self._table.secret)

    def _relative(self, word: Word, cwd: str) -> Place:
        """Tell what a path below the user's directory is: its own, unless that directory is a special place."""
        if any(
            fnmatchcase(f"/{posixpath.normpath(posixpath.join(cwd, word.text))}", pattern)
            for pattern in self._table.hooks
        ):
            return Place.PERSONAL
        if not self._here or cwd.startswith(UNKNOWN_PLACE):
            return Place.HERE
        place = self.locate(word, posixpath.join(self._here, cwd))
        is_work = place is Place.SYSTEM and any(_is_in(self._here, folder) for folder in self._table.worked_in)
        return Place.HERE if is_work or place in _ORDINARY else place

    def _unknown(self, word: Word, cwd: str) -> Place:
        known, rest = word.text[: word.unknown_at], word.text[word.unknown_end :]
        if word.may_be_empty and known in ("", "/") and rest.startswith("/" if not known else ""):
            left = posixpath.normpath("/" + rest.lstrip("/"))
            if self._pattern(left) in (Place.EVERYTHING, Place.TREE):
                return Place.MAYBE_ROOT
        if known in ("", "/"):
            return Place.UNKNOWN
        folder = Word(known.rpartition("/")[0] + "/x", has_tilde=word.has_tilde) if "/" in known else None
        return self.locate(folder, cwd) if folder is not None else Place.HERE

    def _pattern(self, path: str) -> Place:
        folder, _, last = path.rpartition("/")
        if re.fullmatch(r"\.?[*?]+|\.\[.*\]\*?|\*\.\*|\.\.\?\*", last):
            # Everything in a directory is as good as the directory.
            return self._place(folder or "/")
        if path.count("/") <= 2 and any(fnmatchcase(tree, path) for tree in self._table.trees):
            return Place.TREE
        if fnmatchcase(self._home, path):
            return Place.OWN_HOME
        return self._place(path)

    def _place(self, path: str) -> Place:
        table = self._table
        if path == "/":
            return Place.EVERYTHING
        if path == self._home:
            return Place.OWN_HOME
        if path.startswith(("/dev/tcp/", "/dev/udp/")):
            return Place.NETWORK
        if any(_is_in(path, folder) for folder in self._own):
            return Place.CRITICAL
        if _is_in(path, "/dev/shm"):
            return Place.TEMPORARY
        for patterns, place in (
            (table.harmless_devices, Place.HARMLESS),
            (table.instruments, Place.SYSTEM),
            (table.devices, Place.DEVICE),
            (table.critical, Place.CRITICAL),
            (table.essential, Place.ESSENTIAL),
        ):
            if any(fnmatchcase(path, pattern) for pattern in patterns):
                return place
        return self._below(path)

    def _below(self, path: str) -> Place:
        table = self._table
        is_home = path.startswith(f"{self._home}/")
        inside = path[len(self._home) + 1 :] if is_home else _SOME_HOME.sub("", path)
        if any(fnmatchcase(path, pattern) for pattern in table.hooks):
            return Place.PERSONAL
        if inside != path and any(fnmatchcase(inside, pattern) for pattern in table.personal):
            return Place.PERSONAL
        if is_home:
            return Place.HOME
        if path in table.trees:
            return Place.TREE
        for folders, place in (
            (table.temporary, Place.TEMPORARY),
            (("/usr/local",), Place.SYSTEM),
            (table.vital, Place.VITAL),
            (table.system, Place.SYSTEM),
        ):
            if any(_is_in(path, folder) for folder in folders):
                return place
        return Place.ELSEWHERE


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def touched(effect: Effect, word: Word, around: Invocation, *, is_search: bool = False) -> Touched:
    """Return a path that a command writes to, as people are told of it.

    Args:
        is_search: Whether only what a search finds there is meant.
    """
    return Touched(
        path=word.text,
        effect="search" if is_search else _SAID[effect],
        cwd=around.cwd,
        is_pattern=word.has_glob,
        is_known=word.is_known and (not around.cwd.startswith(UNKNOWN_PLACE) or word.text.startswith(("/", "~"))),
        is_home=word.has_tilde,
    )
