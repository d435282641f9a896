"""The measured models: kept in a file, drawn as a plot."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from training.ablation import Run, draw, read_runs, record
from training.measure import DOCUMENT, MODEL, PLOT, RUNS, conditions

SMALL = Run(name="small", mb=3.5, orders=50, exact=40)
LARGE = Run(name="large <1>", mb=14, orders=80)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return an empty file of runs with a comment."""
    path = tmp_path / "runs.toml"
    path.write_text("# What this is.\n")
    return path


def circles(svg: str) -> list[tuple[float, float]]:
    """Return where the points of the plot lie, those of the legend left out."""
    root = ElementTree.fromstring(svg)
    found = [circle for circle in root.iter("{http://www.w3.org/2000/svg}circle") if len(circle)]
    return [(float(circle.attrib["cx"]), float(circle.attrib["cy"])) for circle in found]


def test_runs_are_added_and_replaced(file: Path) -> None:
    record(file, SMALL)
    record(file, LARGE)
    record(file, Run(name="small", mb=3.6, exact=45))

    assert read_runs(file) == [Run(name="small", mb=3.6, orders=50, exact=45), LARGE]
    assert file.read_text().startswith("# What this is.\n\n[[run]]\n")


@pytest.mark.parametrize("text", ["run = 3", "[[run]]\nname = 'x'", "[[run]]\nname='x'\nmb=1\norders=101", "[[run"])
def test_what_is_no_run_is_refused(file: Path, text: str) -> None:
    file.write_text(text)

    with pytest.raises(ValueError):
        read_runs(file)


def test_points_lie_where_size_and_accuracy_say() -> None:
    (small_x, small_y), (large_x, large_y), (exact_x, exact_y) = circles(draw([SMALL, LARGE]))

    assert small_x < large_x and small_x == exact_x
    assert large_y < small_y < exact_y
    assert "large &lt;1&gt;" in draw([LARGE])
    assert circles(draw([])) == []


def test_the_plot_shows_the_recorded_runs() -> None:
    runs = read_runs(RUNS)

    assert PLOT.read_text(encoding="utf-8") == draw(runs)
    assert f"{MODEL.stat().st_size / 1e6:.1f}" in {f"{run.mb:.1f}" for run in runs}


def test_the_figures_are_those_of_the_shipped_model() -> None:
    """After another model is put in its place, `make eval` measures it."""
    figures = re.search(r"<!-- held-out -->(.*)<!-- end of held-out -->", DOCUMENT.read_text(encoding="utf-8"), re.S)

    assert figures is not None
    assert conditions(MODEL).partition(";")[0] in figures[1]
