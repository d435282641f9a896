"""What the card says of the files that a command touches."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.core.cookbook import Language
from fazai_tui.core.policy import Touched
from fazai_tui.policy.bash import BashPolicy
from fazai_tui.resources.version_control import GitVersions
from fazai_tui.session.touches import human_size, resolve

POLICY = BashPolicy(home="/home/ana")


def _said(command: str, folder: Path, language: Language = "en", *, has_git: bool = False) -> Sequence[str]:
    """Return what a card says of a command."""
    versions = GitVersions(os.environ) if has_git else None
    return resolve(POLICY.assess(command, str(folder)).touched, str(folder), Texts(language), versions)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a directory with a few files."""
    (tmp_path / "file").write_bytes(b"x" * 1500)
    (tmp_path / "tree" / "deep").mkdir(parents=True)
    (tmp_path / "tree" / "deep" / "one").write_text("12345")
    (tmp_path / "tree" / "two").write_text("1")
    (tmp_path / "a.log").write_bytes(b"x" * 1_600_000)
    (tmp_path / "b.log").write_bytes(b"x" * 1_600_000)
    return tmp_path


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        ("rm *.log", ("deletes 2 files, 3.2 MB: *.log",)),
        ("rm '*.log'", ("nothing to delete: *.log",)),
        ("rm *.txt", ("nothing matches now: *.txt",)),
        ("rm -r tree", ("deletes 2 files, 6 B: tree",)),
        ("cd tree && rm -r *", ("deletes 2 files, 6 B: *",)),
        ("cd tree; (cd deep; rm one); rm two", ("deletes 1 file, 5 B: one", "deletes 1 file, 1 B: two")),
        ("echo x > file", ("overwrites 1 file, 1.5 kB: file",)),
        ("echo x >> file", ("adds to 1 file, 1.5 kB: file",)),
        ("echo x > new", ("creates new",)),
        ("sed -i s/a/b/ file", ("changes 1 file, 1.5 kB: file",)),
        ("mv file other", ("creates other", "moves 1 file, 1.5 kB: file")),
        ("chmod -R 600 tree", ("changes mode or owner of 2 files, 6 B: tree",)),
        ("find tree -name one -delete", ("deletes 2 files, 6 B: tree",)),
        ('cd "$x" && rm file', ("file: known only when it runs",)),
        ('rm "$x"', ("$x: known only when it runs",)),
        ("rm {a,b}.log", ("deletes 1 file, 1.6 MB: a.log", "deletes 1 file, 1.6 MB: b.log")),
    ],
)
def test_each_path_says_what_becomes_of_it(folder: Path, command: str, lines: Sequence[str]) -> None:
    assert _said(command, folder) == lines


def test_the_language_counts_in_its_own_way(folder: Path) -> None:
    assert _said("rm *.log", folder, "pt") == ("apaga 2 arquivos, 3,2 MB: *.log",)
    assert _said("rm file", folder, "pt") == ("apaga 1 arquivo, 1,5 kB: file",)


def test_a_new_file_is_named_once_whatever_is_done_to_it(folder: Path) -> None:
    assert len(_said("echo x > fresh.sh && chmod +x fresh.sh", folder)) == 1


def test_a_new_directory_is_named_once_with_and_without_its_slash(folder: Path) -> None:
    assert _said("mkdir -p fresh && cp file fresh/", folder) == ("creates fresh",)


def test_links_are_not_followed_out_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "own").write_text("own")
    (tmp_path / "folder" / "all").symlink_to("/usr")
    (tmp_path / "dangling").symlink_to("nowhere")

    lines = _said("rm -r folder dangling", tmp_path)

    assert lines[0] == "deletes 1 file, 3 B: folder"
    assert lines[1].startswith("deletes 1 file, ")


def test_what_cannot_be_read_is_not_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    paths = ("pipe", "file\0name", "/proc/1/root/x", "x" * 5000, "~ninguem/x")
    items = [Touched(path=path, effect="delete", is_home=path.startswith("~")) for path in paths]

    assert len(resolve(items, str(tmp_path), Texts("en"), GitVersions(os.environ))) == len(paths)


def test_many_paths_are_counted(tmp_path: Path) -> None:
    items = [Touched(path=f"f{number}", effect="create") for number in range(11)]
    lines = resolve(items, str(tmp_path), Texts("en"))

    assert len(lines) == 9 and lines[-1] == "and 3 more"


@pytest.mark.parametrize(
    ("size", "said"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_234_567, "1.2 MB"), (5e13, "50.0 TB")]
)
def test_sizes(size: float, said: str) -> None:
    assert human_size(size, Texts("en")) == said


def test_what_git_keeps_is_said(folder: Path) -> None:
    for words in ("init -q", "add a.log b.log tree"):
        subprocess.run(("git", *words.split()), cwd=folder, check=True)
    assert _said("rm *.log", folder, has_git=True) == ("deletes 2 files, 3.2 MB: *.log · git keeps all of it",)
    assert _said("rm file", folder, has_git=True) == ("deletes 1 file, 1.5 kB: file · git keeps none of it",)

    (folder / "b.log").write_text("changed")
    assert _said("rm *.log", folder, "pt", has_git=True) == (
        "apaga 2 arquivos, 1,6 MB: *.log · o git não guarda 1 de 2",
    )
