"""The program is killed in the middle of a command: what is recorded, what is left, and how it goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from fazai_tui.config.texts import Texts
from fazai_tui.ledger.history import History

FAZAI = (sys.executable, "-m", "fazai_tui", "exec", "--lang", "en", "-s", "danger-full-access")


def is_running(argument: str) -> bool:
    """Tell whether a process has an argument."""
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            if argument.encode() in Path(f"/proc/{name}/cmdline").read_bytes().split(b"\0"):
                return True
        except OSError:
            continue
    return False


def wait_until(argument: str, *, is_there: bool) -> None:
    """Wait until a process with an argument is there, or has gone."""
    until = time.monotonic() + 30
    while is_running(argument) != is_there:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_killed_program_leaves_its_record_and_nothing_running(tmp_path: Path) -> None:
    nap = f"67.{os.getpid()}"
    folder = tmp_path / "folder"
    folder.mkdir()
    environment = {**os.environ, "FAZAI_HOME": str(tmp_path / "home")}
    history = History(tmp_path / "home" / "data" / "ledger.db", Texts("en"))
    order = f"!touch begun; sleep {nap}; touch late"

    with subprocess.Popen([*FAZAI, order], cwd=folder, env=environment, stdin=subprocess.DEVNULL) as process:
        wait_until(nap, is_there=True)
        (turn,) = history.list_turns()
        assert (turn.order, turn.status) == (order, "in_progress")
        process.send_signal(signal.SIGKILL)

    wait_until(nap, is_there=False)
    assert os.listdir(folder) == ["begun"]
    detail = history.turn(turn.id)
    assert detail.turn.status == "abandoned"
    assert [(c.command, c.status, c.exit_code) for c in detail.commands] == [(order[1:], "abandoned", None)]

    again = subprocess.run(
        [*FAZAI, "!true"], cwd=folder, env=environment, stdin=subprocess.DEVNULL, timeout=60, check=False
    )
    assert again.returncode == 0
    assert [entry.status for entry in history.list_turns()] == ["fulfilled", "abandoned"]
