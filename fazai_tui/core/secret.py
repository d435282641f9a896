"""A secret on its way from the keyboard to the program that asked for it."""

from typing import NoReturn

CAPACITY = 4095
"""Bytes a terminal takes in one line, its end included: the kernel drops the rest."""


class Secret:
    """Bytes that are typed, handed over once and overwritten; no text, copy or log is ever made of them.

    The room is taken at once: a buffer that grows would leave copies behind in freed memory.
    """

    __slots__ = ("_data", "_is_spent", "_size")

    def __init__(self) -> None:
        self._data = bytearray(CAPACITY)
        self._size = 0
        self._is_spent = False

    def __repr__(self) -> str:
        """Tell nothing, as this is also what a traceback with its variables shows."""
        return "Secret(…)"

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied or stored.

        Raises:
            TypeError: Always.
        """
        raise TypeError("a secret is not copied or stored")

    def __del__(self) -> None:
        """Overwrite it, should nobody have done so."""
        self.wipe()

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been typed."""
        return not self._size

    @property
    def is_spent(self) -> bool:
        """Whether it was overwritten; it takes nothing any more."""
        return self._is_spent

    def add(self, text: str) -> bool:
        """Take what was typed or pasted, up to its first line break; False when not all of it fits.

        Control characters are left out: a terminal would take them for signals and corrections.
        """
        for character in text:
            if character in "\r\n":
                break
            if (character < " " and character != "\t") or "\x7f" <= character <= "\x9f":
                continue
            data = character.encode("utf-8", "ignore")
            if self._is_spent or self._size + len(data) >= CAPACITY:
                return False
            self._data[self._size : self._size + len(data)] = data
            self._size += len(data)
        return True

    def remove_last(self) -> None:
        """Take the last character back."""
        while self._size:
            self._size -= 1
            byte, self._data[self._size] = self._data[self._size], 0
            if byte & 0xC0 != 0x80:
                return

    def clear(self) -> None:
        """Take everything back."""
        for place in range(len(self._data)):
            self._data[place] = 0
        self._size = 0

    def wipe(self) -> None:
        """Overwrite it for good."""
        self.clear()
        self._is_spent = True

    def line(self) -> memoryview:
        """Return the bytes with an end of line; a view of them, not a copy."""
        self._data[self._size] = ord("\n")
        return memoryview(self._data)[: self._size + 1]
