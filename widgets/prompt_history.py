"""Earlier orders, walked with the arrow keys."""

from collections.abc import Iterable

MAX_ORDERS = 1000
"""Orders kept."""


class PromptHistory:
    """Orders from oldest to newest, and where the user is among them."""

    def __init__(self, orders: Iterable[str] = ()) -> None:
        self._orders = list(orders)[-MAX_ORDERS:]
        self._index = len(self._orders)

    @property
    def orders(self) -> tuple[str, ...]:
        """Every order, oldest first."""
        return tuple(self._orders)

    def add(self, order: str) -> None:
        """Remember an order as the newest; a repeat moves to the end."""
        if order in self._orders:
            self._orders.remove(order)
        self._orders = [*self._orders, order][-MAX_ORDERS:]
        self._index = len(self._orders)

    def prepend(self, orders: Iterable[str]) -> None:
        """Put orders of earlier sessions before those of this one."""
        older = [order for order in dict.fromkeys(orders) if order not in self._orders]
        self._orders = [*older, *self._orders][-MAX_ORDERS:]
        self._index = len(self._orders)

    def can_walk(self, text: str) -> bool:
        """Tell whether the arrows walk: the prompt is empty, or shows the order the user walked to."""
        return not text or (self._index < len(self._orders) and self._orders[self._index] == text)

    def previous(self) -> str | None:
        """Return the order before, None at the oldest."""
        if self._index == 0:
            return None
        self._index -= 1
        return self._orders[self._index]

    def next(self) -> str | None:
        """Return the order after, empty past the newest, None when the user is past it already."""
        if self._index >= len(self._orders):
            return None
        self._index += 1
        return self._orders[self._index] if self._index < len(self._orders) else ""
