"""Head and tail of endless output, and plain text of a terminal's."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fazai_tui.shell.capture import KEPT_BYTES, OutputCapture, plain_text


@given(st.lists(st.binary(max_size=30), max_size=40))
def test_little_output_is_kept_whole(pieces: list[bytes]) -> None:
    capture = OutputCapture(kept=1000)
    for piece in pieces:
        capture.add(piece)
    whole = b"".join(pieces)
    assert (capture.size, capture.omitted) == (len(whole), 0)
    assert capture.text("gap") == plain_text(whole.decode("utf-8", "replace"))


@given(st.lists(st.integers(1, 70), min_size=1, max_size=60))
def test_head_and_tail_are_the_ends(sizes: list[int]) -> None:
    capture = OutputCapture(kept=50)
    whole = "".join(f"{number:04}\n" for number in range(sum(sizes)))
    position = 0
    for size in sizes:
        capture.add(whole[position * 5 : (position + size) * 5].encode())
        position += size
    if len(whole) <= 100:
        assert capture.text("gap") == whole
    else:
        head, _, tail = capture.text("gap").partition("gap\n")
        assert head == whole[:50] and whole.endswith(tail) and 40 <= len(tail) <= 50
        assert capture.omitted == len(whole) - 100


def test_memory_is_bounded() -> None:
    capture = OutputCapture(kept=1024)
    for _ in range(10_000):
        capture.add(b"0123456789\n" * 10)
    assert capture.size == 1_100_000
    assert len(capture.text("")) <= 2049


@pytest.mark.parametrize(
    ("printed", "plain"),
    [
        ("\x1b[1;31mred\x1b[0m\r\n", "red\n"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0\x1b\\after", "after"),
        ("\x1b(B\x1b=\x1b7text\x1b8", "text"),
        ("\x1b[?7h\x1b[2J\x1b[10;5Hx", "x"),
        ("a\x1b]0;never closed", "a"),
        ("  0%\r 50%\r100%\r\n", "100%\n"),
        ("bo\x08ol\x08ld\x08d", "bold"),
        ("a\x00\x07\x0e\x7fb\tc", "ab\tc"),
        ("last\r", "last"),
        ("one\r\r\ntwo", "one\ntwo"),
        ("one\r\r", "one"),
        ("\x08\x08ab\x08\x08\x08c\n\x08d", "c\nd"),
    ],
)
def test_plain_text(printed: str, plain: str) -> None:
    assert plain_text(printed) == plain


@pytest.mark.parametrize(
    "piece", ["x", "\r", "\x08", "\x1b", "\x1b[", "\x1b]", "\x9b", "a\r", "\r\n", "\x1b[0", "\x1b(", " "]
)
def test_plain_text_takes_time_in_proportion(piece: str) -> None:
    half = KEPT_BYTES // len(piece)
    text = "a" * KEPT_BYTES + piece * half
    began = time.perf_counter()
    plain_text(text)
    assert time.perf_counter() - began < 30


@given(st.text(alphabet=st.sampled_from("ab\x1b[]0;m\x07\\\r\n\x08\x9b?P"), max_size=60))
def test_plain_text_holds_nothing_a_terminal_would_obey(text: str) -> None:
    assert not set(plain_text(text)) & {chr(code) for code in (*range(9), *range(11, 32), *range(127, 160))}


@pytest.mark.parametrize(
    ("printed", "is_open"),
    [
        (b"", False),
        (b"line\n", False),
        (b"password: ", True),
        (b"x\r\n\x1b[0m", False),
        (b"a\nGo on? \x1b[1m[Y/n]", True),
    ],
)
def test_prompt_is_an_open_line(printed: bytes, is_open: bool) -> None:
    capture = OutputCapture()
    capture.add(printed)
    assert bool(capture.open_line) is is_open


@pytest.mark.parametrize("number", [47, 1047, 1049])
def test_what_a_full_screen_program_paints_is_no_output(number: int) -> None:
    on, off = f"\x1b[?{number}h", f"\x1b[?{number}l"
    assert plain_text(f"before\n{on}\x1b[2JNAME\r\n ls\x1b[K{off}after\n") == "before\nafter\n"
    assert plain_text(f"a{on}x{off}b{on}killed") == "ab"


def test_what_a_full_screen_program_paints_is_no_output_though_its_beginning_was_let_go() -> None:
    capture = OutputCapture(kept=20)
    capture.add(b"first\n\x1b[?1049h" + b"painted\n" * 50 + b"\x1b[?1049llast\n")
    assert capture.text("gap") == "first\ngap\nlast\n"
