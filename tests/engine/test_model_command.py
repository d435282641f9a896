"""`fazai model` on models that are on this machine; fetching them is tested with the download."""

import json
import os
from pathlib import Path

import pytest

from fazai_tui.cli.program import Program
from fazai_tui.config.paths import Paths
from fazai_tui.config.texts import Texts
from fazai_tui.engine.catalogue import Catalogue

pytestmark = pytest.mark.usefixtures("home")


def run(*arguments: str) -> int:
    """Run a command line in English."""
    return Program(Paths.from_environment(os.environ), os.environ).run([*arguments, "--lang", "en"])


def test_the_shipped_model_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("model", "list", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows if row["current"]] == ["faisca"]
    assert {"gemma-3-1b", "gemma-3-4b", "gemma-3n-e2b", "gemma-4-e2b"} <= {row["name"] for row in rows}
    assert run("model", "info", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["name"], facts["architecture"], facts["profile"]) == ("faisca", "gemma3", "compact")
    assert facts["licence"]
    assert facts["chat_template"] is True


def test_any_file_can_be_chosen_and_is_listed(tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("model", "use", str(tiny_model)) == 0
    assert run("config", "get", "engine.model") == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(tiny_model)
    assert run("model", "list") == 0
    assert "* tiny " in capsys.readouterr().out
    assert run("model", "info") == 0
    said = capsys.readouterr().out
    assert "512 tokens" in said
    assert "MIT" in said


def test_what_a_model_needs_is_told_before_it_is_fetched(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("model", "info", "gemma-4-e2b") == 0
    said = capsys.readouterr().out
    for part in ("Apache-2.0", "3,110.0 MB", "about 5.0 GB", "131072 tokens", "unsloth/gemma-4-E2B-it-GGUF"):
        assert part in said
    assert said.splitlines()[-1] == "Fetch it with `fazai model pull gemma-4-e2b`."
    assert run("model", "info", "gemma-4-e2b", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["present"], facts["memory_bytes"], facts["licence"]) == (False, 5_000_000_000, "Apache-2.0")


def test_a_model_that_the_memory_does_not_hold_is_marked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("fazai_tui.cli.model.machine_memory", lambda: 4_000_000_000)
    assert run("model", "list") == 0
    marked = [line.split()[0] for line in capsys.readouterr().out.splitlines() if "more memory than" in line]
    assert marked == ["gemma-3-4b", "gemma-3-12b", "gemma-3n-e2b", "gemma-3n-e4b", "gemma-4-e2b", "gemma-4-e4b"]
    assert run("model", "info", "gemma-3-4b") == 0
    assert "more memory than this machine has" in capsys.readouterr().out
    assert run("model", "list", "--json") == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert (rows["gemma-3-1b"]["fits"], rows["gemma-3-4b"]["fits"]) == (True, False)


def test_every_model_of_the_catalogue_says_what_it_needs() -> None:
    texts = Texts("en")
    for name, entry in Catalogue(Path("/nowhere"), texts).entries.items():
        assert entry.memory_bytes > entry.size_bytes > 0, name
        assert entry.licence and entry.context >= 2048, name


def test_a_file_among_the_models_has_a_name(tiny_model: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    models = home / "data" / "models"
    models.mkdir(parents=True)
    (models / "mine.gguf").write_bytes(tiny_model.read_bytes())
    assert run("model", "list", "--json") == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["mine"]["present"] is True
    assert run("model", "info", "mine", "--json") == 0
    assert json.loads(capsys.readouterr().out)["file"] == str(models / "mine.gguf")


def test_the_environment_still_goes_first(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAZAI_GEMMA_MODEL", str(tiny_model))
    assert run("model", "info", "--json") == 0
    assert json.loads(capsys.readouterr().out)["name"] == "tiny"
    assert run("model", "use", "faisca") == 0
    assert f"still chooses {tiny_model}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("use", "gemma-3-1b"), "fazai model pull gemma-3-1b"),
        (("use", "gemma3-1b"), "did you mean gemma-3-1b?"),
        (("pull", "gemma-4-e2"), "did you mean gemma-4-e2b?"),
        (("info", "/nowhere/x.gguf"), "/nowhere/x.gguf does not exist"),
        (("bench", "/etc/hostname"), "is not a GGUF file"),
    ],
)
def test_what_is_not_there_is_one_line_with_a_remedy(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("model", *arguments) == 54
    said = capsys.readouterr()
    assert said.out == ""
    assert says in said.err
    assert len(said.err.splitlines()) == 1


def test_a_file_that_lies_about_its_licence_cannot_paint_the_terminal(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = tmp_path / "hostile.gguf"
    hostile.write_bytes(tiny_model.read_bytes().replace(b"MIT", b"\x1b[2"))
    assert run("model", "info", str(hostile)) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_bench_prints_both_and_their_ratio(tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("model", "bench", str(tiny_model), "--json") == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["model"] == "tiny"
    for key in ("prompt", "generation"):
        assert abs(figures[key]["ratio"] - figures[key]["engine"] / figures[key]["raw"]) < 1e-6
        assert figures[key]["raw"] > 100
    assert run("model", "bench", str(tiny_model)) == 0
    assert "ratio" in capsys.readouterr().out


def test_a_shipped_model_needs_no_download(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("model", "pull", "faisca") == 0
    assert "comes with FazAI" in capsys.readouterr().out
