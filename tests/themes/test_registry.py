"""Themes from files."""

from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError
from fazai_tui.themes.registry import DARK_THEME, LIGHT_THEME, load_themes

TEXTS = Texts("en")
SHIPPED = Path(__file__).parent.parent.parent / "themes"


def test_a_dark_and_a_light_theme_are_shipped() -> None:
    themes = {theme.name: theme.dark for theme in load_themes(None, TEXTS)}

    assert themes[DARK_THEME] is True
    assert themes[LIGHT_THEME] is False


def test_a_theme_of_the_user_is_added_and_one_of_the_same_name_replaces_the_shipped_one(tmp_path: Path) -> None:
    text = (SHIPPED / "fazai-dark.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(text.replace("fazai-dark", "mine"), encoding="utf-8")
    (tmp_path / "dark.toml").write_text(text.replace("#8fa3ff", "#123456"), encoding="utf-8")

    themes = {theme.name: theme.primary for theme in load_themes(tmp_path, TEXTS)}

    assert themes["mine"] == "#8fa3ff"
    assert themes[DARK_THEME] == "#123456"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("#8fa3ff", "blue-ish"), "primary"),
        (("dark = true", "darkk = true"), "darkk"),
        (("dark = true", "dark = "), "bad.toml"),
    ],
)
def test_a_bad_theme_names_its_file_and_key(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    text = (SHIPPED / "fazai-dark.toml").read_text(encoding="utf-8")
    (tmp_path / "bad.toml").write_text(text.replace(*change, 1), encoding="utf-8")

    with pytest.raises(ConfigurationError) as caught:
        load_themes(tmp_path, TEXTS)

    assert "bad.toml" in caught.value.message
    assert said in caught.value.message
