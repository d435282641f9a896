"""What the first paint needs of the settings."""

from pathlib import Path

from fazai_tui.config.appearance import DEFAULT_THEME, read_appearance
from fazai_tui.config.paths import Paths
from fazai_tui.config.settings import Settings


def paths(home: Path) -> Paths:
    """Return the paths below a directory, without any of the machine's."""
    return Paths(home / "config", home / "data", home / "state", home / "run", system_dir=home / "etc")


def write(file: Path, text: str) -> Path:
    """Write a file with its directory."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_it_is_the_default_of_the_settings(tmp_path: Path) -> None:
    appearance = read_appearance(paths(tmp_path), {}, None)

    assert appearance.theme == DEFAULT_THEME == Settings().interface.theme
    assert appearance.keys == {}


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    write(tmp_path / "config" / "config.toml", '[interface]\ntheme = "a"\n[keys]\nsend = "f3"\nhelp = "f4"\n')

    assert read_appearance(paths(tmp_path), {}, None).theme == "a"
    appearance = read_appearance(paths(tmp_path), {"FAZAI_INTERFACE__THEME": "b", "FAZAI_KEYS__SEND": "f6"}, None)
    assert appearance.theme == "b"
    assert appearance.keys == {"send": "f6", "help": "f4"}


def test_a_file_named_on_the_command_line_replaces_the_users(tmp_path: Path) -> None:
    write(tmp_path / "config" / "config.toml", '[interface]\ntheme = "a"\n')
    other = write(tmp_path / "other.toml", '[interface]\ntheme = "c"\n')

    assert read_appearance(paths(tmp_path), {}, other).theme == "c"


def test_what_is_wrong_with_a_file_is_left_to_the_settings(tmp_path: Path) -> None:
    write(tmp_path / "config" / "config.toml", "interface = 3\nkeys = ")

    assert read_appearance(paths(tmp_path), {}, None).theme == DEFAULT_THEME
