"""What a command sees, what comes back, and what lasts."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from fazai_tui.core.errors import ShellError
from fazai_tui.core.ports import CommandResult, Shell
from fazai_tui.shell import BashShell
from tests.shell.conftest import ShellFactory

Run = Callable[..., Awaitable[CommandResult]]


async def test_result_of_a_command(run: Run, tmp_path: Path) -> None:
    result = await run("echo one; echo two >&2; exit_with() { return 7; }; exit_with")
    assert (result.status, result.exit_code, result.output) == ("failed", 7, "one\ntwo\n")
    assert result.output_bytes == len("one\r\ntwo\r\n")
    assert result.cwd == str(tmp_path)
    assert result.duration_ms >= 0


async def test_shell_is_the_port(shell: BashShell) -> None:
    port: Shell = shell
    assert not port.is_busy


async def test_directory_variables_functions_and_status_last(run: Run, tmp_path: Path) -> None:
    await run("mkdir -p 'a dir' && cd 'a dir'; plain=1; export EXPORTED=2; greet() { echo hello $1; }; false")
    result = await run('echo "$? $plain $EXPORTED"; greet you; pwd')
    assert result.output == f"1 1 2\nhello you\n{tmp_path}/a dir\n"
    assert result.cwd == f"{tmp_path}/a dir"


@pytest.mark.parametrize("name", ["with space", "ção", "semi;colon", "new\nline", "bell\aand\x1b]133;D;1;x", "it's"])
async def test_any_directory_name_is_reported(run: Run, shell: BashShell, tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    await run("cd ./*/")
    assert shell.cwd == f"{tmp_path}/{name}"
    assert (await run("cd ..")).cwd == str(tmp_path)


async def test_sink_gets_raw_text_without_marks_and_echo(shell: BashShell) -> None:
    pieces: list[str] = []
    result = await shell.run(r"printf '\e[31mred\e[0m\n'; echo end", pieces.append)
    assert "".join(pieces) == "\x1b[31mred\x1b[0m\r\nend\r\n"
    assert result.output == "red\nend\n"


async def test_output_arrives_while_the_command_runs(shell: BashShell) -> None:
    first = asyncio.Event()
    running = asyncio.create_task(shell.run("echo now; sleep 5", lambda text: first.set()))
    await asyncio.wait_for(first.wait(), 2)
    assert shell.is_busy and not running.done()
    shell.interrupt()
    assert (await running).status == "cancelled"
    assert not shell.is_busy


async def test_flood_comes_in_few_batches_and_whole(shell: BashShell) -> None:
    pieces: list[str] = []
    result = await shell.run("seq 300000", pieces.append)
    assert "".join(pieces) == "".join(f"{number}\r\n" for number in range(1, 300001))
    assert len(pieces) < 120
    assert result.output_bytes == len("".join(pieces))


async def test_flood_keeps_head_and_tail(run: Run) -> None:
    result = await run("seq 300000")
    lines = result.output.splitlines()
    assert lines[:2] == ["1", "2"] and lines[-1] == "300000"
    assert len(result.output) < 2 * 256 * 1024 + 100
    assert [line for line in lines if not line.isdigit()] == [f"[… {result.output_bytes - 524288} bytes left out …]"]


async def test_environment_passes_but_for_our_own(make_shell: ShellFactory, tmp_path: Path) -> None:
    env = {
        **os.environ,
        "PATH": f"{tmp_path}/first:{os.environ['PATH']}",
        "HOME": "/nowhere/home",
        "TMPDIR": f"{tmp_path}/t",
        "FAZAI_HOME": "/secret",
        "FAZAI_SESSION__PERSONA": "x",
        "TERM": "dumb",
        "PAGER": "less",
        "SHELLOPTS": "xtrace",
    }
    shell = await make_shell(env=env)
    result = await shell.run(
        'echo "$PATH|$HOME|$TMPDIR|$TERM|$PAGER|$GIT_PAGER|$SYSTEMD_PAGER|$DEBIAN_FRONTEND"; env | grep -ci fazai',
        lambda text: None,
    )
    path = f"{tmp_path}/first:{os.environ['PATH']}"
    values = f"{path}|/nowhere/home|{tmp_path}/t|xterm-256color|cat|cat||noninteractive"
    assert result.output.splitlines() == [values, "0"]


async def test_programs_have_a_terminal_of_the_given_size(make_shell: ShellFactory) -> None:
    shell = await make_shell(columns=90, rows=31)
    sizes = [(await shell.run("test -t 0 && test -t 1 && stty size", lambda text: None)).output]
    shell.resize(70, 20)
    sizes.append((await shell.run("stty size", lambda text: None)).output)
    assert sizes == ["31 90\n", "20 70\n"]


async def test_program_reads_what_is_written(shell: BashShell) -> None:
    asked = asyncio.Event()
    running = asyncio.create_task(shell.run("read -p 'name? ' name; echo hi $name", lambda text: asked.set()))
    await asyncio.wait_for(asked.wait(), 2)
    shell.write(b"Ana\n")
    assert (await running).output == "name? Ana\nhi Ana\n"


async def test_what_is_written_too_late_is_never_run(shell: BashShell, run: Run, tmp_path: Path) -> None:
    shell.write(b"touch typed-while-idle\n")
    running = asyncio.create_task(shell.run("sleep 0.3", lambda text: None))
    await asyncio.sleep(0.1)
    # Nobody reads this: when the command ends it still lies in the terminal's queue.
    shell.write(b"touch left-over\n")
    await running
    result = await run("sleep 0.2; echo done")
    assert result.output == "done\n"
    assert list(tmp_path.iterdir()) == []


async def test_large_input_is_written_whole(shell: BashShell, run: Run, tmp_path: Path) -> None:
    text = "".join(f"line {number}\n" for number in range(20000))
    running = asyncio.create_task(shell.run("cat > copy", lambda text: None))
    await asyncio.sleep(0.2)
    shell.write(text.encode() + b"\x04")
    await running
    assert (tmp_path / "copy").read_text() == text


async def test_background_output_between_commands_is_idle_output(make_shell: ShellFactory) -> None:
    idle: list[str] = []
    shell = await make_shell(on_idle_output=idle.append)
    result = await shell.run("(sleep 0.2; echo from behind) &", lambda text: None)
    async with asyncio.timeout(20):
        while "from behind" not in "".join(idle):
            await asyncio.sleep(0.05)
    after = await shell.run("echo own", lambda text: None)
    assert "from behind" in "".join(idle)
    assert result.output == "" and after.output == "own\n"
    assert "133" not in "".join(idle) and "fazai" not in "".join(idle)


async def test_terminal_modes_are_restored_after_each_command(run: Run) -> None:
    await run("stty raw -echo")
    assert " icanon " in (await run("stty -a")).output
    assert " echo " in (await run("stty -a")).output


async def test_one_command_at_a_time(shell: BashShell) -> None:
    running = asyncio.create_task(shell.run("sleep 0.3; echo first", lambda text: None))
    await asyncio.sleep(0.05)
    with pytest.raises(ShellError, match="busy"):
        await shell.run("echo second", lambda text: None)
    assert (await running).output == "first\n"


async def test_closed_shell_runs_nothing(shell: BashShell) -> None:
    await shell.close()
    with pytest.raises(ShellError, match="ended"):
        await shell.run("true", lambda text: None)


async def test_shell_that_cannot_start_says_why(make_shell: ShellFactory) -> None:
    class Broken:
        mode = None
        gaps = ()
        layer = None

        def wrap(self, argv: object, *, cwd: str, scratch: str) -> tuple[str, ...]:
            return ("sh", "-c", "echo no room for a shell >&2; exit 4")

    with pytest.raises(ShellError, match="no room for a shell"):
        await make_shell(sandbox=Broken())


async def test_files_that_commands_go_through_are_gone_after_close(shell: BashShell) -> None:
    result = await shell.run('echo "$BASH_SOURCE"', lambda text: None)
    folder = Path(result.output.strip()).parent
    assert folder.name.startswith("fazai-") and folder.stat().st_mode & 0o077 == 0
    await shell.close()
    assert not folder.exists()
