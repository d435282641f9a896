"""How much a client may take of the worker."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """Numbers that keep one client from harming the others.

    Attributes:
        clients: Connections at a time.
        sessions: Sessions at a time.
        line_seconds: How long a client may take for its first request, and for the rest of a line that it began.
        idle_seconds: How long a connection without requests, or a session without turns, is kept.
        slow_seconds: How long a client may take for the next 64 KiB that wait for it.
        half_open_seconds: How long what a client began goes on without a sign once it has stopped sending.
        held_bytes: What may wait for a client before its requests are no longer read and lines of output are left out.
        most_bytes: What may wait for a client before it is dropped.
        close_seconds: How long the end of the worker waits for its sessions.
    """

    clients: int = 128
    sessions: int = 128
    line_seconds: float = 30.0
    idle_seconds: float = 1800.0
    slow_seconds: float = 10.0
    half_open_seconds: float = 300.0
    held_bytes: int = 1_048_576
    most_bytes: int = 8_388_608
    close_seconds: float = 0.8
