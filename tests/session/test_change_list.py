"""What became of files, as people read it."""

from fazai_tui.config.texts import Texts
from fazai_tui.core.undo import FileChange
from fazai_tui.session.change_list import change_rows, changes_told


def test_names_of_files_are_harmless_to_a_terminal_and_to_markdown() -> None:
    changes = [FileChange(path="/a\x1b[2J\n````\nb", kind="add"), FileChange(path="/c", kind="update")]
    assert change_rows(changes, 0, Texts("en")) == ["+ /a·[2J·````·b", "~ /c"]
    told = changes_told(changes, 0, Texts("pt")).splitlines()
    assert told[0] == "Na camada descartável; a máquina continua como estava:"
    assert told[2] == "````diff" and told[-1] == "````" and told.count("````") == 1


def test_many_files_are_counted() -> None:
    changes = [FileChange(path=f"/{number}", kind="delete") for number in range(40)]
    rows = change_rows(changes, 5, Texts("en"))
    assert (len(rows), rows[0], rows[-1]) == (31, "- /0", "… and 15 more files")
