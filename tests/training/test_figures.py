"""Counting what was measured, and putting it into a document."""

from pathlib import Path

import pytest

from fazai_tui.core.cookbook import Language
from training.figures import (
    Outcome,
    accuracy,
    gap,
    median,
    outcome_table,
    percentile_95,
    replace_section,
    unreadable,
)


def outcome(language: Language, is_right: bool, seconds: float = 1.0, *, level: str = "level 1") -> Outcome:
    """Return an outcome of the category files."""
    return Outcome(language, level, "files", is_right, True, seconds)


OUTCOMES = [
    outcome("pt", True, 0.05),
    outcome("pt", True, 2.0),
    outcome("pt", False, 4.0, level="level 2"),
    outcome("en", False, 3.0),
]


def test_shares_and_times() -> None:
    assert accuracy(OUTCOMES) == 50
    assert round(gap(OUTCOMES)) == 67
    assert gap(OUTCOMES[:2]) == 100
    assert median(OUTCOMES) == 2.5
    assert percentile_95([outcome("pt", True, float(second)) for second in range(100)]) == 95
    assert percentile_95(OUTCOMES[:1]) == 0.05
    assert accuracy([]) == 0


def test_plans_outside_the_schema_are_counted() -> None:
    broken = Outcome("pt", "level 1", "files", False, False, 1.0)

    assert unreadable([*OUTCOMES, broken]) == 1
    assert outcome_table([broken], "right").split("\n")[2].endswith(" 1 |")


def test_a_table_has_a_row_for_each_group() -> None:
    rows = outcome_table(OUTCOMES, "fulfilled").split("\n")

    assert rows[0] == "| | fulfilled | of | % | median | 95 % within | outside the schema |"
    assert rows[2:] == [
        "| **all** | 2 | 4 | 50 | 2.5 s | 4.0 s | 0 |",
        "| English | 0 | 1 | 0 | 3.0 s | 3.0 s | 0 |",
        "| Portuguese | 2 | 3 | 67 | 2.0 s | 4.0 s | 0 |",
        "| level 1 | 2 | 3 | 67 | 2.0 s | 3.0 s | 0 |",
        "| level 2 | 0 | 1 | 0 | 4.0 s | 4.0 s | 0 |",
        "| files | 2 | 4 | 50 | 2.5 s | 4.0 s | 0 |",
    ]
    assert "| 50 ms | 50 ms |" in outcome_table(OUTCOMES[:1], "right")


def test_a_section_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    document = tmp_path / "model.md"
    document.write_text("# A\n<!-- x -->\nold\n<!-- end of x -->\nafter\n<!-- y -->\n<!-- end of y -->\n")

    replace_section(document, "x", "new\n")
    replace_section(document, "x", "newer\n")

    assert document.read_text() == ("# A\n<!-- x -->\nnewer\n<!-- end of x -->\nafter\n<!-- y -->\n<!-- end of y -->\n")


@pytest.mark.parametrize("text", ["", "<!-- x -->", "<!-- end of x --><!-- x -->"])
def test_a_document_without_the_marks_is_left_alone(tmp_path: Path, text: str) -> None:
    document = tmp_path / "model.md"
    document.write_text(text)

    with pytest.raises(ValueError, match="do not stand in it"):
        replace_section(document, "x", "new")

    assert document.read_text() == text
