"""Both languages say the same things with the same facts, and what the code asks for is there."""

import ast
import re
import string
import tomllib
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.config.toml import TomlValue

ROOT = Path(__file__).parent.parent
MESSAGES = ROOT / "config" / "messages"
AREAS = sorted({path.stem for path in MESSAGES.rglob("*.toml")})
KEY = re.compile(r"[a-z][a-z_]*(?:\.[a-z0-9][a-z0-9_]*)+")


def flattened(table: dict[str, TomlValue], prefix: str = "") -> dict[str, str]:
    """Return every text of a catalogue by dotted key."""
    found: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found |= flattened(value, f"{prefix}{key}.")
        else:
            assert isinstance(value, str), f"{prefix}{key} is no text"
            found[f"{prefix}{key}"] = value
    return found


def catalogue(language: str, area: str) -> dict[str, str]:
    """Return the texts of one area in one language."""
    return flattened(tomllib.loads((MESSAGES / language / f"{area}.toml").read_text(encoding="utf-8")))


def fields(text: str) -> set[str]:
    """Return the names of a text's fields."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("area", AREAS)
def test_both_languages_have_the_same_keys_and_fields(area: str) -> None:
    portuguese, english = catalogue("pt_BR", area), catalogue("en", area)

    assert portuguese.keys() == english.keys()
    assert {key: fields(text) for key, text in portuguese.items()} == {
        key: fields(text) for key, text in english.items()
    }


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("language", ["pt_BR", "en"])
def test_no_text_is_empty_or_ends_in_space(language: str, area: str) -> None:
    texts = catalogue(language, area)

    assert not [key for key, text in texts.items() if not text.strip() or text.strip(" ") != text]


def asked_for() -> set[str]:
    """Return the keys that stand in the code as plain strings in calls of `get`."""
    keys: set[str] = set()
    for top in ("fazai_tui", "config", "themes", "widgets"):
        for path in (ROOT / top).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
                first = node.args[0]
                if name == "get" and isinstance(first, ast.Constant) and isinstance(first.value, str):
                    keys.add(first.value)
    return {key for key in keys if KEY.fullmatch(key) and key.partition(".")[0] in AREAS}


def test_what_the_code_asks_for_is_there() -> None:
    known = {f"{area}.{key}" for area in AREAS for key in catalogue("en", area)}
    counted = {key.removesuffix(".other") for key in known}
    wanted = asked_for()

    assert len(wanted) > 20
    assert not wanted - known - counted


@pytest.mark.parametrize("key", ["cli.no_such_message", "cli.usage", "cli.usage.title.more"])
def test_a_key_that_names_no_text_is_an_error(key: str) -> None:
    with pytest.raises(KeyError, match=key):
        Texts("en").get(key)


def test_fields_are_filled_in() -> None:
    assert Texts("en").get("cli.usage.no_value", option="--x") == "--x needs a value"
    assert Texts("pt").get("cli.usage.no_value", option="--x") == "--x precisa de um valor"
