"""Commands of the user's own: what the files may say, and what is understood of it."""

import string
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fazai_tui.config.texts import Texts
from fazai_tui.core.errors import BadInputError, ConfigurationError, ErrorKind, FazaiError
from fazai_tui.environments.commands import CustomCommand, CustomCommands, is_unfinished
from fazai_tui.environments.interpretation import (
    ChangeDirectory,
    Clear,
    Help,
    Leave,
    Meaning,
    Nothing,
    Run,
    meaning_of_line,
    meaning_of_words,
)
from fazai_tui.environments.wanted import is_name, size

TEXTS = Texts("en")
FILE = """
[disk]
run = "df -h /"
aliases = ["espaço"]
description = { pt = "O disco", en = "The disk" }

[deploy]
run = 'rsync "$1" srv:'
roles = ["ops", "release"]
"""


def load(folder: Path, text: str, language: str = "en") -> CustomCommands:
    """Read commands from one file."""
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return CustomCommands.load(folder, Texts("pt" if language == "pt" else "en"))


def test_files_say_names_aliases_descriptions_and_roles(tmp_path: Path) -> None:
    commands = load(tmp_path, FILE)
    (tmp_path / "other.txt").write_text("no command")

    deploy, disk = commands.commands
    assert (disk.name, disk.aliases, disk.description, disk.roles) == ("disk", ("espaço",), "The disk", ())
    assert (deploy.name, deploy.roles) == ("deploy", ("ops", "release"))
    assert load(tmp_path, FILE, "pt").commands[1].description == "O disco"
    assert CustomCommands.load(tmp_path / "missing", TEXTS).commands == ()


def test_an_environment_has_what_its_roles_admit(tmp_path: Path) -> None:
    commands = load(tmp_path, FILE)

    assert [command.name for command in commands.admitted(())] == ["disk"]
    assert [command.name for command in commands.admitted(("ops",))] == ["deploy", "disk"]
    assert commands.find("nothing", ()) is None
    with pytest.raises(FazaiError, match="deploy is for ops, release; this environment admits dev") as refused:
        commands.find("deploy", ("dev",))
    assert refused.value.kind is ErrorKind.DECLINED


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[x", "mine.toml"),
        ("x = 1", "x is no command"),
        ('["a b"]\nrun = "ls"', "a b is no command"),
        ('[x]\nrun = "ls"\nrole = ["a"]', "x has no key role"),
        ("[x]", "does not say what to run"),
        ("[x]\nrun = 1", "does not say what to run"),
        ('[x]\nrun = "ls"\naliases = "y"', "aliases of x is no list"),
        ('[x]\nrun = "ls"\nroles = [1]', "roles of x is no list"),
        ('[x]\nrun = "ls"\nroles = ["a b"]', "a b of x cannot be a role"),
        ('[x]\nrun = "ls"\ndescription = 1', "description of x is no text"),
        ('[bash]\nrun = "ls"', "bash means something everywhere"),
        ('[x]\nrun = "ls"\naliases = ["exit"]', "exit means something everywhere"),
        ('[x]\nrun = "ls"\n[y]\nrun = "ls"\naliases = ["x"]', "x is taken by"),
    ],
)
def test_what_is_not_understood_is_said(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, text)
    assert words in refused.value.message and "mine.toml" in refused.value.message


def test_arguments_go_where_the_command_names_them_else_at_its_end() -> None:
    assert CustomCommand("x", "ls -l").argv(()) == ("sh", "-c", "ls -l", "x")
    assert CustomCommand("x", "ls -l").argv(("a b",)) == ("sh", "-c", 'ls -l "$@"', "x", "a b")
    assert CustomCommand("x", "echo $2 ${1}").argv(("a", "b")) == ("sh", "-c", "echo $2 ${1}", "x", "a", "b")


def line(text: str, roles: tuple[str, ...] = ()) -> Meaning:
    """Return what a line means where there is one command of the user's own."""
    return meaning_of_line(text, CustomCommands([CustomCommand("say", "echo", ("diz",))], TEXTS), roles, TEXTS)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", Nothing()),
        ("   # only words", Nothing()),
        ("clear", Clear()),
        ("help", Help()),
        ("exit", Leave(None)),
        ("exit 3", Leave(3)),
        ("exit x", Leave(2)),
        ("cd", ChangeDirectory("")),
        ("cd '/a b'", ChangeDirectory("/a b")),
        ("bash", Run(("bash",))),
        ("bash -x -c 'a b'", Run(("bash", "-x", "-c", "a b"))),
        ('bash echo "a  b" | wc -c', Run(("bash", "-c", 'echo "a  b" | wc -c'))),
        ("ls | wc -l", Run(("bash", "-c", "ls | wc -l"))),
        ("say 'a b' c", Run(("sh", "-c", 'echo "$@"', "say", "a b", "c"))),
        ("diz a\\\n  b", Run(("sh", "-c", 'echo "$@"', "say", "a", "b"))),
        ('say "a\nb"', Run(("sh", "-c", 'echo "$@"', "say", "a\nb"))),
        ("sayx", Run(("bash", "-c", "sayx"))),
        ("clear; ls", Run(("bash", "-c", "clear; ls"))),
    ],
)
def test_lines_are_understood(text: str, meaning: Meaning) -> None:
    assert line(text) == meaning


def test_an_open_quote_is_an_error_when_nothing_follows() -> None:
    with pytest.raises(BadInputError, match="a quote is still open"):
        line("echo 'a")


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        (["ls", "-la", "a b"], Run(("ls", "-la", "a b"))),
        (["ls | wc -l"], Run(("bash", "-c", "ls | wc -l"))),
        (["bash"], Run(("bash",))),
        (["bash", "-c", "ls | wc"], Run(("bash", "-c", "ls | wc"))),
        (["bash", "echo", "a;b"], Run(("bash", "-c", '"$@"', "bash", "echo", "a;b"))),
        (["say", "a;b"], Run(("sh", "-c", 'echo "$@"', "say", "a;b"))),
        (["exit", "4"], Leave(4)),
        (["clear"], Clear()),
    ],
)
def test_words_of_a_command_line_stay_what_they_are(words: list[str], meaning: Meaning) -> None:
    commands = CustomCommands([CustomCommand("say", "echo")], TEXTS)
    assert meaning_of_words(words, commands, (), TEXTS) == meaning


@pytest.mark.parametrize(
    ("text", "is_open"),
    [("ls", False), ("ls \\", True), ("ls \\\\", False), ("echo 'a", True), ('echo "a\n', True), ("# it's", False)],
)
def test_lines_go_on_where_they_are_unfinished(text: str, is_open: bool) -> None:
    assert is_unfinished(text) is is_open


@given(st.text(alphabet=string.printable, max_size=40))
@example("cat a\\ ")
@example("bash cat a\\ ")
def test_every_finished_line_has_a_meaning(text: str) -> None:
    if not is_unfinished(text):
        assert line(text) is not None


@pytest.mark.parametrize(
    ("text", "count"), [("6g", 6 * 1024**3), ("512M", 512 * 1024**2), ("1.5GiB", 1610612736), ("4096", 4096)]
)
def test_sizes_are_read(text: str, count: int) -> None:
    assert size(text) == count


@pytest.mark.parametrize("text", ["", "g", "-1g", "6x", "1e9", "six"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        size(text)


@pytest.mark.parametrize(
    ("text", "is_good"),
    [("lab", True), ("a-1", True), ("", False), ("-a", False), ("a-", False), ("A", False), ("a/b", False)],
)
def test_names_are_those_of_hosts(text: str, is_good: bool) -> None:
    assert is_name(text) is is_good
