"""`fazai knowledge` as its users see it: what is added plans draw on, what is removed is gone."""

import json
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Ended, Fazai, RunHere

RUNBOOK = """# Operação do portal

## Publicar o portal

Envia a versão nova e recarrega.

```bash
cd /srv/portal   # onde ele mora
git pull --ff-only
# agora compila
make build
```
"""
COMMANDS = ["cd /srv/portal", "git pull --ff-only", "make build"]
ORDER = "publica o portal"
PAGE = "# grault\n\n> Fold maps.\n\n- Fold a paper map:\n\n`grault --fold {{path/to/map.pdf}}`\n"


@pytest.fixture
def runbook(folder: Path) -> Path:
    """Return a runbook of a task that only this team has."""
    file = folder / "deploy.md"
    file.write_text(RUNBOOK, encoding="utf-8")
    return file


def archive(file: Path, pages: dict[str, str]) -> Path:
    """Return a zip archive of pages."""
    with zipfile.ZipFile(file, "w") as made:
        for name, text in pages.items():
            made.writestr(name, text)
    return file


def planned(fazai: Fazai, order: str) -> list[tuple[str, str]]:
    """Return the commands of a plan with where they are from."""
    ended = fazai("exec", "--json", "--dry-run", "--lang", "pt", order)
    assert ended.returncode == 0, ended
    items = [json.loads(line).get("item", {}) for line in ended.stdout.splitlines()]
    plans = [item for item in items if item.get("type") == "plan"]
    return [(step["command"], step["provenance"]) for step in plans[-1]["steps"]] if plans else []


def test_a_runbook_is_planned_from_until_it_is_removed(run_here: RunHere, fazai: Fazai, runbook: Path) -> None:
    added = run_here("knowledge", "add", "deploy.md")
    assert (added.returncode, added.stdout) == (0, "deploy.md: 1 document that plans may draw on\n")

    assert planned(fazai, ORDER) == [(command, "runbook deploy.md") for command in COMMANDS]

    assert run_here("knowledge", "remove", "deploy.md").returncode == 0
    assert not set(COMMANDS) & {command for command, _ in planned(fazai, ORDER)}


def test_what_was_imported_is_listed_and_the_users_alone(run_here: RunHere, runbook: Path, data: Path) -> None:
    assert run_here("knowledge", "list").stderr == "nothing was imported yet: fazai knowledge add man|tldr|PATH\n"
    run_here("knowledge", "add", str(runbook))

    (listed,) = json.loads(run_here("knowledge", "list", "--json").stdout)

    assert (listed["name"], listed["kind"], listed["documents"], listed["languages"]) == (
        "deploy.md",
        "runbook",
        1,
        ["pt"],
    )
    assert listed["origin"] == str(runbook)
    assert run_here("knowledge", "list").stdout.startswith("deploy.md  runbook  1  pt  ")
    assert stat.S_IMODE((data / "library.db").stat().st_mode) == 0o600


def test_what_is_added_again_is_replaced_and_a_namesake_is_not(run_here: RunHere, runbook: Path, folder: Path) -> None:
    run_here("knowledge", "add", str(runbook))
    runbook.write_text(RUNBOOK + "\n## Parar o portal\n\n```sh\nmake stop\n```\n", encoding="utf-8")
    (folder / "other").mkdir()
    (folder / "other" / "deploy.md").write_text(RUNBOOK, encoding="utf-8")

    run_here("knowledge", "add", str(runbook))
    run_here("knowledge", "add", "other/deploy.md")

    listed = json.loads(run_here("knowledge", "list", "--json").stdout)
    assert [(source["name"], source["documents"]) for source in listed] == [("deploy.md", 2), ("other/deploy.md", 1)]


@pytest.mark.parametrize("is_packed", [True, False])
def test_a_tldr_archive_is_recognised_wherever_it_is_given(run_here: RunHere, folder: Path, is_packed: bool) -> None:
    pages = {
        "tldr-main/pages/common/grault.md": PAGE,
        "tldr-main/pages.pt_BR/linux/grault.md": PAGE,
        "tldr-main/pages.de/common/grault.md": PAGE,
        "tldr-main/pages/windows/grault.md": PAGE,
        "README.md": "# x\n```sh\nls\n```",
    }
    place = archive(folder / "tldr.zip", pages)
    if not is_packed:
        with zipfile.ZipFile(place) as packed:
            packed.extractall(folder / "pages")
        place = folder / "pages"

    assert run_here("knowledge", "add", str(place)).stdout == "tldr: 1 document that plans may draw on\n"
    in_portuguese = run_here("knowledge", "add", "tldr", "--from", str(place), "--lang", "pt")
    assert in_portuguese.stdout == "tldr: 2 documentos que os planos podem usar\n"
    (listed,) = json.loads(run_here("knowledge", "list", "--json").stdout)
    assert (listed["kind"], listed["languages"]) == ("tldr", ["en", "pt"])


def test_a_directory_of_runbooks_is_one_source(run_here: RunHere, runbook: Path, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "b.markdown").write_text("# Back up\n```console\n$ tar c .\n```\n")
    (folder / "sub" / "raw.md").write_bytes(b"\xff\0")
    (folder / "sub" / "link.md").symlink_to("/etc/passwd")
    os.mkfifo(folder / "sub" / "pipe.md")

    ended = run_here("knowledge", "add", ".")

    assert ended.stdout == "folder: 2 documents that plans may draw on\n"
    assert "1 piece was left out" in ended.stderr


def one_line(ended: Ended, code: int, words: str) -> None:
    """Make sure that a run ended with one line that says something."""
    assert (ended.returncode, ended.stdout) == (code, ""), ended
    assert ended.stderr.count("\n") == 1 and words in ended.stderr, ended.stderr


def _missing(folder: Path) -> str:
    return str(folder / "no-such.md")


def _impossible(folder: Path) -> str:
    return f"{folder}/no\0such"


def _long(folder: Path) -> str:
    return str(folder / ("n" * 300))


def _binary(folder: Path) -> str:
    (folder / "x.md").write_bytes(b"# x\n\0\x01")
    return "x.md"


def _empty(folder: Path) -> str:
    (folder / "x.md").write_text("")
    return "x.md"


def _prose(folder: Path) -> str:
    (folder / "x.md").write_text("# Only words\n```python\nprint()\n```\n")
    return "x.md"


def _nothing(folder: Path) -> str:
    (folder / "sub").mkdir()
    return "sub"


def _pipe(folder: Path) -> str:
    os.mkfifo(folder / "x.md")
    return "x.md"


def _cut(folder: Path) -> str:
    (folder / "x.zip").write_bytes(archive(folder / "y.zip", {"pages/common/a.md": PAGE}).read_bytes()[:80])
    return "x.zip"


def _leading_out(folder: Path) -> str:
    archive(folder / "x.zip", {"pages/common/a.md": PAGE, "../../evil.md": PAGE})
    return "x.zip"


def _bomb(folder: Path) -> str:
    with zipfile.ZipFile(folder / "x.zip", "w", zipfile.ZIP_DEFLATED) as made:
        for number in range(21):
            made.writestr(f"pages/common/{number}.md", b"\0" * (10 << 20))
    return "x.zip"


def _no_pages(folder: Path) -> str:
    archive(folder / "x.zip", {"a.md": RUNBOOK})
    return "x.zip"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_missing, "does not exist"),
        (_impossible, "cannot be read"),
        (_long, "cannot be read"),
        (_binary, "is no text"),
        (_empty, "holds no commands"),
        (_prose, "holds no commands"),
        (_nothing, "holds no commands"),
        (_pipe, "neither a file nor a directory"),
        (_cut, "is no whole zip archive"),
        (_leading_out, "leads out of it: ../../evil.md"),
        (_bomb, "more than 200 MB"),
        (_no_pages, "holds no tldr pages"),
    ],
)
def test_what_cannot_be_imported_says_why_in_one_line(
    run_here: RunHere, folder: Path, make: Callable[[Path], str], words: str
) -> None:
    one_line(run_here("knowledge", "add", make(folder)), 42, words)
    assert run_here("knowledge", "list", "--json").stdout == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add",), "needs"),
        (("add", "tldr"), "--download"),
        (("add", "tldr", "--from", "x", "--download"), "--from PATH, or --download"),
        (("add", "man", "--download"), "belongs to fazai knowledge add tldr"),
        (("frobnicate",), "no command"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(run_here: RunHere, arguments: tuple[str, ...], words: str) -> None:
    one_line(run_here("knowledge", *arguments), 2, words)


def test_an_unknown_name_is_said_with_the_known_ones(run_here: RunHere, runbook: Path) -> None:
    run_here("knowledge", "add", str(runbook))

    one_line(run_here("knowledge", "remove", "nada"), 42, "nothing is called nada; there is: deploy.md")


def test_an_unreachable_archive_is_said_honestly(fazai: Fazai) -> None:
    ended = fazai("knowledge", "add", "tldr", "--download", HTTPS_PROXY="http://127.0.0.1:9", https_proxy="")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "could not be fetched" in ended.stderr.splitlines()[-1] and "--from tldr.zip" in ended.stderr


def test_a_damaged_library_is_one_line_and_orders_are_planned_all_the_same(
    run_here: RunHere, fazai: Fazai, runbook: Path, data: Path
) -> None:
    (data / "library.db").write_bytes(b"no database at all" * 100)

    one_line(run_here("knowledge", "list"), 1, "is damaged")
    one_line(run_here("knowledge", "add", "deploy.md"), 1, "is damaged")
    ended = fazai("exec", "--dry-run", "mostre o espaço livre no disco")
    assert ended.returncode == 0 and "df" in ended.stdout
    assert ended.stderr.count("is damaged") == 1
