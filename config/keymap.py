"""Every key of the screen by the id of what it does; `[keys]` in config.toml remaps them."""

import difflib
from collections.abc import Mapping
from types import MappingProxyType

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError

DEFAULT_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "send": "enter",
        "newline": "ctrl+j",
        "search_orders": "ctrl+r",
        "next_mode": "shift+tab",
        "help": "f1",
        "settings": "f2",
        "palette": "ctrl+p",
        "focus_chat": "f5",
        "focus_plan": "f6",
        "focus_shell": "f7",
        "focus_memory": "f8",
        "history": "f9",
        "keyboard": "ctrl+f",
        "interrupt": "ctrl+c",
        "close": "escape",
        "quit": "ctrl+q",
        "approval_run": "y",
        "approval_decline": "n",
        "approval_edit": "e",
        "approval_reason": "r",
        "approval_rest": "a",
        "approval_skip": "s",
        "approval_explain": "x",
        "approval_dry_run": "d",
        "approval_abort": "escape",
        "guard_keep": "k",
        "guard_revert": "r",
        "keep_access": "f3",
        "put_back": "f4",
        "plan_undo": "u",
        "memory_edit": "e",
        "memory_pin": "p",
        "memory_forget": "f",
        "session_fork": "ctrl+o",
        "session_rename": "ctrl+r",
        "session_delete": "ctrl+d",
        "history_run": "r",
        "history_filter": "slash",
        "history_copy": "c",
        "history_export": "e",
        "history_script": "s",
    }
)
"""The id of each action and its key unless the user says otherwise."""


def check_keymap(keys: Mapping[str, str], texts: Texts) -> dict[str, str]:
    """Return the user's keymap when every id in it exists.

    Raises:
        ConfigurationError: An id is unknown; the nearest known one is named.
    """
    for name in keys:
        if name not in DEFAULT_KEYS:
            nearest = difflib.get_close_matches(name, DEFAULT_KEYS, n=1, cutoff=0.0)[0]
            raise ConfigurationError(
                texts.get("screen.keys.unknown_title"),
                texts.get("screen.keys.unknown", key=f"keys.{name}"),
                texts.get("screen.keys.unknown_hint", nearest=f"keys.{nearest}"),
            )
    return dict(keys)


def key_name(binding_id: str, keys: Mapping[str, str]) -> str:
    """Return the key of an action as people write it: `Ctrl+R`, `F9`, `y`."""
    first = keys.get(binding_id, DEFAULT_KEYS[binding_id]).split(",")[0]
    parts = first.split("+")
    return "+".join(
        _SPELLED.get(part, part if len(part) == 1 and len(parts) == 1 else part.capitalize()) for part in parts
    )


_SPELLED = {"escape": "Esc", "slash": "/", "up": "↑", "down": "↓", "question_mark": "?", "space": "Space"}
