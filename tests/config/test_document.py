"""Changing one value of a configuration file."""

from pathlib import Path

import pytest

from fazai_tui.config.document import set_value
from fazai_tui.config.loader import SettingsLoader
from fazai_tui.config.paths import Paths
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError

TEXTS = Texts("en")


@pytest.fixture
def loader(tmp_path: Path) -> SettingsLoader:
    """Return a loader that knows no other file."""
    return SettingsLoader(Paths.from_environment({"FAZAI_HOME": str(tmp_path)}), {}, TEXTS)


def test_comments_and_order_stay(tmp_path: Path, loader: SettingsLoader) -> None:
    file = tmp_path / "config.toml"
    file.write_text("# mine\n[engine]\nthreads = 1  # few\nmodel = 'x'\n\n[keys]\nsend = 'ctrl+s'\n")

    assert set_value(file, "engine.threads", "4", loader=loader, texts=TEXTS) == 4
    set_value(file, "interface.language", "en", loader=loader, texts=TEXTS)

    expected = "# mine\n[engine]\nthreads = 4  # few\nmodel = 'x'\n\n[keys]\nsend = 'ctrl+s'\n"
    assert file.read_text() == expected + '\n[interface]\nlanguage = "en"\n'


def test_a_new_file_is_the_users_alone(tmp_path: Path, loader: SettingsLoader) -> None:
    file = tmp_path / "new" / "config.toml"

    set_value(file, "sandbox.writable_roots", "/a:/b", loader=loader, texts=TEXTS)

    assert file.read_text() == '[sandbox]\nwritable_roots = ["/a", "/b"]\n'
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_link_stays_a_link(tmp_path: Path, loader: SettingsLoader) -> None:
    (tmp_path / "dotfiles").mkdir()
    real, link = tmp_path / "dotfiles" / "fazai.toml", tmp_path / "config.toml"
    link.symlink_to(real)
    real.write_text("")

    set_value(link, "engine.threads", "4", loader=loader, texts=TEXTS)

    assert link.is_symlink()
    assert real.read_text() == "[engine]\nthreads = 4\n"


@pytest.mark.parametrize(("name", "value"), [("engine.thread", "4"), ("engine.threads", "many"), ("nothing", "x")])
def test_what_does_not_fit_changes_nothing(tmp_path: Path, loader: SettingsLoader, name: str, value: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[engine]\nthreads = 1\n")

    with pytest.raises(ConfigurationError, match="command line"):
        set_value(file, name, value, loader=loader, texts=TEXTS)

    assert file.read_text() == "[engine]\nthreads = 1\n"


def test_a_broken_file_is_not_made_worse(tmp_path: Path, loader: SettingsLoader) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[engine\n")

    with pytest.raises(ConfigurationError, match="line 1"):
        set_value(file, "engine.threads", "4", loader=loader, texts=TEXTS)

    assert file.read_text() == "[engine\n"


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path, loader: SettingsLoader) -> None:
    (tmp_path / "occupied").write_text("")

    with pytest.raises(ConfigurationError, match="cannot be written"):
        set_value(tmp_path / "occupied" / "config.toml", "engine.threads", "4", loader=loader, texts=TEXTS)
