"""Marks are found however the stream is cut, and nothing else is taken for one."""

from hypothesis import given
from hypothesis import strategies as st

from fazai_tui.shell.marks import Mark, MarkParser

NONCE = "5f3a"
FRAGMENTS = st.sampled_from(
    [
        b"text",
        b"\r\n",
        b"\x1b",
        b"\x1b]133;",
        b"\x1b]133;D;7;",
        b"\x1b]133;D;7;0000;0;/;0000\x07",
        b"\x1b]0;title\x07",
        b"\x1b[31m",
        b"\xff\xc3",
        NONCE.encode(),
        f"\x1b]133;C;1;{NONCE};0;;{NONCE}\x07".encode(),
        f"\x1b]133;D;12;{NONCE};130;/a;b\x07c;{NONCE}\x07".encode(),
    ]
)


def _joined(parts: list[bytes | Mark]) -> list[bytes | Mark]:
    joined: list[bytes | Mark] = []
    for part in parts:
        if isinstance(part, bytes) and joined and isinstance(last := joined[-1], bytes):
            joined[-1] = last + part
        else:
            joined.append(part)
    return [part for part in joined if part]


def _parsed(pieces: list[bytes]) -> list[bytes | Mark]:
    parser = MarkParser(NONCE)
    parts = [part for piece in pieces for part in parser.feed(piece)]
    return _joined([*parts, parser.finish()])


@given(st.lists(FRAGMENTS, max_size=12), st.data())
def test_any_cut_gives_the_same(fragments: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(fragments)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert _parsed(pieces) == _parsed([stream])


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_output_without_marks_passes_whole(pieces: list[bytes]) -> None:
    assert b"".join(part for part in _parsed(pieces) if isinstance(part, bytes)) == b"".join(pieces)


def test_mark_carries_number_status_and_directory() -> None:
    stream = f"before\x1b]133;D;42;{NONCE};130;/a\r\nb;c;{NONCE}\x07after".encode()
    assert _parsed([stream]) == [b"before", Mark("D", 42, 130, "/a\nb;c"), b"after"]


def test_mark_with_another_nonce_is_output() -> None:
    stream = b"\x1b]133;D;1;beef;0;/;beef\x07"
    assert _parsed([stream]) == [stream]


def test_plain_output_is_not_held_back() -> None:
    parser = MarkParser(NONCE)
    assert parser.feed(b"prompt$ ") == [b"prompt$ "]
    assert parser.feed(b"\x1b[0m") == [b"\x1b[0m"]
    assert parser.feed(b"\x1b]0;") == [b"\x1b]0;"]
