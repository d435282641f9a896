"""Keys as a terminal sends them."""

import pytest

from fazai_tui.widgets.key_bytes import key_bytes


@pytest.mark.parametrize(
    ("key", "character", "sent"),
    [
        ("a", "a", b"a"),
        ("ç", "ç", "ç".encode()),
        ("enter", "\r", b"\r"),
        ("ctrl+c", "\x03", b"\x03"),
        ("ctrl+j", "\n", b"\n"),
        ("ctrl+backslash", "\x1c", b"\x1c"),
        ("escape", "\x1b", b"\x1b"),
        ("up", None, b"\x1b[A"),
        ("f5", None, b"\x1b[15~"),
        ("alt+b", "b", b"\x1bb"),
        ("ctrl+shift+f24", None, b""),
    ],
)
def test_keys_become_bytes(key: str, character: str | None, sent: bytes) -> None:
    assert key_bytes(key, character) == sent
