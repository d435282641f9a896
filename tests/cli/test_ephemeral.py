"""`fazai exec --sandbox ephemeral` as people and scripts see it."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Fazai
from tests.overlays import overlay_refusal

pytestmark = pytest.mark.skipif(bool(overlay_refusal()), reason=f"no overlay here: {overlay_refusal()}")


def test_changes_are_listed_and_thrown_away(fazai: Fazai, folder: Path) -> None:
    (folder / "old").write_text("as it was")
    ended = fazai("exec", "--sandbox", "ephemeral", "!touch a; echo x >> old; ls -1")
    assert ended.returncode == 0
    assert "a\nold" in ended.stdout
    told = ended.stderr[ended.stderr.index("In the throw-away layer") :]
    assert f"+ {folder}/a\n" in told and f"~ {folder}/old\n" in told
    assert [path.name for path in folder.iterdir()] == ["old"]
    assert (folder / "old").read_text() == "as it was"


def test_programs_read_changes_as_items(fazai: Fazai, folder: Path) -> None:
    ended = fazai("exec", "--json", "--sandbox", "ephemeral", "!touch a; false")
    items = [json.loads(line).get("item", {}) for line in ended.stdout.splitlines()]
    changes = [item for item in items if item.get("type") == "file_change"]
    assert [(item["path"], item["kind"], item["discarded"]) for item in changes] == [(f"{folder}/a", "add", True)]
    assert list(folder.iterdir()) == []


def test_own_history_and_keys_are_not_read(fazai: Fazai, folder: Path, data: Path) -> None:
    data.mkdir(parents=True, exist_ok=True)
    (data / "keys").write_text("top secret")
    for mode in ("ephemeral", "workspace-write", "read-only"):
        ended = fazai("exec", "--sandbox", mode, f"!cat {data}/keys {data}/ledger.db | head -c 20; true")
        assert ended.returncode == 0 and "top secret" not in ended.stdout and "SQLite" not in ended.stdout


def test_a_limit_that_does_not_fit_is_a_configuration_error(fazai: Fazai) -> None:
    ended = fazai("exec", "!true", FAZAI_SANDBOX__MEMORY="plenty")
    assert ended.returncode == 52
    assert "FAZAI_SANDBOX__MEMORY = 'plenty' does not fit (use a size such as 2GB or 512MiB)" in ended.stderr


def test_a_limit_too_small_to_start_with_is_refused(fazai: Fazai) -> None:
    ended = fazai("exec", "!true", FAZAI_SANDBOX__MEMORY="64kB")
    assert ended.returncode == 52
    assert ended.stderr.count("\n") == 1
