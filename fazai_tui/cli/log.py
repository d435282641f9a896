"""The diagnostic log: one JSON object a line, rotated, for the user alone, without secrets."""

import logging
import os
import sys
from collections.abc import Generator, MutableMapping
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog

from fazai_tui import __version__
from fazai_tui.config.paths import PRIVATE_FILE, ensure_directory
from fazai_tui.core.errors import FazaiError
from fazai_tui.core.redaction import redact

_MAX_BYTES = 2_000_000
_BACKUPS = 3


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE_FILE)


class _PrivateFileHandler(RotatingFileHandler):
    """A rotating file that its owner alone can read."""

    def _open(self) -> Any:
        return open(self.baseFilename, "a", encoding="utf-8", opener=_open_private)


def open_log(file: Path, verbosity: int = 0, *, echo: bool = False) -> None:
    """Send structlog's events to a file; without one when it cannot be written.

    Args:
        file: The log.
        verbosity: 0 for what matters, 1 and more for everything.
        echo: Also write to stderr.
    """
    handlers: list[logging.Handler] = []
    try:
        ensure_directory(file.parent)
        handlers.append(_PrivateFileHandler(file, maxBytes=_MAX_BYTES, backupCount=_BACKUPS))
    except OSError:
        # A log that cannot be written must not keep FazAI from working; `fazai doctor` names it.
        handlers.append(logging.NullHandler())
    if echo:
        handlers.append(logging.StreamHandler(sys.stderr))
    logger = logging.getLogger("fazai")
    for old in logger.handlers[:]:
        logger.removeHandler(old)
        old.close()
    for handler in handlers:
        logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if verbosity else logging.INFO)
    logger.propagate = False
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            _without_secrets,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


@contextmanager
def logged(file: Path, command: str, verbosity: int) -> Generator[None]:
    """Log the beginning of a command, and the error it ends with."""
    # The full-screen program owns the terminal: nothing else may write to it.
    open_log(file, verbosity, echo=verbosity > 0 and command != "interactive")
    logger = structlog.stdlib.get_logger("fazai.cli")
    logger.info("command_started", command=command, version=__version__)
    try:
        yield
    except FazaiError as error:
        logger.warning("command_failed", command=command, error=str(error))
        raise
    except Exception:
        logger.error("command_crashed", command=command, exc_info=True)
        raise


def _without_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}
