"""Keys and their names."""

import pytest

from fazai_tui.config.keymap import DEFAULT_KEYS, check_keymap, key_name
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError


def test_a_known_action_may_be_remapped() -> None:
    assert check_keymap({"send": "ctrl+s"}, Texts("en")) == {"send": "ctrl+s"}


def test_an_unknown_action_is_answered_by_the_nearest() -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_keymap({"aproval_run": "k"}, Texts("en"))

    assert "keys.aproval_run" in caught.value.message
    assert "keys.approval_run" in caught.value.hint


@pytest.mark.parametrize(
    ("action", "keys", "name"),
    [
        ("send", {}, "Enter"),
        ("search_orders", {}, "Ctrl+R"),
        ("next_mode", {}, "Shift+Tab"),
        ("approval_run", {}, "y"),
        ("approval_abort", {}, "Esc"),
        ("send", {"send": "ctrl+s,f4"}, "Ctrl+S"),
    ],
)
def test_keys_are_named_as_people_write_them(action: str, keys: dict[str, str], name: str) -> None:
    assert key_name(action, keys) == name


@pytest.mark.parametrize("language", ["pt", "en"])
def test_help_has_words_for_every_action(language: str) -> None:
    texts = Texts("pt" if language == "pt" else "en")

    for action in DEFAULT_KEYS:
        approval = action.removeprefix("approval_")
        assert texts.get(f"screen.approval.key.{approval}" if approval != action else f"screen.help.key.{action}")
