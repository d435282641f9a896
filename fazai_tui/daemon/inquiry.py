"""Asking a running worker from another process."""

import json
import os
import select
import signal
import socket
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import FazaiError

_SECONDS: Final = 5.0


class WorkerStatus(BaseModel):
    """How a worker is, in its own words."""

    model_config = ConfigDict(frozen=True)

    pid: int
    version: str
    uptime_seconds: float
    state: str
    model: str | None
    sessions: int
    turns: int
    waiting: int


def ask_status(path: Path, texts: Texts) -> WorkerStatus | None:
    """Return how the worker on a socket is; None when none listens there.

    Raises:
        FazaiError: It may not be asked, or does not answer.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connected:
        connected.settimeout(_SECONDS)
        try:
            connected.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except OSError as error:
            raise _unanswered(path, texts, error.strerror or str(error)) from error
        try:
            connected.sendall(b'{"type":"status"}\n')
            with connected.makefile("rb") as stream:
                answer = json.loads(stream.readline())
            return WorkerStatus.model_validate(answer)
        except (OSError, ValueError) as error:
            raise _unanswered(path, texts, str(error).splitlines()[0]) from error


def stop_worker(path: Path, texts: Texts) -> int:
    """End the worker on a socket and wait for its end; return its process, 0 when none runs.

    Raises:
        FazaiError: It may not be asked or ended, or does not end.
    """
    status = ask_status(path, texts)
    if status is None:
        return 0
    try:
        # Held by this, the number cannot come to be another process's.
        process = os.pidfd_open(status.pid)
    except ProcessLookupError:
        return status.pid
    try:
        signal.pidfd_send_signal(process, signal.SIGTERM)
        ended, _, _ = select.select([process], [], [], _SECONDS)
        if not ended:
            raise _unanswered(path, texts, texts.get("worker.still_running", pid=status.pid))
    except ProcessLookupError:
        return status.pid
    except OSError as error:
        raise _unanswered(path, texts, error.strerror or str(error)) from error
    finally:
        os.close(process)
    return status.pid


def _unanswered(path: Path, texts: Texts, reason: str) -> FazaiError:
    return FazaiError(
        texts.get("worker.title"),
        texts.get("worker.unanswered", path=path, reason=reason),
        texts.get("worker.unanswered_hint"),
    )
