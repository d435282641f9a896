"""The command line: the only place that constructs everything, and imports it late."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    Args:
        arguments: What follows the program's name; the process's own when None.

    Raises:
        SystemExit: Always, with the contract's exit code.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:
        from fazai_tui import __version__

        print(f"fazai {__version__}")
        sys.exit(0)
    from fazai_tui.cli.program import Program

    sys.exit(Program.from_environment().run(given))
