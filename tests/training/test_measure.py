"""The command that measures and writes the figures, on a small part of the cookbook."""

import sys
from pathlib import Path

import pytest

import training.measure
from fazai_tui.core.cookbook import Entry
from training.ablation import read_runs
from training.measure import MODEL, Measured, main
from training.orders import OrderResult

DOCUMENT = "# Model\n<!-- orders -->\nas before\n<!-- end of orders -->\n<!-- held-out -->\n<!-- end of held-out -->\n"


@pytest.fixture
def folder(tmp_path: Path, entries: tuple[Entry, ...], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a document of its own; measuring sees a part of the cookbook."""
    (tmp_path / "model.md").write_text(DOCUMENT)
    (tmp_path / "runs.toml").write_text("# Runs.\n")
    for name, value in {
        "DOCUMENT": tmp_path / "model.md",
        "RUNS": tmp_path / "runs.toml",
        "PLOT": tmp_path / "plot.svg",
        "load_cookbook": lambda: entries[:40],
    }.items():
        monkeypatch.setattr(training.measure, name, value)
    return tmp_path


def call(monkeypatch: pytest.MonkeyPatch, folder: Path, *options: str) -> None:
    """Measure with no set of orders in reach."""
    missing = ("--orders", str(folder / "none"))
    monkeypatch.setattr(sys, "argv", ["measure", "--count", "2", *missing, *options])
    main()


def result(number: int, lang: str, status: str) -> OrderResult:
    """Return what a runner says of an order."""
    fields = {"id": f"x-{number}", "lang": lang, "category": "git", "level": 2, "order": "y", "status": status}
    return OrderResult.model_validate(fields | {"command_seconds": float(number)})


def test_without_orders_it_says_so_and_measures_the_rest(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call(monkeypatch, folder)

    written = (folder / "model.md").read_text()
    assert f"orders: not run, {folder / 'none'} is not there" in capsys.readouterr().err
    assert "<!-- orders -->\nas before\n<!-- end of orders -->" in written
    assert "| first | among the first three |" in written and "| **all** |" in written
    (run,) = read_runs(folder / "runs.toml")
    assert (run.name, run.orders, run.mb) == ("Faísca", None, round(MODEL.stat().st_size / 1e6, 1))
    assert "Faísca" in (folder / "plot.svg").read_text()


@pytest.mark.parametrize("option", [("--print",), ("--only", "x-1")])
def test_a_part_or_a_look_writes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, option: tuple[str, ...]
) -> None:
    call(monkeypatch, folder, *option)

    assert (folder / "model.md").read_text() == DOCUMENT
    assert read_runs(folder / "runs.toml") == [] and not (folder / "plot.svg").exists()


def test_another_model_comes_into_the_plot_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = folder / "other.gguf"
    other.write_bytes(MODEL.read_bytes())

    call(monkeypatch, folder, "--model", str(other), "--record", "12 layers")

    assert [run.name for run in read_runs(folder / "runs.toml")] == ["12 layers"]
    assert (folder / "model.md").read_text() == DOCUMENT


def test_the_goals_stand_beside_what_was_measured() -> None:
    results = [result(1, "pt", "PASS"), result(2, "pt", "PASS"), result(3, "en", "PASS"), result(6, "en", "TIMEOUT")]
    text = Measured((), (), results).orders_text()

    assert "| at least 85 % of the orders fulfilled | 75 % |" in text
    assert "| Portuguese and English within 5 points | 50 points apart |" in text
    assert "| half of the orders within 3 s, from start to exit | 2.5 s |" in text
    assert "| no plan outside the schema | 0 of 4 |" in text
    assert Measured((), (), results).as_run("x", MODEL).orders == 75
