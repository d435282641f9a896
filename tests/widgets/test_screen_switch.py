"""Telling a full-screen program's output from ordinary output."""

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
    return [*pieces, ("held", held)] if (held := switch.reset()) else pieces


def test_a_program_goes_to_its_screen_and_back() -> None:
    assert split("before\x1b[?1049hinside\x1b[?1049lafter") == [
        ("log", "before"),
        ("program", "inside"),
        ("log", "after"),
    ]


@given(st.integers(1, 9))
def test_a_switch_cut_in_two_is_still_one(size: int) -> None:
    text = "a\x1b[?1049hb\x1b[31mc\x1b[?1049ld"
    chunks = [text[start : start + size] for start in range(0, len(text), size)]

    assert split(*chunks) == [("log", "a"), ("program", "b\x1b[31mc"), ("log", "d")]


def test_an_unfinished_escape_at_the_end_is_given_back() -> None:
    assert split("a\x1b[?10") == [("log", "a"), ("held", "\x1b[?10")]
