"""Choosing the language, and the paths."""

from pathlib import Path

import pytest

from fazai_tui.config.language import choose_language, language_setting
from fazai_tui.config.paths import Paths


@pytest.mark.parametrize(
    ("flag", "setting", "environment", "language"),
    [
        ("en", "pt", {"LANG": "pt_BR.UTF-8"}, "en"),
        (None, "en", {"LANG": "pt_BR.UTF-8"}, "en"),
        (None, "auto", {"LANG": "en_US.UTF-8"}, "en"),
        (None, None, {"LC_ALL": "pt_PT.UTF-8", "LANG": "en_US.UTF-8"}, "pt"),
        (None, None, {"LC_ALL": "C.UTF-8", "LANG": "en_GB"}, "en"),
        (None, None, {"LANG": "C"}, "pt"),
        (None, None, {"LANG": "de_DE.UTF-8"}, "pt"),
        (None, None, {}, "pt"),
    ],
)
def test_language(flag: str | None, setting: str | None, environment: dict[str, str], language: str) -> None:
    assert choose_language(flag, setting, environment) == language


@pytest.mark.parametrize("text", ["", "[interface", "interface = 1", "[interface]\nlanguage = 2", "[engine]\nx = 1"])
def test_a_file_without_a_language_gives_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.toml").write_text(text)

    assert language_setting(tmp_path / "config.toml") is None
    assert language_setting(tmp_path / "missing.toml") is None


def test_paths_follow_fazai_home(tmp_path: Path) -> None:
    paths = Paths.from_environment({"FAZAI_HOME": str(tmp_path)})

    assert paths.config_file == tmp_path / "config" / "config.toml"
    assert paths.ledger_file == tmp_path / "data" / "ledger.db"
    assert paths.log_file == tmp_path / "state" / "log" / "fazai.jsonl"
    assert paths.socket_file == tmp_path / "run" / "gemma.sock"


def test_paths_follow_xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("CONFIG_HOME", "DATA_HOME", "STATE_HOME", "RUNTIME_DIR"):
        monkeypatch.setenv(f"XDG_{variable}", str(tmp_path / variable))
    monkeypatch.delenv("FAZAI_HOME", raising=False)
    monkeypatch.setenv("FAZAI_GEMMA_SOCKET", "/run/mine.sock")

    paths = Paths.from_environment()

    assert paths.config_file == tmp_path / "CONFIG_HOME" / "fazai" / "config.toml"
    assert paths.models_dir == tmp_path / "DATA_HOME" / "fazai" / "models"
    assert paths.runtime_dir == tmp_path / "RUNTIME_DIR" / "fazai"
    assert paths.socket_file == Path("/run/mine.sock")


def test_without_a_session_the_runtime_directory_is_not_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for variable in ("FAZAI_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(variable, raising=False)

    assert Paths.from_environment().runtime_dir == tmp_path / "fazai" / "run"
