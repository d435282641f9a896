"""The records of steps on disk: kept privately, for a while, within limits."""

import os
import re
import shlex
import shutil
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from fazai_tui.config.paths import ensure_directory, write_private
from fazai_tui.core.policy import Assessment, Decision
from fazai_tui.core.ports import PolicyEngine
from fazai_tui.core.undo import FileChange, FileOutcome, Gap, Prospect, UndoOrigin, UndoRecord
from fazai_tui.undo import machine, packages, repositories, units
from fazai_tui.undo.asking import Asker
from fazai_tui.undo.entry import Entry
from fazai_tui.undo.images import Picture, UndoLimits, change_kind, changed, keep, take
from fazai_tui.undo.machine import Machine
from fazai_tui.undo.restoring import FileRestorer
from fazai_tui.undo.roots import Root, roots_of, walked

_DAY = 86_400.0
_SPARE = 256 * 1024**2
"""Bytes that stay free on the disk."""
_ELEVATED = re.compile(r"(?:^|[\s;&|(])(sudo|doas)\s")
_BY_FILES = frozenset(
    """
    rm cp mv mkdir rmdir touch sed tee chmod chown chgrp ln dd truncate gzip gunzip bzip2 bunzip2 xz unxz zstd unzstd
    tar bsdtar unzip zip patch echo printf cat install rsync unlink shred find sort awk head tail tr cut cd split : true
    false test [ setfacl setfattr grep xargs
    """.split()
)
"""Programs that change no more than the files that the policy, or this package, sees in their words."""


class _Kept(BaseModel):
    """A record with all that is needed to go back."""

    model_config = ConfigDict(frozen=True)

    record: UndoRecord
    trees: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    pairs: tuple[tuple[Entry, Entry], ...] = ()
    old: Machine = Machine()
    new: Machine = Machine()


class KeptUndo:
    """Implements `core.ports.UndoKeeper` with a directory for each step.

    Args:
        folder: Where the records are; made for the user alone.
        policy: Tells which commands only read.
        environment: The environment of the user's commands.
        limits: How much is kept.
        private: Directories that nothing is kept of: FazAI's own.
    """

    def __init__(
        self,
        folder: Path,
        policy: PolicyEngine,
        environment: Mapping[str, str],
        *,
        limits: UndoLimits | None = None,
        private: Sequence[str] = (),
    ) -> None:
        self._folder = folder
        self._policy = policy
        self._asker = Asker(environment)
        self._limits = limits or UndoLimits()
        self._private = [os.path.realpath(path) for path in private]

    def foresee(self, assessment: Assessment, cwd: str) -> Prospect:
        """Return what could be taken back of a command; nothing is kept."""
        if _only_reads(assessment):
            return Prospect(is_reading=True)
        picture, state, _, gaps = self._look(assessment, cwd)
        files = sum(entry.kind != "dir" for entry in picture.entries)
        return Prospect(files=files, size=picture.size, kinds=state.kinds, gaps=tuple(gaps))

    def prepare(self, origin: UndoOrigin, assessment: Assessment) -> str:
        """Keep what a step is about to touch; return the record's id, empty when there is nothing to keep."""
        if _only_reads(assessment):
            return ""
        self._prune()
        picture, state, trees, gaps = self._look(assessment, origin.cwd)
        if not picture.entries and not state.kinds and not origin.rollback:
            return ""
        identity = uuid.uuid4().hex[:8]
        place = ensure_directory(self._folder / identity)
        try:
            entries, failed = keep(picture, str(place))
            record = UndoRecord(id=identity, origin=origin, at=datetime.now(UTC), gaps=(*gaps, *failed))
            self._write(_Kept(record=record, trees=tuple(trees), entries=tuple(entries), old=state))
        except OSError:
            shutil.rmtree(place, ignore_errors=True)
            return ""
        return identity

    def settle(self, record_id: str) -> UndoRecord | None:
        """Note what a step has changed; None when it changed nothing, and its record is gone."""
        kept = self._read(record_id)
        if kept is None:
            return None
        pairs = changed(kept.entries, kept.trees, self._limits.files)
        old, new = machine.differing(kept.old, machine.now(kept.old, self._asker))
        record = kept.record
        if not pairs and not old.kinds and not new.kinds and not record.origin.rollback:
            shutil.rmtree(self._folder / record_id, ignore_errors=True)
            return None
        needed = {pair[0].blob for pair in pairs}
        for entry in kept.entries:
            if entry.blob and entry.blob not in needed:
                (self._folder / record_id / entry.blob).unlink(missing_ok=True)
        changes = tuple(FileChange(path=old.path, kind=change_kind(old, new)) for old, new in pairs)
        kinds = tuple(dict.fromkeys((*old.kinds, *new.kinds)))
        record = record.model_copy(update={"changes": changes, "kinds": kinds, "is_settled": True})
        self._write(_Kept(record=record, pairs=tuple(pairs), old=old, new=new))
        return record

    def records(self) -> tuple[UndoRecord, ...]:
        """Return what is kept, the newest first."""
        names = [place.name for place in self._places()]
        found = [kept.record for name in names if (kept := self._read(name)) is not None]
        return tuple(sorted(found, key=lambda record: record.at, reverse=True))

    def way_back(self, record_id: str, *, is_forced: bool = False) -> tuple[str, ...]:
        """Return the commands that take back packages, units and repositories."""
        kept = self._read(record_id)
        if kept is None:
            return ()
        elevate = _elevation(kept.record.origin.command)
        found = machine.way_back(kept.old, kept.new, self._asker, elevate, is_forced=is_forced)
        if not found and not kept.pairs and kept.record.origin.rollback:
            return (f"cd {shlex.quote(kept.record.origin.cwd)} && {kept.record.origin.rollback}",)
        return tuple(found)

    def restore(self, record_id: str, *, is_forced: bool = False) -> tuple[FileOutcome, ...]:
        """Put the files of a step back, and make sure that they are."""
        kept = self._read(record_id)
        if kept is None:
            return ()
        if not kept.record.is_settled:
            self.settle(record_id)
            kept = self._read(record_id) or kept
        elevate = _elevation(kept.record.origin.command)
        restorer = FileRestorer(str(self._folder / record_id), is_forced=is_forced, elevate=elevate)
        return tuple(restorer.restore(kept.pairs))

    def mark(self, record_id: str, undone_by: str) -> None:
        """Note which turn took a step back."""
        if (kept := self._read(record_id)) is not None:
            record = kept.record.model_copy(update={"undone_by": undone_by})
            self._write(kept.model_copy(update={"record": record}))

    def _look(self, assessment: Assessment, cwd: str) -> tuple[Picture, Machine, list[str], list[Gap]]:
        """Return what is to be kept of a command: files, other state, places where new files count, what cannot be."""
        roots, gaps = roots_of(assessment, cwd)
        state, files, more = machine.before(assessment, cwd, self._asker)
        roots += [Root(path, is_tree=False) for path in files]
        picture = take(roots, self._limits, [*self._private, str(self._folder)])
        gaps += [*more, *picture.gaps, *self._unseen(assessment, cwd, state)]
        if picture.size and picture.size + _SPARE > _free(self._folder):
            gaps.append(Gap(key="no_space"))
            picture = Picture((), frozenset(), 0, ())
        trees = [root.path for root in roots if root.is_tree and root.keeps_content]
        return picture, state, trees, gaps

    def _unseen(self, assessment: Assessment, cwd: str, state: Machine) -> list[Gap]:
        """Return the commands whose effects nobody here can see."""
        gaps: list[Gap] = []
        for argv, place in walked(assessment, cwd):
            name = argv[0].rpartition("/")[2]
            if name in _BY_FILES or packages.changes_packages(argv) or units.changed_units(argv) or units.passes(argv):
                continue
            is_git = repositories.changes_repository(argv)
            if is_git and (state.repositories or repositories.verb_of(argv)[0] == "clone"):
                continue
            if self._policy.assess(shlex.join(argv), place).decision is not Decision.ALLOW:
                words = " ".join(argv[:3])
                gaps.append(Gap(key="unseen", params={"command": words if len(words) <= 40 else f"{words[:39]}…"}))
        return [gap for index, gap in enumerate(gaps) if gap not in gaps[:index]]

    def _prune(self) -> None:
        """Forget what is too old, and the oldest of what is too much."""
        places = sorted(self._places(), key=lambda place: place.stat().st_mtime, reverse=True)
        total, oldest = 0, time.time() - self._limits.days * _DAY
        for place in places:
            total += sum(file.stat().st_size for file in place.iterdir())
            if place.stat().st_mtime < oldest or total > self._limits.total:
                shutil.rmtree(place, ignore_errors=True)

    def _places(self) -> list[Path]:
        try:
            return [place for place in self._folder.iterdir() if (place / "record.json").is_file()]
        except OSError:
            return []

    def _read(self, record_id: str) -> _Kept | None:
        try:
            return _Kept.model_validate_json((self._folder / record_id / "record.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def _write(self, kept: _Kept) -> None:
        write_private(self._folder / kept.record.id / "record.json", kept.model_dump_json())


def _only_reads(assessment: Assessment) -> bool:
    return assessment.decision is Decision.ALLOW and assessment.rule is None


def _elevation(command: str) -> str:
    """Return what runs a command with the rights that a step took; empty where this user has them all."""
    found = _ELEVATED.search(command)
    return f"{found[1]} " if found and os.geteuid() else ""


def _free(folder: Path) -> int:
    place = folder
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free
