"""Exit codes: the one place that says which number an end has."""

from collections.abc import Mapping
from typing import Final

from fazai_tui.core.errors import ErrorKind, FazaiError

FULFILLED: Final = 0
FAILED: Final = 1
USAGE: Final = 2
DECLINED: Final = 3
NO_CREDENTIALS: Final = 41
BAD_INPUT: Final = 42
BAD_CONFIGURATION: Final = 52
LIMIT_REACHED: Final = 53
NO_MODEL: Final = 54
INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141
"""The reader of a pipe went away: 128 and SIGPIPE, as shells report it."""

_BY_KIND: Mapping[ErrorKind, int] = {
    ErrorKind.ORDER_FAILED: FAILED,
    ErrorKind.USAGE: USAGE,
    ErrorKind.DECLINED: DECLINED,
    ErrorKind.CREDENTIALS: NO_CREDENTIALS,
    ErrorKind.BAD_INPUT: BAD_INPUT,
    ErrorKind.CONFIGURATION: BAD_CONFIGURATION,
    ErrorKind.LIMIT: LIMIT_REACHED,
    ErrorKind.MODEL: NO_MODEL,
    ErrorKind.INTERRUPTED: INTERRUPTED,
}


def exit_code(error: FazaiError) -> int:
    """Return the exit code that an error ends the program with."""
    return _BY_KIND[error.kind]
