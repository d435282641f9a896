"""The one thread that touches llama.cpp."""

import atexit
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TypeVar

_T = TypeVar("_T")

_EXIT_SECONDS = 2.0


class EngineThread:
    """Runs jobs one after another on a daemon thread, which lives from the first job to `stop`."""

    def __init__(self, on_stop: Callable[[], None]) -> None:
        """Prepare; the thread starts with the first job.

        Args:
            on_stop: Makes the running job end soon; called from any thread.
        """
        self._on_stop = on_stop
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._is_stopping = False

    def submit(self, job: Callable[[], _T]) -> Future[_T]:
        """Queue a job; its result, or whatever it raises, is the future's.

        Raises:
            RuntimeError: The thread was stopped.
        """
        if self._is_stopping:
            raise RuntimeError("the engine thread was stopped")
        future: Future[_T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = job()
            except Exception as error:
                # The thread's top: the failure is the caller's to hear of, and not the next job's to suffer from.
                future.set_exception(error)
            else:
                future.set_result(result)

        self._start()
        self._jobs.put(run)
        return future

    def stop(self) -> None:
        """Let the thread end after the jobs it has; they are asked to end soon. Does not wait."""
        if not self._is_stopping:
            self._is_stopping = True
            atexit.unregister(self._stop_at_exit)
            self._on_stop()
            self._jobs.put(None)

    def join(self, timeout: float | None = None) -> None:
        """Wait for the thread's end."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="fazai-engine", daemon=True)
            self._thread.start()
            # llama.cpp's own clean-up at the end of the process must not find it computing.
            atexit.register(self._stop_at_exit)

    def _stop_at_exit(self) -> None:
        self.stop()
        self.join(_EXIT_SECONDS)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
