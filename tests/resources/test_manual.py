"""What manual pages say of a command."""

import gzip
import os
import shutil
from pathlib import Path

import pytest

from fazai_tui.resources.manual import InstalledManual

PAGE = r""".TH FROB 1
.SH NAME
frob \- frobnicate files
.SH DESCRIPTION
Text that mentions \-a and \-r, which is not about them.
.SH OPTIONS
.TP
\fB\-r\fR, \fB\-R\fR, \fB\-\-recursive\fR
Go into directories. Take care.
.TP
\fB\-f\fR, \fB\-\-file\fR=\fIARCHIVE\fR
Use the archive.
.TP
\fB\-name\fR \fIpattern\fR
Match a name.
"""

pytestmark = pytest.mark.skipif(shutil.which("man") is None, reason="there is no man here")


@pytest.fixture
def manual(tmp_path: Path) -> InstalledManual:
    """Return a manual of three pages, one of them in Portuguese as well."""
    pages = {
        "man1/frob.1": PAGE,
        "pt_BR/man1/frob.1": PAGE.replace("frobnicate files", "frobnica arquivos").replace("NAME", "NOME"),
        "man1/frob-push.1": PAGE.replace("frobnicate files", "push what was frobbed"),
        "man8/tweak.8.gz": PAGE.replace("frob ", "tweak "),
    }
    for name, source in pages.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(gzip.compress(source.encode()) if name.endswith(".gz") else source.encode())
    return InstalledManual({**os.environ, "MANPATH": str(tmp_path)})


def test_the_purpose_and_the_options_that_are_used(manual: InstalledManual) -> None:
    assert manual.describe(["frob", "-rf", "x", "--none"], "en") == (
        "frob: frobnicate files",
        "-r, -R, --recursive: Go into directories.",
        "-f, --file=ARCHIVE: Use the archive.",
    )
    assert manual.describe(["/usr/bin/frob", "-name", "x"], "en")[1:] == ("-name pattern: Match a name.",)
    assert manual.describe(["frob", "--file=x", "--", "-r"], "en")[1:] == ("-f, --file=ARCHIVE: Use the archive.",)
    assert manual.describe(["tweak"], "en") == ("tweak: frobnicate files",)


def test_a_verb_may_have_a_page_of_its_own(manual: InstalledManual) -> None:
    assert manual.describe(["frob", "push"], "en") == ("frob-push: push what was frobbed",)
    assert manual.describe(["frob", "-r", "pull"], "en")[0] == "frob: frobnicate files"


@pytest.mark.parametrize("name", ["nowhere", "-Hfirefox", "--pager=id", "", "a b", "$(id)"])
def test_what_has_no_page_is_not_known(manual: InstalledManual, name: str) -> None:
    assert manual.describe([name], "en") == ()
    assert manual.describe([], "en") == ()


def test_a_file_of_the_users_is_no_page(
    manual: InstalledManual, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "local").write_text(PAGE.replace("frob ", "local "))
    monkeypatch.chdir(tmp_path)
    assert manual.describe(["./local"], "en") == ()


def test_a_pager_of_the_environment_is_not_run(manual: InstalledManual, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    environment = {**os.environ, "MANPATH": str(tmp_path), "MANPAGER": f"touch {mark}", "PAGER": f"touch {mark}"}
    assert InstalledManual(environment).describe(["frob"], "en") == ("frob: frobnicate files",)
    assert not mark.exists()
