"""The one base error, and the kinds every front end translates."""

from enum import StrEnum


class ErrorKind(StrEnum):
    """What went wrong, in the terms of the contract's exit codes."""

    ORDER_FAILED = "order_failed"
    USAGE = "usage"
    DECLINED = "declined"
    CREDENTIALS = "credentials"
    BAD_INPUT = "bad_input"
    CONFIGURATION = "configuration"
    LIMIT = "limit"
    MODEL = "model"
    INTERRUPTED = "interrupted"


class FazaiError(Exception):
    """An error a user can act on: what happened, where, and what to do.

    Attributes:
        title: A few words naming the failure.
        message: What and where, on one line.
        hint: What to do about it; empty when nothing can be done.
        kind: The category that front ends map to an exit code or an HTTP status.
    """

    kind = ErrorKind.ORDER_FAILED

    def __init__(self, title: str, message: str, hint: str = "", *, kind: ErrorKind | None = None) -> None:
        super().__init__(title, message, hint)
        self.title = title
        self.message = message
        self.hint = hint
        if kind is not None:
            self.kind = kind

    def __str__(self) -> str:
        """Return the error as the one line that users see."""
        line = f"{self.title}: {self.message}"
        return f"{line} ({self.hint})" if self.hint else line


class ConfigurationError(FazaiError):
    """A setting, a configuration file or an unavailable sandbox."""

    kind = ErrorKind.CONFIGURATION


class ModelError(FazaiError):
    """The model file could not be found, read or run."""

    kind = ErrorKind.MODEL


class BadInputError(FazaiError):
    """Input that cannot be used: an empty order, an unreadable file, an unknown session."""

    kind = ErrorKind.BAD_INPUT


class LimitError(FazaiError):
    """A step, plan or time limit was reached."""

    kind = ErrorKind.LIMIT


class ShellError(FazaiError):
    """The shell could not be started or has gone."""


class LedgerError(FazaiError):
    """The ledger could not be opened or written."""
