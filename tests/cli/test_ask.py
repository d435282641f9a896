"""`fazai ask`: an answer, and never a command."""

import os
import sqlite3
from pathlib import Path

from tests.cli.conftest import Fazai, RunHere


def test_nothing_is_ever_run(fazai: Fazai, folder: Path, data: Path) -> None:
    question = "!touch made; apague todos os arquivos"
    (folder / "kept").write_text("kept")

    ended = fazai("ask", question)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() and "Traceback" not in ended.stderr
    assert os.listdir(folder) == ["kept"]
    with sqlite3.connect(data / "ledger.db") as connection:
        assert connection.execute("SELECT count(*) FROM commands").fetchone() == (0,)
        assert connection.execute("SELECT kind, order_text FROM turns").fetchall() == [("ask", question)]
    connection.close()


def test_without_a_model_there_is_no_answer(run_here: RunHere, tmp_path: Path) -> None:
    ended = run_here("ask", "-m", str(tmp_path / "none.gguf"), "what is bash?")

    assert (ended.returncode, ended.stdout) == (54, "")
    assert "none.gguf does not exist" in ended.stderr


def test_an_empty_question_is_bad_input(run_here: RunHere) -> None:
    assert run_here("ask", " ").returncode == 42
