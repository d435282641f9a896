"""Orders that are commands themselves."""

import numpy as np
import pytest

from fazai_tui.core.cookbook import Entry
from fazai_tui.memory.command_words import COLUMNS, CommandWords

LOCK, UNLOCK, NOLOGIN, REPORT = range(4)


def entry(name: str, command: str) -> Entry:
    """Return an entry that runs a command."""
    return Entry.model_validate(
        {"id": name, "title": {"pt": name, "en": name}, "pt": ["<user>"], "en": ["<user>"], "steps": [command]}
    )


@pytest.fixture
def words() -> CommandWords:
    """Return the words of four commands."""
    commands = ("sudo usermod -L <user>", "sudo usermod -U <user>", "sudo usermod -u 7 <user>", "du -sh .")
    return CommandWords([entry(f"users.e{number}", command) for number, command in enumerate(commands)])


def best(words: CommandWords, order: str) -> int:
    """Return the command that shares most with an order."""
    return int(words.columns(order, np.arange(4))[:, 2].argmax())


def test_an_option_is_told_by_its_case(words: CommandWords) -> None:
    assert best(words, "usermod -U carlos") == UNLOCK
    assert best(words, "usermod -u carlos") == NOLOGIN
    assert best(words, "Usermod -L carlos!") == LOCK


def test_a_command_is_known_by_its_name_at_the_beginning(words: CommandWords) -> None:
    rows = words.columns("pode du -sh .", np.arange(4))

    assert rows.shape == (4, COLUMNS)
    assert rows[REPORT, -1] == 1 and rows[LOCK, -1] == 0
    assert rows[REPORT, 0] > rows[LOCK, 0]


def test_an_order_of_other_words_says_nothing(words: CommandWords) -> None:
    assert not words.columns("quanto espaço tenho", np.arange(4)).any()
    assert not words.columns("", np.arange(4)).any()
