"""Folders that are written aside and take their place when they are whole."""

import shutil
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "part-"
_STALE_SECONDS = 3600
"""Nothing is written for so long: what is older was left by a run that was killed."""


@contextmanager
def partial_folder(parent: Path) -> Generator[Path]:
    """Yield a new folder beside the one that it will become; it is removed unless it was renamed.

    Raises:
        OSError: It cannot be made.
    """
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_stale(parent: Path) -> None:
    """Remove what killed runs left behind."""
    oldest = time.time() - _STALE_SECONDS
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
