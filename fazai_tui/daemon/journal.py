"""Where the worker writes what it does, for diagnosis."""

from typing import Protocol


class Journal(Protocol):
    """Takes named events with facts; structlog's loggers are such."""

    def info(self, event: str, **facts: object) -> object:
        """Note what is as it should be."""
        ...

    def warning(self, event: str, **facts: object) -> object:
        """Note what somebody may want to look into."""
        ...

    def error(self, event: str, **facts: object) -> object:
        """Note what must not happen."""
        ...
