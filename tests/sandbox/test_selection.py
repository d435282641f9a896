"""Choosing how to confine: never weaker than asked, and what cannot be had is an error with a remedy."""

import os
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import ConfigurationError, ErrorKind
from fazai_tui.core.policy import SandboxMode
from fazai_tui.core.ports import SandboxLauncher
from fazai_tui.sandbox import Method, PlainLauncher, create_launcher, probe, programs


def _create(mode: SandboxMode, workspace: Path, **options: object) -> SandboxLauncher:
    settings: dict[str, object] = {"workspace": str(workspace), "env": dict(os.environ), "texts": Texts("en")}
    return create_launcher(mode, **{**settings, **options})  # type: ignore[arg-type]


def test_full_access_is_the_plain_command(tmp_path: Path) -> None:
    launcher = _create(SandboxMode.DANGER_FULL_ACCESS, tmp_path)
    assert isinstance(launcher, PlainLauncher)
    assert launcher.wrap(("bash", "-i"), cwd="/", scratch="/x") == ("bash", "-i")
    assert launcher.gaps == ()


def test_confining_launchers_tell_their_mode_and_gaps(tmp_path: Path) -> None:
    texts = {language: Texts(language) for language in ("pt", "en")}
    for mode in (SandboxMode.WORKSPACE_WRITE, SandboxMode.READ_ONLY):
        launcher = _create(mode, tmp_path)
        assert launcher.mode is mode
        assert all(texts[language].get(gap) for language in texts for gap in launcher.gaps)


def test_throw_away_mode_has_a_layer_and_others_have_none(tmp_path: Path) -> None:
    launcher = _create(SandboxMode.EPHEMERAL, tmp_path)
    assert launcher.mode is SandboxMode.EPHEMERAL
    assert launcher.layer is not None and launcher.layer.news() == ()
    launcher.layer.close()
    assert _create(SandboxMode.WORKSPACE_WRITE, tmp_path).layer is None


def test_throw_away_mode_that_cannot_be_had_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "START", "import sys; sys.exit('layer: unshare: Operation not permitted')")
    with pytest.raises(ConfigurationError, match="unshare: Operation not permitted") as caught:
        _create(SandboxMode.EPHEMERAL, tmp_path)
    assert caught.value.kind is ErrorKind.CONFIGURATION
    assert "user.max_user_namespaces" in caught.value.hint and "workspace-write" in caught.value.hint


def test_nothing_that_works_is_an_error_naming_each_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"bubblewrap: .*No such file") as caught:
        _create(SandboxMode.READ_ONLY, tmp_path, methods=(Method.BUBBLEWRAP,))
    assert "apt install bubblewrap" in caught.value.hint


@pytest.mark.parametrize("method", Method)
def test_confinement_that_fails_half_way_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: Method
) -> None:
    broken = "from fazai_tui.jail import filters; filters._MACHINES.clear(); "
    monkeypatch.setattr(programs, "START", programs.START.replace("from fazai_tui", f"{broken}from fazai_tui", 1))
    with pytest.raises(ConfigurationError, match="no system call numbers for"):
        _create(SandboxMode.READ_ONLY, tmp_path, methods=(method,))


def test_without_bubblewrap_another_way_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    launcher = _create(SandboxMode.WORKSPACE_WRITE, tmp_path)
    assert launcher.mode is SandboxMode.WORKSPACE_WRITE
    assert launcher.wrap(("true",), cwd="/", scratch="/x")[0] != "bwrap"


def test_workspace_among_secrets_is_refused(tmp_path: Path) -> None:
    secrets = tmp_path / "home/.ssh"
    (secrets / "deep").mkdir(parents=True)
    for workspace in (secrets, secrets / "deep"):
        with pytest.raises(ConfigurationError, match=r"cannot be inside .*\.ssh"):
            _create(SandboxMode.WORKSPACE_WRITE, workspace, env={"HOME": str(tmp_path / "home")})


@pytest.mark.parametrize("place", ["/", "/dev", "/run", "/proc/sys/kernel", "/sys"])
def test_the_machine_itself_is_no_working_folder(place: str) -> None:
    with pytest.raises(ConfigurationError, match=f" {place} cannot be made writable") as caught:
        _create(SandboxMode.WORKSPACE_WRITE, Path(place))
    assert "-C DIR" in caught.value.hint
    assert _create(SandboxMode.READ_ONLY, Path(place)).mode is SandboxMode.READ_ONLY


def test_the_machine_itself_is_no_writable_root(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="/proc cannot be made writable"):
        _create(SandboxMode.WORKSPACE_WRITE, tmp_path, writable_roots=("/proc",))


def test_probe_tries_every_way_and_names_the_best() -> None:
    report = probe()
    assert [method.method for method in report.methods] == list(Method)
    assert report.best is not None and report.best.is_available
    assert report.landlock_abi >= 1


def test_probe_reports_why_a_way_does_not_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    bubblewrap = probe().methods[0]
    assert not bubblewrap.is_available
    assert "bwrap" in bubblewrap.refusal
