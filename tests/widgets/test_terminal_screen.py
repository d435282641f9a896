"""The terminal that full-screen programs draw on: real programs on it look as they do in a terminal."""

import fcntl
import os
import pty
import select
import shutil
import struct
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fazai_tui.widgets.terminal_screen import TerminalScreen

COLUMNS, ROWS = 80, 24


class Program:
    """A real program on a real PTY, whose output goes to the screen."""

    def __init__(self, argv: Sequence[str], cwd: Path) -> None:
        self.screen = TerminalScreen(COLUMNS, ROWS, self.send)
        self._pid, self._fd = pty.fork()
        if not self._pid:
            os.chdir(cwd)
            os.environ.update({"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "HOME": str(cwd), "LESS": ""})
            os.execvp(argv[0], list(argv))
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def send(self, data: bytes) -> None:
        os.write(self._fd, data)

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(columns, rows)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def until(self, holds: Callable[[TerminalScreen], object]) -> None:
        deadline = time.monotonic() + 20
        while not holds(self.screen):
            assert time.monotonic() < deadline, self.screen.plain_text
            if select.select([self._fd], [], [], 0.05)[0]:
                try:
                    self.screen.feed(os.read(self._fd, 65536).decode("utf-8", "replace"))
                except OSError:
                    assert holds(self.screen), self.screen.plain_text
                    return

    def close(self) -> None:
        os.kill(self._pid, 9)
        os.close(self._fd)
        os.waitpid(self._pid, 0)


@pytest.fixture
def start(tmp_path: Path) -> object:
    """Start programs that are ended with the test; one that is not installed skips it."""
    started: list[Program] = []

    def begin(*argv: str) -> Program:
        if shutil.which(argv[0]) is None:
            pytest.skip(f"{argv[0]} is not installed")
        started.append(Program(argv, tmp_path))
        return started[-1]

    yield begin
    for program in started:
        program.close()


Start = Callable[..., Program]


@pytest.fixture
def text_file(tmp_path: Path) -> str:
    (tmp_path / "lines.txt").write_text("".join(f"line {number}\n" for number in range(1, 201)))
    return "lines.txt"


def test_vim_takes_mouse_paste_and_resize(start: Start, text_file: str) -> None:
    vim = start("vim", "-Nu", "NONE", "-n", "-c", "set ruler mouse=a ttymouse=sgr", text_file)
    vim.until(lambda screen: "line 1" in screen.lines()[0] and screen.wants_mouse)
    assert vim.screen.is_alternate

    vim.send(vim.screen.mouse(3, 6, 0, "press", set()) + vim.screen.mouse(3, 6, 0, "release", set()))
    vim.until(lambda screen: "7,4" in screen.plain_text)
    vim.send(b"O" + vim.screen.paste("  pasted\n  text") + b"\x1b")
    vim.until(lambda screen: screen.lines()[6].startswith("  pasted") and screen.lines()[7].startswith("  text"))
    vim.resize(60, 12)
    vim.until(lambda screen: "8," in screen.lines()[11])
    vim.send(b":q!\r")
    vim.until(lambda screen: not screen.is_alternate)


def test_less_pages_and_searches(start: Start, text_file: str) -> None:
    less = start("less", text_file)
    less.until(lambda screen: "line 23" in screen.plain_text)
    assert less.screen.has_cursor_mode
    less.send(b"/line 150\r")
    less.until(lambda screen: screen.lines()[0].startswith("line 150"))


def test_top_draws_on_the_main_screen(start: Start) -> None:
    top = start("top", "-d", "60")
    top.until(lambda screen: "PID" in screen.plain_text and "load average" in screen.lines()[0])
    assert not top.screen.is_alternate


def test_htop_draws_its_meters_and_takes_the_mouse(start: Start) -> None:
    htop = start("htop")
    htop.until(lambda screen: "F10Quit" in screen.plain_text and screen.wants_mouse)


def test_what_scrolls_off_the_main_screen_is_handed_over() -> None:
    gone: list[str] = []
    screen = TerminalScreen(20, 3, lambda _: None, gone.extend)
    screen.feed("one\r\n\x1b[31mtwo\x1b[0m\r\nthree\r\nfour\r\nfive")

    assert [line.replace("\x1b[0m", "") for line in gone] == ["one", "\x1b[31mtwo"]
    assert screen.plain_text == "three\nfour\nfive"
    assert len(screen.coloured_lines()) == 3


def test_questions_are_answered_but_never_in_the_programs_own_words() -> None:
    answers: list[bytes] = []
    screen = TerminalScreen(20, 3, answers.append)
    screen.feed("\x1b[2;5H\x1b[6n\x1b[c")
    assert answers[0] == b"\x1b[2;5R" and answers[1].startswith(b"\x1b[?")

    screen.feed("\x1b]0;rm -rf ~\n\x07\x1b[21t\x1b[20t\x1b]52;c;?\x07\x1bP$qm\x1b\\\x05")
    assert len(answers) == 2


def test_a_paste_cannot_close_its_brackets() -> None:
    screen = TerminalScreen(20, 3, lambda _: None)
    assert screen.paste("a\x1b[201~b") == b"a [201~b"
    screen.feed("\x1b[?2004h")
    pasted = screen.paste("a\x1b[201~rm\n")
    assert pasted.startswith(b"\x1b[200~a") and pasted.endswith(b"\x1b[201~") and pasted.count(b"\x1b") == 2


def test_the_wheel_scrolls_a_pager_that_does_not_know_the_mouse() -> None:
    screen = TerminalScreen(20, 3, lambda _: None)
    assert not screen.wants_mouse and screen.mouse(0, 0, 64, "press", set()) == b""
    screen.feed("\x1b[?1000h\x1b[?1006h")
    assert screen.mouse(4, 1, 0, "press", {"ctrl"}) == b"\x1b[<16;5;2M"


def test_the_size_is_the_panes() -> None:
    screen = TerminalScreen(20, 3, lambda _: None)
    screen.feed("\x1b[8;900;900t\x1b[?40h\x1b[?3h\x1b[200*|")
    assert len(screen.lines()) == 3 and all(len(line) == 20 for line in screen.lines())


def test_a_string_without_an_end_is_given_up() -> None:
    screen = TerminalScreen(20, 3, lambda _: None)
    for _ in range(20):
        screen.feed("\x1bPq" + "a" * 50_000)
    screen.feed("\x1b\\\x1bcafter")
    assert "after" in screen.plain_text


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.text(alphabet="\x1b[]P;?>0123456789hlmHJKrsu$*\" '!qxzAB\n\r\x0e\x08世é\x9b", max_size=30), max_size=20)
)
def test_nothing_that_is_printed_breaks_it(pieces: list[str]) -> None:
    screen = TerminalScreen(20, 5, lambda _: None)
    for piece in pieces:
        screen.feed(f"\x1b[{piece}")
        assert len(screen.lines()) == 5
    for row in range(5):
        assert sum(len(text) for text, _ in screen.runs(row)) <= 20
