"""Manual pages: what a program is for, and the examples that can be told from prose."""

import gzip
from pathlib import Path

import pytest

from fazai_tui.memory.documents import Document
from fazai_tui.memory.man_pages import manual_documents, manual_places, page_documents
from fazai_tui.memory.roff import plain

MAN = r""".\" comment
.TH GRAULT 1
.SH NAME
grault, grau \- fold \fIpaper\fR maps
.SH SYNOPSIS
.B grault
[\fB\-\-fold\fR] \fIFILE\fR
.SH EXAMPLES
To fold a map:
.PP
.nf
$ grault \-\-fold <file>
output
.fi
.PP
Only prose about grault.
.TP
.B grault \-\-undo
Unfold the last map. It asks nothing.
.PP
Another program:
.EX
other \-x
.EE
"""
MDOC = """.Dd today
.Dt WALDO 8
.Sh NAME
.Nm waldo
.Nd find lost people
.Sh EXAMPLES
Find one in a crowd:
.Pp
.Dl waldo -c crowd.txt
"""
POD = """.SH "NAME"
corge \\- polish stones
.SH "EXAMPLE"
.IX Header "EXAMPLE"
Polish one stone:
.PP
.Vb 1
\\&    corge \\-\\-stone granite
.Ve
"""


def read(source: str, name: str) -> list[Document]:
    """Return the documents of a page."""
    return [document for document in page_documents(source, name, "en") if document is not None]


def test_a_page_says_what_its_program_is_for_and_how_it_is_used() -> None:
    about, *_ = read(MAN, "grault")

    assert about.entry.kind == "answer" and about.entry.source == "man grault"
    assert about.phrasings == ("fold paper maps",)
    assert about.entry.answer is not None
    assert about.entry.answer.en == "grault: fold paper maps. `grault [--fold] FILE` (man grault)"


def test_examples_are_commands_of_the_program_with_what_stands_by_them() -> None:
    _, fold, undo = read(MAN, "grault")

    assert (fold.entry.title.en, fold.entry.steps[0].run) == ("To fold a map (grault)", "grault --fold <file>")
    assert (undo.entry.title.en, undo.entry.steps[0].run) == ("Unfold the last map (grault)", "grault --undo")


@pytest.mark.parametrize(
    ("source", "name", "command"), [(MDOC, "waldo", "waldo -c crowd.txt"), (POD, "corge", "corge --stone granite")]
)
def test_pages_of_every_make_are_read(source: str, name: str, command: str) -> None:
    about, example = read(source, name)

    assert about.phrasings[0] in ("find lost people", "polish stones")
    assert example.entry.steps[0].run == command


@pytest.mark.parametrize("source", ["", "plain text", ".SH NAME\nno dash", ".SH NAME\nx \\- ", ".so man1/x.1"])
def test_what_is_no_page_gives_nothing(source: str) -> None:
    assert read(source, "x") == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (r"\fBa\fR\-b\(aqc\(aq", "a-b'c'"),
        (r"\f[B]a\f(CWb\s-1c\s0", "abc"),
        (r"op\(,c\(~ao", "opção"),
        (r"a\ b\&c\|d \"rest", "a bcd "),
        (r"\*(L" + '"x' + r"\*(R" + '"', '"x"'),
        (r"c:\ed \N'36'", "c:\\d $"),
    ],
)
def test_escapes_are_read(text: str, wanted: str) -> None:
    assert plain(text) == wanted


def test_a_directory_is_read_in_the_users_language_first(tmp_path: Path) -> None:
    for folder, text in (("man1", MAN), ("pt_BR/man1", MAN.replace("fold \\fIpaper\\fR maps", "dobra mapas"))):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "grault.1.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "man1" / "grau.1.gz").symlink_to("grault.1.gz")
    (tmp_path / "man1" / "broken.1.gz").write_bytes(b"no gzip")
    (tmp_path / "man1" / "short.1.gz").write_bytes(gzip.compress(MAN.encode())[:60])
    (tmp_path / "man3").mkdir()
    (tmp_path / "man3" / "call.3").write_text(MAN)

    def purposes(language: str) -> list[str]:
        found = manual_documents([tmp_path], "pt" if language == "pt" else "en")
        return [d.phrasings[0] for d in found if d is not None and d.entry.kind == "answer"]

    assert purposes("pt") == ["dobra mapas"]
    assert purposes("en") == ["fold paper maps"]


def test_no_program_is_started_for_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A formatter for each of thousands of pages would take many minutes."""
    (tmp_path / "man1").mkdir()
    (tmp_path / "man1" / "grault.1").write_text(MAN)
    monkeypatch.setattr("os.fork", None)
    monkeypatch.setattr("subprocess.Popen", None)

    assert sum(1 for _ in manual_documents([tmp_path], "en")) == 3


def test_the_places_are_those_of_the_environment(tmp_path: Path) -> None:
    assert manual_places({"MANPATH": f"{tmp_path}:/no/such:{tmp_path}"}) == (tmp_path,)
