"""The order and what is piped in beside it."""

import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

import pytest

from fazai_tui.cli import piped
from fazai_tui.cli.piped import read_order
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError

TEXTS = Texts("en")
Writer = Callable[[int], object]


class Pipe:
    """A stdin that a thread writes to."""

    def __init__(self, write: Writer) -> None:
        read, self._writing = os.pipe()
        self.stdin: TextIO = os.fdopen(read)
        self._thread = threading.Thread(target=self._write, args=(write,), daemon=True)
        self._thread.start()

    def _write(self, write: Writer) -> None:
        try:
            write(self._writing)
        except BrokenPipeError:
            pass
        finally:
            os.close(self._writing)

    def close(self) -> None:
        """Let the writer find its reader gone, and wait for it."""
        self.stdin.close()
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.fixture
def pipe() -> Iterator[Callable[[Writer], TextIO]]:
    """Return what makes a stdin from a writer."""
    pipes: list[Pipe] = []

    def make(write: Writer) -> TextIO:
        pipes.append(Pipe(write))
        return pipes[-1].stdin

    yield make
    for made in pipes:
        made.close()


MakePipe = Callable[[Writer], TextIO]


def test_what_is_piped_goes_with_the_order(pipe: MakePipe) -> None:
    def write(fd: int) -> None:
        os.write(fd, b"one\n")
        time.sleep(0.1)
        os.write(fd, "dois é\n".encode())

    stdin = pipe(write)

    order, given = read_order("count these", stdin, TEXTS)

    assert (order, given.text(), given.is_cut) == ("count these", "one\ndois é\n", False)


def test_an_order_of_its_own_comes_from_stdin(pipe: MakePipe) -> None:
    stdin = pipe(lambda fd: os.write(fd, b"  list\nthe files \n"))

    order, given = read_order("-", stdin, TEXTS)

    assert (order, given.text()) == ("list\nthe files", "")


def test_an_empty_order_from_stdin_is_bad_input(pipe: MakePipe) -> None:
    with pytest.raises(BadInputError):
        read_order("-", pipe(lambda fd: os.write(fd, b" \n")), TEXTS)


def test_a_literal_command_takes_nothing(pipe: MakePipe) -> None:
    stdin = pipe(lambda fd: os.write(fd, b"data"))

    order, given = read_order(" !wc -c", stdin, TEXTS)

    assert (order, given.text()) == (" !wc -c", "")


def test_a_silent_pipe_is_not_waited_for(pipe: MakePipe) -> None:
    stop = threading.Event()
    stdin = pipe(lambda fd: stop.wait(20))
    began = time.monotonic()

    order, given = read_order("order", stdin, TEXTS)

    assert (order, given.text(), given.is_cut) == ("order", "", False)
    assert time.monotonic() - began < 20
    stop.set()


def test_a_pipe_that_trickles_for_ever_is_left(pipe: MakePipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piped, "_LONGEST_SECONDS", 1.0)

    def trickle(fd: int) -> None:
        while True:
            os.write(fd, b"drop\n")
            time.sleep(0.05)

    began = time.monotonic()
    _, given = read_order("order", pipe(trickle), TEXTS)
    text = given.text()

    assert given.is_cut
    assert 0.9 < time.monotonic() - began < 20
    assert text.startswith("drop\ndrop\n")


def test_a_flood_is_read_in_part(pipe: MakePipe) -> None:
    def flood(fd: int) -> None:
        while True:
            os.write(fd, b"y\n" * 8192)

    _, given = read_order("order", pipe(flood), TEXTS)
    text = given.text()

    assert given.is_cut
    assert 200_000 < len(text) < 400_000


def test_bytes_that_are_no_text_are_replaced(pipe: MakePipe) -> None:
    stdin = pipe(lambda fd: os.write(fd, b"a\xff\xfeb"))

    assert read_order("order", stdin, TEXTS)[1].text() == "a\ufffd\ufffdb"


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("from a file\n")
    with (tmp_path / "file").open() as stdin:
        assert read_order("order", stdin, TEXTS)[1].text() == "from a file\n"


def test_a_terminal_or_no_file_at_all_is_left_alone() -> None:
    main, terminal = os.openpty()
    with os.fdopen(terminal) as stdin:
        assert read_order("order", stdin, TEXTS)[1].text() == ""
    os.close(main)
    assert read_order("order", io.StringIO("not a file"), TEXTS)[1].text() == ""
    with Path(os.devnull).open() as nothing:
        assert read_order("order", nothing, TEXTS)[1].text() == ""


def test_a_pipe_that_pauses_too_long_is_cut_and_says_so(pipe: MakePipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piped, "_PAUSE_SECONDS", 0.2)
    stop = threading.Event()

    def pause(fd: int) -> None:
        os.write(fd, b"first\n")
        stop.wait(20)

    _, given = read_order("order", pipe(pause), TEXTS)

    assert given.text() == "first\n"
    assert given.is_cut
    stop.set()
