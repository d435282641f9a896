"""Putting files back to how they were, and making sure that they are."""

import base64
import contextlib
import os
import shlex
import shutil
from collections.abc import Sequence

from fazai_tui.core.undo import FileOutcome, Outcome
from fazai_tui.undo.entry import Entry, look
from fazai_tui.undo.images import change_kind

_STAT = 1_000_000_000


class FileRestorer:
    """Puts files back.

    Args:
        folder: Where the kept contents are.
        is_forced: Whether files that changed again since the step are put back, too.
        elevate: What runs a command with more rights, such as `sudo `; empty where there is nothing above.
    """

    def __init__(self, folder: str, *, is_forced: bool = False, elevate: str = "") -> None:
        self._folder = folder
        self._is_forced = is_forced
        self._elevate = elevate

    def restore(self, changes: Sequence[tuple[Entry, Entry]]) -> list[FileOutcome]:
        """Put files back; each change is the state before the step and the one after it."""
        outcomes: list[FileOutcome] = []
        added = [change for change in changes if change[0].kind == "absent"]
        others = [change for change in changes if change[0].kind != "absent"]
        # What was added goes from the inside out, everything else comes back from the outside in.
        for before, after in sorted(added, key=lambda change: change[0].path, reverse=True):
            outcomes.append(self._one(before, after))
        for before, after in sorted(others, key=lambda change: change[0].path):
            outcomes.append(self._one(before, after))
        for before, _ in sorted(others, key=lambda change: change[0].path, reverse=True):
            if before.kind == "dir":
                with contextlib.suppress(OSError):
                    os.utime(before.path, ns=(before.mtime_ns, before.mtime_ns))
        return outcomes

    def _one(self, before: Entry, after: Entry) -> FileOutcome:
        kind = change_kind(after, before)
        try:
            now = look(before.path, reads=True)
        except OSError as error:
            return self._failed(before, after, error)
        if now.is_same(before):
            return FileOutcome(path=before.path, kind=kind, outcome=self._retime(before, now))
        if refusal := self._refusal(before, after, now):
            return FileOutcome(path=before.path, kind=kind, outcome=refusal)
        try:
            if before.kind == "absent":
                self._remove(now)
            else:
                self._bring_back(before, now)
            is_back = look(before.path, reads=True).is_same(before)
        except OSError as error:
            return self._failed(before, after, error)
        return FileOutcome(path=before.path, kind=kind, outcome="restored" if is_back else "failed")

    def _refusal(self, before: Entry, after: Entry, now: Entry) -> Outcome | None:
        """Return why a file is left as it is; None when it may be put back."""
        if not self._is_forced and not now.is_same(after):
            return "changed_since"
        if before.kind == "special" or (before.kind == "file" and not before.blob and _lost_content(before, now)):
            return "not_kept"
        if os.path.realpath(os.path.dirname(before.path)) != os.path.dirname(before.path):
            # A directory on the way became a link: what is behind it is not what was there.
            return "changed_since"
        if now.kind == "dir" and before.kind != "dir" and os.listdir(before.path):
            return "not_empty"
        return None

    def _remove(self, now: Entry) -> None:
        if now.kind == "dir":
            os.rmdir(now.path)
        elif now.kind != "absent":
            os.unlink(now.path)

    def _bring_back(self, before: Entry, now: Entry) -> None:
        if before.kind != now.kind:
            self._remove(now)
        if before.kind == "link":
            if now.kind == "link":
                os.unlink(before.path)
            os.symlink(before.link, before.path)
            os.lchown(before.path, before.uid, before.gid)
            return
        if before.kind == "dir" and now.kind != "dir":
            os.mkdir(before.path, 0o700)
        elif before.kind == "file" and (now.kind != "file" or now.digest != before.digest) and before.blob:
            self._write(before, now)
        _dress(before.path, before)

    def _write(self, before: Entry, now: Entry) -> None:
        """Replace a file in one step; one with several names is written in place, so that they stay one."""
        blob = os.path.join(self._folder, before.blob)
        if now.kind == "file" and os.lstat(before.path).st_nlink > 1:
            target = os.open(before.path, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW)
            with open(blob, "rb") as source, open(target, "wb") as stream:
                shutil.copyfileobj(source, stream)
            return
        folder, name = os.path.split(before.path)
        draft = os.path.join(folder, f".{name[:200]}.fazai-{os.getpid()}")
        target = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with open(blob, "rb") as source, open(target, "wb") as stream:
                shutil.copyfileobj(source, stream)
                stream.flush()
                os.fsync(stream.fileno())
            _dress(draft, before)
            os.replace(draft, before.path)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(draft)
            raise

    def _retime(self, before: Entry, now: Entry) -> Outcome:
        """Give a file whose content is as it was its time, too; return what that came to."""
        if before.kind != "file" or before.mtime_ns == now.mtime_ns:
            return "already"
        try:
            os.utime(before.path, ns=(before.mtime_ns, before.mtime_ns))
        except OSError:
            return "already"
        return "restored"

    def _failed(self, before: Entry, after: Entry, error: OSError) -> FileOutcome:
        is_denied = isinstance(error, PermissionError) and bool(self._elevate)
        return FileOutcome(
            path=before.path,
            kind=change_kind(after, before),
            outcome="failed",
            detail=error.strerror or str(error),
            command=self._command(before) if is_denied else "",
        )

    def _command(self, before: Entry) -> str:
        """Return what would put a file back with more rights."""
        path, root = shlex.quote(before.path), self._elevate
        owner = f"{before.uid}:{before.gid}"
        match before.kind:
            case "absent":
                return f"{root}rm -d -- {path}"
            case "dir":
                return f"{root}install -d -m {before.mode:04o} -o {before.uid} -g {before.gid} -- {path}"
            case "link":
                return f"{root}ln -sfn -- {shlex.quote(before.link)} {path} && {root}chown -h {owner} -- {path}"
            case "file" if before.blob:
                blob = shlex.quote(os.path.join(self._folder, before.blob))
                time = f"@{before.mtime_ns // _STAT}.{before.mtime_ns % _STAT:09d}"
                place = f"-m {before.mode:04o} -o {before.uid} -g {before.gid}"
                return f"{root}install {place} -- {blob} {path} && {root}touch -d {time} -- {path}"
            case "file":
                return f"{root}chmod {before.mode:04o} -- {path} && {root}chown {owner} -- {path}"
            case "special":
                return ""


def _lost_content(before: Entry, now: Entry) -> bool:
    """Tell whether the content itself changed, of a file of which only the rights are known."""
    return now.kind != "file" or (now.size, now.mtime_ns) != (before.size, before.mtime_ns)


def _dress(path: str, before: Entry) -> None:
    """Give a file its owner, rights, attributes and time."""
    facts = os.lstat(path)
    if (facts.st_uid, facts.st_gid) != (before.uid, before.gid):
        os.chown(path, before.uid, before.gid, follow_symlinks=False)
    os.chmod(path, before.mode)
    for name, value in before.attributes.items():
        with contextlib.suppress(OSError):
            os.setxattr(path, name, base64.b64decode(value), follow_symlinks=False)
    os.utime(path, ns=(before.mtime_ns, before.mtime_ns))
