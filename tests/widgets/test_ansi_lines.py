"""Output becomes lines: colours stay, cursor movement goes."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from fazai_tui.widgets.ansi_lines import AnsiLine, LineAssembler, fold


def lines(*chunks: str) -> list[str]:
    """Return the finished lines and the rest, of output that comes in chunks."""
    assembler = LineAssembler()
    finished = [line.text for chunk in chunks for line in assembler.feed(chunk)]
    return [*finished, *(line.text for line in assembler.end())]


def test_a_progress_bar_keeps_its_last_state() -> None:
    assert lines("10%\r50%\r100%\ndone\n") == ["100%", "done"]


def test_a_line_that_is_not_finished_shows_what_came_last() -> None:
    assembler = LineAssembler()
    assembler.feed("10%\r50%")

    assert assembler.partial == AnsiLine("50%")


def test_windows_line_ends_are_one_line_end() -> None:
    assert lines("a\r\nb\r\r\nc") == ["a", "b", "c"]


def test_a_line_end_cut_in_two_is_still_one() -> None:
    assert lines("a\r", "\nb\n") == ["a", "b"]


def test_colours_go_on_in_the_next_line_until_reset() -> None:
    first, second, third = lines("\x1b[31mred\nstill\x1b[0m\nplain\n")

    assert Text.from_ansi(first).plain == "red"
    assert second.startswith("\x1b[31m")
    assert third == "plain"


def test_a_colour_cut_in_two_is_still_one() -> None:
    assert lines("\x1b[3", "1mred\n") == ["\x1b[31mred"]


def test_cursor_movement_titles_and_marks_go() -> None:
    assert lines("\x1b]0;title\x07a\x1b[2K\x1b[1Ab\x1b]133;C\x1b\\c\x1b(B\x1b[?25ld\n") == ["abcd"]


def test_backspaces_take_what_stands_before_them() -> None:
    assert lines("ab\b\bxy\n\b\bz\n") == ["xy", "z"]


def test_the_end_of_a_command_forgets_its_colours() -> None:
    assembler = LineAssembler()
    assembler.feed("\x1b[31mred\n")
    assembler.end()

    assert assembler.feed("next\n") == [AnsiLine("next")]


@given(st.text(alphabet="ab\r\n\t\b\x1b[]31m;?hKé界\x07\x00", max_size=200), st.integers(1, 7))
def test_nothing_but_text_and_colours_comes_out_however_it_is_cut(text: str, size: int) -> None:
    chunks = [text[start : start + size] for start in range(0, len(text), size)]

    for line in lines(*chunks):
        plain = Text.from_ansi(line).plain
        assert "\n" not in plain
        assert all(character >= " " or character == "\t" for character in plain)


@given(st.text(alphabet="abé界 \x1b", max_size=120), st.integers(2, 20))
def test_folded_rows_fit_and_lose_nothing(text: str, width: int) -> None:
    line = AnsiLine("\x1b[32m" + text.replace("\x1b", "\x1b[1m"))
    rows = fold(line, width)
    plains = [Text.from_ansi(row.text).plain for row in rows]

    assert "".join(plains) == Text.from_ansi(line.text).plain or len(rows) == 1
    assert all(cell_len(plain) <= width for plain in plains)
