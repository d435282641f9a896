"""The whole training pipeline, from the cookbook to a model that plans, on a miniature."""

import hashlib
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from fazai_tui.memory.embedding import TermVectors
from fazai_tui.memory.judge import Judge

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "config/models"
MISSING = [name for name in ("torch", "transformers", "gguf", "sentencepiece") if find_spec(name) is None]


def digests() -> dict[str, str]:
    """Return what the shipped files hold."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in SHIPPED.iterdir()}


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}; pip install -e '.[training]'")
def test_every_stage_runs_and_what_comes_out_belongs_together(tmp_path: Path) -> None:
    before = digests()

    ran = subprocess.run(
        [sys.executable, "-m", "training", "--trial", "--threads", "1", "--work", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    made = tmp_path / "made"
    vectors, judge = TermVectors.read(made / "retriever.npz"), Judge.read(made / "reranker.npz")
    assert vectors is not None and judge is not None and judge.guess.size == len(vectors.rows)
    assert (made / "faisca.gguf").read_bytes().startswith(b"GGUF")
    assert "Where the prompt shows the right entry" in ran.stdout
    assert "of 8), " in ran.stdout
    assert digests() == before
