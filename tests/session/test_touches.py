"""What the card says of the files that a command touches."""

import os
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from fazai_tui.session.touches import human_size, resolve


def test_each_path_says_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 1500)
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "folder" / "deep" / "one").write_text("12345")
    (tmp_path / "folder" / "two").write_text("1")

    lines = resolve(
        ("file", "folder", "new.txt", "*.log", "$HOME/x", str(tmp_path / "file")), str(tmp_path), Texts("en")
    )

    assert lines == (
        "file: existing file (1.5 kB)",
        "folder: 2 files (6 B)",
        "new.txt: new file",
        "*.log: nothing matches now",
        "$HOME/x: known only when it runs",
        f"{tmp_path / 'file'}: existing file (1.5 kB)",
    )


def test_links_are_not_followed_out_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "own").write_text("own")
    (tmp_path / "folder" / "all").symlink_to("/usr")
    (tmp_path / "dangling").symlink_to("nowhere")

    lines = resolve(("folder", "dangling"), str(tmp_path), Texts("en"))

    assert lines[0] == "folder: 1 file (3 B)"
    assert lines[1].startswith("dangling: existing file")


def test_what_cannot_be_read_is_not_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert resolve(("pipe", "file\0name"[:4], "/proc/1/root/x"), str(tmp_path), Texts("en"))


def test_many_paths_are_counted(tmp_path: Path) -> None:
    lines = resolve(tuple(f"f{number}" for number in range(11)), str(tmp_path), Texts("en"))

    assert len(lines) == 9 and lines[-1] == "and 3 more"


@pytest.mark.parametrize(
    ("size", "said"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_234_567, "1.2 MB"), (5e13, "50.0 TB")]
)
def test_sizes(size: float, said: str) -> None:
    assert human_size(size) == said
