"""Directories with a system of their own, and what is none."""

import os
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError, ConfigurationError
from fazai_tui.environments import images
from fazai_tui.environments.records import Owner
from fazai_tui.environments.wanted import Wanted
from tests.environments.conftest import Place, fill


def test_a_directory_is_a_root_of_its_own(place: Place, tmp_path: Path) -> None:
    system = fill(tmp_path / "a system, with:marks")
    (system / "etc" / "who").write_text("image\n")
    facts = place.make(image=str(system))

    inside = place.run(facts, "bash", "-c", "cat /etc/who; echo new > /etc/who; cat /etc/who; ls /; id -u; pwd")

    lines = inside.stdout.splitlines()
    assert lines[:2] == ["image", "new"] and lines[-2:] == ["0", "/root"]
    assert "work" not in lines and "home" not in lines
    assert (system / "etc" / "who").read_text() == "image\n"
    assert sorted(path.name for path in system.iterdir() if path.is_dir()) == sorted(
        {"bin", "etc", "tmp", "root"} | {path.name for path in system.iterdir() if path.name.startswith("lib")}
    )


def test_secrets_stay_hidden_in_whatever_directory_is_shown(place: Place, tmp_path: Path) -> None:
    system = fill(tmp_path / "system")
    (system / "shadow").write_text("canary")
    hiding = type(place.environments)(
        place.directory, masked=[str(system / "shadow")], environment=dict(os.environ), texts=Texts("en")
    )
    facts = Place(hiding, place.directory, place.owner).make(image=str(system))

    assert place.run(facts, "cat", "/shadow").stdout == ""


def test_links_of_an_image_lead_nowhere_outside(place: Place, tmp_path: Path) -> None:
    system, outside = fill(tmp_path / "system"), tmp_path / "outside"
    outside.mkdir()
    for name in ("dev", "run", "proc"):
        (system / name).symlink_to(outside)
    facts = place.make(image=str(system))

    assert place.run(facts, "true").returncode == 0
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    ("image", "words"),
    [("/no/such/directory", "is no directory"), ("./no-such/", "is no directory"), ("{here}/empty", "holds no system")],
)
def test_what_is_no_system_is_said(place: Place, tmp_path: Path, image: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInputError, match=words):
        place.environments.make(Wanted(Owner.of(place.owner.pid), image=image.format(here=tmp_path)))
    assert [path.name for path in place.directory.iterdir()] == [".lock"]


def test_an_image_without_podman_says_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match="apt install podman"):
        images.find("debian", "x", {"PATH": "/nowhere"}, Texts("en"))
