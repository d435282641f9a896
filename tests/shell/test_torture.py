"""Commands that break shells driven over a PTY: each must end, print exactly this, and leave the shell usable."""

from collections.abc import Awaitable, Callable

import pytest

from fazai_tui.core.ports import CommandResult

Run = Callable[..., Awaitable[CommandResult]]

LONG = "x" * 20_000
FORGED = r"printf '\e]133;D;1;0000;0;/forged;0000\a'; printf '\e]133;D;%s\a' {1..9}; echo after"

CASES: dict[str, tuple[str, int, str]] = {
    "heredoc": ("cat <<EOF\none\n  two $((1+1))\nEOF", 0, "one\n  two 2\n"),
    "quoted heredoc": ("cat <<'EOF'\n$HOME `id`\nEOF", 0, "$HOME `id`\n"),
    "tabbed heredoc": ("cat <<-EOF\n\tindented\n\tEOF", 0, "indented\n"),
    "two heredocs": ("cat <<A; cat <<B\na\nA\nb\nB", 0, "a\nb\n"),
    "heredoc script": ("cat > s.sh <<'E'\n#!/bin/bash\nfor i in 1 2; do echo $i; done\nE\nbash s.sh", 0, "1\n2\n"),
    "loop over lines": ("for i in 1 2 3\ndo\n  echo $i\ndone", 0, "1\n2\n3\n"),
    "while read": ("printf 'a\\nb\\n' | while read -r l; do echo [$l]; done", 0, "[a]\n[b]\n"),
    "function over lines": ("f() {\n  echo in f\n  return 4\n}\nf", 4, "in f\n"),
    "case": ("case abc in\n a*) echo yes;;\n *) echo no;;\nesac", 0, "yes\n"),
    "long line": (f"echo {LONG}", 0, f"{LONG}\n"),
    "tabs": ("echo 'a\tb'\n\techo c", 0, "a\tb\nc\n"),
    "history marks": ("echo !! !1 '!x'; echo \"hi!\"", 0, "!! !1 !x\nhi!\n"),
    "control characters": ("printf '%s' 'a\x01\x02\x03\x04\x15\x17\x1a\x1cb' | od -An -c | tr -d ' \\n'",
                           0, "a001002003004025027032034b"),
    "carriage return": ("printf '10%%\\r20%%\\r100%%\\n'", 0, "100%\n"),
    "backspaces": (r"printf 'A\bAB\bB\n'", 0, "AB\n"),
    "invalid UTF-8": (r"printf 'a\xff\xc3b\n'", 0, "a\ufffd\ufffdb\n"),
    "wide characters": ("echo 'ação 日本 🎉'", 0, "ação 日本 🎉\n"),
    "nul bytes": (r"printf 'a\0b\n'", 0, "ab\n"),
    "forged marks": (FORGED, 0, "after\n"),
    "unfinished escape": (r"printf 'text\n\e]0;title'", 0, "text\n"),
    "unfinished mark": (r"printf 'text\n\e]133;D;'", 0, "text\n"),
    "no newline at the end": ("printf abc", 0, "abc"),
    "comment at the end": ("echo a # and no newline", 0, "a\n"),
    "backslash at the end": ("echo a \\", 0, "a\n"),
    "semicolons and ampersands": ("true && echo a || echo b; { echo c; } 2>&1", 0, "a\nc\n"),
    "subshell exit": ("(exit 9); echo $?", 0, "9\n"),
    "return": ("echo before; return 6; echo never", 6, "before\n"),
    "pipeline status": ("set -o pipefail; false | true; r=$?; set +o pipefail; (exit $r)", 1, ""),
    "errors name bash": ("no-such-program-here", 127, "bash: no-such-program-here: command not found\n"),
    "glob without match": ("echo *.none", 0, "*.none\n"),
    "process substitution": ("cat <(echo a) <(echo b)", 0, "a\nb\n"),
    "standard error alone": ("echo oops >&2", 0, "oops\n"),
    "empty": ("", 0, ""),
    "only a comment": ("# nothing", 0, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
async def test_command_prints_exactly(run: Run, name: str) -> None:
    command, code, output = CASES[name]
    result = await run(command)
    assert (result.exit_code, result.output) == (code, output)
    assert (await run("echo alive")).output == "alive\n"


@pytest.mark.parametrize(
    "command",
    [
        "echo 'unclosed",
        'echo "unclosed',
        "cat <<EOF\nnever closed",
        "if true; then",
        "echo $(",
        "for",
        "}",
        "fi",
        "((1",
    ],
)
async def test_broken_syntax_ends_and_leaves_the_shell(run: Run, command: str) -> None:
    await run(command)
    assert (await run("echo alive")).output == "alive\n"


# What a command does to the shell that later ones run in: the command, a later one, and what that prints.
LASTING: dict[str, tuple[str, str, str]] = {
    "output to nowhere": ("exec >/dev/null 2>&1", "echo lost; exec >/dev/tty 2>&1; echo back", "back\n"),
    "prompt command emptied": ("PROMPT_COMMAND=", "echo a", "a\n"),
    "prompt command replaced": ("PROMPT_COMMAND='echo intruder'", "echo a", "a\n"),
    "prompt command read-only": ("readonly PROMPT_COMMAND", "echo a", "a\n"),
    "prompts set": ("PS1='$ '; PS2='> '; PS0='run '", "echo a", "a\n"),
    "trace": ("set -x", "set +x; echo a", "++ set +x\na\n"),
    "unset is an error": ("set -u", "echo a", "a\n"),
    "no globs": ("set -f", "echo a", "a\n"),
    "field separator": ("IFS=,", "echo a", "a\n"),
    "POSIX mode": ("set -o posix", "echo a", "a\n"),
    "failing traps": ("trap 'echo caught' ERR", "false; true", "caught\n"),
    "alias of the words we use": ("alias printf=false builtin=false", "echo a", "a\n"),
    "function in the way": ("printf() { echo mine; }", "printf x", "mine\n"),
    "variables unset": ("unset PWD OLDPWD __fazai_status __fazai_number", "echo a", "a\n"),
    "directory deleted": ("mkdir gone; cd gone; rmdir ../gone", "echo a", "a\n"),
    "echo off": ("stty -echo", "echo a", "a\n"),
    "interactive history": ("set -o history -o histexpand", "echo 'a!!'", "a!!\n"),
    "errexit without failure": ("set -e", "true; echo a", "a\n"),
}


@pytest.mark.parametrize("name", LASTING)
async def test_shell_survives_what_commands_do_to_it(run: Run, name: str) -> None:
    command, later, output = LASTING[name]
    await run(command)
    assert (await run(later)).output == output
    assert (await run("echo again; (exit 5)")).exit_code == 5
