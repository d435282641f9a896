"""The order and what is piped in beside it."""

import os
import select
import stat
import time
from typing import TextIO

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError

_MOST = 256 * 1024
"""Characters of piped input that are read."""

_PATIENCE_SECONDS = 0.3
"""How long piped input beside an order may pause; a pipe that stays silent is not waited for."""

_LONGEST_SECONDS = 10.0
"""How long piped input is read when it never ends."""


def read_order(order: str, stdin: TextIO, texts: Texts) -> tuple[str, str]:
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
        return text, ""
    if order.lstrip().startswith("!"):
        return order, ""
    return order, _piped(stdin)


def _piped(stdin: TextIO) -> str:
    try:
        mode = os.fstat(stdin.fileno()).st_mode
    except (OSError, ValueError):
        return ""
    if stat.S_ISREG(mode):
        return stdin.read(_MOST)
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return ""
    pieces: list[bytes] = []
    until = time.monotonic() + _LONGEST_SECONDS
    while (
        sum(map(len, pieces)) < _MOST
        and time.monotonic() < until
        and select.select([stdin], [], [], _PATIENCE_SECONDS)[0]
    ):
        piece = os.read(stdin.fileno(), 65536)
        if not piece:
            break
        pieces.append(piece)
    return b"".join(pieces).decode("utf-8", errors="replace")
