"""`fazai memory` as its users see it."""

import json
import stat
from pathlib import Path

from tests.cli.conftest import RunHere

CANARY = "k4n4r1nh0-7f3b"


def test_what_is_added_is_listed_found_and_forgotten(run_here: RunHere) -> None:
    added = run_here("memory", "add", "--lang", "en", "the database listens on port 5433")
    assert added.returncode == 0, added.stderr
    entry_id = added.stdout.removeprefix("remembered as ").partition(":")[0]
    assert "the database listens" in run_here("memory", "list").stdout
    found = run_here("memory", "search", "--lang", "en", "which port has the database")
    assert found.stdout.split()[1] == entry_id
    assert "words alone" in found.stderr
    assert json.loads(run_here("memory", "search", "--json", "database").stdout)[0]["match"] == "words"
    assert run_here("memory", "forget", entry_id).returncode == 0
    assert json.loads(run_here("memory", "list", "--json").stdout) == []


def test_export_and_import_carry_everything(run_here: RunHere, folder: Path) -> None:
    run_here("memory", "add", "the printer is bertha")
    run_here("memory", "add", "--preference", "short listings")
    file = folder / "memory.jsonl"
    assert run_here("memory", "export", str(file)).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    ids = [json.loads(line)["id"] for line in run_here("memory", "export").stdout.splitlines()]
    assert run_here("memory", "forget", *ids).returncode == 0
    assert "2" in run_here("memory", "import", str(file)).stdout
    assert {json.loads(line)["id"] for line in run_here("memory", "export").stdout.splitlines()} == set(ids)


def test_secrets_are_masked(run_here: RunHere) -> None:
    run_here("memory", "add", f"o banco: senha={CANARY}")
    assert CANARY not in run_here("memory", "export").stdout


def test_what_cannot_be_done_is_one_line(run_here: RunHere, folder: Path) -> None:
    (folder / "broken.jsonl").write_text("{")
    for arguments, code in (
        (("forget", "abcd1234"), 42),
        (("add", "   "), 42),
        (("import", str(folder / "nowhere.jsonl")), 42),
        (("import", str(folder / "broken.jsonl")), 42),
        (("snapshot", str(folder / "no" / "where.tar.gz")), 1),
    ):
        ended = run_here("memory", *arguments)
        assert ended.returncode == code, (arguments, ended)
        assert len(ended.stderr.splitlines()) == 1


def test_a_server_that_does_not_answer_is_named_without_its_key(run_here: RunHere, folder: Path) -> None:
    run_here("config", "set", "memory.url", f"http://ana:{CANARY}@127.0.0.1:9/")
    ended = run_here("memory", "list", "--lang", "en")
    assert ended.returncode == 1
    assert "http://127.0.0.1:9/" in ended.stderr and CANARY not in ended.stderr


def test_switched_off_it_says_so(run_here: RunHere) -> None:
    run_here("config", "set", "memory.enabled", "false")
    ended = run_here("memory", "list", "--lang", "en")
    assert ended.returncode == 1 and "switched off" in ended.stderr
