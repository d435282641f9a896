"""Keys that are typed while a program already hides what is typed, and the field for it is not open yet."""

from collections.abc import Callable

from textual.events import Key
from textual.screen import Screen
from textual.timer import Timer

from fazai_tui.widgets.secret_field import SecretField

_LOOK_SECONDS = 0.05
_LOOKS = 40
"""Looks until nobody opens a field any more: the program does not read what it hides."""
_NAMED = frozenset(("enter", "backspace", "space", "ctrl+h"))


class HeldKeys:
    """Holds what would show half a password in the prompt, until the field takes it; else it is dropped and told.

    Args:
        screen: Where the keys go.
        post: Puts a key back into the application's queue.
        is_hidden: Tells whether a running program hides what is typed to it.
        tell_dropped: Tells the user that keys were dropped.
    """

    def __init__(
        self,
        screen: Screen[None],
        post: Callable[[Key], object],
        is_hidden: Callable[[], bool],
        tell_dropped: Callable[[], None],
    ) -> None:
        self._screen = screen
        self._post = post
        self._is_hidden = is_hidden
        self._tell_dropped = tell_dropped
        self._keys: list[Key] = []
        self._timer: Timer | None = None
        self._left = 0
        self._is_passing = False

    @property
    def is_holding(self) -> bool:
        """Whether keys are held at the moment."""
        return bool(self._keys)

    def take(self, event: Key) -> bool:
        """Hold a key; False when it may go where it goes."""
        if isinstance(self._screen.focused, SecretField) and not self._keys:
            return False
        if not (event.is_printable or event.key in _NAMED):
            return False
        if not self._keys:
            is_hidden = self._is_hidden()
            self._is_passing = self._is_passing and is_hidden
            if not is_hidden or self._is_passing:
                return False
            self._left = _LOOKS
            self._timer = self._screen.set_interval(_LOOK_SECONDS, self._look)
        self._keys.append(event)
        return True

    def _look(self) -> None:
        self._left -= 1
        has_field = isinstance(self._screen.focused, SecretField)
        if not has_field and self._left and self._is_hidden():
            return
        keys, self._keys = self._keys, []
        if self._timer is not None:
            self._timer.stop()
        if has_field:
            for key in keys:
                self._post(Key(key.key, key.character))
            return
        # Whatever it is, it may be a password, and the prompt would show it.
        self._is_passing = self._is_hidden()
        self._tell_dropped()
