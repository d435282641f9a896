"""Running an outside set of orders: its simulated commands made runnable, `fazai exec` given each order."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from fazai_tui.config.texts import Texts
from training.orders import OrderResult, OrderSet, copy_shims

RUNNER = """
import argparse, json, pathlib, subprocess, sys
at = sys.argv.index("--")
parser = argparse.ArgumentParser()
for name in ("--orders", "--shims", "--json"):
    parser.add_argument(name, type=pathlib.Path)
parser.add_argument("--only", nargs="+", default=[])
parser.add_argument("--isolate", action="store_true")
options, command = parser.parse_args(sys.argv[1:at]), sys.argv[at + 1 :]
results = []
for file in sorted(options.orders.iterdir()):
    if options.only and file.stem not in options.only:
        continue
    cwd = options.orders.parent
    argv = [word.replace("{order}", file.read_text()).replace("{cwd}", str(cwd)) for word in command]
    ended = subprocess.run(argv, capture_output=True, text=True)
    results.append({
        "id": file.stem, "lang": "pt", "category": "files", "level": 1, "order": file.read_text(),
        "status": "PASS" if (cwd / "made").exists() else "FAIL", "command_seconds": 1.5, "exit_code": ended.returncode,
        "commands": [{"command": str(options.isolate), "exit_code": 0}],
        "answer": (subprocess.run([options.shims / "sudo"], capture_output=True, text=True).stdout),
    })
options.json.write_text(json.dumps({"results": results}))
"""


@pytest.fixture
def order_set(tmp_path: Path) -> OrderSet:
    """Return a set of two orders with one simulated command, stored as read-only text files."""
    tool = tmp_path / "shims" / ".bench"
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "make-1.toml").write_text("!touch made")
    (tmp_path / "orders" / "never-1.toml").write_text("!rm -rf made")
    tool.mkdir(parents=True)
    (tool / "tool").write_text('#!/bin/sh\necho "I am ${0##*/}"\n')
    (tool / "other").write_text("tool")
    (tmp_path / "shims" / "sudo").write_text(".bench/tool")
    (tmp_path / "run.py").write_text(RUNNER)
    for file in (tool / "tool", tool / "other", tmp_path / "shims" / "sudo"):
        file.chmod(0o444)
    return OrderSet(tmp_path / "orders", tmp_path / "shims", tmp_path / "run.py")


def test_links_that_were_stored_as_text_are_links_again(order_set: OrderSet, tmp_path: Path) -> None:
    (order_set.shims / "words").write_text("not a path")
    (order_set.shims / "outside").write_text("../run.py")
    (order_set.shims / "itself").write_text("itself")
    (order_set.shims / "link").symlink_to(".bench/tool")

    copy_shims(order_set.shims, tmp_path / "copy")

    links = {path.name: str(path.readlink()) for path in (tmp_path / "copy").rglob("*") if path.is_symlink()}
    assert links == {"sudo": ".bench/tool", "other": "tool", "link": ".bench/tool"}
    assert os.access(tmp_path / "copy" / ".bench" / "tool", os.X_OK)
    assert not os.access(order_set.shims / ".bench" / "tool", os.X_OK)


def test_the_program_itself_gets_the_orders(order_set: OrderSet, tmp_path: Path) -> None:
    (result,) = order_set.run(only=["make-1"], is_isolated=False)

    assert (tmp_path / "made").exists()
    assert (result.id, result.status, result.commands[0].command) == ("make-1", "PASS", "False")
    assert result.answer == "I am sudo\n"
    outcome = result.outcome()
    assert (outcome.language, outcome.level, outcome.is_right, outcome.seconds) == ("pt", "level 1", True, 1.5)


def test_a_runner_that_fails_is_an_error(order_set: OrderSet) -> None:
    order_set.runner.write_text("raise SystemExit(3)")

    with pytest.raises(RuntimeError, match=r"run\.py exited with 3 without a report"):
        replace(order_set, program=Path("/bin/echo")).run(is_isolated=False)


def test_a_program_that_can_carry_out_nothing_is_an_error(order_set: OrderSet) -> None:
    with pytest.raises(RuntimeError, match="exited with 1"):
        replace(order_set, program=Path("/bin/false")).run(is_isolated=False)


def test_another_model_and_isolation_are_passed_on(order_set: OrderSet, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$FAZAI_HOME" "$@" | tee -a "${0%/*}/called"\n')
    program.chmod(0o755)

    results = replace(order_set, program=program).run(tmp_path / "other.gguf")

    calls = (tmp_path / "called").read_text()
    assert [result.commands[0].command for result in results] == ["True", "True"]
    assert calls.count(f"--model\n{tmp_path / 'other.gguf'}\n") == 3
    assert "!touch made\n" in calls and f"--cwd\n{tmp_path}\n" in calls
    assert str(Path.home()) not in calls.splitlines()[0]


def test_what_is_missing_is_named(order_set: OrderSet, tmp_path: Path) -> None:
    order_set.runner.unlink()

    assert order_set.missing() == [tmp_path / "run.py"]


@pytest.mark.parametrize("language", ["pt", "en"])
def test_an_answer_that_tells_of_no_plan_is_outside_the_schema(language: str) -> None:
    said = Texts("pt" if language == "pt" else "en").get("session.no_proposal")
    fields = {"id": "x", "lang": "en", "category": "git", "level": 2, "order": "y", "status": "FAIL"}

    assert not OrderResult.model_validate(fields | {"answer": f"{said}\n"}).outcome().is_readable
    assert OrderResult.model_validate(fields | {"answer": "Done."}).outcome().is_readable
