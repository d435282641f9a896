"""What a terminal sends for a key."""

_SEQUENCES: dict[str, bytes] = {
    "enter": b"\r",
    "tab": b"\t",
    "shift+tab": b"\x1b[Z",
    "escape": b"\x1b",
    "backspace": b"\x7f",
    "delete": b"\x1b[3~",
    "insert": b"\x1b[2~",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
    "ctrl+up": b"\x1b[1;5A",
    "ctrl+down": b"\x1b[1;5B",
    "ctrl+right": b"\x1b[1;5C",
    "ctrl+left": b"\x1b[1;5D",
    "f1": b"\x1bOP",
    "f2": b"\x1bOQ",
    "f3": b"\x1bOR",
    "f4": b"\x1bOS",
    "f5": b"\x1b[15~",
    "f6": b"\x1b[17~",
    "f7": b"\x1b[18~",
    "f8": b"\x1b[19~",
    "f9": b"\x1b[20~",
    "f10": b"\x1b[21~",
    "f11": b"\x1b[23~",
    "f12": b"\x1b[24~",
    "ctrl+@": b"\x00",
    "ctrl+backslash": b"\x1c",
    "ctrl+right_square_bracket": b"\x1d",
    "ctrl+circumflex_accent": b"\x1e",
    "ctrl+underscore": b"\x1f",
}


_CURSOR_KEYS = frozenset({"up", "down", "right", "left", "home", "end"})
_PASTE_END = "\x1b[201~"


def key_bytes(key: str, character: str | None, *, has_cursor_mode: bool = False) -> bytes:
    """Return the bytes for a key as Textual names it; empty for one that terminals do not send.

    Args:
        key: The key.
        character: What it types.
        has_cursor_mode: Whether the program wants the application form of the cursor keys.
    """
    if has_cursor_mode and key in _CURSOR_KEYS:
        return _SEQUENCES[key].replace(b"[", b"O")
    if key in _SEQUENCES:
        return _SEQUENCES[key]
    if len(key) == 6 and key.startswith("ctrl+") and key[5].isalpha():
        return bytes([ord(key[5].lower()) & 0x1F])
    if key.startswith("alt+") and (rest := key_bytes(key.removeprefix("alt+"), character)):
        return b"\x1b" + rest
    return character.encode() if character else b""


def pasted_bytes(text: str, *, is_bracketed: bool) -> bytes:
    """Return the bytes for a paste; in brackets, which the text itself cannot close, where the program wants them."""
    if not is_bracketed:
        return text.encode()
    return f"\x1b[200~{text.replace(_PASTE_END, '')}{_PASTE_END}".encode()
