"""What llama.cpp says: kept from the screen, and asked when something failed.

llama.cpp speaks in two ways. Nearly all goes through its log callback, which is taken over here for the whole process.
Its grammar parser alone prints to C's `stderr`. File descriptor 2 is never touched, because Textual paints on it:
instead C's `stderr` variable points to a buffer while a grammar is parsed. Python does not use that variable.
"""

import ctypes
import logging
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache

import structlog

from fazai_tui.engine.bindings import native

_ERROR = 4
_CONTINUED = 5
_REMEMBERED_LINES = 40
_CAPTURE_BYTES = 16_384


class NativeLog:
    """The last errors that llama.cpp logged."""

    def __init__(self) -> None:
        """Take over llama.cpp's log."""
        self._errors: deque[str] = deque(maxlen=_REMEMBERED_LINES)
        self._level = 0
        # Through logging's logger, so that nothing is printed where nobody has configured structlog.
        self._logger: structlog.stdlib.BoundLogger = structlog.wrap_logger(logging.getLogger("fazai.llama_cpp"))
        # llama.cpp keeps the pointer for as long as the process lives; so must this object.
        self._callback = native.llama_log_callback(self._receive)
        native.llama_log_set(self._callback, ctypes.c_void_p(0))

    def clear(self) -> None:
        """Forget what was logged so far."""
        self._errors.clear()

    def last_error(self) -> str:
        """Return the first error since `clear`, which names the cause; empty when there was none."""
        return self._errors[0] if self._errors else ""

    def _receive(self, level: int, text: bytes, _data: object) -> None:
        level = self._level if level == _CONTINUED else level
        self._level = level
        line = text.decode("utf-8", "replace").strip()
        if level >= _ERROR and line:
            self._errors.append(line)
            self._logger.debug("llama.cpp", line=line)


@cache
def native_log() -> NativeLog:
    """Return the process's log of llama.cpp, which has only one."""
    return NativeLog()


@contextmanager
def captured_stderr() -> Generator[list[str]]:
    """Collect what C code prints to `stderr`, and leave file descriptor 2 alone.

    Yields:
        A list that holds the text as its one element once the block has ended; empty where the C library keeps
        `stderr` out of reach.
    """
    printed: list[str] = []
    libc = ctypes.CDLL(None)
    try:
        variable = ctypes.c_void_p.in_dll(libc, "stderr")
    except ValueError:
        yield printed
        return
    libc.fmemopen.restype = ctypes.c_void_p
    buffer = ctypes.create_string_buffer(_CAPTURE_BYTES)
    stream = ctypes.c_void_p(libc.fmemopen(buffer, ctypes.c_size_t(_CAPTURE_BYTES - 1), b"w"))
    original = variable.value
    try:
        if stream.value is not None:
            variable.value = stream.value
        yield printed
    finally:
        variable.value = original
        if stream.value is not None:
            libc.fclose(stream)
        printed.append(buffer.value.decode("utf-8", "replace"))
