"""Stop a generation from another thread, even in the middle of native code."""

import ctypes


class Cancelled(Exception):
    """Work was given up because nobody wants its result any more."""


class Cancellation:
    """A flag that Python reads between tokens and llama.cpp reads between operations.

    The flag is a C string: empty until it is set. llama.cpp takes a function that says whether to abort; `strlen` on
    the string is that function. A Python one would be called hundreds of times a token, each time waiting for the
    interpreter's lock.
    """

    def __init__(self) -> None:
        """Make a flag that is not set."""
        self._text = ctypes.create_string_buffer(2)
        self.address = ctypes.addressof(self._text)
        """Where the string stands; valid as long as the object."""

    @property
    def is_set(self) -> bool:
        """Whether to stop."""
        return self._text[0] != b"\0"

    def set(self) -> None:
        """Ask the generation to stop."""
        self._text[0] = b"\1"
