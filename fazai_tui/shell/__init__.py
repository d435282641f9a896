"""The PTY and the shell in which commands run."""

from fazai_tui.shell.bash_shell import BashShell

__all__ = ["BashShell"]
