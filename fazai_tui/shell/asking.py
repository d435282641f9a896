"""The program that waits for the keyboard, as the user is told of it."""

import re

from fazai_tui.core.events import AskingProgram
from fazai_tui.core.redaction import redact
from fazai_tui.shell.process_tree import Process, arguments

_MOST = 300
"""Characters of a command line that are told."""

_SECRET_WORDS = re.compile(
    r"(?i)pass(?:word|phrase|code|wd)|passwort|kennwort|senha|contrase[nñ]a|mot de passe|\bpin\b|\bsecret|\btoken\b"
    r"|c[oó]digo|verification code|one.time"
)
_QUESTION_END = re.compile(r"[:：?>][ \t]*\Z")


def describe(process: Process, *, is_shell: bool) -> AskingProgram:
    """Return how a process is told of.

    Args:
        process: The process.
        is_shell: Whether it is the shell itself, whose command line says nothing to the user.
    """
    words = [] if is_shell else [word.decode("utf-8", "replace") for word in arguments(process.pid) if word]
    command = redact(" ".join(words))
    return AskingProgram(
        pid=process.pid,
        started=process.started,
        name=_name(process.pid),
        command=command if len(command) <= _MOST else f"{command[:_MOST]}…",
    )


def reads_like_secret(question: str) -> bool:
    """Return whether a line that a program has printed asks for a password or the like."""
    return bool(_QUESTION_END.search(question) and _SECRET_WORDS.search(question))


def _name(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/comm", "rb") as comm:
            name = comm.read().decode("utf-8", "replace").rstrip("\n")
    except OSError:
        return ""
    # It also stands in sentences that go to a terminal.
    return "".join(character if character.isprintable() else "?" for character in name)
