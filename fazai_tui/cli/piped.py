"""The order and what is piped in beside it."""

import os
import select
import stat
import threading
import time
from typing import TextIO

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError

_MOST = 256 * 1024
"""Characters of piped input that are read."""

_SILENT_SECONDS = 0.3
"""How long a pipe may stay silent from the beginning; one that says nothing is not waited for."""

_PAUSE_SECONDS = 2.0
"""How long piped input that has begun to arrive may pause."""

_LONGEST_SECONDS = 10.0
"""How long piped input is read when it never ends."""


class PipedInput:
    """What is piped in beside an order; it is read from the start, while the session is made ready."""

    def __init__(self, stdin: TextIO | None = None) -> None:
        """Begin to read.

        Args:
            stdin: What to read: a file or a pipe; None, a terminal or anything else holds nothing.
        """
        self._pieces: list[bytes] = []
        self._has_ended = True
        self._reader: threading.Thread | None = None
        mode = _mode(stdin)
        if stdin is not None and any(is_kind(mode) for is_kind in (stat.S_ISREG, stat.S_ISFIFO, stat.S_ISSOCK)):
            self._has_ended = False
            self._reader = threading.Thread(target=self._read, args=(stdin.fileno(),), daemon=True)
            self._reader.start()

    @property
    def is_cut(self) -> bool:
        """Whether more was piped in, or could have been, than was read."""
        return bool(self._pieces) and not self._has_ended

    def text(self) -> str:
        """Wait for the end of the input, as far as that is bounded, and return what was read."""
        if self._reader is not None:
            self._reader.join()
        return b"".join(self._pieces).decode("utf-8", errors="replace")

    def _read(self, descriptor: int) -> None:
        until = time.monotonic() + _LONGEST_SECONDS
        size = 0
        while size < _MOST and time.monotonic() < until:
            try:
                if not select.select([descriptor], [], [], _PAUSE_SECONDS if size else _SILENT_SECONDS)[0]:
                    return
                piece = os.read(descriptor, 65536)
            except OSError:
                return
            if not piece:
                self._has_ended = True
                return
            self._pieces.append(piece)
            size += len(piece)


def read_order(order: str, stdin: TextIO, texts: Texts) -> tuple[str, PipedInput]:
    """Return the order and the input piped in beside it.

    `-` reads the order itself from stdin. Beside an order, stdin is read only when something is piped in and has begun
    to arrive, so that a stdin which never ends cannot hang the order.

    Raises:
        BadInputError: stdin was to hold the order and is empty.
    """
    if order == "-":
        text = stdin.read(_MOST).strip()
        if not text:
            parts = (texts.get(f"headless.stdin.{part}") for part in ("title", "empty", "hint"))
            raise BadInputError(*parts)
        return text, PipedInput()
    return order, PipedInput(None if order.lstrip().startswith("!") else stdin)


def _mode(stdin: TextIO | None) -> int:
    try:
        return os.fstat(stdin.fileno()).st_mode if stdin is not None else 0
    except (OSError, ValueError):
        return 0
