"""A secret is bytes that can be overwritten, and shows itself to nobody."""

import copy
import pickle
import traceback

import pytest

from fazai_tui.core.secret import CAPACITY, Secret


def of(*texts: str) -> Secret:
    secret = Secret()
    for text in texts:
        secret.add(text)
    return secret


def test_it_is_one_line_of_what_was_typed() -> None:
    assert bytes(of("a", "ção", " \t☃").line()) == "ação \t☃\n".encode()
    assert bytes(of().line()) == b"\n"


def test_a_paste_is_taken_up_to_its_line_break_without_signals() -> None:
    assert bytes(of("se\x03cr\x04et\x7f\x1b\n rm -rf x\n").line()) == b"secret\n"


def test_whole_characters_are_taken_back() -> None:
    secret = of("a☃ç")
    secret.remove_last()
    assert bytes(secret.line()) == "a☃\n".encode()
    secret.remove_last()
    secret.remove_last()
    secret.remove_last()
    assert secret.is_empty
    secret.add("b")
    secret.clear()
    assert bytes(secret.line()) == b"\n" and not secret.is_spent


def test_what_a_terminal_would_cut_off_is_refused() -> None:
    secret = of("x" * (CAPACITY - 1))
    assert not secret.add("y")
    assert len(secret.line()) == CAPACITY


def test_it_is_overwritten_in_place() -> None:
    secret = of("hidden")
    view = secret.line()
    secret.wipe()
    assert set(view) == {0}
    assert secret.is_spent and not secret.add("more") and secret.is_empty


def test_it_tells_nothing_of_itself() -> None:
    secret = of("hidden")
    assert "hidden" not in f"{secret} {secret!r}"
    for dump in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            dump(secret)
    try:
        raise ValueError(secret)
    except ValueError as error:
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "hidden" not in shown
