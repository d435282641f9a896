"""Untrusted text made harmless."""

import pytest

from fazai_tui.widgets.plain import duration, one_line, summary, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rm \u202egpj.x", "rm \\u202egpj.x"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("linha\n\tação 界", "linha\n\tação 界"),
    ],
)
def test_what_hides_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_one_line_shows_where_lines_ended() -> None:
    assert one_line("a\n  b\n") == "a ⏎ b"


@pytest.mark.parametrize(
    ("command", "shown"),
    [("ls -l", "ls -l"), ("cat <<E\nx\nE", "cat <<E…"), ("x" * 100, "x" * 71 + "…"), ("", "")],
)
def test_a_summary_says_that_there_is_more(command: str, shown: str) -> None:
    assert summary(command) == shown


@pytest.mark.parametrize(
    ("milliseconds", "shown"), [(12, "12 ms"), (2400, "2.4 s"), (14_200, "14 s"), (123_000, "2 min 03 s")]
)
def test_times_are_written_as_people_write_them(milliseconds: int, shown: str) -> None:
    assert duration(milliseconds) == shown
