"""How the programs of an environment are started: apart, with the standard library alone."""

import sys
from pathlib import Path
from typing import Literal

_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from importlib import import_module; "
    "sys.exit(import_module('fazai_tui.environments.' + sys.argv[1]).main(sys.argv[2:]))"
)


def program(name: Literal["keeper", "entrance", "forward"], *arguments: str) -> tuple[str, ...]:
    """Return the argument vector of a program; neither the user's site nor the environment changes what it imports."""
    place = Path(__file__).absolute().parents[2]
    return (sys.executable, "-I", "-S", "-c", _START, str(place), name, *arguments)
