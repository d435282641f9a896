"""Keys as a terminal sends them, read without losing Escape."""

import pytest
from textual import events

from fazai_tui.widgets.key_bytes import key_bytes
from fazai_tui.widgets.key_driver import KeyParser


def keys(typed: str) -> list[events.Key]:
    parser = KeyParser()
    return [event for event in (*parser.feed(typed), *parser.feed("")) if isinstance(event, events.Key)]


@pytest.mark.parametrize("typed", [":", ":wq", "j", "/x", "a", "é", "\x1b[A", "\r", "\x1bOP", "\x1b[1;5C"])
def test_a_program_gets_what_was_typed(typed: str) -> None:
    assert b"".join(key_bytes(key.key, key.character) for key in keys(typed)) == typed.encode()


@pytest.mark.parametrize("typed", [":", "j", "/", ";", ".", "G"])
def test_escape_and_a_key_in_one_go_reach_the_program_as_both(typed: str) -> None:
    sent = b"".join(key_bytes(key.key, key.character) for key in keys(f"\x1b{typed}"))
    assert sent == b"\x1b" + typed.encode()
