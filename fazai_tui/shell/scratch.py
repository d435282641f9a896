"""The files through which bash is started and gets its commands, on a memory file system."""

import os
import secrets
import shlex
import shutil
import tempfile
from pathlib import Path

from fazai_tui.shell.marks import printf_format

_PLACES = ("/dev/shm", os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir())

_RC = r"""
unset HISTFILE
set +o history +o histexpand
PS0= PS1= PS2=
__fazai_status=0 __fazai_number=@NUMBER@ __fazai_open=
__fazai_mark() { builtin printf '@MARK@' "$1" "$__fazai_number" "$2" "$PWD" >/dev/tty; }
__fazai_save() { { builtin export -p; builtin export -fp; } >|@DIRECTORY@/environment; }
__fazai_return() { builtin return "$1"; }
__fazai_prompt() {
  [[ -z $__fazai_open ]] || __fazai_status=$1
  __fazai_open=
  __fazai_mark D "$__fazai_status"
  __fazai_save
  builtin local next=
  while builtin read -r next && ((next <= __fazai_number)); do :; done <>@DIRECTORY@/gate
} 2>/dev/null
__fazai_exit() { __fazai_mark X "$1"; __fazai_save; } 2>/dev/null
if [[ -s @DIRECTORY@/environment ]]; then
  unset $(compgen -e)
  . @DIRECTORY@/environment
fi 2>/dev/null
trap '__fazai_exit $?' EXIT
PROMPT_COMMAND='__fazai_prompt $?'
"""


class ScratchDirectory:
    """A private directory with bash's start file, the command to source, the saved environment and the gate.

    The gate is a FIFO. Between two commands bash waits there and not at the terminal, so that a line written to a
    program that has just ended, a password for example, is never taken for a command.
    """

    def __init__(self) -> None:
        place = next(place for place in _PLACES if place and os.access(place, os.W_OK))
        self.path = Path(tempfile.mkdtemp(prefix="fazai-", dir=place))
        self.nonce = secrets.token_hex(16)
        self.start_file = self.path / "bashrc"
        self.command_file = self.path / "command"
        os.mkfifo(self.path / "gate", 0o600)
        self._gate = os.open(self.path / "gate", os.O_RDWR | os.O_CLOEXEC)

    def write_start_file(self, number: int) -> None:
        """Write bash's start file. Remove it once it was read: it holds the nonce.

        Args:
            number: The number of the mark that tells that bash is ready.
        """
        text = _RC.replace("@NUMBER@", str(number))
        text = text.replace("@MARK@", printf_format(self.nonce)).replace("@DIRECTORY@", shlex.quote(str(self.path)))
        self.start_file.write_text(text, encoding="utf-8", errors="surrogateescape")

    def prepare(self, number: int, command: str) -> bytes:
        """Write a command and open the gate for it; return the line to type."""
        text = command if command.endswith("\n") else command + "\n"
        self.command_file.write_bytes(text.encode("utf-8", "surrogateescape"))
        os.write(self._gate, f"{number}\n".encode())
        mark = printf_format(self.nonce)
        begin = (
            f"__fazai_number={number} __fazai_open=1; \\builtin declare -g PROMPT_COMMAND='__fazai_prompt $?';"
            f" \\builtin printf '{mark}' C {number} 0 '' >/dev/tty;"
            f" [[ $- == *e* ]] || __fazai_return $__fazai_status;"
        )
        end = (
            f"__fazai_status=$? __fazai_open=; \\builtin printf '{mark}' D {number} $__fazai_status \"$PWD\" >/dev/tty;"
        )
        # Errors and traces of these words are nobody's output.
        source = f"\\builtin . {shlex.quote(str(self.command_file))}"
        line = f" {{ {begin} }} 2>/dev/null; {source}; {{ {end} }} 2>/dev/null\n"
        return line.encode("utf-8", "surrogateescape")

    def remove(self) -> None:
        """Remove the directory."""
        os.close(self._gate)
        shutil.rmtree(self.path, ignore_errors=True)
