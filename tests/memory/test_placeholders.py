"""Placeholders of imported commands become typed slots."""

import pytest

from fazai_tui.core.filling import fill
from fazai_tui.memory.placeholders import chosen_forms, slots_of, slots_of_all


@pytest.mark.parametrize(
    ("command", "template", "types"),
    [
        ("tar cf {{path/to/target.tar}} {{path/to/file}}", "tar cf <target_tar> <file>", "archive file"),
        ("cp {{path/to/file}} {{path/to/file}}.bak", "cp <file> <file>.bak", "file"),
        ("ssh {{username}}@{{remote_host}} -p {{port}}", "ssh <username>@<remote_host> -p <port>", "user domain port"),
        ("ls {{path/to/directory}}", "ls <directory>", "dir"),
        ("ls {{caminho/para/diretorio}}", "ls <diretorio>", "dir"),
        ("head -n {{10}} {{example.log}}", "head -n <n10> <example_log>", "number word"),
        ("x {{start|stop}}", "x <start>", "choice"),
        ("x {{path/to/file1 path/to/file2 ...}}", "x <file2>", "file"),
        ("echo {{}} {", "echo <value> {", "word"),
        ("sort <file {{path/to/file}}", "sort <file <file>", "file"),
    ],
)
def test_a_placeholder_is_a_slot_of_what_it_names(command: str, template: str, types: str) -> None:
    found, slots = slots_of(command)

    assert found == template
    assert [slot.type for slot in slots.values()] == types.split()


def test_alternatives_are_a_closed_set() -> None:
    _, slots = slots_of("systemctl {{start|stop|restart}} {{unit}}")

    assert [choice.value for choice in slots["start"].values] == ["start", "stop", "restart"]


def test_a_placeholder_never_takes_the_name_of_text() -> None:
    template, slots = slots_of("cat <file> {{path/to/file}}")

    assert template == "cat <file> <filex>"
    assert fill(template, lambda name, _: "a" if name in slots else None) == "cat <file> a"


def test_options_have_one_form() -> None:
    assert chosen_forms("ls {{[-a|--all]}} {{[-l]}}") == "ls --all {{[-l]}}"
    assert chosen_forms("ls {{[-a|--all]}}", is_long=False) == "ls -a"


def test_angles_are_placeholders_only_where_they_are_no_redirection() -> None:
    commands = (
        "ssh <host> uptime",
        "sort <input >output",
        "diff <(a) <(b)",
        "cat <<eof>x",
        "do x <in>out",
        "a <host>:/b",
    )

    templates, slots = slots_of_all(commands, has_angles=True)

    assert templates == commands
    assert list(slots) == ["host"]
    assert slots_of_all(commands)[1] == {}
