"""Telling output that needs a terminal's screen from a run of lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fazai_tui.widgets.screen_switch import ScreenSwitch


def split(*chunks: str) -> list[tuple[str, str]]:
    """Return the pieces of output that comes in chunks, those for the same screen joined."""
    switch = ScreenSwitch()
    pieces: list[tuple[str, str]] = []
    for chunk in chunks:
        for part in switch.split(chunk):
            if pieces and pieces[-1][0] == part.screen:
                pieces[-1] = (part.screen, pieces[-1][1] + part.text)
            else:
                pieces.append((part.screen, part.text))
    pieces = [piece for piece in pieces if piece[1]]
    return [*pieces, ("held", held)] if (held := switch.reset()) else pieces


def test_a_program_goes_to_its_screen_and_back() -> None:
    assert split("before\x1b[?1049hinside\x1b[?1049lafter") == [
        ("log", "before"),
        ("program", "\x1b[?1049hinside\x1b[?1049l"),
        ("log", "after"),
    ]


@given(st.integers(1, 9))
def test_a_switch_cut_in_two_is_still_one(size: int) -> None:
    text = "a\x1b[?1049hb\x1b[31mc\x1b[?1049ld"
    chunks = [text[start : start + size] for start in range(0, len(text), size)]

    assert split(*chunks) == [("log", "a"), ("program", "\x1b[?1049hb\x1b[31mc\x1b[?1049l"), ("log", "d")]


def test_an_unfinished_escape_at_the_end_is_given_back() -> None:
    assert split("a\x1b[?10") == [("log", "a"), ("held", "\x1b[?10")]


@pytest.mark.parametrize("move", ["\x1b[?1h\x1b=", "\x1b[5;1H", "\x1b[12d", "\x1b[0;29r", "\x1b[2A", "\x1b[A", "\x1bM"])
def test_a_program_that_moves_about_gets_a_screen_until_its_command_ends(move: str) -> None:
    switch = ScreenSwitch()
    assert "".join(part.text for part in switch.split(f"a{move}b") if part.screen == "program") == f"{move}b"
    assert switch.keeps_screen
    assert [part.screen for part in switch.split("c\x1b[?1049hd\x1b[?1049le")] == ["program"]

    switch.reset()

    assert [part.screen for part in switch.split("f")] == ["log"]


@pytest.mark.parametrize(
    "text", ["\x1b[2J\x1b[1;1Hx", "\x1b[H\x1b[2J\x1b[3J", "\x1b[1;31mred\x1b[0m\x1b[K", "\x1b[?25l"]
)
def test_clearing_and_colours_make_no_screen(text: str) -> None:
    assert [part.screen for part in ScreenSwitch().split(text)] == ["log"]


def test_the_wish_for_bracketed_paste_is_heard() -> None:
    switch = ScreenSwitch()
    list(switch.split("\x1b[?2004h> "))
    assert switch.has_bracketed_paste
    list(switch.split("\x1b[?2004l"))
    assert not switch.has_bracketed_paste
