"""Settings: precedence, and errors that say what to do."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from fazai_tui.config.loader import LoadedSettings, SettingsLoader, variable_name
from fazai_tui.config.paths import Paths, is_trusted
from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError, ErrorKind


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """Return paths in a fresh place, the machine's directory included."""
    paths = Paths.from_environment({"FAZAI_HOME": str(tmp_path / "home")})
    paths.config_dir.mkdir(parents=True)
    return replace(paths, system_dir=tmp_path / "etc")


def load(
    paths: Paths,
    text: str = "",
    *,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> LoadedSettings:
    """Write the user's file and load."""
    paths.config_file.write_text(text, encoding="utf-8")
    return SettingsLoader(paths, environment or {}, Texts("en")).load(flags)


def refusal(paths: Paths, text: str, *, language: str = "en") -> str:
    """Return the line that a file's text is refused with."""
    paths.config_file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        SettingsLoader(paths, {}, Texts("pt" if language == "pt" else "en")).load()
    assert caught.value.kind is ErrorKind.CONFIGURATION
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_files_there_are_defaults(paths: Paths) -> None:
    loaded = SettingsLoader(paths, {}, Texts("en")).load()

    assert (loaded.settings.engine.model, loaded.settings.session.max_steps, loaded.origins) == ("faisca", 20, {})


def test_a_flag_beats_the_environment_which_beats_the_file(paths: Paths) -> None:
    text = "[engine]\nmodel = 'file'\nthreads = 1\nmax_tokens = 100\n"
    environment = {"FAZAI_ENGINE__MODEL": "environment", "FAZAI_ENGINE__THREADS": "2"}

    loaded = load(paths, text, environment=environment, flags={"engine.model": "flag", "engine.threads": None})

    engine = loaded.settings.engine
    assert (engine.model, engine.threads, engine.max_tokens) == ("flag", 2, 100)
    assert loaded.origins == {
        "engine.model": "command line",
        "engine.threads": "environment",
        "engine.max_tokens": str(paths.config_file),
    }


def test_the_model_has_a_variable_of_its_own(paths: Paths) -> None:
    assert load(paths, environment={"FAZAI_GEMMA_MODEL": "/m.gguf"}).settings.engine.model == "/m.gguf"


def test_lists_come_from_the_environment_with_colons_or_as_toml(paths: Paths) -> None:
    for value in ("/a:/b c", '["/a", "/b c"]'):
        loaded = load(paths, environment={"FAZAI_SANDBOX__WRITABLE_ROOTS": value})
        assert loaded.settings.sandbox.writable_roots == ("/a", "/b c")


def test_other_variables_of_fazai_are_no_settings(paths: Paths) -> None:
    assert load(paths, environment={"FAZAI_HOME": "/x", "FAZAI_GEMMA_SOCKET": "/y"}).origins == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files that root owns")
def test_the_machines_file_counts_only_when_root_alone_can_change_it(paths: Paths) -> None:
    paths.system_dir.mkdir(mode=0o755)
    paths.system_config_file.write_text("[engine]\nthreads = 3\nmodel = 'system'\n")
    paths.system_config_file.chmod(0o644)

    assert load(paths, "[engine]\nmodel = 'mine'\n").settings.engine.threads == 3
    assert load(paths, "[engine]\nmodel = 'mine'\n").settings.engine.model == "mine"

    paths.system_config_file.chmod(0o666)
    loaded = load(paths)
    assert (loaded.settings.engine.threads, loaded.ignored) == ("auto", (paths.system_config_file,))

    paths.system_config_file.chmod(0o644)
    os.chown(paths.system_config_file, 65534, -1)
    assert load(paths).ignored == (paths.system_config_file,)

    os.chown(paths.system_config_file, 0, -1)
    paths.system_dir.chmod(0o777)
    assert not is_trusted(paths.system_config_file)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[engine]\nthread = 2", "there is no engine.thread (did you mean engine.threads?)"),
        ("[enigne]\nthreads = 2", "there is no enigne.threads (did you mean engine.threads?)"),
        ("modle = 'x'", "there is no modle (did you mean engine.model?)"),
        ("engine = 2", "engine must be a table (write [engine] and its keys below)"),
        ("[engine]\nthreads = 'x'", "engine.threads = 'x' does not fit (use a whole number or 'auto')"),
        ("[engine]\nthreads = 0", "engine.threads = 0 does not fit (use at least 1 or 'auto')"),
        ("[engine]\nmodel = 3", "engine.model = 3 does not fit (use a text)"),
        ("[sandbox]\nnetwork = 'maybe'", "sandbox.network = 'maybe' does not fit (use true or false)"),
        ("[sandbox]\nwritable_roots = 3", "sandbox.writable_roots = 3 does not fit (use a list of texts)"),
        ("[interface]\nlanguage = 'fr'", "interface.language = 'fr' does not fit (use 'auto', 'pt' or 'en')"),
        ("[keys]\nsned = 'x'", "there is no keys.sned (did you mean keys.send?)"),
        ("[keys]\nsend = 1", "keys.send = 1 does not fit (use a text)"),
    ],
)
def test_what_does_not_fit_is_named_with_file_key_and_remedy(paths: Paths, text: str, line: str) -> None:
    assert refusal(paths, text) == f"Configuration: {paths.config_file}: {line}"


def test_malformed_toml_names_the_line(paths: Paths) -> None:
    line = refusal(paths, "[engine]\nthreads = 2\n\nmodel = \n")

    assert line.startswith(f"Configuration: {paths.config_file}, line 4: not valid TOML: ")


def test_errors_speak_portuguese_to_the_end(paths: Paths) -> None:
    line = refusal(paths, "[interface]\nlanguage = 'fr'", language="pt")

    assert line.endswith("interface.language = 'fr' não serve (use 'auto', 'pt' ou 'en')")


def test_a_wrong_variable_is_called_by_its_name(paths: Paths) -> None:
    with pytest.raises(ConfigurationError, match=r"no FAZAI_ENGINE__THREAD \(did you mean FAZAI_ENGINE__THREADS\?\)"):
        load(paths, environment={"FAZAI_ENGINE__THREAD": "2"})
    with pytest.raises(ConfigurationError, match="FAZAI_ENGINE__THREADS = 'many' does not fit"):
        load(paths, environment={variable_name("engine.threads"): "many"})


def test_a_file_that_is_no_text_is_one_line(paths: Paths) -> None:
    paths.config_file.write_bytes(b"[engine]\nmodel = '\xff\xfe'\n")

    with pytest.raises(ConfigurationError, match=r"config.toml is not UTF-8 \(byte 18\)"):
        SettingsLoader(paths, {}, Texts("en")).load()


def test_a_file_that_cannot_be_read_is_one_line(paths: Paths) -> None:
    paths.config_file.mkdir()

    with pytest.raises(ConfigurationError, match=r"config.toml cannot be read: Is a directory"):
        SettingsLoader(paths, {}, Texts("en")).load()


def test_a_file_that_was_asked_for_must_exist(paths: Paths, tmp_path: Path) -> None:
    loader = SettingsLoader(paths, {}, Texts("en"), config_file=tmp_path / "none.toml")

    with pytest.raises(ConfigurationError, match=r"none.toml cannot be read: there is no such file"):
        loader.load()
