"""Gathers the figures of a run beside those of their peers, and prints them as one table at its end."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

_HEAD = ("figure", "FazAI", "peer, measured in the same run", "goal", "")


@dataclass
class Figures:
    """The table."""

    rows: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])

    def add(self, name: str, own: str, *, peer: str = "", goal: str = "", is_met: bool | None = None) -> None:
        """Add a row.

        Args:
            name: What was measured.
            own: FazAI's figure with its unit.
            peer: The peer's name and figure.
            goal: What FazAI's is to be.
            is_met: Whether it is.
        """
        verdict = "" if is_met is None else "met" if is_met else "MISSED"
        self.rows.append((name, own, peer, goal, verdict))

    def lines(self) -> list[str]:
        """Return the table, its columns in line."""
        rows = [_HEAD, *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
        rule = "─" * (sum(widths) + 3 * (len(widths) - 1))
        table = [
            " │ ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
        return [table[0], rule, *table[1:]]


_FIGURES = pytest.StashKey[Figures]()


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Give the table that is printed at the end of the run."""
    return request.config.stash.setdefault(_FIGURES, Figures())


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Return a function that prints a figure at once, past pytest's capture."""

    def show(line: str) -> None:
        with capsys.disabled():
            print(f"\n  {line}", end="")

    return show


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table."""
    figures = config.stash.get(_FIGURES, None)
    if figures is None or not figures.rows:
        return
    terminalreporter.section("figures beside their peers")
    for line in figures.lines():
        terminalreporter.write_line(line)
